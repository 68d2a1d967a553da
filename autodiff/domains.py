"""Where a primitive is defined, and how sample arguments for it are drawn.

A declaration says with these what its inputs look like. Property tests draw
through Hypothesis, everything else through a NumPy generator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

Shape = tuple[int, ...]
Sample = tuple[tuple[Any, ...], dict[str, Any]]


class Domain(NamedTuple):
    """An interval to draw from, less a gap around each point without a derivative."""

    low: float
    high: float
    kinks: tuple[float, ...] = ()
    gap: float = 0.05

    def admit(self, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The values, those inside a gap moved to its nearer side."""
        for kink in self.kinks:
            side = np.where(values >= kink, self.gap, -self.gap)
            values = np.where(np.abs(values - kink) < self.gap, kink + side, values)
        return values


REALS = Domain(-3.0, 3.0)
NONZERO = Domain(-3.0, 3.0, kinks=(0.0,))
POSITIVE = Domain(0.1, 3.0)
OPEN_UNIT = Domain(-0.9, 0.9)
ABOVE_ONE = Domain(1.1, 4.0)
ABOVE_MINUS_ONE = Domain(-0.9, 3.0)
BETWEEN_INTEGERS = Domain(-3.0, 3.0, kinks=(-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0))
BETWEEN_HALVES = Domain(-3.0, 3.0, kinks=(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5))
OFF_THE_CUT = Domain(-3.0, 3.0, kinks=(0.0,), gap=0.4)
WITHIN_QUARTER_TURN = Domain(-1.4, 1.4)


class Sampler:
    """Draws sample arguments from a NumPy generator.

    >>> sampler = Sampler(np.random.default_rng(0))
    >>> sampler.array((2, 3)).shape
    (2, 3)
    """

    def __init__(self, generator: np.random.Generator) -> None:
        self._generator = generator

    def integer(self, low: int, high: int) -> int:
        """One of low, low + 1, ..., high."""
        return int(self._generator.integers(low, high + 1))

    def uniform(self, size: int) -> np.ndarray[Any, Any]:
        """`size` numbers from [0, 1]."""
        return self._generator.random(size)

    def choice(self, options: Sequence[Any]) -> Any:
        """One of the options."""
        return options[self.integer(0, len(options) - 1)]

    def array(self, shape: Shape, domain: Domain = REALS) -> np.ndarray[Any, Any]:
        """An array of floats of the domain."""
        unit = self.uniform(int(np.prod(shape, dtype=int)))
        return domain.admit(domain.low + (domain.high - domain.low) * unit).reshape(shape)

    def distinct(self, shape: Shape) -> np.ndarray[Any, Any]:
        """An array without ties: no two elements nearer than 0.1."""
        size = int(np.prod(shape, dtype=int))
        order = np.argsort(self.uniform(size), kind="stable")
        return np.asarray(order * 0.2 - 0.1 * size + 0.05).reshape(shape)

    def shape(self, dims: tuple[int, int] = (0, 3), side: tuple[int, int] = (1, 3)) -> Shape:
        """A shape with `dims` many axes of length `side`, both given as (least, most)."""
        return tuple(self.integer(*side) for _ in range(self.integer(*dims)))

    def broadcastable(self, count: int) -> list[Shape]:
        """Shapes that broadcast together: 0-d, size-0 and size-1 axes included."""
        full = self.shape((0, 3), (0, 3))
        return [self._shrunk(full) for _ in range(count)]

    def _shrunk(self, shape: Shape) -> Shape:
        kept = shape[self.integer(0, len(shape)) :]
        return tuple(1 if self.integer(0, 3) == 0 else side for side in kept)

    def axis(self, ndim: int) -> Any:
        """What NumPy takes as an axis: None, an integer of either sign, a tuple."""
        if ndim == 0 or self.integer(0, 3) == 0:
            return None
        first = self.integer(-ndim, ndim - 1)
        if ndim == 1 or self.integer(0, 1):
            return first
        second = (first + self.integer(1, ndim - 1)) % ndim
        return (first, second)


Sampling = Callable[[Sampler], Sample]


def elements(*domains: Domain) -> Sampling:
    """Samples of an elementwise function: arrays that broadcast, one for each domain."""

    def sample(s: Sampler) -> Sample:
        shapes = s.broadcastable(len(domains))
        return tuple(s.array(shape, domain) for shape, domain in zip(shapes, domains, strict=True)), {}

    return sample


def apart(s: Sampler) -> Sample:
    """Two arrays that broadcast and are nowhere equal."""
    first, second = s.broadcastable(2)
    x = np.asarray(np.round(s.array(first) * 4) / 4)
    y = np.asarray(np.round(s.array(second) * 4) / 4 + 0.1)
    return (x, y), {}


def whole(*shape: int, domain: Domain = REALS, **params: Any) -> Sampling:
    """One array of the given shape, with fixed parameters."""
    return lambda s: ((s.array(shape, domain),), params)
