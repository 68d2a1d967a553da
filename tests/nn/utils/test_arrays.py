"""One-hot rows, unit norms, and splits."""

import numpy as np
import pytest

import autodiff as ad
import nn
from nn.utils import clear_session, normalize, set_random_seed, split_dataset, to_categorical


@pytest.mark.parametrize("labels", [[0, 2, 1], np.array([0, 2, 1]), [0.0, 2.0, 1.0], [[0], [2], [1]]])
def test_one_hot_rows(labels):
    made = to_categorical(labels)
    np.testing.assert_array_equal(made, np.eye(3)[[0, 2, 1]])
    assert made.dtype == np.float32


def test_shapes_of_one_hot_rows():
    assert to_categorical(2, 4).tolist() == [0, 0, 1, 0]
    assert to_categorical([[0, 1], [2, 0]]).shape == (2, 2, 3)
    assert to_categorical([], 3).shape == (0, 3)
    assert to_categorical([1], num_classes=10).shape == (1, 10)
    assert to_categorical([True, False]).tolist() == [[0, 1], [1, 0]]
    assert to_categorical(ad.tensor([1, 0])).tolist() == [[0, 1], [1, 0]]


def test_back_by_argmax():
    labels = np.random.default_rng(0).integers(0, 7, 50)
    np.testing.assert_array_equal(to_categorical(labels, 7).argmax(axis=1), labels)


@pytest.mark.parametrize(
    ("labels", "count", "message"),
    [
        ([-1, 1], None, "got -1, expected class numbers 0, 1, 2"),
        ([0.0, 1.7], None, "got 1.7, expected class numbers"),
        ([0, 5], 3, "got class 5 with num_classes=3"),
        ([1, 2, 3], 3, "if your classes count from 1, write y - 1"),
        ([], None, "num_classes must be given"),
        (["a"], None, "expected class numbers from 0; see numpy.unique"),
        ([np.nan], None, "got nan"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast")
def test_what_is_no_class_is_refused(labels, count, message):
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        to_categorical(labels, count)


@pytest.mark.parametrize("order", [1, 2, 3, np.inf])
@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_norms_become_1(order, axis):
    x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    made = normalize(x, axis, order)
    assert made.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(made, order, axis), 1, rtol=1e-6)
    np.testing.assert_allclose(made / x, np.broadcast_to((made / x).mean(axis=axis, keepdims=True), x.shape), rtol=1e-5)


def test_edges_of_normalize():
    assert normalize(np.zeros((2, 2))).tolist() == [[0, 0], [0, 0]]
    assert normalize([3, 4]).tolist() == [[0.6, 0.8]]
    assert normalize(np.arange(12.0).reshape(2, 2, 3)).shape == (2, 2, 3)
    tensor = normalize(ad.tensor([[3.0, 4.0]]))
    np.testing.assert_allclose(tensor.numpy(), [[0.6, 0.8]])


def test_a_split_keeps_the_order():
    x, y = np.arange(10), np.arange(10) * 2
    (x1, y1), (x2, y2) = split_dataset((x, y), left_size=0.7)
    assert (x1.tolist(), x2.tolist()) == (list(range(7)), [7, 8, 9])
    assert y1.tolist() == (2 * x1).tolist() and y2.tolist() == (2 * x2).tolist()


def test_sizes_in_rows_on_either_side():
    left, right = split_dataset({"x": np.arange(10)}, right_size=3)
    assert (len(left["x"]), right["x"].tolist()) == (7, [7, 8, 9])
    assert [len(each) for each in split_dataset(np.arange(10), 2, 3)] == [2, 3]


def test_a_shuffled_split_follows_its_seed_and_keeps_rows_together():
    data = np.arange(20), np.arange(20) + 100
    first, again, other = (split_dataset(data, 0.5, shuffle=True, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first[0][0], again[0][0])
    assert not np.array_equal(first[0][0], other[0][0])
    np.testing.assert_array_equal(first[0][0] + 100, first[0][1])
    assert sorted([*first[0][0], *first[1][0]]) == list(range(20))


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({}, "give left_size or right_size"),
        ({"left_size": 1.5}, "expected a share between 0 and 1"),
        ({"left_size": 10}, "leave 10 and 0"),
        ({"left_size": 8, "right_size": 3}, "8 and 3 of 10 rows"),
    ],
)
def test_sizes_that_do_not_fit(sizes, message):
    with pytest.raises(ValueError, match=message):
        split_dataset(np.arange(10), **sizes)


def test_arrays_of_other_lengths_are_refused():
    with pytest.raises(ValueError, match=r"the arrays have \[2, 3\] rows"):
        split_dataset((np.arange(2), np.arange(3)), 0.5)


def test_names_begin_anew_and_seeds_repeat():
    clear_session()
    assert nn.layers.Dense(1).name == "dense"
    clear_session()
    assert nn.layers.Dense(1).name == "dense"
    set_random_seed(1)
    first = nn.random.generator().random()
    set_random_seed(1)
    assert nn.random.generator().random() == first
