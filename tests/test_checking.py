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
    assert [(check.order, check.mode) for check in report.checks] == [
        (1, "reverse"), (1, "forward"), (2, "reverse"), (2, "forward"),
    ]  # fmt: skip


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
