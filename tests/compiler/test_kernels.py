"""Kernels for Numba: programs compute what NumPy's do, to the bit where that is arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autodiff as ad
from autodiff.compiler import passes
from autodiff.compiler.kernels import formulas, fusion

from .comparing import same

numba = pytest.importorskip("numba")


@pytest.fixture(autouse=True)
def _sums_stay_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(passes.REORDERING, "sums as products", raising=False)


def agree(function: Callable[..., Any], *args: Any, exact: bool = False) -> ad.compiler.Compiled:
    """Compile a function for Numba and for NumPy: both give what the function gives."""
    with np.errstate(all="ignore"):
        expected = function(*args)
        step = ad.compile(function, backend="numba")
        for got in (step(*args), step(*args)):
            same(got, expected, exact=False)
        if exact:
            same(step(*args), ad.compile(function)(*args), exact=True)
    return step


def kernels(step: ad.compiler.Compiled) -> int:
    return step.source.count("def kernel")


def test_a_condition_that_is_a_python_boolean():
    agree(lambda x: np.where(True, x, 0.5 * x) + np.where(False, x, 1.0), np.ones((3, 4)))


# Elements

OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide, "maximum": np.maximum,
    "minimum": np.minimum, "fmax": np.fmax, "copysign": np.copysign, "where": lambda x, y: np.where(x > y, x, y),
    "negative": lambda x, y: -x, "square": lambda x, y: np.square(y), "sqrt": lambda x, y: np.sqrt(np.abs(x)),
    "halved": lambda x, y: 0.5 * x, "both": lambda x, y: (x < y) & ~(y == 2), "rint": lambda x, y: np.rint(x),
    "row": lambda x, y: np.sum(x, axis=-1, keepdims=True) if x.ndim else x,
    "column": lambda x, y: np.sum(x, axis=0, keepdims=True) if x.ndim else x,
    "total": lambda x, y: np.sum(x), "greatest": lambda x, y: np.max(x, axis=-1, keepdims=True) if x.ndim else x,
    "mean": lambda x, y: x - np.mean(x, axis=-1, keepdims=True) if x.ndim else x,
}  # fmt: skip
DTYPES = [np.float32, np.float64, np.int64, np.bool_]
SIDES = st.sampled_from([1, 2, 5, 40])


@st.composite
def arguments(draw: st.DrawFn) -> list[np.ndarray]:
    """Arrays that broadcast, of some dtypes, in various orders of memory."""
    full = draw(st.one_of(st.lists(SIDES, max_size=3), st.just([0, 3])))
    rng = np.random.default_rng(draw(st.integers(0, 100)))
    made = []
    for _ in range(draw(st.integers(1, 3))):
        shape = [1 if draw(st.integers(0, 3)) == 0 else side for side in full[draw(st.integers(0, len(full))) :]]
        array = np.asarray(rng.standard_normal(shape)).astype(draw(st.sampled_from(DTYPES)))
        made.append(draw(st.sampled_from([array, array.T.copy().T, np.stack([array, array], -1)[..., 0]])))
    return made


@given(arguments(), st.lists(st.tuples(st.sampled_from(sorted(OPERATIONS)), st.integers(0, 9), st.integers(0, 9))))
def test_any_chain(args: list[np.ndarray], steps: list[tuple[str, int, int]]) -> None:
    def program(*args: Any) -> Any:
        values = [each + 0.0 if each.dtype.kind in "ib" else each for each in args]
        for name, first, second in steps:
            made = OPERATIONS[name](values[first % len(values)], values[second % len(values)])
            values.append(made.astype(np.float32) if made.dtype == bool else made)
        return values[-1], values[len(values) // 2]

    if not all(each.size for each in args):
        steps = [each for each in steps if each[0] not in ("greatest", "mean")]
    agree(program, *args)


ARITHMETIC = [name for name in OPERATIONS if name not in ("row", "column", "total", "mean")]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_arithmetic_comes_out_in_the_same_bits(dtype: Any) -> None:
    """Nothing is contracted or reordered, and numbers have the dtype of the arrays."""
    rng = np.random.default_rng(0)
    x, y, row = (rng.standard_normal(shape).astype(dtype) for shape in ((37, 50), (37, 50), (50,)))

    def program(x: Any, y: Any, row: Any) -> Any:
        product = x * x - y * y + (0.1 * x - row) / (3 * y + row)
        return np.maximum(np.sqrt(np.abs(product)) / (x + 1e-7), -row), product - 1.0 / 3

    step = agree(program, x, y, row, exact=True)
    assert kernels(step) == 1


EDGES = [np.nan, np.inf, -np.inf, -0.0, 0.0, 1.0, -2.5, 0.5, 1e-40, 3e38]
NOT_BY_NAME = {"where", "identity", "scale", "ratio"}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("table", ["_ARITHMETIC", "_FLOATS_ONLY", "_COMPARISONS", "_CALLS"])
def test_formulas_at_the_edges(table: str, dtype: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each formula gives what NumPy gives, for all pairs of values that are special."""
    monkeypatch.setattr(fusion, "CALL", np.inf)
    monkeypatch.setattr(fusion, "MOST", np.inf)
    names = [name for name in getattr(formulas, table) if name not in NOT_BY_NAME]
    x, y = (np.ascontiguousarray(each, dtype) for each in np.meshgrid(EDGES, EDGES))

    def program(x: Any, y: Any) -> Any:
        made = [getattr(np, name)(*(x, y)[: getattr(np, name).nin if hasattr(getattr(np, name), "nin") else 1])
                for name in names]  # fmt: skip
        return [np.logical_not(each) if each.dtype == bool else -each for each in made]

    step = agree(program, x, y, exact=table not in ("_CALLS",))
    assert kernels(step) == 1


