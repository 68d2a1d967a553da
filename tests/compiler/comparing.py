"""A compiled function beside the function itself: called with the same values, compared to the bit or to rounding."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np

import autodiff as ad
from autodiff.compiler import blocks, compiled, memory, passes, statements
from autodiff.compiler.compiled import Compiled
from autodiff.compiler.passes import rows
from autodiff.tree import leaves, map_leaves

ROUNDING = {"float64": 1e-9, "float32": 2e-4, "float16": 5e-2}


def array_of(value: Any) -> np.ndarray:
    return np.asarray(value._array if isinstance(value, ad.Tensor) else value)


def same(got: Any, expected: Any, exact: bool = True) -> None:
    """Both have one structure, the same dtypes and shapes, tensors at the same places, and equal values."""
    assert map_leaves(_kind, got) == map_leaves(_kind, expected)
    for first, second in zip(leaves(got), leaves(expected), strict=True):
        if isinstance(second, (ad.Tensor, np.ndarray, np.generic)):
            same_arrays(array_of(first), array_of(second), exact)
        else:
            assert first == second


def _kind(value: Any) -> Any:
    """NumPy's numbers and its arrays without axes do the same."""
    return np.ndarray if isinstance(value, (np.ndarray, np.generic)) else type(value)


def same_arrays(got: np.ndarray, expected: np.ndarray, exact: bool) -> None:
    assert (got.shape, got.dtype) == (expected.shape, expected.dtype)
    if exact or got.dtype.kind != "f":
        np.testing.assert_array_equal(got, expected)
        if got.dtype.kind == "f":
            known = ~np.isnan(expected)
            np.testing.assert_array_equal(np.signbit(got)[known], np.signbit(expected)[known])
    else:
        tolerance = ROUNDING[got.dtype.name]
        scale = np.max(np.abs(expected), where=np.isfinite(expected), initial=1)
        np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance * scale)


@contextmanager
def compiling(in_order: bool, in_memory: bool) -> Iterator[None]:
    """Programs that keep the order of all arithmetic; programs that do with small arrays as with large ones."""
    with ExitStack() as stack:
        if in_order:
            stack.enter_context(patch.dict(passes.REORDERING, clear=True))
        if in_memory:
            for module in (memory, statements):
                stack.enter_context(patch.object(module, "SMALL", 8))
            stack.enter_context(patch.object(blocks, "SIZE", 3))
            stack.enter_context(patch.object(rows, "SHORTEST", 1))
        yield


def counting() -> Any:
    """Count traces inside a `with` block; a counter in the function itself would be a value that it finds outside."""
    return patch.object(compiled, "trace", wraps=compiled.trace)


def is_in_order(step: Compiled) -> bool:
    """Whether eager calls add in the order that the program adds in.

    BLAS adds in an order that depends on how operands lie in memory, and so does NumPy. Eagerly a
    transposed array of the user's is copied, in a program it stays a view.
    """
    names = {node.primitive.name for node in step._program().program.equations()}
    return "matmul" not in names and not {"transpose", "sum"} <= names


def agree(function: Callable[..., Any], calls: Sequence[Sequence[Any]], exact: bool = True, **options: Any) -> Compiled:
    """Compile a function and call it several times: each result is the eager one, and remains what it was."""
    step = ad.compile(function, **options)
    kept = []
    for args in calls:
        expected = function(*args)
        got = step(*args)
        kept.append((got, expected))
        same(got, expected, exact and is_in_order(step))
    for got, expected in kept:
        same(got, expected, exact and is_in_order(step))
    return step


def alone(step: Compiled) -> tuple[Callable[..., Any], list[str]]:
    """The emitted program, run from its text where only NumPy can be imported, and the names of its parameters."""

    def only_numpy(name: str, *rest: Any) -> Any:
        assert name in ("numpy", "math")
        return __import__(name, *rest)

    builtins = {**vars(__import__("builtins")), "__import__": only_numpy}
    namespace: dict[str, Any] = {"__builtins__": builtins}
    exec(step.source, namespace)
    program = list(namespace.values())[-1]
    return program, list(inspect.signature(program).parameters)
