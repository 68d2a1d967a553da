"""A function of arrays along a line, as a number of one variable, and its slope by differences.

The step that makes central differences most exact balances rounding, eps·|f|/h, with what Taylor's series leaves out,
h²·|f‴|/6 (Press et al., Numerical Recipes, 3rd edition, section 5.7): h = (3·eps·|f|/|f‴|)^(1/3).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

import autodiff as ad

from ..points import Array, Function

WIDEST, FINEST = -1, -14  # powers of ten


class Line(NamedTuple):
    """t ↦ ⟨cotangent, f(point + t·direction)⟩."""

    function: Function
    point: list[Array]
    direction: list[Array]
    cotangent: list[Array]

    def at(self, t: Any) -> Any:
        """The value at a number, a tensor or a complex number."""
        outputs = self.function(*[x + t * d for x, d in zip(self.point, self.direction, strict=True)])
        return sum(np.sum(c * y) for c, y in zip(self.cotangent, outputs, strict=True))

    def cast(self, dtype: Any) -> Line:
        """The line with all its arrays in another precision."""
        return Line(self.function, *([each.astype(dtype) for each in arrays] for arrays in self[1:]))

    @property
    def zero(self) -> Any:
        """0 in the line's precision."""
        return self.point[0].dtype.type(0)

    def size(self) -> float:
        """The sum of the sizes of all terms: what is rounded, though the terms may cancel."""
        return sum(
            float(np.sum(np.abs(c * y))) for c, y in zip(self.cotangent, self.function(*self.point), strict=True)
        )


def line(function: Function, point: Sequence[Array], generator: np.random.Generator) -> Line:
    """A line through a point in a random direction, whose cotangent has the signs of the derivatives along it.

    So the derivatives of all outputs add up, and a relative error says something about each of them.
    """
    direction = [_away_from_zero(x, generator) for x in point]
    values, slopes = ad.jvp(function, list(point), direction)
    cotangent = [np.copysign(_away_from_zero(y, generator), s) for y, s in zip(values, slopes, strict=True)]
    return Line(function, list(point), direction, cotangent)


def _away_from_zero(like: Any, generator: np.random.Generator) -> Array:
    shape = np.shape(like)
    return np.asarray(generator.choice([-1.0, 1.0], shape) * generator.uniform(0.5, 1.0, shape))


def reverse_slope(along: Line) -> float:
    """The engine's derivative at 0, in reverse mode."""
    return float(ad.grad(along.at)(along.zero))


def forward_slope(along: Line) -> float:
    """The engine's derivative at 0, in forward mode."""
    return float(ad.jvp(along.at, (along.zero,), (along.zero + 1,))[1])


def third_derivative(along: Line) -> float:
    """The engine's third derivative at 0: it differentiates thrice."""
    return float(ad.grad(ad.grad(ad.grad(along.at)))(along.zero))


def steps(per_decade: int) -> Array:
    """Steps from 1e-1 down to 1e-14.

    >>> steps(1)[[0, -1]]
    array([1.e-01, 1.e-14])
    """
    return np.asarray(10.0 ** np.linspace(WIDEST, FINEST, per_decade * (WIDEST - FINEST) + 1))


def central_slopes(along: Line, hs: Array) -> Array:
    """(f(h) − f(−h)) / 2h in the line's precision; NaN where a step leaves the domain."""
    return np.array([_central_slope(along, float(h)) for h in hs])


def _central_slope(along: Line, h: float) -> float:
    step = along.zero + h
    try:
        with np.errstate(all="ignore"):
            return float((along.at(step) - along.at(-step)) / (2 * step))
    except np.linalg.LinAlgError:
        return float("nan")


def complex_slopes(along: Line, hs: Array) -> Array:
    """Im f(ih) / h: no difference is taken, so there is nothing to cancel, whatever the step."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        return np.array([float(np.imag(along.at(1j * h)) / h) for h in hs])


def relative_errors(found: Array, expected: float) -> Array:
    """How far numbers are from what is expected, in relation to that; it must not be 0."""
    return np.asarray(np.abs(found - expected) / abs(expected))


def best_step(eps: float, size: float, third: float) -> float:
    """The step at which theory expects the smallest error; infinite where there is no third derivative.

    >>> f"{best_step(2.2e-16, 1.0, 1.0):.1e}", best_step(2.2e-16, 1.0, 0.0)
    ('8.7e-06', inf)
    """
    return float("inf") if third == 0 else float(np.cbrt(3 * eps * size / abs(third)))


class Curve(NamedTuple):
    """The relative error of central differences at each step, and where theory expects the smallest."""

    hs: Array
    errors: Array
    optimum: float

    @property
    def least(self) -> float:
        """The smallest error met."""
        return float(np.nanmin(self.errors))

    @property
    def at(self) -> float:
        """The step of the smallest error."""
        return float(self.hs[np.nanargmin(self.errors)])

    def error_near(self, h: float) -> float:
        """The error at the step nearest to one, which may be 0 or infinite: theory's are, where f or f‴ is 0."""
        within = np.clip(h, self.hs.min(), self.hs.max())
        return float(self.errors[np.argmin(np.abs(np.log(self.hs / within)))])


def curve(along: Line, hs: Array, expected: float, third: float) -> Curve:
    """The V-shaped curve of a line that is known to have this slope and this third derivative."""
    eps = float(np.finfo(along.point[0].dtype).eps)
    return Curve(hs, relative_errors(central_slopes(along, hs), expected), best_step(eps, along.size(), third))
