"""check_grads tells right, wrong and kink apart, and names the operation that is wrong."""

import numpy as np
import pytest

import autodiff as ad


@ad.custom(lambda g, x: g * 1.01 * np.cos(x))
def wrong_sin(x):
    return np.sin(x)


@ad.custom(lambda g, x: g * np.cos(x))
def right_sin(x):
    return np.sin(x)


@ad.custom(lambda g, x: g * (-np.sin(ad.stop_gradient(x))))
def wrong_at_second_order(x):
    return np.cos(x)


X = np.array([0.3, -1.2, 2.0])


def test_right_ones_are_right():
    report = ad.check_grads(lambda x, d: np.sum(right_sin(x) * d["k"]) * x, (X, {"k": 2.0 * X}))
    assert report.verdict == "right"
    modes = [(order, mode) for order in (1, 2) for _ in "xk" for mode in ("reverse", "forward")]
    assert [(check.order, check.mode) for check in report.checks] == modes


def test_a_wrong_rule_is_named():
    with pytest.raises(AssertionError, match=r"wrong here: wrong_sin\(float64 \(3,\)\)") as caught:
        ad.check_grads(lambda x: np.exp(np.tanh(x) + wrong_sin(x * 2)), (X,))
    assert caught.value.report.verdict == "wrong"


def test_a_rule_wrong_at_second_order_only():
    assert ad.check_grads(wrong_at_second_order, (X,), order=1).verdict == "right"
    with pytest.raises(AssertionError, match="order 2"):
        ad.check_grads(wrong_at_second_order, (X,), order=2)


@pytest.mark.parametrize(
    ("function", "point"),
    [
        (np.abs, [0.0]),
        (ad.relu, [0.0, 1.0]),
        (lambda x: np.maximum(x, 1.0), [1.0]),
        (lambda x: np.max(x), [2.0, 2.0]),
        (lambda x: np.sqrt(np.sum(x**2)), [0.0, 0.0]),
    ],
)
def test_kinks_are_kinks(function, point):
    assert ad.check_grads(function, (np.array(point),), order=1).verdict == "kink"


def test_a_kink_does_not_excuse_a_wrong_value():
    @ad.custom(lambda g, x: g * 5.0)
    def five(x):
        return np.abs(x)

    with pytest.raises(AssertionError, match="wrong"):
        ad.check_grads(five, (np.array([0.0]),), order=1)


def test_float32_arguments_are_checked_in_float64():
    assert ad.check_grads(np.exp, (X.astype(np.float32),)).verdict == "right"


def test_smooth_but_steep_is_no_kink():
    assert ad.check_grads(lambda x: np.tanh(50 * x), (np.array([0.01]),), order=1).verdict == "right"


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (lambda x: wrong_sin(x) * 1e-9, (X,)),
        (lambda x: 1e5 + np.sum(wrong_sin(x)), (X,)),
        (lambda x, y: x[0] + np.sum(wrong_sin(y)), (np.array([1e5]), X)),
    ],
)
def test_a_wrong_rule_does_not_hide_behind_small_or_large_numbers(function, args):
    with pytest.raises(ad.checking.GradientError):
        ad.check_grads(function, args, order=1)


@pytest.mark.parametrize(
    ("function", "x"),
    [(np.log, 1e-3), (np.log, 1e-8), (np.sqrt, 1e-3), (np.sin, 1e8), (lambda x: x**2, 1e8), (np.exp, -30.0)],
)
def test_a_right_rule_is_right_at_small_and_large_numbers(function, x):
    assert ad.check_grads(function, (np.array([x]),), order=1).verdict == "right"


def test_float32_inside_and_what_is_not_finite():
    assert ad.check_grads(lambda x: np.sin(x.astype(np.float32)), (X,), order=1).verdict == "right"
    with np.errstate(all="ignore"):
        assert ad.check_grads(lambda x: np.exp(x), (np.array([1e4]),), order=1).verdict == "not finite"


def test_whole_numbers_and_empty_arrays_are_passed_through():
    labels = np.array([0, 2, 1])
    assert ad.check_grads(ad.cross_entropy, (np.outer(X, X), labels)).verdict == "right"
    assert ad.check_grads(lambda x, i: x[i], (X, np.array([0, 0]))).verdict == "right"
    assert ad.check_grads(lambda x: np.sum(x) + x, (np.zeros((0, 2)),)).verdict == "right"


def test_custom_refuses_at_once_what_cannot_work():
    with pytest.raises(TypeError, match=r"takes \('x', 'y'\), but there are 1 rules"):
        ad.custom(lambda g: g)(lambda x, y: x + y)
    with pytest.raises(TypeError, match="names 'z', expected one of"):
        ad.custom(lambda g, z: g * z)(lambda x: x)
    with pytest.raises(TypeError, match="one rule for each array argument"):
        ad.custom()
    with pytest.raises(TypeError, match="whose arguments have names"):
        ad.custom(lambda g: g)(np.exp)
    with pytest.raises(TypeError, match="returned list, expected one NumPy array"):
        ad.custom(lambda g: g)(lambda x: [x])(ad.tensor(1.0))


def test_custom_with_parameters_and_an_argument_without_gradient():
    @ad.custom(lambda g, mask, power, x: g * mask * power * x ** (power - 1), None, label="mask·x**p")
    def masked_power(x, mask, *, power):
        return mask * x**power

    mask = np.array([1.0, 0.0, 1.0])
    assert ad.check_grads(lambda x: masked_power(x, mask, power=3), (X,)).verdict == "right"
    np.testing.assert_allclose(ad.grad(lambda x: np.sum(masked_power(x, mask, power=2)))(X), 2 * X * mask)


def test_custom_parameters_have_their_defaults_and_rules_must_return_arrays():
    @ad.custom(lambda g, x, power: g * power * x ** (power - 1))
    def raised(x, *, power=3):
        return x**power

    assert ad.check_grads(raised, (X,)).verdict == "right"
    nothing = ad.custom(lambda g: None)(lambda x: x * 1)
    with pytest.raises(TypeError, match="its rule for argument 0 returned None"):
        ad.grad(lambda x: np.sum(nothing(x)))(X)
