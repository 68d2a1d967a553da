"""Sample arguments drawn by Hypothesis, and what the properties do with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

import autodiff as ad
from autodiff.dispatch import COMPOSITIONS
from autodiff.domains import Sampler
from autodiff.primitive import REGISTRY
from autodiff.tree import leaves, map_leaves

ENTRIES: dict[str, Any] = {**REGISTRY, **COMPOSITIONS}


class HypothesisSampler(Sampler):
    """Draws through Hypothesis: discrete choices one by one, arrays from a drawn seed."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def integer(self, low: int, high: int) -> int:
        return self._data.draw(st.integers(low, high))

    def uniform(self, size: int) -> np.ndarray:
        seed = self._data.draw(st.integers(0, 2**32 - 1))
        return np.random.default_rng(seed).random(size)


def function_of(entry: Any) -> Callable[..., Any]:
    """What is called with tensors: a primitive itself, or a composition's function."""
    return getattr(entry, "function", entry)


def draw(name: str, data: st.DataObject) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return ENTRIES[name].sample(HypothesisSampler(data))


def is_variable(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def variables(args: Any) -> list[np.ndarray]:
    """The float arrays among nested arguments."""
    return [each for each in leaves(args) if is_variable(each)]


def fill(args: Any, values: Any) -> Any:
    """The arguments with their float arrays replaced, in order."""
    remaining = iter(values)
    return map_leaves(lambda each: next(remaining) if is_variable(each) else each, args)


def closed(name: str, args: Any, params: dict[str, Any]) -> Callable[..., list[Any]]:
    """The entry as a function of its float arrays, which returns its float results as a list."""
    function = function_of(ENTRIES[name])

    def call(*values: Any) -> list[Any]:
        return [each for each in leaves(function(*fill(args, values), **params)) if is_float(each)]

    return call


def is_float(value: Any) -> bool:
    return hasattr(value, "dtype") and value.dtype.kind == "f"


def arrays(values: Any) -> list[np.ndarray]:
    return [np.asarray(each.numpy() if isinstance(each, ad.Tensor) else each) for each in values]


def directions(values: list[np.ndarray], data: st.DataObject) -> list[np.ndarray]:
    """Random directions with no component near 0."""
    sampler = HypothesisSampler(data)
    return [sampler.array(np.shape(each)) + np.sign(sampler.array(np.shape(each))) * 0.1 for each in values]


def dot(first: list[Any], second: list[Any]) -> float:
    return float(sum(np.sum(np.asarray(a) * np.asarray(b)) for a, b in zip(first, second, strict=True)))


def central(
    function: Callable[..., list[Any]], point: list[np.ndarray], direction: list[np.ndarray]
) -> list[np.ndarray]:
    """The directional derivative by central differences, extrapolated once (error h⁴)."""

    def difference(h: float) -> list[np.ndarray]:
        ahead = arrays(function(*[x + h * d for x, d in zip(point, direction, strict=True)]))
        behind = arrays(function(*[x - h * d for x, d in zip(point, direction, strict=True)]))
        return [(a - b) / (2 * h) for a, b in zip(ahead, behind, strict=True)]

    return [(4 * fine - coarse) / 3 for fine, coarse in zip(difference(1e-4), difference(2e-4), strict=True)]
