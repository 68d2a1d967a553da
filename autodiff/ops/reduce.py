"""Reductions and scans: sum, products, extremes, moments."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..dispatch import answers_for_method, composed, values
from ..domains import Sample, Sampler
from ..primitive import linear, primitive
from . import elementwise as el
from . import piecewise as pw
from .indexing import sort
from .indices import getitem
from .shape import broadcast, broadcast_to, floats, like, moveaxis, reshape, shaped


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """An axis argument as a tuple of axes from 0 up."""
    if axis is None or (ndim == 0 and axis in (0, -1)):  # NumPy reduces a number over the axes 0 and -1, too
        return tuple(range(ndim))
    return tuple(np.lib.array_utils.normalize_axis_tuple(axis, ndim))


def kept_shape(shape: tuple[int, ...], axis: Any) -> tuple[int, ...]:
    """The shape of a reduction with `keepdims=True`."""
    axes = axes_of(axis, len(shape))
    return tuple([1 if i in axes else side for i, side in enumerate(shape)])


def count_over(shape: tuple[int, ...], axis: Any) -> int:
    """How many elements go into each of a reduction's results."""
    return math.prod(shape if axis is None else [shape[i] for i in axes_of(axis, len(shape))])


def spread(g: Any, x_shape: tuple[int, ...], axis: Any) -> Any:
    """The transpose of a sum: each result, for every element that went into it."""
    return broadcast(g if axis is None and g.ndim == 0 else g.reshape(kept_shape(x_shape, axis)), shape=x_shape)


def axis_and_keepdims(s: Sampler) -> Sample:
    shape = s.shape((0, 3), (1, 3))
    return (s.array(shape),), {"axis": s.axis(len(shape)), "keepdims": s.choice([False, True])}


def _distinct_with_axis(s: Sampler) -> Sample:
    shape = s.shape((0, 3), (1, 3))
    return (s.distinct(shape),), {"axis": s.axis(len(shape)), "keepdims": s.choice([False, True])}


