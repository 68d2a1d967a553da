"""Activation functions: against Keras, against the lectures' tables, and at the ends of the range."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autodiff as ad
from nn import activations

from .recorded import answers_of_keras

keras = answers_of_keras("activations")

ALONG_AXIS = {"softmax", "log_softmax", "sparsemax", "glu"}
ALL = sorted({activations.registry.find(name).__name__ for name in activations.registry.names()})
ELEMENTWISE = [name for name in ALL if name not in ALONG_AXIS]
# Away from all kinks.
POINTS = np.array([-9.3, -3.1, -2.2, -1.3, -0.7, -0.31, -0.04, 0.03, 0.27, 0.6, 0.9, 1.2, 2.3, 3.3, 6.4])
MATRIX = np.array([[0.3, -1.2, 2.0, 0.1], [1.0, 0.5, -3.0, 0.75]])


def function_of(name: str) -> Callable[..., Any]:
    found = activations.get(name)
    return (lambda x: found(x, 1.0, 20.0)) if name == "threshold" else found


def points_for(name: str) -> Any:
    return MATRIX if name in ALONG_AXIS else POINTS


def slopes(function: Callable[[Any], Any], x: Any) -> Any:
    """The derivative at each element."""
    values, pull = ad.vjp(function, x)
    return pull(np.ones_like(values))[0]


# Against Keras


def test_keras_values_and_slopes(keras: Any) -> None:
    x = np.array(keras["points"])
    # Ours in float64: what remains is Keras' rounding, of numbers as large as x, in float32.
    tolerance = 1e-7 * np.maximum(1, np.abs(x))
    for case in keras["each"]:
        function = getattr(activations, case["name"])
        values, pull = ad.vjp(lambda x, f=function, case=case: f(x, **case["arguments"]), x)
        off = np.abs(values - case["values"]) - 1e-6 * np.abs(values)
        assert np.all(off <= tolerance), (case["name"], case["arguments"], x[off > tolerance])
        off = np.abs(pull(np.ones_like(x))[0] - case["slopes"]) - 1e-6 * np.abs(case["slopes"])
        assert np.all(off <= tolerance), (case["name"], "slopes", x[off > tolerance])


def test_keras_values_in_float32(keras: Any) -> None:
    x = np.array(keras["points"], np.float32)
    for case in keras["each"]:
        values = getattr(activations, case["name"])(x, **case["arguments"])
        # Both round; where terms of the size of x cancel, at the size of x.
        off = np.abs(values - np.float32(case["values"])) - 1e-6 * np.abs(values)
        assert np.all(off <= 2e-7 * np.maximum(1, np.abs(x))), (case["name"], case["arguments"])


def test_keras_along_an_axis(keras: Any) -> None:
    x = np.array(keras["rows"])
    for case in keras["along_axis"]:
        arguments = {key: tuple(each) if isinstance(each, list) else each for key, each in case["arguments"].items()}
        function = getattr(activations, case["name"])
        values, pull = ad.vjp(lambda x, f=function, arguments=arguments: f(x, **arguments), x)
        weights = np.arange(1.0, values.size + 1).reshape(values.shape)
        np.testing.assert_allclose(values, case["values"], rtol=1e-6, atol=1e-7, err_msg=str(case))
        # The slopes are differences of numbers as large as the weights.
        np.testing.assert_allclose(pull(weights)[0], case["slopes"], rtol=1e-6, atol=1e-5, err_msg=str(case))


def test_keras_names(keras: Any) -> None:
    for name, own in keras["names"]:
        assert activations.serialize(activations.get(name)) == own


# Against the lectures


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


SELU_ALPHA, SELU_LAMBDA = 1.6733, 1.0507
# Each with φ and φ' as the lecture prints them, softplus with the logarithm that was left out there.
LECTURE: dict[str, tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]] = {
    "linear": (activations.linear, lambda x: x, lambda x: 1 + 0 * x),
    "sigmoid": (activations.sigmoid, _sigmoid, lambda x: _sigmoid(x) * (1 - _sigmoid(x))),
    "tanh": (
        activations.tanh,
        lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)),
        lambda x: 1 - ((np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))) ** 2,
    ),
    "relu": (activations.relu, lambda x: np.where(x <= 0, 0, x), lambda x: np.where(x < 0, 0, 1)),
    "leaky relu": (
        lambda x: activations.leaky_relu(x, 0.01),
        lambda x: np.where(x <= 0, 0.01 * x, x),
        lambda x: np.where(x < 0, 0.01, 1),
    ),
    "softplus": (activations.softplus, lambda x: np.log(1 + np.exp(x)), _sigmoid),
    "elu": (
        lambda x: activations.elu(x, 0.3),
        lambda x: np.where(x < 0, 0.3 * (np.exp(x) - 1), x),
        lambda x: np.where(x < 0, 0.3 * np.exp(x), 1),
    ),
    "selu": (
        activations.selu,
        lambda x: SELU_LAMBDA * np.where(x < 0, SELU_ALPHA * (np.exp(x) - 1), x),
        lambda x: SELU_LAMBDA * np.where(x < 0, SELU_ALPHA * np.exp(x), 1),
    ),
}


@pytest.mark.parametrize("name", LECTURE)
def test_the_lectures_table_of_derivatives(name: str) -> None:
    function, formula, derivative = LECTURE[name]
    tolerance = 1e-4 if name == "selu" else 1e-12  # its constants are printed with five digits
    np.testing.assert_allclose(function(POINTS), formula(POINTS), rtol=tolerance, atol=1e-12)
    np.testing.assert_allclose(slopes(function, POINTS), derivative(POINTS), rtol=tolerance, atol=1e-12)


def test_slopes_at_zero() -> None:
    """Where the lecture says "undefined", the gentler slope; elu and selu have the lecture's 1 and λ."""
    expected = {"relu": 0, "leaky relu": 0.01, "elu": 1, "selu": SELU_LAMBDA, "softplus": 0.5, "linear": 1}
    for name, slope in expected.items():
        assert slopes(LECTURE[name][0], np.array([0.0]))[0] == pytest.approx(slope, rel=1e-4), name
    assert slopes(lambda x: activations.celu(x, 0.3), np.array([0.0]))[0] == pytest.approx(1)


