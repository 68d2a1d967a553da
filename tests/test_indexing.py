"""Indexing in every form: values against NumPy, gradients against np.add.at."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autodiff as ad

X = np.arange(1.0, 13.0).reshape(3, 4)


def check(x, index):
    """The value, and the gradient of a weighted sum, for one index."""
    t = ad.tensor(x, requires_grad=True)
    picked = t[index]
    np.testing.assert_array_equal(picked.numpy(), x[index])
    weights = np.arange(1.0, picked.size + 1).reshape(picked.shape)
    picked.backward(weights)
    expected = np.zeros_like(x)
    np.add.at(expected, index, weights)
    np.testing.assert_allclose(t.grad, expected, rtol=1e-14)


@given(hnp.basic_indices((3, 4), allow_ellipsis=True, allow_newaxis=True))
def test_basic(index):
    check(X, index)


@given(hnp.integer_array_indices((3, 4), result_shape=hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)))
def test_integer_arrays_with_repeats(index):
    check(X, index)


@given(hnp.arrays(bool, (3, 4)))
def test_masks(mask):
    check(X, mask)
    check(X, (mask.any(1), slice(None, None, -1)))


@pytest.mark.parametrize(
    "index",
    [
        [0, 0, 2], (slice(None), [1, 1, 0]), ([0, 1], slice(1, 3)), ([2, 2], None, [0, 0]), (..., [3, 3]),
        (0, [1, 1]), ([[0], [0]], [0, 0]), True, False, np.True_, (np.int64(1), -1), ([], []), (),
        ([True, False, True], [1, 1]), None,
    ],
)  # fmt: skip
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_mixed_forms(index, dtype):
    check(X.astype(dtype), index)


def test_an_index_may_be_a_tensor():
    t = ad.tensor(X, requires_grad=True)
    np.testing.assert_array_equal(t[ad.tensor([0, 0])].numpy(), X[[0, 0]])
    np.testing.assert_array_equal(t[t > 5].numpy(), X[X > 5])
    np.sum(t[t > 5]).backward()
    np.testing.assert_array_equal(t.grad, X > 5)


def test_errors_name_the_call():
    t = ad.tensor(X, requires_grad=True)
    with pytest.raises(IndexError, match=r"getitem\(float64 \(3, 4\), index=5\): index 5 is out of bounds"):
        t[5]
    with pytest.raises(IndexError, match="getitem"):
        t[1.5]


indices = hnp.integer_array_indices((3, 4), result_shape=hnp.array_shapes(max_dims=2, max_side=4))


@given(indices | hnp.basic_indices((3, 4)) | hnp.arrays(bool, (3, 4)), st.booleans())
def test_at_set_and_add(index, single):
    shape = () if single else X[index].shape
    value = -np.arange(1.0, np.prod(shape, dtype=int) + 1).reshape(shape)
    replaced, raised = X.copy(), X.copy()
    replaced[index] = value
    np.add.at(raised, index, value)
    np.testing.assert_array_equal(ad.at(X)[index].set(value), replaced)
    np.testing.assert_allclose(ad.at(X)[index].add(value), raised)
    for write in (lambda x, v: ad.at(x)[index].set(v), lambda x, v: ad.at(x)[index].add(v)):
        assert ad.check_grads(write, (X, value)).verdict == "right"


def test_set_keeps_dtype_and_gives_the_gradient_to_the_last():
    x, v = ad.tensor(X, True, np.float32), ad.tensor([10.0, 20.0, 30.0], True)
    y = ad.at(x[0])[[1, 1, 0]].set(v)
    assert y.dtype == np.float32
    np.sum(y).backward()
    np.testing.assert_array_equal(v.grad, [0, 1, 1])
    np.testing.assert_array_equal(x.grad[0], [0, 0, 1, 1])


def test_set_hides_what_is_not_a_number():
    x = ad.tensor([np.nan, 1.0], requires_grad=True)
    y = ad.at(x)[0].set(2.0)
    np.sum(y).backward()
    np.testing.assert_array_equal([y.numpy(), x.grad], [[2.0, 1.0], [0.0, 1.0]])
