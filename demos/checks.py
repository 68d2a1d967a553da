"""Comparison of gradients: with other gradients, and with central differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]
Function = Callable[..., Any]

STEP = 1e-5  # near the cube root of float64's precision, where rounding and truncation balance
# Two orders of summation of a thousand terms that cancel to about a hundredth.
SAME_FORMULA = {"rtol": 1e-10, "atol": 1e-14}
# For an error near 1, rounding (1e-16 / STEP) and truncation (STEP**2) leave about 1e-10.
DIFFERENCES = {"rtol": 1e-6, "atol": 1e-9}


class Check(NamedTuple):
    """One row of the table: the largest differences met, over all points, and the verdict."""

    what: str
    against: str
    shape: tuple[int, ...]
    points: int
    absolute: float
    relative: float
    passed: bool


def compare(
    what: str, against: str, found: Sequence[Array], expected: Sequence[Array], rtol: float, atol: float
) -> Check:
    """Compare arrays at several points; differences are relative to the largest element expected there.

    Passes where each difference is at most atol + rtol times that element; NaN never passes.
    Raises ValueError for shapes that differ: broadcasting would hide a mistake.
    """
    if [each.shape for each in found] != [each.shape for each in expected] or not found:
        raise ValueError(f"{what} against {against}: shapes differ, or there is nothing to compare")
    absolute = np.array([np.abs(a - b).max() for a, b in zip(found, expected, strict=True)])
    size = np.array([np.abs(b).max() for b in expected])
    relative = absolute / np.maximum(size, np.finfo(float).tiny)
    passed = bool(np.all(absolute <= atol + rtol * size))
    return Check(what, against, found[0].shape, len(found), absolute.max(), relative.max(), passed)


def moved(arrays: Sequence[Array], index: int, change: Array) -> list[Array]:
    """The arrays, `change` added to one of them."""
    return [each + change if i == index else each for i, each in enumerate(arrays)]


def slope(function: Function, arrays: Sequence[Array], index: int, direction: Array) -> float:
    """The central difference of `function(*arrays)` as one argument moves along `direction`."""
    ahead, behind = (function(*moved(arrays, index, step * direction)) for step in (STEP, -STEP))
    return float((ahead - behind) / (2 * STEP))


def central_differences(function: Function, arrays: Sequence[Array]) -> list[Array]:
    """The gradient of `function(*arrays)` by each argument, one element at a time.

    >>> [g.round(6) for g in central_differences(lambda x: x[0] * x[1], [np.array([2.0, 3.0])])]
    [array([3., 2.])]
    """
    gradients = [np.zeros_like(each) for each in arrays]
    for i, gradient in enumerate(gradients):
        for place in np.ndindex(gradient.shape):
            direction = np.zeros_like(gradient)
            direction[place] = 1
            gradient[place] = slope(function, arrays, i, direction)
    return gradients
