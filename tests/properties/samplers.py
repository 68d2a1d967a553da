"""Sample arguments drawn by Hypothesis, and what the properties do with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from autodiff.dispatch import COMPOSITIONS
from autodiff.domains import Sampler
from autodiff.primitive import REGISTRY
from benchmarks import points
from benchmarks.points import arrays as arrays
from benchmarks.points import central as central
from benchmarks.points import dot as dot
from benchmarks.points import fill as fill
from benchmarks.points import is_float as is_float
from benchmarks.points import is_variable as is_variable
from benchmarks.points import variables as variables

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


def closed(name: str, args: Any, params: dict[str, Any]) -> Callable[..., list[Any]]:
    """The entry as a function of its float arrays, which returns its float results as a list."""
    return points.closed(function_of(ENTRIES[name]), args, params)


def directions(values: list[np.ndarray], data: st.DataObject) -> list[np.ndarray]:
    """Random directions with no component near 0."""
    sampler = HypothesisSampler(data)
    return [sampler.array(np.shape(each)) + np.sign(sampler.array(np.shape(each))) * 0.1 for each in values]
