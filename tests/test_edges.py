"""Edge values: decided once, documented in ops/elementwise.py, and held here."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autodiff as ad

INF = np.inf


def gradient(function, *x):
    """The gradient by all arguments of the sum of a function, whose own warnings do not matter here."""
    with np.errstate(all="ignore"):
        return ad.grad(lambda *a: np.sum(function(*a)), tuple(range(len(x))))(*x)


def one(function, x):
    return gradient(function, np.asarray(x, float))[0]


# 0 times infinity


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.sqrt(np.sum(x**2)),
        np.std,
        lambda x: np.std(x, axis=0, ddof=1),
        lambda x: x * x**0.5,
        lambda x: np.sqrt(x) * x,
        np.cbrt,
        lambda x: x**0.25,
        lambda x: np.hypot(x, 0.0),
        lambda x: np.where(x > 0, np.log(x), 0.0),
        lambda x: np.where(x > 0, 1 / x, 0.0),
        lambda x: np.where(x > 0, x**-1.5, 0.0),
        lambda x: np.where(x > 0, np.sqrt(x), x),
        lambda x: np.arctan2(x, x) * x,
        lambda x: ad.logsumexp(np.where(x > 0, x, -INF)),
        lambda x: ad.softmax(np.where(x > 0, x, -INF)),
    ],
)
def test_no_nan_at_zero(function):
    assert np.isfinite(one(function, [0.0, 0.0, 0.0])).all()


@pytest.mark.parametrize("function", [np.arcsin, np.arccos])
def test_infinite_slopes_at_finite_values_are_zero(function):
    np.testing.assert_array_equal(one(function, [1.0, -1.0]), [0.0, 0.0])
    assert one(np.arccosh, 1.0) == 0


@pytest.mark.parametrize("exponent", [0, 0.5, 1, 1.5, 2, 3])
def test_powers_at_zero(exponent):
    expected = 1.0 if exponent == 1 else 0.0
    for y in (exponent, float(exponent), np.float64(exponent), np.array([float(exponent)])):
        np.testing.assert_array_equal(one(lambda x, y=y: x**y, [0.0]), [expected])
    by_base, by_exponent = gradient(np.power, np.array([0.0]), np.array([float(exponent)]))
    assert by_base == expected
    assert by_exponent == 0


@pytest.mark.parametrize("exponent", [2, 3, -1, -2, 0, 1])
def test_whole_powers_of_negative_numbers(exponent):
    x = np.array([-1.5, -0.5])
    np.testing.assert_allclose(one(lambda x: x**exponent, x), exponent * x ** (exponent - 1.0), rtol=1e-14)


@pytest.mark.parametrize(
    "x", [[0.0, 2.0, 3.0], [0.0, 2.0, 0.0], [0.0, 0.0, 0.0], [4.0, 2.0, 3.0], [1e-100, 1e-100, 1.0]]
)
def test_products_with_zeros(x):
    x = np.array(x)
    expected = [np.prod(np.delete(x, i)) for i in range(x.size)]
    np.testing.assert_allclose(one(np.prod, x), expected, rtol=1e-14)
    scan = [sum(np.prod(np.delete(x[: j + 1], i)) for j in range(i, x.size)) for i in range(x.size)]
    np.testing.assert_allclose(one(np.cumprod, x), scan, rtol=1e-14)
    second = ad.hessian(np.prod)(x)
    for i in range(3):
        for j in range(3):
            np.testing.assert_allclose(second[i, j], 0 if i == j else np.prod(np.delete(x, [i, j])), rtol=1e-14)


def test_overflow_behind_a_mask_is_no_nan():
    np.testing.assert_array_equal(one(lambda x: np.where(x < 10, np.exp(x), 0.0), [0.0, 1e4]), [1.0, 0.0])
    np.testing.assert_array_equal(one(np.tanh, [1000.0, -1000.0, 0.0]), [0.0, 0.0, 1.0])
    np.testing.assert_array_equal(one(ad.sigmoid, [1000.0, -1000.0, 0.0]), [0.0, 0.0, 0.25])
    np.testing.assert_array_equal(one(ad.softplus, [1e4, -1e4]), [1.0, 0.0])


def test_far_out_values_are_exact():
    assert ad.sigmoid(np.array(-700.0)) == np.exp(-700.0)
    np.testing.assert_allclose(ad.log_sigmoid(np.array([-1e4, 50.0])), [-1e4, -np.exp(-50.0)], rtol=1e-12)


def test_sinc_near_zero():
    x = np.array([0.0, 1e-9, 1e-3, 9.99e-3, 1.001e-2, 0.5])
    exact = [0.0, *((np.cos(np.pi * t) - np.sinc(t)) / t for t in x[1:])]
    np.testing.assert_allclose(one(np.sinc, x)[3:], exact[3:], rtol=1e-9)
    np.testing.assert_allclose(
        one(np.sinc, x)[:3], -(np.pi**2) / 3 * x[:3] * (1 - (np.pi * x[:3]) ** 2 / 10), rtol=1e-9
    )


# Ties

few = hnp.arrays(float, st.integers(1, 6), elements=st.sampled_from([-1.0, 0.0, 1.0]))


@given(few)
def test_ties_share_what_comes(x):
    for extreme, pick in ((np.max, x == x.max()), (np.min, x == x.min())):
        np.testing.assert_allclose(one(extreme, x), pick / pick.sum())
    top, bottom = (x == x.max()), (x == x.min())
    np.testing.assert_allclose(one(np.ptp, x), top / top.sum() - bottom / bottom.sum(), atol=1e-15)


@given(few)
def test_relu_is_maximum_is_clip(x):
    expected = (x > 0).astype(float)
    for function in (ad.relu, lambda x: np.maximum(x, 0), lambda x: np.maximum(0, x), lambda x: np.clip(x, 0, None)):
        np.testing.assert_array_equal(one(function, x), expected)


@given(few, st.integers(0, 2))
def test_two_sides_of_a_tie_get_a_half_each(x, which):
    function = [np.maximum, np.minimum, np.fmax][which]
    first, second = gradient(function, x, x)
    np.testing.assert_array_equal(first + second, np.ones_like(x))
    np.testing.assert_array_equal(first, second)


def test_kinks():
    np.testing.assert_array_equal(one(np.abs, [0.0, -0.0]), [0.0, 0.0])
    np.testing.assert_array_equal(one(np.sign, [0.0, 2.0]), [0.0, 0.0])
    np.testing.assert_array_equal(one(lambda x: np.clip(x, -1, 1), [-1.0, 1.0, 0.5]), [0.0, 0.0, 1.0])
    np.testing.assert_array_equal(gradient(np.fmax, np.array([np.nan, 1.0]), np.array([2.0, np.nan]))[0], [0.0, 1.0])


# Logits


@given(hnp.arrays(np.float32, (3, 4), elements=st.sampled_from([-1e4, -1.0, 0.0, 3.0, 1e4])), st.integers(0, 3))
def test_cross_entropy_of_far_logits(logits, label):
    labels = np.full(3, label)
    wide = logits.astype(np.float64)
    exact = np.log(np.exp(wide - wide.max(-1, keepdims=True)).sum(-1)) + wide.max(-1) - wide[:, label]
    np.testing.assert_allclose(ad.cross_entropy(logits, labels), exact, rtol=1e-6, atol=1e-6)
    g = gradient(lambda x: ad.cross_entropy(x, labels), logits)[0]
    assert g.dtype == np.float32
    np.testing.assert_allclose(g.sum(-1), 0, atol=1e-6)
    by_probabilities = gradient(lambda x: ad.cross_entropy(x, ad.one_hot(labels, 4, np.float32)), logits)[0]
    np.testing.assert_allclose(by_probabilities, g, atol=1e-6)


def test_masked_logits():
    logits = np.array([[0.0, -INF, 1.0], [-INF, -INF, -INF]])
    probabilities = ad.softmax(logits)
    np.testing.assert_allclose(probabilities[0], [1 / (1 + np.e), 0, np.e / (1 + np.e)])
    np.testing.assert_array_equal(probabilities[1], 0)
    np.testing.assert_array_equal(ad.log_softmax(logits)[1], -INF)
    assert ad.logsumexp(logits, 1)[1] == -INF
    g = gradient(lambda x: ad.cross_entropy(x, np.array([0, 1])), logits)[0]
    assert np.isfinite(g[0]).all()
    assert g[0, 1] == 0


def test_smooth_activations_have_their_slope_at_zero():
    assert one(ad.elu, 0.0) == 1
    np.testing.assert_allclose(one(ad.selu, 0.0), 1.0507009873554805)


@pytest.mark.parametrize("classes", [3, 129, 1000])
def test_one_hot_of_few_and_of_many_classes(classes):
    labels = np.array([[0, 2], [classes - 1, 1]])
    for dtype in (np.float32, np.float64):
        rows = ad.one_hot(labels, classes, dtype)
        assert rows.dtype == dtype
        np.testing.assert_array_equal(rows, np.eye(classes)[labels])
        step = ad.compile(lambda y, dtype=dtype: ad.one_hot(y, classes, dtype))
        np.testing.assert_array_equal(step(labels), rows)


def test_softmax_of_whole_numbers_is_of_floats():
    np.testing.assert_array_equal(ad.softmax([1, 2]), ad.softmax([1.0, 2.0]))
    np.testing.assert_array_equal(ad.cross_entropy([[1, 2]], [0]), ad.cross_entropy([[1.0, 2.0]], [0]))


def test_what_is_not_a_number_spoils_its_row():
    logits = np.array([[0.0, np.nan, 1.0], [0.0, 1.0, 2.0]])
    for function in (ad.softmax, ad.log_softmax):
        assert np.isnan(function(logits)).all(1).tolist() == [True, False]


@pytest.mark.parametrize("labels", [[0, 3], [-1, 0]])
def test_labels_outside_of_the_classes(labels):
    with pytest.raises(ValueError, match=r"expected \[0, 2\]"):
        ad.cross_entropy(np.zeros((2, 3)), np.array(labels))


def test_losses_do_not_broadcast():
    with pytest.raises(ValueError, match=r"labels of shape \(2, 1\)"):
        ad.cross_entropy(np.zeros((2, 3)), np.zeros((2, 1), int))
    with pytest.raises(ValueError, match="reshape"):
        ad.binary_cross_entropy(np.zeros((2, 1)), np.zeros(2))


# Shapes


@given(hnp.mutually_broadcastable_shapes(num_shapes=2, min_side=0, max_side=3, max_dims=4))
def test_broadcasting_is_undone(shapes):
    first, second = (np.full(shape, 2.0) for shape in shapes.input_shapes)
    by_first, by_second = gradient(lambda x, y: x * y, first, second)
    count = np.prod(shapes.result_shape)
    for x, g in ((first, by_first), (second, by_second)):
        assert g.shape == x.shape
        np.testing.assert_allclose(g, 2.0 * count / x.size if x.size else 0.0)


@pytest.mark.parametrize(
    "function", [np.sum, np.mean, np.prod, np.cumsum, ad.softmax, np.sort, np.transpose, np.square]
)
@pytest.mark.parametrize("shape", [(0,), (2, 0), (1, 1), (1,)])
@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value")
def test_empty_and_single(function, shape):
    x = np.ones(shape)
    assert one(function, x).shape == shape


def test_zero_dimensional():
    x = ad.tensor(2.0, requires_grad=True)
    (x * x + x).backward()
    assert x.grad.shape == ()
    assert x.grad == 5.0


# dtypes


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_python_numbers_do_not_widen(dtype):
    x = ad.tensor([0.5, 1.5], requires_grad=True, dtype=dtype)
    y = np.mean(np.tanh(x * 3.5 + 1) / 3 - 2**x)
    y.backward()
    assert (y.dtype, x.grad.dtype) == (dtype, dtype)


def test_mixed_dtypes_promote_as_numpy_and_come_back():
    x = ad.tensor([1.0, 2.0], requires_grad=True, dtype=np.float32)
    y = x * np.array([1.0, 2.0])
    assert y.dtype == np.float64
    np.sum(y).backward()
    assert x.grad.dtype == np.float32


@pytest.mark.parametrize("data", [[1, 2], [True, False], np.int8(3)])
def test_whole_numbers_cannot_require_a_gradient(data):
    with pytest.raises(TypeError, match="derivatives need floats"):
        ad.tensor(data, requires_grad=True)
    with pytest.raises(TypeError, match="derivatives need floats"):
        ad.grad(np.sum)(np.asarray(data))


def test_complex_is_refused():
    with pytest.raises(TypeError, match="complex numbers are not supported"):
        ad.tensor([1j])
    with pytest.raises(TypeError, match=r"multiply\(.*complex"):
        ad.tensor([1.0], requires_grad=True) * 1j
    with pytest.raises(TypeError, match="complex"):
        ad.grad(np.sum)(np.array([1j]))


def test_logaddexp_of_equal_numbers_and_of_infinities():
    x = np.array([1.0, INF, -INF, 0.0])
    by_first, by_second = gradient(np.logaddexp, x, x)
    np.testing.assert_array_equal([by_first, by_second], np.full((2, 4), 0.5))
    assert ad.grad(ad.grad(np.logaddexp))(1.0, 1.0) == 0.25


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_binary_cross_entropy_of_confident_answers_keeps_its_digits(dtype):
    x = np.array([0, 1e-3, 5, 20, 60, 80], dtype)
    right = np.log1p(np.exp(-x.astype(np.longdouble)))
    for sign, target in ((1, 1), (-1, 0)):
        told = ad.binary_cross_entropy(sign * x, np.full(x.shape, target, dtype))
        assert told.dtype == dtype
        np.testing.assert_allclose(told, right.astype(dtype), rtol=4 * np.finfo(dtype).eps)
    wrong = ad.binary_cross_entropy(-x, np.ones_like(x))
    np.testing.assert_allclose(wrong, x + right.astype(dtype), rtol=4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("x", [-3.0, -0.0, 0.0, 2.0, 50.0])
@pytest.mark.parametrize("target", [0.0, 0.3, 1.0])
def test_the_slope_of_binary_cross_entropy_is_the_error(x, target):
    x, target = np.array([x]), np.array([target])
    slope = ad.grad(lambda x: np.sum(ad.binary_cross_entropy(x, target)))(x)
    np.testing.assert_allclose(slope, 1 / (1 + np.exp(-x)) - target, rtol=1e-12, atol=1e-15)
