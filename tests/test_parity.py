"""NumPy's values and dtypes for arguments that are easily forgotten."""

import numpy as np
import pytest

import autodiff as ad


def assert_same(function, *args, **kwargs):
    """A function gives tensors the values and dtypes that it gives arrays."""
    got = function(*[ad.tensor(each) if isinstance(each, np.ndarray) else each for each in args], **kwargs)
    expected = function(*args, **kwargs)
    np.testing.assert_array_equal(got.numpy(), expected)
    assert got.dtype == np.asarray(expected).dtype


small = np.array([0, 5], np.uint8)


@pytest.mark.parametrize(
    "function", [np.min, np.max, np.ptp, np.minimum.reduce, np.cumsum, np.cumprod, np.prod, np.sum]
)
@pytest.mark.parametrize(
    "x", [small, np.array([-(2**63), 5]), np.array([True, True, False]), np.full(9, 2, np.int8)], ids=str
)
def test_whole_numbers_and_truth_values(function, x):
    if function is np.ptp and x.dtype == bool:
        pytest.skip("NumPy does not subtract truth values")
    assert_same(function, x)


@pytest.mark.parametrize("function", [np.max, np.min])
def test_extremes_with_where_and_initial(function):
    assert_same(function, np.array([3, 1, 2]), where=np.array([True, False, True]), initial=2)
    assert_same(function, np.array([True, False]), where=np.array([False, True]), initial=False)
    assert_same(function, np.array([3.0, 1.0], np.float32), where=np.array([True, False]), initial=2.0)
    assert_same(function, np.zeros((0, 2)), axis=0, initial=1.0)


def test_steps_of_whole_numbers():
    assert_same(np.round, np.array([15, 25]), -1)
    assert_same(np.tril, np.ones((2, 3), bool))
    assert_same(np.triu, np.arange(3.0))
    assert_same(np.nan_to_num, np.array([1, 2]))


def test_medians():
    assert_same(np.median, np.array([1.0, np.nan, 3.0]))
    assert_same(np.median, np.array([[3.0, 3.0], [1.0, 2.0]], np.float32), axis=1)
    assert np.median(ad.tensor([3e38, 3e38], dtype=np.float32)).item() == np.float32(3e38)
    with pytest.warns(RuntimeWarning):
        assert np.isnan(np.median(ad.tensor(np.zeros(0))).item())


def test_means_in_float16_do_not_overflow():
    assert_same(np.mean, np.full(4, 40000, np.float16))
    assert_same(np.average, np.full(4, 40000, np.float16))


def test_methods_and_lists():
    t = ad.tensor([5.0, 6.0, 7.0], requires_grad=True)
    np.testing.assert_array_equal(t.compress([1, 0, 1]).numpy(), [5.0, 7.0])
    assert ((t @ [1.0, 0.0, 2.0]).item(), ([1.0, 0.0, 2.0] @ t).item()) == (19.0, 19.0)
    np.testing.assert_array_equal(np.diff([1.0, 2.0], prepend=t[:1]).numpy(), [-4.0, 1.0])
    np.testing.assert_array_equal(np.insert(t, ad.tensor(1), 9.0).numpy(), [5.0, 9.0, 6.0, 7.0])
    np.testing.assert_array_equal(np.clip(a=t, min=6).numpy(), [6.0, 6.0, 7.0])
    assert round(t[0]).item() == 5.0
    np.testing.assert_array_equal(np.pad(t[:0], 2).numpy(), np.zeros(4))
    np.testing.assert_array_equal(np.pad(t[0], 0).numpy(), 5.0)
    np.testing.assert_array_equal(ad.erf(np.array([0, 1])), [0.0, ad.erf(1.0)])


def test_masked_squares_and_far_tails():
    with np.errstate(divide="ignore"):
        for function in (lambda x: np.log(x) ** 2, lambda x: np.square(np.log(x))):
            g = ad.grad(lambda x, function=function: np.sum(np.where(x > 0, function(x), 0.0)))(np.zeros(2))
            np.testing.assert_array_equal(g, 0)
    np.testing.assert_allclose(ad.grad(np.expm1)(-50.0), np.exp(-50.0), rtol=1e-14)