def _run_sum(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    return np.add.reduce(x, axis=axis, keepdims=keepdims)


_sum = linear(
    "sum",
    _run_sum,
    lambda g, x_shape, axis: spread(g, x_shape, axis),
    label="Σ",
    sample=axis_and_keepdims,
)


def selected(x: Any, where: Any, neutral: float) -> Any:
    return x if where is None or where is True else pw.where(where, x, neutral)


def with_dtype(x: Any, dtype: Any) -> Any:
    return x if dtype is None else pw.astype(x, dtype)


def with_initial(x: Any, initial: Any, combine: Any) -> Any:
    return x if initial is None else combine(x, initial)


def _plain_axis(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


def _run_mean(x: Any, axis: Any, keepdims: Any = False) -> Any:
    """As NumPy, summed in float32 where float16 would overflow."""
    wide: Any = np.float32 if x.dtype == np.float16 else None
    return (np.add.reduce(x, axis=axis, keepdims=keepdims, dtype=wide) / count_over(x.shape, axis)).astype(x.dtype)


_mean = linear(
    "mean",
    _run_mean,
    lambda g, x_shape, axis: spread(g / count_over(x_shape, axis), x_shape, axis),
    sample=axis_and_keepdims,
)


@composed(np.sum, sample=axis_and_keepdims)
def sum(
    a: Any, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False,
    initial: Any = None, where: Any = None,
) -> Any:  # fmt: skip
    """`np.sum`."""
    a = selected(with_dtype(shaped(a), dtype), where, 0)
    return with_initial(_sum(a, axis=_plain_axis(axis), keepdims=bool(keepdims)), initial, el.add)


@answers_for_method(np.add, "reduce")
def _add_reduce(
    a: Any, axis: Any = 0, dtype: Any = None, out: None = None, keepdims: bool = False,
    initial: Any = None, where: Any = None,
) -> Any:  # fmt: skip
    return sum(a, axis, dtype, None, keepdims, initial, where)


# Moments


@composed(np.mean, sample=axis_and_keepdims)
def mean(
    a: Any, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False, *, where: Any = None
) -> Any:
    """`np.mean`; whole numbers become float64 first."""
    a = floats(with_dtype(shaped(a), dtype))
    if where is None or where is True:
        return _mean(a, axis=_plain_axis(axis), keepdims=bool(keepdims))
    return sum(a, axis, None, None, keepdims, where=where) / _number(a, axis, keepdims, where)


def _number(a: Any, axis: Any, keepdims: Any, where: Any) -> Any:
    """How many elements a mean is over: a number, or an array where a mask decides."""
    if where is None or where is True:
        return count_over(a.shape, axis)
    return _sum(broadcast_to(where, a.shape), axis=_plain_axis(axis), keepdims=keepdims).astype(a.dtype)


def _with_ddof(s: Sampler) -> Sample:
    return (s.array((3, 2)),), {"axis": s.axis(2), "ddof": s.choice([0, 1]), "keepdims": s.choice([False, True])}


@composed(np.var, sample=_with_ddof)
def var(
    a: Any, axis: Any = None, dtype: Any = None, out: None = None, ddof: float = 0, keepdims: bool = False,
    *, where: Any = None, mean: Any = None, correction: Any = None,
) -> Any:  # fmt: skip
    """`np.var`, in two passes."""
    a = floats(with_dtype(shaped(a), dtype))
    number = _number(a, axis, keepdims, where)
    centre = mean
    if mean is None:
        centre = sum(a, axis, None, None, True, where=where) / _number(a, axis, True, where)
    squares = sum(el.square(a - centre), axis, None, None, keepdims, where=where)
    freedom = number - (ddof if correction is None else correction)
    return squares / (freedom if isinstance(freedom, int) and freedom > 0 else np.maximum(freedom, 0).astype(a.dtype))


@composed(np.std, sample=_with_ddof)
def std(
    a: Any, axis: Any = None, dtype: Any = None, out: None = None, ddof: float = 0, keepdims: bool = False,
    *, where: Any = None, mean: Any = None, correction: Any = None,
) -> Any:  # fmt: skip
    """`np.std`; of equal elements the derivative is 0."""
    return el.sqrt(var(a, axis, dtype, None, ddof, keepdims, where=where, mean=mean, correction=correction))


def _average_sample(s: Sampler) -> Sample:
    return (s.array((2, 3)), s.choice([None, 0]), s.choice([None, np.array([[1.0, 2.0, 0.5], [0.1, 1.0, 1.0]])])), {}


@composed(np.average, sample=_average_sample)
def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """`np.average`; weights carry gradients, too."""
    a = floats(a)
    if weights is None:
        result, total = mean(a, axis, keepdims=keepdims), np.asarray(count_over(a.shape, axis), a.dtype)
    else:
        weights = _weights_along(shaped(weights), a, axis)
        total = sum(weights, axis, None, None, keepdims)
        result = sum(a * weights, axis, None, None, keepdims) / total
    return (result, broadcast_to(total, result.shape)) if returned else result


def _weights_along(weights: Any, a: Any, axis: Any) -> Any:
    """Weights in the shape of `a`: given so, or as one array along `axis`."""
    if weights.shape == a.shape:
        return weights
    if axis is None or weights.ndim != 1:
        raise TypeError(
            f"average: weights of shape {weights.shape} for an array of {a.shape}: name the axis they go along"
        )
    shape = [-1 if i in axes_of(axis, a.ndim) else 1 for i in range(a.ndim)]
    return broadcast_to(reshape(weights, shape), a.shape)


# Extremes and medians


def _to_ties(g: Any, out: Any, x: Any, axis: Any) -> Any:
    """The cotangent of an extreme, shared evenly by the elements that attain it."""
    shape = kept_shape(x.shape, axis)
    attained = (x == reshape(out, shape)).astype(x.dtype)
    return attained * (reshape(g, shape) / pw.maximum(sum(attained, axis, keepdims=True), 1))


def _run_max(x: Any, axis: Any, keepdims: Any = False) -> Any:
    return np.maximum.reduce(x, axis=axis, keepdims=keepdims)


def _run_min(x: Any, axis: Any, keepdims: Any = False) -> Any:
    return np.minimum.reduce(x, axis=axis, keepdims=keepdims)


_max = primitive("max", _run_max, _to_ties, sample=_distinct_with_axis)
_min = primitive("min", _run_min, _to_ties, sample=_distinct_with_axis)


def _last(dtype: np.dtype[Any], largest: bool) -> Any:
    """The value of a dtype that no maximum (or no minimum) prefers to another."""
    if dtype.kind == "f":
        return dtype.type(-np.inf if largest else np.inf)
    limits = (False, True) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    return dtype.type(limits[0] if largest else limits[1])


def _extreme(primitive: Any, a: Any, axis: Any, keepdims: Any, initial: Any, where: Any) -> Any:
    """`np.max` or `np.min`; `initial` takes part like one more element."""
    a, is_max = shaped(a), primitive is _max
    if where is not None and where is not True:
        a = pw.where(where, a, _last(a.dtype, is_max))
    if a.size or initial is None:
        found = primitive(a, axis=_plain_axis(axis), keepdims=bool(keepdims))
    else:
        shape = np.add.reduce(np.empty(a.shape), axis=axis, keepdims=keepdims).shape
        found = like(a, np.full(shape, _last(a.dtype, is_max)))
    combine = pw.maximum if is_max else pw.minimum
    return found if initial is None else combine(found, pw.astype(initial, a.dtype))


@composed(np.max, np.amax, sample=_distinct_with_axis)
def max(
    a: Any, axis: Any = None, out: None = None, keepdims: Any = False, initial: Any = None, where: Any = None
) -> Any:
    """`np.max`; equal greatest elements share the gradient."""
    return _extreme(_max, a, axis, keepdims, initial, where)


@composed(np.min, np.amin, sample=_distinct_with_axis)
def min(
    a: Any, axis: Any = None, out: None = None, keepdims: Any = False, initial: Any = None, where: Any = None
) -> Any:
    """`np.min`; equal least elements share the gradient."""
    return _extreme(_min, a, axis, keepdims, initial, where)


@answers_for_method(np.maximum, "reduce")
def _max_reduce(
    a: Any, axis: Any = 0, dtype: Any = None, out: None = None, keepdims: bool = False,
    initial: Any = None, where: Any = None,
) -> Any:  # fmt: skip
    return max(a, axis, None, keepdims, initial, where)


@answers_for_method(np.minimum, "reduce")
def _min_reduce(
    a: Any, axis: Any = 0, dtype: Any = None, out: None = None, keepdims: bool = False,
    initial: Any = None, where: Any = None,
) -> Any:  # fmt: skip
    return min(a, axis, None, keepdims, initial, where)


@composed(np.ptp, sample=_distinct_with_axis)
def ptp(a: Any, axis: Any = None, out: None = None, keepdims: bool = False) -> Any:
    """`np.ptp`."""
    return max(a, axis, None, keepdims) - min(a, axis, None, keepdims)


@composed(np.median, sample=_distinct_with_axis)
def median(a: Any, axis: Any = None, out: None = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    """`np.median`; of an even number of elements the mean of the middle two."""
    a = floats(a)
    axes = axes_of(axis, a.ndim)
    count = count_over(a.shape, axis)
    if not count:
        return mean(a, axis, keepdims=keepdims)
    ordered = sort(reshape(moveaxis(a, axes, range(-len(axes), 0)), [*rest(a.shape, axes), count]), -1)
    low, high = getitem(ordered, (..., (count - 1) // 2)), getitem(ordered, (..., count // 2))
    middle = low if count % 2 else low / 2 + high / 2
    middle = pw.where(np.isnan(values(ordered)[..., -1]), np.nan, middle)  # sorting puts what is not a number last
    return reshape(middle, kept_shape(a.shape, axis)) if keepdims else middle


def rest(shape: tuple[int, ...], axes: tuple[int, ...]) -> list[int]:
    return [side for i, side in enumerate(shape) if i not in axes]