def test_numbers_keep_their_signs() -> None:
    agree(
        lambda x: (-(x**-0.5), (-2.0) ** np.rint(x) * 1.5, x - -3, -1.0 / (x * -0.0), x * np.nan - np.inf), np.ones(3)
    )


def test_products_with_a_gradient_of_zero() -> None:
    """0 wins over an infinite factor, as in eager gradients."""
    x = np.array([[0.0, -0.0, np.inf, 4.0, 1e-300]] * 2)
    agree(lambda x: ad.grad(lambda x: np.sum(np.where(x > 1, np.sqrt(x) + np.exp(x) * np.log(x), 0)))(x) * 2, x)


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint8, np.bool_, np.float16])
def test_dtypes_that_numba_computes_otherwise_stay_with_numpy(dtype: Any) -> None:
    x = np.array([[1, 2, 120], [0, 100, 3]]).astype(dtype)

    def program(x: Any) -> Any:
        return x + x, x * x + x, x == 1, np.where(x > x[0], x, x * x), x * 0.5 + 1, -(x * np.float32(3))

    with np.errstate(all="ignore"):
        agree(program if dtype != np.bool_ else lambda x: (x + x, x * x | ~x, x ^ x[0], x * 0.5 + 1), x)


# Sums


SUMS: dict[str, Callable[..., Any]] = {
    "rows": lambda x: np.sum(x * 2, axis=-1) + 1,
    "rows kept": lambda x: x - np.mean(x * 2, axis=-1, keepdims=True),
    "columns": lambda x: np.sum(x * 2, axis=0),
    "columns kept": lambda x: x * np.sum(x + 1, axis=0, keepdims=True),
    "all": lambda x: np.sqrt(np.sum(x * x) / 3),
    "all kept": lambda x: x / np.sum(x, keepdims=True),
    "greatest": lambda x: (x - np.max(x, axis=-1, keepdims=True), np.min(x, axis=-1) + 1),
    "softmax": lambda x: ad.softmax(x, axis=-1),
    "two sums": lambda x: (np.sum(x + 1, axis=-1), np.sum(x * 3, axis=0), np.sum(x - 2)),
    "middle": lambda x: np.sum(x + 1, axis=x.ndim // 2) * 2,
}


@pytest.mark.parametrize("name", SUMS)
@pytest.mark.parametrize("shape", [(4, 50), (3, 5, 4)])
def test_sums(name: str, shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).standard_normal(shape)
    agree(SUMS[name], x.astype(np.float32))


@pytest.mark.parametrize("shape", [(7,), (6, 1)])
def test_all_sums_together(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).standard_normal(shape)
    agree(lambda x: [each(x) for each in SUMS.values()], x)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
def test_sums_of_nothing(shape: tuple[int, ...]) -> None:
    x = np.ones(shape)
    step = agree(lambda x: (np.sum(x + 1, axis=-1), np.sum(x + 1, axis=0) * 2, np.sum(x * 2), x * 2 + 1), x)
    assert step(x)[2] == 0


def test_what_is_no_number_comes_through_sums_and_maxima() -> None:
    x = np.array([[1.0, np.nan, 3.0], [np.inf, -np.inf, 0.0], [np.inf, 1.0, 2.0], [-np.inf, -np.inf, -np.inf]])
    agree(lambda x: (np.sum(x * 2, axis=1), np.max(x * 2, axis=1), np.min(x + 1, axis=1), np.sum(x * 3, axis=0)), x)


def test_long_sums_of_float32_are_accurate() -> None:
    """They are collected in float64."""
    x = np.full(10**6, 0.1, np.float32)
    step = ad.compile(lambda x: np.sum(x * 1.0), backend="numba")
    exact = float(np.float64(x[0]) * 10**6)
    step(x)
    assert abs(float(step(x)) - exact) <= 1e-7 * exact


def test_rows_are_gone_through_in_one_kernel() -> None:
    """Normalized rows need two sums and what follows from them."""
    x = np.random.default_rng(0).standard_normal((5, 40)).astype(np.float32)
    gain = np.random.default_rng(1).standard_normal(40).astype(np.float32)

    def normalized(x: Any, gain: Any) -> Any:
        centred = x - np.mean(x, axis=-1, keepdims=True)
        return gain * centred / np.sqrt(np.mean(centred**2, axis=-1, keepdims=True) + 1e-5)

    step = agree(normalized, x, gain)
    assert kernels(step) == 1
    assert "np.empty" not in step.source.partition("def normalized")[0]
