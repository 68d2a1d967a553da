"""Products, and cumulative sums and products.

Their derivatives are right where factors are 0, too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dispatch import answers_for_method, composed, values
from ..domains import Sample, Sampler
from ..primitive import linear, primitive
from . import elementwise as el
from . import piecewise as pw
from .indices import getitem
from .joining import concatenate
from .rearrange import flip
from .reduce import axes_of, axis_and_keepdims, count_over, kept_shape, rest, selected, with_dtype, with_initial
from .shape import moveaxis, ravel, reshape, shaped


def _backward_cumsum(g: Any, axis: int) -> Any:
    return flip(_cumsum(flip(g, axis), axis=axis), axis)


def _scan_sample(s: Sampler) -> Sample:
    return (s.array((3, 2)),), {"axis": s.choice([0, 1, -1])}


_cumsum = linear(
    "cumsum",
    np.cumsum,
    lambda g, axis: _backward_cumsum(g, axis),
    sample=_scan_sample,
)


def _by_factor(g: Any, out: Any, x: Any, axis: int) -> Any:
    """The gradient of a cumulative product, right also where factors are 0.

    Up to the first 0 each result can be divided by the factor; the first 0 itself gets
    the products without it; behind it all is 0.
    """
    zero = x == 0
    first = zero & (np.cumsum(values(zero), axis=axis) == 1)
    without = _cumprod(pw.where(first, 1, x), axis=axis)
    others = _backward_cumsum(g * out, axis) / pw.where(zero, 1, x)
    return pw.where(first, _backward_cumsum(g * without, axis), others)


_cumprod = primitive(
    "cumprod",
    np.cumprod,
    lambda g, out, x, axis: _by_factor(g, out, x, axis),
    sample=_scan_sample,
)


def _scanned(scan: Any, a: Any, axis: Any, dtype: Any) -> Any:
    a = with_dtype(shaped(a), dtype)
    return scan(ravel(a), axis=0) if axis is None else scan(a, axis=axis)


def _numpy_scan_sample(s: Sampler) -> Sample:
    return (s.array((3, 2)),), {"axis": s.choice([0, 1, -1, None])}


@composed(np.cumsum, sample=_numpy_scan_sample)
def cumsum(a: Any, axis: Any = None, dtype: Any = None, out: None = None) -> Any:
    """`np.cumsum`."""
    return _scanned(_cumsum, a, axis, dtype)


@composed(np.cumprod, sample=_numpy_scan_sample)
def cumprod(a: Any, axis: Any = None, dtype: Any = None, out: None = None) -> Any:
    """`np.cumprod`; its derivative is right where factors are 0, too."""
    return _scanned(_cumprod, a, axis, dtype)


answers_for_method(np.add, "accumulate")(lambda a, axis=0, dtype=None, out=None: cumsum(a, axis, dtype))
answers_for_method(np.multiply, "accumulate")(lambda a, axis=0, dtype=None, out=None: cumprod(a, axis, dtype))


def _by_other_factors(g: Any, x: Any) -> Any:
    """For a product over the last axis: g times the product of all the other factors."""
    one = np.ones((*x.shape[:-1], 1), x.dtype)
    before = _cumprod(concatenate([one, getitem(x, (..., slice(None, -1)))], -1), axis=-1)
    after = flip(_cumprod(concatenate([one, flip(getitem(x, (..., slice(1, None))), -1)], -1), axis=-1), -1)
    return reshape(g, (*g.shape, 1)) * before * after


def _run_prod(x: Any) -> Any:
    return np.multiply.reduce(x, axis=-1)


_prod = primitive(
    "prod",
    _run_prod,
    lambda g, x: _by_other_factors(g, x),
    label="Π",
    sample=lambda s: ((s.array((2, s.integer(1, 4))),), {}),
)


@composed(np.prod, sample=axis_and_keepdims)
def prod(
    a: Any, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False,
    initial: Any = None, where: Any = None,
) -> Any:  # fmt: skip
    """`np.prod`; its derivative is right where factors are 0, too."""
    a = selected(with_dtype(shaped(a), dtype), where, 1)
    axes = axes_of(axis, a.ndim)
    moved = moveaxis(a, axes, range(-len(axes), 0))
    result = _prod(reshape(moved, [*rest(a.shape, axes), count_over(a.shape, axis)]))
    result = reshape(result, kept_shape(a.shape, axis)) if keepdims else result
    return with_initial(result, initial, el.multiply)


@answers_for_method(np.multiply, "reduce")
def _prod_reduce(
    a: Any, axis: Any = 0, dtype: Any = None, out: None = None, keepdims: bool = False,
    initial: Any = None, where: Any = None,
) -> Any:  # fmt: skip
    return prod(a, axis, dtype, None, keepdims, initial, where)