def test_tanh_as_a_sigmoid() -> None:
    np.testing.assert_allclose(activations.tanh(POINTS), 2 * _sigmoid(2 * POINTS) - 1, rtol=1e-12)


def test_step() -> None:
    x = np.array([-1e300, -1.0, -0.0, 0.0, 5e-324, 1.0, math.inf])
    assert activations.step(x).tolist() == [0, 0, 1, 1, 1, 1, 1]
    assert not np.any(slopes(activations.step, x))


def test_piecewise_linear() -> None:
    x = np.array([-2.0, -1.0, 0.0, 1.0, 3.0, 4.0])
    function = lambda x: activations.piecewise_linear(x, -1.0, 3.0)  # noqa: E731  # read beside its slopes
    np.testing.assert_allclose(function(x), [0, 0, 0.25, 0.5, 1, 1])
    np.testing.assert_allclose(slopes(function, x), [0, 0, 0.25, 0.25, 0, 0])
    np.testing.assert_allclose(activations.piecewise_linear(np.array([-0.5, 0.1, 0.5])), [0, 0.6, 1])
    with pytest.raises(ValueError, match=r"lower is 1 and upper 1, expected lower < upper"):
        activations.piecewise_linear(x, 1, 1)


def test_gaussian() -> None:
    np.testing.assert_allclose(activations.gaussian(POINTS), np.exp(-(POINTS**2)), rtol=1e-12)
    np.testing.assert_allclose(slopes(activations.gaussian, POINTS), -2 * POINTS * np.exp(-(POINTS**2)), rtol=1e-12)


# All of them


@pytest.mark.parametrize("name", ALL)
def test_derivatives(name: str) -> None:
    report = ad.check_grads(function_of(name), (points_for(name),))
    assert report.verdict == "right", str(report)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", ALL)
def test_dtype_is_kept_and_tensors_give_what_arrays_give(name: str, dtype: Any) -> None:
    x = points_for(name).astype(dtype)
    values = function_of(name)(x)
    assert isinstance(values, np.ndarray) and values.dtype == dtype
    t = ad.tensor(x, requires_grad=True)
    out = function_of(name)(t)
    assert isinstance(out, ad.Tensor) and out.dtype == dtype
    np.testing.assert_array_equal(out.numpy(), values)
    np.sum(out).backward()
    assert t.grad is None or t.grad.dtype == dtype


