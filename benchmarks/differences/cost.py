"""What does a whole gradient cost by each way to it, and from how many parameters on does which one win?

The function is one tanh neuron with n weights and its mean squared error on four points. Where a whole gradient takes
too long, as many single directions as fit in are timed, and their mean counts n times: such numbers are marked.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Any, NamedTuple

import numpy as np

import autodiff as ad

from ..points import Array
from ..timing import Step, progress, seconds_per_step, steps_for

POINTS = 4
STEP = 1e-5
TAIL = 4  # points that a power law is fitted to
Function = Callable[[Any], Any]


class Way(NamedTuple):
    """A way to the gradient of a loss: a maker of calls, each of which is all of it or the derivative by one weight."""

    name: str
    maker: Callable[[Function, Array], Step]
    at_once: bool


def neuron(size: int) -> tuple[Function, Array]:
    """The loss of a neuron of so many weights, and the weights."""
    generator = np.random.default_rng(0)
    inputs = generator.standard_normal((POINTS, size)) / np.sqrt(size)
    targets = generator.standard_normal(POINTS)
    return lambda w: np.mean((targets - np.tanh(inputs @ w)) ** 2), generator.standard_normal(size)


def value(function: Function, weights: Array) -> Step:
    return lambda: function(weights)


def reverse(function: Function, weights: Array) -> Step:
    gradient = ad.grad(function)
    return lambda: gradient(weights)


def compiled(function: Function, weights: Array) -> Step:
    gradient = ad.compile(ad.grad(function))
    gradient(weights)
    return lambda: gradient(weights)


def forward(function: Function, weights: Array) -> Step:
    """The derivatives by one weight after another, in forward mode."""
    unit = np.zeros_like(weights)
    places = cycle(range(weights.size))

    def derivative() -> Any:
        i = next(places)
        unit[i] = 1
        tangent = ad.jvp(function, (weights,), (unit,))[1]
        unit[i] = 0
        return tangent

    return derivative


def differences(function: Function, weights: Array) -> Step:
    """The derivatives by one weight after another, each from two calls of the function in plain NumPy."""
    moved = weights.copy()
    places = cycle(range(weights.size))

    def derivative() -> Any:
        i = next(places)
        moved[i] = weights[i] + STEP
        ahead = function(moved)
        moved[i] = weights[i] - STEP
        behind = function(moved)
        moved[i] = weights[i]
        return (ahead - behind) / (2 * STEP)

    return derivative


VALUE = Way("the value alone", value, True)
REVERSE = Way("reverse mode", reverse, True)
COMPILED = Way("reverse mode, compiled", compiled, True)
FORWARD = Way("forward mode", forward, False)
DIFFERENCES = Way("central differences", differences, False)
WAYS = (VALUE, REVERSE, COMPILED, FORWARD, DIFFERENCES)


class Cost(NamedTuple):
    """The seconds of a whole gradient by so many weights; `estimated` where single directions were timed."""

    size: int
    seconds: float
    estimated: bool


def measure(sizes: Sequence[int], rounds: int, seconds: float) -> dict[str, list[Cost]]:
    """The costs by way, one for each size: medians of rounds of about so many seconds, interleaved."""
    costs: dict[str, list[Cost]] = {way.name: [] for way in WAYS}
    gc.freeze()  # what is there already need not be gone through before each timing
    try:
        for size in progress(sizes, "numbers of parameters"):
            for way, cost in zip(WAYS, _costs(size, rounds, seconds), strict=True):
                costs[way.name].append(cost)
    finally:
        gc.unfreeze()
    return costs


def _costs(size: int, rounds: int, seconds: float) -> list[Cost]:
    """The cost of each way for one size."""
    function, weights = neuron(size)
    steps = [way.maker(function, weights) for way in WAYS]
    counts = [steps_for(step, seconds) for step in steps]
    times = [[seconds_per_step(step, count) for step, count in zip(steps, counts, strict=True)] for _ in range(rounds)]
    calls = [1 if way.at_once else size for way in WAYS]
    medians = np.median(times, axis=0)
    return [Cost(size, n * float(t), count < n) for n, t, count in zip(calls, medians, counts, strict=True)]


def crossover(sizes: Sequence[float], first: Sequence[float], second: Sequence[float]) -> float | None:
    """The size from which on the second way stays the cheaper one, between measured points; None where there is none.

    Between points, costs are taken as power laws: straight lines in logarithms.

    >>> round(crossover([1, 10, 100], [1, 10, 100], [5, 5, 5]), 9)
    5.0
    >>> crossover([1, 10], [1, 10], [20, 20]) is None
    True
    """
    gaps = np.log(np.asarray(first, float) / np.asarray(second, float))
    changes = np.flatnonzero((gaps[:-1] < 0) & (gaps[1:] >= 0))
    if not changes.size or gaps[-1] < 0:
        return None
    i = int(changes[-1])
    share = gaps[i] / (gaps[i] - gaps[i + 1])
    low, high = np.log(sizes[i]), np.log(sizes[i + 1])
    return float(np.exp(low + share * (high - low)))


def power_law(sizes: Sequence[float], seconds: Sequence[float]) -> tuple[float, float]:
    """The factor and the exponent of factor · size^exponent, fitted to the last points in logarithms.

    >>> factor, exponent = power_law([1, 10, 100, 1000], [3, 300, 3e4, 3e6])
    >>> round(factor, 9), round(exponent, 9)
    (3.0, 2.0)
    """
    exponent, logarithm = np.polyfit(np.log(sizes[-TAIL:]), np.log(seconds[-TAIL:]), 1)
    return float(np.exp(logarithm)), float(exponent)


def extrapolated(sizes: Sequence[float], first: Sequence[float], second: Sequence[float]) -> float | None:
    """Where the power laws fitted to both ways meet beyond the sizes measured; None where they do not.

    >>> round(extrapolated([1, 10, 100, 1000], [1, 10, 100, 1000], [9e3] * 4), 6)
    9000.0
    """
    (a, p), (b, q) = power_law(sizes, first), power_law(sizes, second)
    if p <= q:
        return None
    meeting = float(np.exp(np.log(b / a) / (p - q)))
    return meeting if meeting > sizes[-1] else None
