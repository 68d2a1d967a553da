"""Points at which operations are tried, and functions of nothing but the float arrays found there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autodiff as ad
from autodiff.tree import leaves, map_leaves

Array = np.ndarray[Any, Any]
Function = Callable[..., list[Any]]  # of float arrays, or of tensors; returns its float results


def is_variable(value: Any) -> bool:
    """Whether a sample argument is one to differentiate by."""
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def variables(args: Any) -> list[Array]:
    """The float arrays among nested arguments."""
    return [each for each in leaves(args) if is_variable(each)]


def fill(args: Any, values: Any) -> Any:
    """The arguments with their float arrays replaced, in order."""
    remaining = iter(values)
    return map_leaves(lambda each: next(remaining) if is_variable(each) else each, args)


def is_float(value: Any) -> bool:
    return hasattr(value, "dtype") and value.dtype.kind == "f"


def closed(function: Callable[..., Any], args: Any, params: dict[str, Any]) -> Function:
    """A function as one of its float arrays alone, which returns its float results (complex ones of complex
    arrays) as a list."""

    def call(*values: Any) -> list[Any]:
        results = leaves(function(*fill(args, values), **params))
        return [each for each in results if hasattr(each, "dtype") and each.dtype.kind in "fc"]

    return call


def arrays(values: Any) -> list[Array]:
    return [np.asarray(each.numpy() if isinstance(each, ad.Tensor) else each) for each in values]


def dot(first: Sequence[Any], second: Sequence[Any]) -> float:
    """The sum of all products.

    >>> dot([np.array([1.0, 2.0]), 3.0], [np.array([1.0, 1.0]), 10.0])
    33.0
    """
    return float(sum(np.sum(np.asarray(a) * np.asarray(b)) for a, b in zip(first, second, strict=True)))


def central(function: Function, point: Sequence[Array], direction: Sequence[Array]) -> list[Array]:
    """The directional derivative by central differences, extrapolated once (error h⁴)."""

    def difference(h: float) -> list[Array]:
        ahead = arrays(function(*[x + h * d for x, d in zip(point, direction, strict=True)]))
        behind = arrays(function(*[x - h * d for x, d in zip(point, direction, strict=True)]))
        return [(a - b) / (2 * h) for a, b in zip(ahead, behind, strict=True)]

    return [(4 * fine - coarse) / 3 for fine, coarse in zip(difference(1e-4), difference(2e-4), strict=True)]