@pytest.mark.parametrize("name", ALL)
def test_compiled(name: str) -> None:
    x, function = points_for(name), function_of(name)
    weights = np.arange(1.0, function(x).size + 1).reshape(function(x).shape)

    def both(x: Any) -> Any:
        return ad.value_and_grad(lambda x: np.sum(function(x) * weights))(x)

    compiled = ad.compile(both)
    for each in (x, x[::-1].copy(), -x):
        for got, expected in zip(compiled(each), both(each), strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)


def _zero(x: Any) -> Any:
    return 0 * x


def _one(x: Any) -> Any:
    return 0 * x + 1


def _same(x: Any) -> Any:
    return x


# What each is far to the left and far to the right, and its slopes there.
FAR: dict[str, tuple[Callable[..., Any], Callable[..., Any], float, float]] = {
    **dict.fromkeys(["linear", "hard_shrink"], (_same, _same, 1, 1)),
    **dict.fromkeys(["soft_shrink", "tanh_shrink"], (_same, _same, 1, 1)),
    **dict.fromkeys(["relu", "softplus", "squareplus", "sparse_plus", "gelu", "silu"], (_zero, _same, 0, 1)),
    **dict.fromkeys(["mish", "hard_silu"], (_zero, _same, 0, 1)),
    **dict.fromkeys(["elu", "celu"], (lambda x: 0 * x - 1, _same, 0, 1)),
    **dict.fromkeys(["softsign", "tanh", "hard_tanh"], (lambda x: 0 * x - 1, _one, 0, 0)),
    **dict.fromkeys(["sigmoid", "hard_sigmoid", "sparse_sigmoid"], (_zero, _one, 0, 0)),
    **dict.fromkeys(["step", "piecewise_linear"], (_zero, _one, 0, 0)),
    "gaussian": (_zero, _zero, 0, 0),
    "relu6": (_zero, lambda x: 0 * x + 6, 0, 0),
    "log_sigmoid": (_same, _zero, 1, 0),
    "leaky_relu": (lambda x: 0.2 * x, _same, 0.2, 1),
    "selu": (lambda x: 0 * x - 1.7580993408473766, lambda x: 1.0507009873554805 * x, 0, 1.0507009873554805),
    "threshold": (lambda x: 0 * x + 20, _same, 0, 1),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", [name for name in ELEMENTWISE if name != "exponential"])
def test_far_out(name: str, dtype: Any) -> None:
    largest = float(np.finfo(dtype).max) / 1.1  # selu goes up by 1.05
    x = np.array([1e4, 1e10, largest**0.5 * 10, largest], dtype)
    function = function_of(name)
    left, right, left_slope, right_slope = FAR[name]
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        # Softsign and squareplus draw near their limits as 1/x only.
        np.testing.assert_allclose(function(-x), left(-x), rtol=2e-4, atol=2e-4)
        np.testing.assert_allclose(function(x), right(x), rtol=2e-4, atol=2e-4)
        np.testing.assert_allclose(slopes(function, -x), np.full_like(x, left_slope), atol=1e-6)
        np.testing.assert_allclose(slopes(function, x), np.full_like(x, right_slope), atol=1e-6)


def test_every_function_is_looked_at_far_out() -> None:
    assert {*FAR, "exponential"} == set(ELEMENTWISE)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_nan_stays_nan(name: str) -> None:
    with np.errstate(invalid="ignore"):  # np.logaddexp warns of NaN
        assert np.isnan(function_of(name)(np.array([np.nan]))).all()


@pytest.mark.parametrize("arguments", [{}, {"negative_slope": 0.1}, {"max_value": 1.0}, {"threshold": 1.0}])
def test_nan_stays_nan_in_each_relu(arguments: dict[str, float]) -> None:
    assert np.isnan(activations.relu(np.array([np.nan]), **arguments)).all()


def test_gelu_by_its_definition() -> None:
    expected = [x * 0.5 * math.erfc(-x / math.sqrt(2)) for x in POINTS]
    np.testing.assert_allclose(activations.gelu(POINTS), expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(activations.gelu(POINTS, approximate=True), expected, atol=5e-4)


def test_squareplus_loses_no_digits() -> None:
    assert activations.squareplus(np.array([-1e8]))[0] == pytest.approx(1e-8, rel=1e-12)
    assert activations.squareplus(np.array([-2.0, 0.0, 2.0]), b=0).tolist() == [0, 0, 2]


def test_exponential_overflows_with_a_warning() -> None:
    with pytest.warns(RuntimeWarning, match="overflow"):
        assert activations.exponential(np.array([1e4]))[0] == math.inf


# At each kink and jump, and just beside those where a neighbour's formula is close: x, the value, the slope.
KINKS: dict[str, list[tuple[float, float, float]]] = {
    "relu": [(0, 0, 0)],
    "relu6": [(0, 0, 0), (6, 6, 0)],
    "leaky_relu": [(0, 0, 0.2)],
    "hard_sigmoid": [(-3, 0, 0), (3, 1, 0)],
    "hard_silu": [(-3, 0, 0), (3, 3, 1)],
    "hard_tanh": [(-1, -1, 0), (1, 1, 0)],
    "hard_shrink": [(-0.5, 0, 0), (0.5, 0, 0), (0.75, 0.75, 1)],
    "soft_shrink": [(-0.5, 0, 0), (0.5, 0, 0)],
    "sparse_plus": [(-1, 0, 0), (1, 1, 1), (1.0625, 1.0625, 1)],
    "sparse_sigmoid": [(-1, 0, 0), (1, 1, 0)],
    "threshold": [(1, 20, 0)],
}


@pytest.mark.parametrize("name", KINKS)
def test_kinks(name: str) -> None:
    x, values, derivatives = np.array(KINKS[name], dtype=float).T
    np.testing.assert_allclose(function_of(name)(x), values, atol=1e-15)
    np.testing.assert_allclose(slopes(function_of(name), x), derivatives, atol=1e-15)


# Along an axis


def test_softmax_far_out() -> None:
    x = np.array([[1e30, -1e30, 0.0], [-np.inf, 0.0, 0.0], [-np.inf, -np.inf, -np.inf]])
    np.testing.assert_allclose(activations.softmax(x), [[1, 0, 0], [0, 0.5, 0.5], [0, 0, 0]])
    assert np.isfinite(slopes(activations.softmax, x)).all()
    np.testing.assert_allclose(activations.log_softmax(x[:1]), [[0, -2e30, -1e30]])


def _nearest_on_simplex(x: Any) -> Any:
    """The projection by bisection: Σ max(x − τ, 0) falls from above 1 to 0 between these two τ."""
    low, high = np.max(x) - 1, np.max(x)
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if np.sum(np.maximum(x - middle, 0)) > 1 else (low, middle)
    return np.maximum(x - low, 0)


@pytest.mark.parametrize("seed", range(5))
def test_sparsemax_is_the_nearest_point_of_the_simplex(seed: int) -> None:
    x = np.random.default_rng(seed).normal(size=(4, 7)) * 10.0 ** (seed - 2)
    expected = np.array([_nearest_on_simplex(row) for row in x])
    np.testing.assert_allclose(activations.sparsemax(x), expected, atol=1e-12)
    np.testing.assert_allclose(activations.sparsemax(x.T, axis=0), expected.T, atol=1e-12)
    np.testing.assert_allclose(activations.sparsemax(x + 1e6), expected, atol=1e-9)


def test_sparsemax_of_ties_masks_and_large_numbers() -> None:
    x = np.array([[1.0, 1.0, 1.0], [0.0, -np.inf, 0.0], [1e30, 0.0, 1e30]])
    np.testing.assert_allclose(activations.sparsemax(x), [[1 / 3] * 3, [0.5, 0, 0.5], [0.5, 0, 0.5]])


def test_glu() -> None:
    x = np.arange(8.0).reshape(4, 2) - 3
    np.testing.assert_allclose(activations.glu(x, axis=0), x[:2] * _sigmoid(x[2:]))
    with pytest.raises(ValueError, match=r"axis 0 of x has 3 elements, expected an even number"):
        activations.glu(x[:3], axis=0)


# Names


@pytest.mark.parametrize("name", ALL)
def test_names_come_back(name: str) -> None:
    function = activations.get(name)
    assert activations.serialize(function) == name
    assert activations.deserialize(name) is function is getattr(activations, name)


def test_other_names_and_mistakes() -> None:
    assert activations.swish is activations.get("Swish") is activations.silu
    assert activations.hard_swish is activations.get("hard_swish") is activations.hard_silu
    assert activations.get(None) is activations.deserialize(None) is activations.linear
    assert activations.get(np.tanh) is np.tanh
    with pytest.raises(ValueError, match="did you mean 'sigmoid'"):
        activations.get("sigmoit")
