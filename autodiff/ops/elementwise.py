"""Smooth elementwise functions: one line each, the function and its partial derivatives.

Edge values, decided once and tested:
- where the value is finite but the slope infinite (sqrt, cbrt, powers below 1, arcsin,
  arccos, arccosh at their ends) the derivative is 0, so that no NaN comes of 0 times infinity;
- a cotangent of exactly 0 stays 0, even where a partial is infinite (`scale`, `ratio`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dispatch import answers_for, ufunc
from ..domains import (
    ABOVE_MINUS_ONE,
    ABOVE_ONE,
    NONZERO,
    OFF_THE_CUT,
    OPEN_UNIT,
    POSITIVE,
    REALS,
    WITHIN_QUARTER_TURN,
    Sample,
    Sampler,
    apart,
    elements,
)
from ..primitive import Primitive, elementwise
from .piecewise import absolute, where

LN2 = float(np.log(2.0))
LN10 = float(np.log(10.0))


def _scale(g: Any, partial: Any) -> Any:
    if np.isfinite(partial).all():  # nearly always, and told in half the time of what follows
        return g * partial
    with np.errstate(invalid="ignore", over="ignore"):
        return np.where(g == 0, g, g * partial)


def _ratio(g: Any, y: Any) -> Any:
    if np.all(y) and np.isfinite(y).all():
        return g / y
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        return np.where(g == 0, g * np.ones_like(y), g / y)


# Products and quotients in which a g of 0 wins over an infinite or undefined factor.
scale: Primitive = elementwise("scale", _scale, lambda g, y: scale(g, y), lambda g, x: g * x, label="·")
ratio: Primitive = elementwise(
    "ratio",
    _ratio,
    lambda g, y: ratio(g, y),
    lambda g, x, y: -ratio(ratio(g, y) * x, y),
    label="/",
    domains=(REALS, NONZERO),
)

# Arithmetic

add = ufunc(np.add, 1, 1, label="+")
subtract = ufunc(np.subtract, 1, -1, label="−")
multiply = ufunc(np.multiply, lambda y: y, lambda x: x, label="·")
divide = ufunc(
    np.divide, lambda g, y: ratio(g, y), lambda g, x, y: -ratio(ratio(g, y) * x, y), label="/", domains=(REALS, NONZERO)
)
negative = ufunc(np.negative, -1, label="−")
positive = ufunc(np.positive, 1, label="+")
reciprocal = ufunc(np.reciprocal, lambda g, out: -scale(scale(g, out), out), label="1/·", domains=[NONZERO])
square = ufunc(np.square, lambda g, x: scale(g, 2 * x), label="²")


def _power_by_base(g: Any, x: Any, y: Any) -> Any:
    if isinstance(y, (int, float)):
        return _power_by_base_number(g, x, y)
    still = (y == 0) | ((x == 0) & (y < 1))
    return where(still, 0, scale(g, y * where(still, 1, x) ** where(still, 1, y - 1)))


def _power_by_base_number(g: Any, x: Any, y: float) -> Any:
    if y == 2:  # by far the most common, and a power less to compute
        return scale(g, 2 * x)
    if y == 0:
        return g * 0
    if y >= 1:
        return scale(g, y * x ** (y - 1))
    if y < 0:
        return scale(g, y * ratio(x**y, x))
    still = x == 0
    return where(still, 0, scale(g, y * where(still, 1, x) ** (y - 1)))


def _power_by_exponent(g: Any, out: Any, x: Any) -> Any:
    """out · log x, and 0 where x is 0: 0**y is flat for y > 0."""
    still = x == 0
    return where(still, 0, scale(g, out * log(where(still, 1, x))))


def _near_powers(s: Sampler) -> Sample:
    (x, y), _ = elements(POSITIVE, REALS)(s)
    return (x, s.choice([y, s.choice([2, 3, 1, 0, -1, 0.5, -0.5, 2.5])])), {}


def _run_power(x: Any, y: Any) -> Any:
    """For some exponents, such as 2, faster than `np.power`."""
    return x**y


power = elementwise("power", _run_power, _power_by_base, _power_by_exponent, label="**", sample=_near_powers)
answers_for(np.power)(power)
float_power = ufunc(np.float_power, _power_by_base, _power_by_exponent, label="**", domains=(POSITIVE, REALS))

# Roots, exponentials, logarithms


def _by_root(g: Any, out: Any) -> Any:
    still = out == 0
    return where(still, 0, 0.5 * g / where(still, 1, out))


def _by_cube_root(g: Any, out: Any) -> Any:
    still = out == 0
    return where(still, 0, g / (3 * where(still, 1, out) ** 2))


sqrt = ufunc(np.sqrt, _by_root, label="√", domains=[POSITIVE])
cbrt = ufunc(np.cbrt, _by_cube_root, label="∛", domains=[NONZERO])
exp: Primitive = ufunc(np.exp, lambda g, out: scale(g, out))
exp2 = ufunc(np.exp2, lambda g, out: scale(g, LN2 * out))
expm1 = ufunc(np.expm1, lambda g, x: scale(g, exp(x)))
log = ufunc(np.log, lambda g, x: ratio(g, x), domains=[POSITIVE])
log2 = ufunc(np.log2, lambda g, x: ratio(g, LN2 * x), domains=[POSITIVE])
log10 = ufunc(np.log10, lambda g, x: ratio(g, LN10 * x), domains=[POSITIVE])
log1p = ufunc(np.log1p, lambda g, x: ratio(g, 1 + x), domains=[ABOVE_MINUS_ONE])

# Trigonometric and hyperbolic functions, and their inverses


def _flat_ends(g: Any, squared: Any) -> Any:
    """g / √squared, and 0 where that root is 0."""
    still = squared == 0
    return where(still, 0, g / sqrt(where(still, 1, squared)))


sin: Primitive = ufunc(np.sin, lambda x: cos(x))
cos: Primitive = ufunc(np.cos, lambda x: -sin(x))
tan = ufunc(np.tan, lambda out: 1 + out * out, domains=[WITHIN_QUARTER_TURN])
arcsin = ufunc(np.arcsin, lambda g, x: _flat_ends(g, 1 - x * x), domains=[OPEN_UNIT])
arccos = ufunc(np.arccos, lambda g, x: -_flat_ends(g, 1 - x * x), domains=[OPEN_UNIT])
arctan = ufunc(np.arctan, lambda x: 1 / (1 + x * x))
arctan2 = ufunc(
    np.arctan2,
    lambda g, x, y: _over_square(g, y, x, y),
    lambda g, x, y: -_over_square(g, x, x, y),
    domains=(OFF_THE_CUT, REALS),
)
sinh = ufunc(np.sinh, lambda g, x: scale(g, cosh(x)))
cosh: Primitive = ufunc(np.cosh, lambda g, x: scale(g, sinh(x)))
tanh = ufunc(np.tanh, lambda out: 1 - out * out)
arcsinh = ufunc(np.arcsinh, lambda x: 1 / hypot(x, 1))
arccosh = ufunc(np.arccosh, lambda g, x: _flat_ends(g, (x - 1) * (x + 1)), domains=[ABOVE_ONE])
arctanh = ufunc(np.arctanh, lambda g, x: ratio(g, (1 - x) * (1 + x)), domains=[OPEN_UNIT])


def _over_square(g: Any, part: Any, x: Any, y: Any) -> Any:
    """g · part / (x² + y²), and 0 at the origin; scaled so that nothing overflows."""
    radius = hypot(x, y)
    still = radius == 0
    safe = where(still, 1, radius)
    return where(still, 0, g * (part / safe) / safe)


def _by_hypotenuse(g: Any, side: Any, out: Any) -> Any:
    still = out == 0
    return where(still, 0, g * (side / where(still, 1, out)))


hypot: Primitive = ufunc(
    np.hypot,
    lambda g, x, out: _by_hypotenuse(g, x, out),
    lambda g, y, out: _by_hypotenuse(g, y, out),
    sample=apart,
)


def _by_sinc(g: Any, x: Any) -> Any:
    """(cos πx − sinc x) / x, by its series near 0."""
    near = absolute(x) < 1e-2
    safe = where(near, 1, x)
    far = (cos(np.pi * safe) - sinc(safe)) / safe
    squared = (np.pi * x) ** 2
    series = -(np.pi**2) / 3 * x * (1 - squared / 10 + squared**2 / 280)
    return g * where(near, series, far)


sinc = elementwise("sinc", np.sinc, _by_sinc)
answers_for(np.sinc)(sinc)

deg2rad = ufunc(np.deg2rad, lambda: np.pi / 180)
radians = ufunc(np.radians, lambda: np.pi / 180)
rad2deg = ufunc(np.rad2deg, lambda: 180 / np.pi)
degrees = ufunc(np.degrees, lambda: 180 / np.pi)
