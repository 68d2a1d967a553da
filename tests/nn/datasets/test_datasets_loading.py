"""load_data: from a folder of one's own, with made-up files of the right sizes, and with the real ones."""

from __future__ import annotations

import gzip
import hashlib
import inspect
import os
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

from nn.datasets import DataError, MissingDataError, california_housing, fashion_mnist, finding, mnist

REAL = Path(os.environ.get("NN_DATA_DIR", "/nowhere"))
real = pytest.mark.skipif(not REAL.is_dir(), reason="NN_DATA_DIR names no folder")
PARTS = {"train": 60_000, "t10k": 10_000}
HEAD = ",".join([*california_housing.COLUMNS, "median_house_value"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Files that are as large as the real ones: black images but for the first pixels, and houses of random numbers."""
    folder = tmp_path_factory.mktemp("data")
    for part, count in PARTS.items():
        x, y = made_up(count)
        write(folder / "mnist" / f"{part}-images-idx3-ubyte.gz", x)
        write(folder / "mnist" / f"{part}-labels-idx1-ubyte.gz", y)
    shutil.copytree(folder / "mnist", folder / "fashion-mnist")
    table = folder / "california-housing" / "cal_housing.csv.gz"
    table.parent.mkdir()
    table.write_bytes(
        gzip.compress("\n".join([HEAD, *(",".join(map(str, row)) for row in houses().tolist())]).encode())
    )
    return folder


def made_up(count):
    x = np.zeros((count, 28, 28), np.uint8)
    x[:, 0, 0] = np.arange(count) % 256
    return x, (np.arange(count) % 10).astype(np.uint8)


def houses():
    return np.random.default_rng(0).integers(1, 1000, (20_640, 9)) / 8


def write(path, array):
    path.parent.mkdir(exist_ok=True)
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    path.write_bytes(gzip.compress(header + array.tobytes(), 1))


@pytest.fixture
def here(folder, monkeypatch):
    monkeypatch.setenv("NN_DATA_DIR", str(folder))


def is_made_up(loaded):
    for (x, y), count in zip(loaded, PARTS.values(), strict=True):
        for found, expected in zip((x, y), made_up(count), strict=True):
            assert found.dtype == np.uint8
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("images", [mnist, fashion_mnist])
def test_images_of_a_folder(images, here):
    is_made_up(images.load_data())


def test_keras_own_file_of_mnist(tmp_path):
    (x_train, y_train), (x_test, y_test) = (made_up(count) for count in PARTS.values())
    path = tmp_path / "mnist.npz"
    np.savez(path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    is_made_up(mnist.load_data(str(path)))


def test_labels_that_are_no_classes(here, monkeypatch, tmp_path):
    shutil.copytree(Path(os.environ["NN_DATA_DIR"]) / "mnist", tmp_path / "mnist")
    write(tmp_path / "mnist" / "t10k-labels-idx1-ubyte.gz", np.full(10_000, 200, np.uint8))
    monkeypatch.setenv("NN_DATA_DIR", str(tmp_path))
    with pytest.raises(DataError, match=r"t10k-labels-idx1-ubyte\.gz should hold labels from 0 to 9, but holds 200"):
        mnist.load_data()


def test_houses_of_a_folder(here):
    (x, y), (x_test, y_test) = california_housing.load_data()
    assert (x.shape, y.shape, x_test.shape, y_test.shape) == ((16512, 8), (16512,), (4128, 8), (4128,))
    assert {each.dtype for each in (x, y, x_test, y_test)} == {np.dtype("float32")}
    found = np.column_stack([np.concatenate([x, x_test]), np.concatenate([y, y_test])])
    expected = houses().astype(np.float32)  # eighths below 125: exact
    np.testing.assert_array_equal(found[np.lexsort(found.T)], expected[np.lexsort(expected.T)])


def test_the_small_version_is_the_first_rows(here):
    (x, y), (x_test, y_test) = california_housing.load_data(version="small", test_split=0.1)
    assert (x.shape, x_test.shape) == ((540, 8), (60, 8))
    assert sorted([*y, *y_test]) == sorted(houses()[:600, -1])


def test_keras_file_holds_the_same_as_the_table(here, tmp_path):
    path = tmp_path / "houses.npz"
    np.savez(path, x=houses()[:, :-1].astype("f4"), y=houses()[:, -1].astype("f4"))
    for own, table in zip(california_housing.load_data(path=str(path)), california_housing.load_data(), strict=True):
        for found, expected in zip(own, table, strict=True):
            np.testing.assert_array_equal(found, expected)


def test_houses_with_no_households(tmp_path):
    rows = houses()
    rows[7, 6] = 0
    path = tmp_path / "houses.npz"
    np.savez(path, x=rows[:, :-1].astype("f4"), y=rows[:, -1].astype("f4"))
    with pytest.raises(DataError, match="should be positive"):
        california_housing.load_data(path=str(path))


def test_another_version_is_named():
    with pytest.raises(ValueError, match=r"version should be 'small' or 'large'\. Received: version='big'"):
        california_housing.load_data(version="big")


def test_a_file_that_is_not_in_the_folder_is_looked_for_further(here, monkeypatch, tmp_path):
    """What is missing under NN_DATA_DIR is not an error yet."""
    monkeypatch.setenv("NN_DATA_DIR", str(tmp_path))
    asked = []

    def downloaded(source, name):
        asked.append((source.folder, name))
        raise MissingDataError("no network")

    monkeypatch.setattr(finding, "_downloaded", downloaded)
    for module in (mnist, fashion_mnist, california_housing):
        with pytest.raises(MissingDataError, match="no network"):
            module.load_data()
    images = "train-images-idx3-ubyte.gz"
    assert asked == [("mnist", images), ("fashion-mnist", images), ("california-housing", "california_housing.npz")]


@pytest.mark.parametrize("module", [mnist, fashion_mnist, california_housing])
def test_each_file_of_a_declaration_could_be_downloaded(module):
    assert all(mirror.startswith("https://") and mirror.endswith("/") for mirror in module.SOURCE.mirrors)
    for file in module.SOURCE.files.values():
        assert len(bytes.fromhex(file.sha256)) == hashlib.sha256().digest_size
        assert 0 < file.size < 30_000_000


# The real data.

# SHA-256 of the originals without compression, as they are published. MNIST's training images may stand in another
# order than the original's, and are told by their labels, their mean and their counts.
ORIGINALS = {
    "mnist/train-labels-idx1-ubyte.gz": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "mnist/t10k-images-idx3-ubyte.gz": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "mnist/t10k-labels-idx1-ubyte.gz": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    "fashion-mnist/train-images-idx3-ubyte.gz": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
}


@real
@pytest.mark.parametrize("name", ORIGINALS)
def test_the_files_hold_what_the_originals_hold(name):
    if not (REAL / name).is_file():
        pytest.skip(f"{name} is not there")
    assert hashlib.sha256(gzip.decompress((REAL / name).read_bytes())).hexdigest() == ORIGINALS[name]


@real
@pytest.mark.parametrize(("images", "means"), [(mnist, (33.3184, 33.7912)), (fashion_mnist, (72.9404, 73.1466))])
def test_the_images_are_the_published_ones(images, means):
    (x, y), (x_test, y_test) = images.load_data()
    assert (x.mean(), x_test.mean()) == pytest.approx(means, abs=5e-5)
    if images is fashion_mnist:
        assert {*np.bincount(y)} == {6000}
        assert {*np.bincount(y_test)} == {1000}
    else:
        assert np.bincount(y).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
        assert np.bincount(y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@real
def test_the_houses_are_those_that_keras_gives():
    """Targets that Keras 3.13 printed, and the columns' means over the first 600 rows, longitude first."""
    (x, y), (_, y_test) = california_housing.load_data(version="small")
    assert y[:5].tolist() == [228400, 132900, 60000, 95200, 107000]
    assert y_test[:5].tolist() == [218800, 218400, 93800, 173400, 229700]
    assert -125 < x[:, 0].min() <= x[:, 0].max() < -114
    assert 32 < x[:, 1].min() <= x[:, 1].max() < 42


@real
def test_scikit_learns_features():
    """The first two rows, as scikit-learn's users print them."""
    x, y = california_housing.as_scikit_learn()
    expected = [
        [8.3252, 41, 6.984127, 1.023810, 322, 2.555556, 37.88, -122.23],
        [8.3014, 21, 6.238137, 0.971880, 2401, 2.109842, 37.86, -122.22],
    ]
    np.testing.assert_allclose(x[:2], expected, atol=5e-7)
    assert (x.shape, x.dtype, y[:2].tolist()) == ((20640, 8), np.float64, [4.526, 3.585])


# Keras itself, where it is installed.


@pytest.mark.parametrize("module", [mnist, fashion_mnist, california_housing])
def test_signatures_are_keras(module):
    keras = pytest.importorskip("keras")
    theirs = getattr(keras.datasets, module.__name__.rsplit(".", 1)[-1]).load_data
    ours = [(each.name, each.default) for each in inspect.signature(module.load_data).parameters.values()]
    assert ours == [(each.name, each.default) for each in inspect.signature(theirs).parameters.values()]


@pytest.mark.parametrize("arguments", [{}, {"version": "small"}, {"test_split": 0.33, "seed": 5}])
def test_houses_are_split_as_keras_splits_the_same_file(arguments, tmp_path, monkeypatch):
    keras = pytest.importorskip("keras")
    path = str(tmp_path / "houses.npz")
    np.savez(path, x=houses()[:, :-1].astype("f4"), y=houses()[:, -1].astype("f4"))
    monkeypatch.setattr("keras.src.datasets.california_housing.get_file", lambda *names, **options: path)
    theirs = keras.datasets.california_housing.load_data(**arguments)
    ours = california_housing.load_data(path=path, **arguments)
    for found, expected in zip(sum(ours, ()), sum(theirs, ()), strict=True):
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == expected.dtype
