"""Elementwise functions with kinks and steps, choices between arrays, comparisons.

Edge values, decided once and tested: at a kink (abs, maximum, clip, ...) the derivative is the
subgradient of least norm, which is 0 for abs, and for a maximum a half to each side that carries
a gradient, 0 beside a constant. Steps have derivative 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dispatch import answers_for, composed, concrete, ufunc
from ..domains import (
    BETWEEN_HALVES,
    BETWEEN_INTEGERS,
    NONZERO,
    POSITIVE,
    REALS,
    Sample,
    Sampler,
    Sampling,
    apart,
    whole,
)
from ..primitive import Primitive, elementwise, primitive
from ..tensor import Tensor

absolute = ufunc(np.absolute, lambda x: sign(x), label="|·|", domains=[NONZERO])
fabs = ufunc(np.fabs, lambda x: sign(x), label="|·|", domains=[NONZERO])
sign: Primitive = ufunc(np.sign, 0, domains=[NONZERO])
floor = ufunc(np.floor, 0, domains=[BETWEEN_INTEGERS])
ceil = ufunc(np.ceil, 0, domains=[BETWEEN_INTEGERS])
trunc = ufunc(np.trunc, 0, domains=[BETWEEN_INTEGERS])
rint = ufunc(np.rint, 0, domains=[BETWEEN_HALVES])
floor_divide = ufunc(np.floor_divide, 0, 0, label="//", sample=lambda s: _with_quotient_between_integers(s))
remainder = ufunc(
    np.remainder, 1, lambda x, y: -floor_divide(x, y), label="%", sample=lambda s: _with_quotient_between_integers(s)
)
fmod = ufunc(np.fmod, 1, lambda x, y: -trunc(x / y), sample=lambda s: _with_quotient_between_integers(s))
copysign: Primitive = ufunc(np.copysign, lambda x, y: sign(x) * copysign(1, y), 0, domains=(NONZERO, NONZERO))
heaviside = ufunc(np.heaviside, 0, 0, domains=(NONZERO, REALS))


def _with_quotient_between_integers(s: Sampler) -> Sample:
    quotient, divisor = s.broadcastable(2)
    y = np.asarray(s.array(divisor, POSITIVE) * s.choice([1.0, -1.0]))
    return (np.asarray((np.floor(s.array(quotient)) + 0.5) * np.ones(divisor) * y), y), {}


def _larger(g: Any, x: Any, y: Any, tracked: int) -> Any:
    """g where x > y; at a tie a half where both sides carry a gradient, and 0 beside a constant."""
    return g * (x > y) if tracked == 1 else g * ((x > y) + 0.5 * (x == y)).astype(g.dtype)


def _smaller(g: Any, x: Any, y: Any, tracked: int) -> Any:
    return _larger(g, y, x, tracked)


def _number_first(g: Any, x: Any, y: Any, rule: Any, tracked: int) -> Any:
    """The rule, and the whole g where y is not a number: fmax and fmin pass over it."""
    return where(isnan(y), g, rule(g, x, y, tracked))


maximum = ufunc(np.maximum, _larger, lambda g, x, y, tracked: _larger(g, y, x, tracked), sample=apart)
minimum = ufunc(np.minimum, _smaller, lambda g, x, y, tracked: _smaller(g, y, x, tracked), sample=apart)
fmax = ufunc(
    np.fmax,
    lambda g, x, y, tracked: _number_first(g, x, y, _larger, tracked),
    lambda g, x, y, tracked: _number_first(g, y, x, _larger, tracked),
    sample=apart,
)
fmin = ufunc(
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
    np.where,
    None,
    lambda g, x: where(x, g, 0),
    lambda g, x: where(x, 0, g),
    sample=_mask_first,
)


@composed(np.where, sample=_mask_first)
def choose(condition: Any, x: Any = None, y: Any = None) -> Any:
    """`np.where` with three arguments; with one, the indices where a condition holds."""
    if x is None and y is None:
        return np.nonzero(concrete(condition, "np.where(t)"))
    return where(condition, x, y)


def _clipped(s: Sampler) -> Sample:
    (x, low), _ = apart(s)
    return (x, low, s.choice([None, np.asarray(low + 1.03)])), {}


@composed(np.clip, sample=_clipped)
def clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    """`np.clip`; at a bound that is a constant the derivative is 0, as that of relu."""
    low = a_min if a_min is not None else min
    high = a_max if a_max is not None else max
    raised = a if low is None else maximum(a, low)
    return raised if high is None else minimum(raised, high)


def _run_astype(x: Any, dtype: Any) -> Any:
    return x.astype(dtype)


convert = primitive(
    "astype", _run_astype, lambda g: g, sample=lambda s: ((s.array(s.shape()),), {"dtype": np.dtype(np.float64)})
)


def astype(x: Any, dtype: Any, copy: bool = True) -> Any:
    """`ndarray.astype`: the gradient comes back in the dtype of `x`."""
    return convert(x if isinstance(x, Tensor) else np.asarray(x), dtype=np.dtype(dtype))


identity = elementwise("identity", np.copy, 1, label="=")


@composed(np.copy, sample=whole(2, 3))
def copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    """`np.copy`."""
    return identity(a)


_round = primitive(
    "round", np.round, None, sample=lambda s: ((np.asarray(s.array(s.shape()) * 10).astype(int),), {"decimals": -1})
)


@composed(np.round, np.around, sample=lambda s: ((s.array(s.shape(), BETWEEN_HALVES),), {}))
def round(a: Any, decimals: int = 0) -> Any:
    """`np.round`; its derivative is 0."""
    if a.dtype.kind != "f":
        return _round(a, decimals=decimals)
    return rint(a) if decimals == 0 else rint(a * 10.0**decimals) / 10.0**decimals


@composed(np.nan_to_num, sample=lambda s: ((s.array(s.shape()),), {}))
def nan_to_num(x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """`np.nan_to_num`; what is replaced has derivative 0."""
    if x.dtype.kind != "f":
        return x
    limits = np.finfo(x.dtype)
    x = where(isnan(x), nan, x)
    x = where(isposinf(x), limits.max if posinf is None else posinf, x)
    return where(isneginf(x), limits.min if neginf is None else neginf, x)


# Functions whose results are not differentiated: truth values and whole numbers


def _discrete(function: Any, count: int = 2, sample: Sampling | None = None, label: str | None = None) -> Primitive:
    made = elementwise(function.__name__, function, *[None] * count, label=label, sample=sample)
    answers_for(function)(made)
    return made


def _masks(count: int) -> Sampling:
    return lambda s: (tuple(s.array(shape) > 0 for shape in s.broadcastable(count)), {})


bitwise_and, bitwise_or = _discrete(np.bitwise_and, 2, _masks(2), "∧"), _discrete(np.bitwise_or, 2, _masks(2), "∨")
bitwise_xor = _discrete(np.bitwise_xor, 2, _masks(2))
invert = _discrete(np.invert, 1, _masks(1), "¬")
equal, not_equal = _discrete(np.equal, label="="), _discrete(np.not_equal, label="≠")
less, less_equal = _discrete(np.less, label="<"), _discrete(np.less_equal, label="≤")
greater, greater_equal = _discrete(np.greater, label=">"), _discrete(np.greater_equal, label="≥")
logical_and, logical_or = _discrete(np.logical_and, label="∧"), _discrete(np.logical_or, label="∨")
logical_xor = _discrete(np.logical_xor)
logical_not, isnan, isinf, isfinite, signbit, isposinf, isneginf = (
    _discrete(each, 1)
    for each in (np.logical_not, np.isnan, np.isinf, np.isfinite, np.signbit, np.isposinf, np.isneginf)
)
