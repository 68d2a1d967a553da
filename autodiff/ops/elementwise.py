"""Elementwise functions: one line each, the function and its partial derivatives.

Edge values, decided once and tested:
- where the value is finite but the slope infinite (sqrt, cbrt, powers below 1, arcsin,
  arccos, arccosh at their ends) the derivative is 0, so that no NaN comes of 0 times infinity;
- at a kink (abs, maximum, clip, ...) it is the subgradient of least norm: 0 for abs, and
  for a maximum a half to each side that carries a gradient, 0 beside a constant;
- a cotangent of exactly 0 stays 0, even where a partial is infinite (`scale`, `ratio`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dispatch import answers_for, composed, plain
from ..domains import (
    ABOVE_MINUS_ONE,
    ABOVE_ONE,
    BETWEEN_HALVES,
    BETWEEN_INTEGERS,
    NONZERO,
    OFF_THE_CUT,
    OPEN_UNIT,
    POSITIVE,
    REALS,
    WITHIN_QUARTER_TURN,
    Sample,
    Sampler,
    Sampling,
    apart,
    elements,
    whole,
)
from ..primitive import Primitive, elementwise, primitive

LN2 = float(np.log(2.0))
LN10 = float(np.log(10.0))


def _ufunc(ufunc: np.ufunc, *partials: Any, **options: Any) -> Primitive:
    """Declare a NumPy ufunc, and answer for it."""
    made = elementwise(ufunc.__name__, ufunc, *partials, **options)
    answers_for(ufunc)(made)
    return made


def _scale(g: Any, partial: Any) -> Any:
    with np.errstate(invalid="ignore", over="ignore"):
        return np.where(g == 0, g, g * partial)


def _ratio(g: Any, y: Any) -> Any:
    if isinstance(y, (int, float)) and y != 0:
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

add = _ufunc(np.add, 1, 1, label="+")
subtract = _ufunc(np.subtract, 1, -1, label="−")
multiply = _ufunc(np.multiply, lambda y: y, lambda x: x, label="·")
divide = _ufunc(
    np.divide, lambda g, y: ratio(g, y), lambda g, x, y: -ratio(ratio(g, y) * x, y), label="/", domains=(REALS, NONZERO)
)
negative = _ufunc(np.negative, -1, label="−")
positive = _ufunc(np.positive, 1, label="+")
reciprocal = _ufunc(np.reciprocal, lambda g, out: -scale(scale(g, out), out), domains=[NONZERO])
square = _ufunc(np.square, lambda x: 2 * x, label="²")


def _power_by_base(g: Any, x: Any, y: Any) -> Any:
    if isinstance(y, (int, float)):
        return _power_by_base_number(g, x, y)
    still = (y == 0) | ((x == 0) & (y < 1))
    return where(still, 0, scale(g, y * where(still, 1, x) ** where(still, 1, y - 1)))


def _power_by_base_number(g: Any, x: Any, y: float) -> Any:
    if y == 2:
        return g * (2 * x)
    if y == 0:
        return g * 0
    if y >= 1:
        return scale(g, y * x ** (y - 1))
    if y < 0:
        return scale(g, -abs(y) * ratio(x**y, x))
    still = x == 0
    return where(still, 0, scale(g, y * where(still, 1, x) ** (y - 1)))


def _power_by_exponent(g: Any, out: Any, x: Any) -> Any:
    """out · log x, and 0 where x is 0: 0**y is flat for y > 0."""
    still = x == 0
    return where(still, 0, scale(g, out * log(where(still, 1, x))))


def _near_powers(s: Sampler) -> Sample:
    (x, y), _ = elements(POSITIVE, REALS)(s)
    return (x, s.choice([y, s.choice([2, 3, 1, 0, -1, 0.5, -0.5, 2.5])])), {}


power = elementwise("power", lambda x, y: x**y, _power_by_base, _power_by_exponent, label="**", sample=_near_powers)
answers_for(np.power)(power)
float_power = _ufunc(np.float_power, _power_by_base, _power_by_exponent, label="**", domains=(POSITIVE, REALS))

# Roots, exponentials, logarithms


def _by_root(g: Any, out: Any) -> Any:
    still = out == 0
    return where(still, 0, 0.5 * g / where(still, 1, out))


def _by_cube_root(g: Any, out: Any) -> Any:
    still = out == 0
    return where(still, 0, g / (3 * where(still, 1, out) ** 2))


sqrt = _ufunc(np.sqrt, _by_root, label="√", domains=[POSITIVE])
cbrt = _ufunc(np.cbrt, _by_cube_root, label="∛", domains=[NONZERO])
exp = _ufunc(np.exp, lambda g, out: scale(g, out))
exp2 = _ufunc(np.exp2, lambda g, out: scale(g, LN2 * out))
expm1 = _ufunc(np.expm1, lambda g, out: scale(g, out + 1))
log = _ufunc(np.log, lambda g, x: ratio(g, x), domains=[POSITIVE])
log2 = _ufunc(np.log2, lambda g, x: ratio(g, LN2 * x), domains=[POSITIVE])
log10 = _ufunc(np.log10, lambda g, x: ratio(g, LN10 * x), domains=[POSITIVE])
log1p = _ufunc(np.log1p, lambda g, x: ratio(g, 1 + x), domains=[ABOVE_MINUS_ONE])

# Trigonometric and hyperbolic functions, and their inverses


def _flat_ends(g: Any, squared: Any) -> Any:
    """g / √squared, and 0 where that root is 0."""
    still = squared == 0
    return where(still, 0, g / sqrt(where(still, 1, squared)))


sin: Primitive = _ufunc(np.sin, lambda x: cos(x))
cos: Primitive = _ufunc(np.cos, lambda x: -sin(x))
tan = _ufunc(np.tan, lambda out: 1 + out * out, domains=[WITHIN_QUARTER_TURN])
arcsin = _ufunc(np.arcsin, lambda g, x: _flat_ends(g, 1 - x * x), domains=[OPEN_UNIT])
arccos = _ufunc(np.arccos, lambda g, x: -_flat_ends(g, 1 - x * x), domains=[OPEN_UNIT])
arctan = _ufunc(np.arctan, lambda x: 1 / (1 + x * x))
arctan2 = _ufunc(
    np.arctan2,
    lambda g, x, y: _over_square(g, y, x, y),
    lambda g, x, y: -_over_square(g, x, x, y),
    domains=(OFF_THE_CUT, REALS),
)
sinh = _ufunc(np.sinh, lambda g, x: scale(g, cosh(x)))
cosh: Primitive = _ufunc(np.cosh, lambda g, x: scale(g, sinh(x)))
tanh = _ufunc(np.tanh, lambda out: 1 - out * out)
arcsinh = _ufunc(np.arcsinh, lambda x: 1 / hypot(x, 1))
arccosh = _ufunc(np.arccosh, lambda g, x: _flat_ends(g, (x - 1) * (x + 1)), domains=[ABOVE_ONE])
arctanh = _ufunc(np.arctanh, lambda g, x: ratio(g, 1 - x * x), domains=[OPEN_UNIT])


def _over_square(g: Any, part: Any, x: Any, y: Any) -> Any:
    """g · part / (x² + y²), and 0 at the origin; scaled so that nothing overflows."""
    radius = hypot(x, y)
    still = radius == 0
    safe = where(still, 1, radius)
    return where(still, 0, g * (part / safe) / safe)


def _by_hypotenuse(g: Any, side: Any, out: Any) -> Any:
    still = out == 0
    return where(still, 0, g * (side / where(still, 1, out)))


hypot: Primitive = _ufunc(
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

deg2rad = _ufunc(np.deg2rad, lambda: np.pi / 180)
radians = _ufunc(np.radians, lambda: np.pi / 180)
rad2deg = _ufunc(np.rad2deg, lambda: 180 / np.pi)
degrees = _ufunc(np.degrees, lambda: 180 / np.pi)

# Kinks and steps

absolute = _ufunc(np.absolute, lambda x: sign(x), label="|·|", domains=[NONZERO])
fabs = _ufunc(np.fabs, lambda x: sign(x), label="|·|", domains=[NONZERO])
sign: Primitive = _ufunc(np.sign, 0, domains=[NONZERO])
floor = _ufunc(np.floor, 0, domains=[BETWEEN_INTEGERS])
ceil = _ufunc(np.ceil, 0, domains=[BETWEEN_INTEGERS])
trunc = _ufunc(np.trunc, 0, domains=[BETWEEN_INTEGERS])
rint = _ufunc(np.rint, 0, domains=[BETWEEN_HALVES])
floor_divide = _ufunc(np.floor_divide, 0, 0, label="//", sample=lambda s: _with_quotient_between_integers(s))
remainder = _ufunc(
    np.remainder, 1, lambda x, y: -floor_divide(x, y), label="%", sample=lambda s: _with_quotient_between_integers(s)
)
fmod = _ufunc(np.fmod, 1, lambda x, y: -trunc(x / y), label="%", sample=lambda s: _with_quotient_between_integers(s))
copysign: Primitive = _ufunc(np.copysign, lambda x, y: sign(x) * copysign(1, y), 0, domains=(NONZERO, NONZERO))
heaviside = _ufunc(np.heaviside, 0, 0, domains=(NONZERO, REALS))


def _with_quotient_between_integers(s: Sampler) -> Sample:
    quotient, divisor = s.broadcastable(2)
    y = np.asarray(s.array(divisor, POSITIVE) * s.choice([1.0, -1.0]))
    return (np.asarray((np.floor(s.array(quotient)) + 0.5) * np.ones(divisor) * y), y), {}


def _larger(g: Any, x: Any, y: Any, tracked: int) -> Any:
    """g where x > y; at a tie a half where both sides carry a gradient, and 0 beside a constant."""
    return g * (x > y) if tracked == 1 else g * ((x > y) + 0.5 * (x == y)).astype(g.dtype)


def _smaller(g: Any, x: Any, y: Any, tracked: int) -> Any:
    return _larger(g, -x, -y, tracked)


def _number_first(g: Any, x: Any, y: Any, rule: Any, tracked: int) -> Any:
    """The rule, and the whole g where y is not a number: fmax and fmin pass over it."""
    return where(isnan(y), g, rule(g, x, y, tracked))


maximum = _ufunc(np.maximum, _larger, lambda g, x, y, tracked: _larger(g, y, x, tracked), sample=apart)
minimum = _ufunc(np.minimum, _smaller, lambda g, x, y, tracked: _smaller(g, y, x, tracked), sample=apart)
fmax = _ufunc(
    np.fmax,
    lambda g, x, y, tracked: _number_first(g, x, y, _larger, tracked),
    lambda g, x, y, tracked: _number_first(g, y, x, _larger, tracked),
    sample=apart,
)
fmin = _ufunc(
    np.fmin,
    lambda g, x, y, tracked: _number_first(g, x, y, _smaller, tracked),
    lambda g, x, y, tracked: _number_first(g, y, x, _smaller, tracked),
    sample=apart,
)


def _mask_first(s: Sampler) -> Sample:
    mask, first, second = s.broadcastable(3)
    return (s.array(mask) > 0, s.array(first), s.array(second)), {}


where: Primitive = elementwise(
    "where",
    lambda x, y, z: np.where(x, y, z),
    None,
    lambda g, x: where(x, g, 0),
    lambda g, x: where(x, 0, g),
    sample=_mask_first,
)


@composed(np.where, sample=_mask_first)
def choose(condition: Any, x: Any = None, y: Any = None) -> Any:
    """`np.where` with three arguments; with one, the indices where a condition holds."""
    if x is None and y is None:
        return np.nonzero(plain(condition))
    return where(condition, x, y)


def _clipped(s: Sampler) -> Sample:
    (x, low), _ = apart(s)
    return (x, low, s.choice([None, np.asarray(low + 1.03)])), {}


@composed(np.clip, sample=_clipped)
def clip(x: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    """`np.clip`; at a bound that is a constant the derivative is 0, as that of relu."""
    low = a_min if a_min is not None else min
    high = a_max if a_max is not None else max
    x = x if low is None else maximum(x, low)
    return x if high is None else minimum(x, high)


def _convert(x: Any, dtype: Any) -> Any:
    return np.asarray(x).astype(dtype)


convert = primitive(
    "astype", _convert, lambda g: g, sample=lambda s: ((s.array(s.shape()),), {"dtype": np.dtype(np.float64)})
)


def astype(x: Any, dtype: Any, copy: bool = True) -> Any:
    """`ndarray.astype`: the gradient comes back in the dtype of `x`."""
    return convert(x, dtype=np.dtype(dtype))


identity = elementwise("identity", lambda x: np.array(x), 1, label="=")


@composed(np.copy, sample=whole(2, 3))
def copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    """`np.copy`."""
    return identity(a)


@composed(np.round, np.around, sample=lambda s: ((s.array(s.shape(), BETWEEN_HALVES),), {}))
def round(a: Any, decimals: int = 0) -> Any:
    """`np.round`; its derivative is 0."""
    return rint(a) if decimals == 0 else rint(a * 10.0**decimals) / 10.0**decimals


@composed(np.nan_to_num, sample=lambda s: ((s.array(s.shape()),), {}))
def nan_to_num(x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """`np.nan_to_num`; what is replaced has derivative 0."""
    limits = np.finfo(x.dtype)
    x = where(isnan(x), nan, x)
    x = where(isposinf(x), limits.max if posinf is None else posinf, x)
    return where(isneginf(x), limits.min if neginf is None else neginf, x)


# Functions whose results are not differentiated: truth values and whole numbers


def _discrete(function: Any, count: int = 2, sample: Sampling | None = None) -> Primitive:
    made = elementwise(function.__name__, function, *[None] * count, sample=sample)
    answers_for(function)(made)
    return made


def _masks(count: int) -> Sampling:
    return lambda s: (tuple(s.array(shape) > 0 for shape in s.broadcastable(count)), {})


bitwise_and, bitwise_or, bitwise_xor = (
    _discrete(each, 2, _masks(2)) for each in (np.bitwise_and, np.bitwise_or, np.bitwise_xor)
)
invert = _discrete(np.invert, 1, _masks(1))
equal, not_equal = _discrete(np.equal), _discrete(np.not_equal)
less, less_equal = _discrete(np.less), _discrete(np.less_equal)
greater, greater_equal = _discrete(np.greater), _discrete(np.greater_equal)
logical_and, logical_or, logical_xor = map(_discrete, (np.logical_and, np.logical_or, np.logical_xor))
logical_not, isnan, isinf, isfinite, signbit, isposinf, isneginf = (
    _discrete(each, 1)
    for each in (np.logical_not, np.isnan, np.isinf, np.isfinite, np.signbit, np.isposinf, np.isneginf)
)
