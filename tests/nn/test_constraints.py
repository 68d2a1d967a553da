"""Constraints: the norms that come of them, their edges, and Keras' numbers."""

from typing import Any

import numpy as np
import pytest

import autodiff as ad
from nn import constraints
from nn.variables import Variable

from .recorded import answers_of_keras

keras = answers_of_keras("constraints")

W = np.random.default_rng(0).normal(size=(3, 5)) * [0.1, 0.5, 1.0, 3.0, 10.0]
MADE = [
    constraints.MaxNorm(),
    constraints.MaxNorm(1.5, axis=1),
    constraints.MaxNorm(0.5, axis=(0, 1)),
    constraints.NonNeg(),
    constraints.UnitNorm(),
    constraints.UnitNorm(axis=1),
    constraints.MinMaxNorm(0.75, 2.0),
    constraints.MinMaxNorm(0.75, 2.0, rate=0.3, axis=1),
]


def _named(each: Any) -> str:
    return f"{type(each).__name__}{tuple(each.get_config().values())}"


each_of_them = pytest.mark.parametrize("constraint", MADE, ids=_named)


def norms(w: Any, axis: Any = 0) -> Any:
    return np.sqrt(np.sum(w**2, axis=axis))


# epsilon is added to each norm, which makes it off by that much: 1e-7 of 0.1.
TOLERANCE = 2e-6


@pytest.mark.parametrize("axis", [0, 1, -1, (0, 1), [0, 1]])
def test_norms(axis: Any) -> None:
    axes = tuple(axis) if isinstance(axis, list) else axis
    before = norms(W, axes)
    for constraint, expected in [
        (constraints.MaxNorm(1.5, axis), np.minimum(before, 1.5)),
        (constraints.UnitNorm(axis), np.ones_like(before)),
        (constraints.MinMaxNorm(0.75, 2.0, axis=axis), np.clip(before, 0.75, 2.0)),
        (constraints.MinMaxNorm(0.75, 2.0, 0.3, axis), 0.3 * np.clip(before, 0.75, 2.0) + 0.7 * before),
    ]:
        after = constraint(W)
        np.testing.assert_allclose(norms(after, axes), expected, rtol=TOLERANCE)
        np.testing.assert_array_equal(np.sign(after), np.sign(W))


def test_non_negative() -> None:
    np.testing.assert_array_equal(constraints.NonNeg()(W), np.where(W > 0, W, 0))


@each_of_them
def test_columns_of_zeros_stay(constraint: Any) -> None:
    for dtype in (np.float16, np.float32, np.float64):
        assert not np.any(constraint(np.zeros((3, 2), dtype)))
    value, gradient = ad.value_and_grad(lambda w: np.sum(constraint(w)))(np.zeros((3, 2), np.float32))
    assert value == 0 and np.isfinite(gradient).all()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@each_of_them
def test_dtype_is_kept_and_tensors_give_what_arrays_give(constraint: Any, dtype: Any) -> None:
    w = W.astype(dtype)
    after = constraint(w)
    assert isinstance(after, np.ndarray) and after.dtype == dtype and after.shape == w.shape
    out = constraint(ad.tensor(w))
    assert out.dtype == dtype
    np.testing.assert_array_equal(out.numpy(), after)


@each_of_them
def test_compiled_on_a_variable(constraint: Any) -> None:
    eager, compiled = (Variable(W, dtype="float64", name=name) for name in ("eager", "compiled"))
    step = ad.compile(lambda: compiled.assign(constraint(compiled * 1.5)))
    for _ in range(3):
        eager.assign(constraint(eager * 1.5))
        step()
        np.testing.assert_allclose(compiled.numpy(), eager.numpy(), rtol=1e-12)


@each_of_them
def test_twice_is_once(constraint: Any) -> None:
    if getattr(constraint, "rate", 1) == 1:
        np.testing.assert_allclose(constraint(constraint(W)), constraint(W), rtol=TOLERANCE)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: constraints.MaxNorm(-1), r"MaxNorm: max_value is -1, expected a norm, 0 or more"),
        (lambda: constraints.MinMaxNorm(2, 1), r"min_value is 2 and max_value 1, expected 0 ≤ min_value ≤ max_value"),
        (lambda: constraints.MinMaxNorm(-1), r"min_value is -1"),
        (lambda: constraints.get("max_nrm"), r"did you mean 'MaxNorm'|'max_nrm' is no constraint"),
    ],
)
def test_mistakes(make: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()


def test_a_constraint_without_a_call_says_so() -> None:
    class Mine(constraints.Constraint):
        pass

    with pytest.raises(NotImplementedError, match=r"Mine has no __call__"):
        Mine()(W)


@each_of_them
def test_configs_come_back(constraint: Any) -> None:
    made = constraints.deserialize(constraints.serialize(constraint))
    assert type(made) is type(constraint) and made.get_config() == constraint.get_config()
    np.testing.assert_array_equal(made(W), constraint(W))


def test_any_function_is_a_constraint() -> None:
    assert constraints.get(np.abs) is np.abs
    assert constraints.get(None) is None


def test_keras_values(keras: Any) -> None:
    weight = np.array(keras["weight"], np.float32)
    for case in keras["cases"]:
        values = getattr(constraints, case["name"])(**case["arguments"])(weight)
        np.testing.assert_allclose(values, np.float32(case["values"]), rtol=1e-6, err_msg=str(case))
    kernel = np.array(keras["kernel"], np.float32)
    values = constraints.MaxNorm(1.0, axis=(0, 1, 2))(kernel)
    np.testing.assert_allclose(values, np.float32(keras["kernel_of_norm_1"]), rtol=1e-6)


def test_keras_names(keras: Any) -> None:
    for name, kind, config in keras["names"]:
        made = constraints.get(name)
        assert type(made).__name__ == kind and made.get_config() == config
    assert constraints.max_norm is constraints.MaxNorm and constraints.non_neg is constraints.NonNeg
    assert constraints.unit_norm is constraints.UnitNorm and constraints.min_max_norm is constraints.MinMaxNorm
