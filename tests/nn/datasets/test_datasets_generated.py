"""Data sets that need no file: the generated ones, and those that come with scikit-learn."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import datasets
from nn.datasets.splitting import split

GENERATED = {name: getattr(datasets, name) for name in ("xor", "moons", "circles", "spirals")}
generated = pytest.mark.parametrize("name", GENERATED)


def both(parts):
    """The points and the labels of both parts."""
    return tuple(np.concatenate(each) for each in zip(*parts, strict=True))


@generated
def test_shapes_and_dtypes(name):
    (x, y), (x_test, y_test) = GENERATED[name].load_data(samples=101, test_split=0.3)
    assert (x.shape, y.shape, x_test.shape, y_test.shape) == ((70, 2), (70,), (31, 2), (31,))
    assert {each.dtype for each in (x, x_test)} == {np.dtype("float32")}
    assert {each.dtype for each in (y, y_test)} == {np.dtype("int64")}


@generated
def test_the_classes_are_equally_many(name):
    _, y = both(GENERATED[name].load_data(samples=1000))
    assert np.bincount(y).tolist() == [500, 500]


@generated
def test_the_seed_decides(name):
    x, again, other = (both(GENERATED[name].load_data(samples=50, seed=seed))[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(x, again)
    assert not np.array_equal(x, other)


@generated
@given(noise=st.floats(0, 10), samples=st.integers(200, 400))
def test_the_noise_is_normal_with_that_deviation(name, noise, samples):
    """The same seed shuffles alike, so the points without noise are the curve."""
    clean, noisy = (both(GENERATED[name].load_data(samples, each))[0] for each in (0, noise))
    assert np.std(noisy - clean) == pytest.approx(noise, rel=0.15, abs=1e-6)  # of 400 values or more


def test_the_curves():
    """Each point without noise lies on the curve of its class, by an equation of the curve."""
    x, y = both(datasets.xor.load_data(noise=0))
    np.testing.assert_array_equal(np.abs(x), 1)
    np.testing.assert_array_equal(y, x[:, 0] != x[:, 1])
    x, y = both(datasets.circles.load_data(noise=0))
    np.testing.assert_allclose(np.hypot(*x.T), np.where(y, 0.5, 1), rtol=1e-6)
    x, y = both(datasets.moons.load_data(noise=0))
    centre = np.where(y[:, None], [1, 0.5], [0, 0])
    np.testing.assert_allclose(np.hypot(*(x - centre).T), 1, rtol=1e-6)
    assert np.all(np.where(y, x[:, 1] <= 0.5, x[:, 1] >= -1e-6))
    x, y = both(datasets.spirals.load_data(noise=0))
    radius = np.hypot(*x.T)
    arm = np.stack([np.cos(3.5 * np.pi * radius), np.sin(3.5 * np.pi * radius)], axis=1) * radius[:, None]
    np.testing.assert_allclose(x, np.where(y[:, None], -arm, arm), atol=1e-5)


@generated
@pytest.mark.parametrize(
    "arguments", [{"samples": 0}, {"noise": -0.1}, {"noise": float("nan")}, {"test_split": 1}, {"test_split": -0.1}]
)
def test_what_is_no_size_noise_or_share_is_named(name, arguments):
    with pytest.raises(ValueError, match=f"{next(iter(arguments))}.*Received: {next(iter(arguments))}="):
        GENERATED[name].load_data(**arguments)


@given(count=st.integers(0, 200), share=st.floats(0, 0.99), seed=st.integers(0, 2**32 - 1))
def test_splitting_keeps_each_row_with_its_label(count, share, seed):
    (x, y), (x_test, y_test) = split(np.arange(count) * 2, np.arange(count), share, seed)
    assert sorted([*y, *y_test]) == list(range(count))
    assert [*x, *x_test] == [2 * each for each in (*y, *y_test)]
    assert len(y) == int(count * (1 - share))


def test_splitting_shuffles_as_keras_does():
    """The first rows that keras.datasets.california_housing.load_data chose of 20,640, and of 600."""
    for count, expected in ((20_640, [4380, 8381, 15859, 10108, 9370]), (600, [568, 505, 59, 71, 298])):
        (_, y), (_, y_test) = split(np.arange(count), np.arange(count), 0.2, 113)
        assert y[:5].tolist() == expected
        assert len(y_test) == count // 5
    assert y_test[:5].tolist() == [163, 161, 301, 538, 226]


def test_scikit_learns_data():
    pytest.importorskip("sklearn")
    from sklearn.datasets import load_digits, load_iris

    x, y = both(datasets.digits.load_data())
    assert (x.shape, x.dtype, x.max(), y.dtype) == ((1797, 8, 8), np.uint8, 16, np.uint8)
    assert x.sum(axis=0).tolist() == load_digits().images.sum(axis=0).tolist()
    assert np.bincount(y).tolist() == np.bincount(load_digits().target).tolist()
    x, y = both(datasets.iris.load_data())
    assert (x.shape, x.dtype, y.dtype) == ((150, 4), np.float32, np.int64)
    rows = {(*row, label) for row, label in zip(x.tolist(), y.tolist(), strict=True)}
    flowers = load_iris()
    expected = zip(flowers.data.astype("f4").tolist(), flowers.target.tolist(), strict=True)
    assert rows == {(*row, label) for row, label in expected}


@pytest.mark.parametrize("name", ["digits", "iris"])
def test_without_scikit_learn_the_error_names_the_extra(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(datasets.MissingDataError, match=rf"{name} comes with scikit-learn.*autodiff-nn\[data\]"):
        getattr(datasets, name).load_data()


def test_the_package_and_what_it_may_need_are_imported_where_they_are_used():
    program = (
        "import sys, nn; early = set(sys.modules); nn.datasets.xor.load_data(); "
        "print('nn.datasets' in early, *{'pooch', 'sklearn', 'tqdm', 'requests'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False"]


def test_a_name_that_is_not_there_is_named():
    import nn

    with pytest.raises(AttributeError, match="module 'nn' has no attribute 'dataset'"):
        print(nn.dataset)
