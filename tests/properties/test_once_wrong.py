"""Programs that came out wrong once: small ones, of the kind that random programs find."""

import numpy as np
import pytest

import autodiff as ad


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("view", [np.ravel, np.transpose, lambda x: x[1:], lambda x: np.broadcast_to(x, (2, 3))])
def test_a_write_changes_no_earlier_result(view, early):
    """The result of a view operation is no view of the leaf, whether its data was looked at before or not."""
    x = ad.tensor([1.0, 2.0, 3.0], requires_grad=True)
    if early:
        x.data[0] = 1.0
    y = view(x)
    before = y.numpy()
    x.data[...] = 9.0
    np.testing.assert_array_equal(y.numpy(), before)


def test_requires_grad_set_again_keeps_name_grad_and_record():
    x = ad.tensor([1.0, 2.0], requires_grad=True, name="x")
    y = np.sum(x * x)
    x.requires_grad = True
    y.backward()
    np.testing.assert_array_equal(x.grad, [2.0, 4.0])
    assert x.name == "x"


def test_a_write_that_changes_a_sign_of_zero_only():
    """The record holds 0.0 of an earlier operation; the later one has seen -0.0."""
    x, y = ad.tensor(3.0, requires_grad=True), ad.tensor(0.0)
    y.data[...] = 0.0
    earlier = x * y
    y.data[...] = -0.0
    np.copysign(x, y).backward()
    assert x.grad == -1.0
    assert earlier.item() == 0.0


def test_a_read_only_array_with_an_older_view_that_is_not():
    x, array = ad.tensor([1.0, 2.0], requires_grad=True), np.ones(2)
    view = array[:]
    array.setflags(write=False)
    y = np.sum(x * array)
    view[0] = 100.0
    y.backward()
    np.testing.assert_array_equal(x.grad, [1.0, 1.0])


@pytest.mark.parametrize("start", [lambda: np.array(0), lambda: ad.tensor(0).data])
def test_a_slice_from_an_array_that_changes(start):
    x, i = ad.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True), start()
    y = np.sum(x[i::2])
    i += 1
    y.backward()
    np.testing.assert_array_equal(x.grad, [1.0, 0.0, 1.0, 0.0])


@pytest.mark.parametrize("function", [np.sum, np.max, np.min])
@pytest.mark.parametrize("axis", [0, -1])
def test_a_reduction_of_a_number_over_an_axis(function, axis):
    """NumPy takes the axes 0 and -1 of a 0-d array."""
    x = ad.tensor(2.0, requires_grad=True)
    y = function(x, axis=axis)
    y.backward()
    assert (y.item(), x.grad) == (2.0, 1.0)
