"""Regularizers: their formulas, their derivatives, and Keras' numbers."""

from typing import Any

import numpy as np
import pytest

import autodiff as ad
from nn import regularizers

from .recorded import answers_of_keras

keras = answers_of_keras("regularizers")

W = np.array([[0.5, -1.25, 2.0], [3.0, 0.75, -0.1], [0.2, 2.5, -1.5], [-1.0, 0.3, 0.7]])
MADE = [
    regularizers.L1(0.3),
    regularizers.L2(0.3),
    regularizers.L1L2(0.3),
    regularizers.L1L2(l2=0.2),
    regularizers.L1L2(0.3, 0.2),
    regularizers.L1L2(),
    regularizers.OrthogonalRegularizer(0.3),
    regularizers.OrthogonalRegularizer(0.3, mode="columns"),
]


def _named(each: Any) -> str:
    return f"{type(each).__name__}{tuple(each.get_config().values())}"


each_of_them = pytest.mark.parametrize("regularizer", MADE, ids=_named)


def test_formulas() -> None:
    absolute, squared = np.sum(np.abs(W)), np.sum(W**2)
    assert regularizers.L1(0.3)(W) == pytest.approx(0.3 * absolute)
    assert regularizers.L2(0.3)(W) == pytest.approx(0.3 * squared)
    assert regularizers.L1L2(0.3, 0.2)(W) == pytest.approx(0.3 * absolute + 0.2 * squared)
    assert regularizers.L1L2()(W) == 0


def test_l1_l2_of_the_lecture_sets_l1_alone() -> None:
    assert regularizers.l1_l2(0.01).get_config() == {"l1": 0.01, "l2": 0.0}
    assert regularizers.l1_l2(0.01)(W) == pytest.approx(0.01 * np.sum(np.abs(W)))


@pytest.mark.parametrize("mode", ["rows", "columns"])
def test_orthogonal_is_the_mean_cosine(mode: str) -> None:
    rows = W if mode == "rows" else W.T
    n = len(rows)
    cosines = [
        abs(rows[i] @ rows[j]) / np.linalg.norm(rows[i]) / np.linalg.norm(rows[j]) for i in range(n) for j in range(i)
    ]
    assert regularizers.OrthogonalRegularizer(0.3, mode)(W) == pytest.approx(0.3 * np.mean(cosines))


def test_orthogonal_at_its_edges() -> None:
    regularizer = regularizers.OrthogonalRegularizer(0.3)
    assert regularizer(2 * np.eye(3)) == 0
    assert regularizer(np.ones((3, 2))) == pytest.approx(0.3)
    for weight in (np.ones((1, 4)), np.zeros((3, 2)), np.array([[0.0, 0.0], [1.0, 1.0]]), np.ones((0, 4))):
        value, gradient = ad.value_and_grad(regularizer)(weight)
        assert value == 0
        np.testing.assert_allclose(gradient, 0, atol=1e-16)


@each_of_them
def test_derivatives(regularizer: Any) -> None:
    assert ad.check_grads(regularizer, (W,)).verdict == "right"


def test_derivatives_at_zero() -> None:
    for regularizer in MADE:
        assert not np.any(ad.grad(regularizer)(np.zeros((3, 2))))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@each_of_them
def test_dtype_is_kept_and_tensors_give_what_arrays_give(regularizer: Any, dtype: Any) -> None:
    w = W.astype(dtype)
    value = regularizer(w)
    assert value.dtype == dtype and value.shape == ()
    t = ad.tensor(w, requires_grad=True)
    out = regularizer(t)
    assert out.dtype == dtype and out.shape == () and out.numpy() == value
    out.backward()
    assert t.grad.dtype == dtype


@each_of_them
def test_compiled(regularizer: Any) -> None:
    compiled = ad.compile(lambda w: ad.value_and_grad(regularizer)(w))
    for w in (W, -W[:, ::-1], 0 * W):
        for got, expected in zip(compiled(w), ad.value_and_grad(regularizer)(w), strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: regularizers.L1(-1.0), r"L1: l1 is -1.0, expected a finite number, 0 or more"),
        (lambda: regularizers.L2(float("nan")), r"L2: l2 is nan, expected"),
        (lambda: regularizers.L2(float("inf")), r"L2: l2 is inf, expected"),
        (lambda: regularizers.L1L2(l2="x"), r"L1L2: l2 is 'x', expected"),
        (lambda: regularizers.OrthogonalRegularizer(-1), r"OrthogonalRegularizer: factor is -1, expected"),
        (lambda: regularizers.OrthogonalRegularizer(mode="row"), r"mode is 'row', expected 'rows' or 'columns'"),
        (lambda: regularizers.OrthogonalRegularizer()(W[0]), r"got a weight of shape \(3,\), expected a matrix"),
        (lambda: regularizers.get("l3"), r"'l3' is no regularizer"),
    ],
)
def test_mistakes(make: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()


def test_a_regularizer_without_a_call_says_so() -> None:
    class Mine(regularizers.Regularizer):
        pass

    with pytest.raises(NotImplementedError, match=r"Mine has no __call__"):
        Mine()(W)


@each_of_them
def test_configs_come_back(regularizer: Any) -> None:
    made = regularizers.deserialize(regularizers.serialize(regularizer))
    assert type(made) is type(regularizer) and made.get_config() == regularizer.get_config()
    assert made(W) == regularizer(W)


def test_any_function_is_a_regularizer() -> None:
    assert regularizers.get(np.sum) is np.sum
    assert regularizers.get(None) is None


def test_keras_values_and_slopes(keras: Any) -> None:
    weight = np.array(keras["weight"], np.float32)
    for case in keras["cases"]:
        regularizer = getattr(regularizers, case["name"])(**case["arguments"])
        value, slopes = ad.value_and_grad(regularizer)(weight)
        words = f"{case['name']} {case['arguments']}"
        # Slopes of an orthogonal regularizer are differences of terms of the size of factor / |row|.
        largest = np.max(np.abs(case["slopes"]))
        np.testing.assert_allclose(value, case["value"], rtol=1e-6, err_msg=words)
        np.testing.assert_allclose(slopes, case["slopes"], rtol=1e-6, atol=1e-6 * largest, err_msg=words)


def test_keras_names(keras: Any) -> None:
    for name, kind, config in keras["names"]:
        made = regularizers.get(name)
        assert type(made).__name__ == kind and made.get_config() == config
    assert regularizers.l1_l2(0.01).get_config() == keras["l1_l2(0.01)"]
    assert isinstance(regularizers.get("l1_l2"), regularizers.L1L2)
    assert regularizers.l1 is regularizers.L1 and regularizers.l2 is regularizers.L2
