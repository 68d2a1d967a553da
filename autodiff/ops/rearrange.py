"""Elements rearranged: flipped, rolled, rotated, padded, deleted, inserted, differenced."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..dispatch import composed, concrete, values
from ..domains import Sample, Sampler, whole
from ..tensor import Tensor
from ..tree import leaves
from . import piecewise as pw
from .indexing import take
from .indices import getitem, scatter
from .joining import concatenate
from .shape import like, ravel, reshape, shaped, swapaxes


@composed(np.flip, sample=lambda s: ((s.array((2, 3)),), {"axis": s.axis(2)}))
def flip(m: Any, axis: Any = None) -> Any:
    """`np.flip`."""
    axes = range(m.ndim) if axis is None else normalize_axis_tuple(axis, m.ndim)
    return getitem(m, tuple(slice(None, None, -1) if i in axes else slice(None) for i in range(m.ndim)))


@composed(np.flipud, sample=whole(2, 3))
def flipud(m: Any) -> Any:
    """`np.flipud`."""
    return flip(m, 0)


@composed(np.fliplr, sample=whole(2, 3))
def fliplr(m: Any) -> Any:
    """`np.fliplr`."""
    return flip(m, 1)


@composed(np.rot90, sample=lambda s: ((s.array((2, 3, 2)), s.integer(-5, 5), s.choice([(0, 1), (1, 0), (2, -3)])), {}))
def rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    """`np.rot90`."""
    if len(set(normalize_axis_tuple(axes, m.ndim))) != 2:
        raise ValueError(f"rot90: axes={axes}, expected two different axes")
    turned = {0: m, 1: flip(m, axes[1]), 2: flip(m, axes), 3: flip(m, axes[0])}[k % 4]
    return swapaxes(turned, *axes) if k % 2 else turned


@composed(np.roll, sample=lambda s: ((s.array((2, 3)), *s.choice([(2, None), (-1, 1), ((1, 2), (0, 1)), (7, 0)])), {}))
def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """`np.roll`."""
    if axis is None:
        return reshape(roll(ravel(a), shift, 0), a.shape)
    for step, each in np.broadcast(shift, axis):
        a = take(a, np.roll(np.arange(a.shape[int(each)]), int(step)), int(each))
    return a


@composed(np.delete, sample=lambda s: ((s.array((3, 4)), *s.choice([(1, 0), ([0, 2], 1), (slice(0, 2), None)])), {}))
def delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    """`np.delete`."""
    if axis is None:
        arr, axis = ravel(arr), 0
    return take(arr, np.delete(np.arange(arr.shape[axis]), concrete(obj, "np.delete(x, t)")), axis)


def _insert_sample(s: Sampler) -> Sample:
    return (s.array((3, 2)), s.choice([1, [0, 2], slice(0, 2)]), s.choice([s.array((2,)), s.array(())])), {"axis": 0}


@composed(np.insert, sample=_insert_sample)
def insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    """`np.insert`: both the array and what is inserted carry gradients."""
    arr, values = shaped(arr), shaped(values)
    if axis is None:
        arr, axis = ravel(arr), 0
    # NumPy moves numbers: what it does to the places is what it would do to the elements.
    places = np.arange(arr.size).reshape(arr.shape)
    obj = concrete(obj, "np.insert(x, t, values)")
    marks = np.insert(places, obj, -1 - np.arange(values.size).reshape(values.shape), axis=axis)
    pool = concatenate([ravel(arr), pw.astype(ravel(values), arr.dtype)])
    return getitem(pool, np.where(marks >= 0, marks, arr.size - 1 - marks))


@composed(np.diff, sample=lambda s: ((s.array((3, 4)),), {"n": s.integer(0, 2), "axis": s.choice([0, 1, -1])}))
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """`np.diff`."""
    if n < 0:
        raise ValueError(f"diff: order must not be negative, got n={n}")
    a = shaped(a)
    axis = range(a.ndim)[axis]
    a = concatenate([*_border(prepend, a, axis), a, *_border(append, a, axis)], axis)
    before = (slice(None),) * axis
    for _ in range(n):
        a = getitem(a, (*before, slice(1, None))) - getitem(a, (*before, slice(None, -1)))
    return a


def _border(value: Any, a: Any, axis: int) -> list[Any]:
    """What `diff` puts before or behind an axis: nothing, an array, or a number all along."""
    if value is None:
        return []
    value = shaped(value)
    return [value + np.zeros((*a.shape[:axis], 1, *a.shape[axis + 1 :]), a.dtype) if value.ndim == 0 else value]


@composed(np.ediff1d, sample=whole(2, 3))
def ediff1d(ary: Any) -> Any:
    """`np.ediff1d`."""
    return diff(ravel(ary))


_PADS: list[Any] = [1, (1, 2), ((0, 1), (2, 0))]
_MODES = ["constant", "edge", "reflect", "symmetric", "wrap"]


@composed(np.pad, sample=lambda s: ((s.array((3, 4)), s.choice(_PADS)), {"mode": s.choice(_MODES)}))
def pad(array: Any, pad_width: Any, mode: Any = "constant", **options: Any) -> Any:
    """`np.pad` in the modes constant, edge, reflect (even), symmetric (even), wrap and empty (as zeros)."""
    if mode not in (*_MODES, "empty") or options.get("reflect_type", "even") != "even":
        raise TypeError(f"pad: mode {mode!r} with {options} is not supported with tensors; use one of {_MODES}")
    # NumPy pads places: each element of the result names the element that it copies, or -1.
    places = np.arange(array.size).reshape(array.shape)
    if mode not in ("constant", "empty"):
        return getitem(ravel(array), np.pad(places, pad_width, mode))
    marks = np.pad(places, pad_width, constant_values=-1)
    fill = options.get("constant_values", 0) if mode == "constant" else 0
    if any(isinstance(each, Tensor) for each in leaves(fill)):
        raise TypeError("pad: constant_values must be plain numbers; use ad.at(...).set(value) for a tensor's value")
    border = np.pad(np.zeros(array.shape, array.dtype), pad_width, constant_values=fill)
    if not array.size:
        return like(array, border)
    inside = tuple(slice(int(edge.min()), int(edge.max()) + 1) for edge in np.nonzero(np.atleast_1d(marks >= 0)))
    return border + scatter(array, index=inside if array.ndim else (), shape=marks.shape)


def _interp_sample(s: Sampler) -> Sample:
    steps = np.array([-2.0, -0.7, 0.4, 1.9])
    x = np.array([s.choice([-2.6, -1.3, -0.1, 0.9, 2.4]) for _ in range(3)])
    return (x, steps + 0.1 * s.array((4,)) / 3, s.array((4,))), {}


@composed(np.interp, sample=_interp_sample)
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """`np.interp`, in float64 as there, with derivatives by the points, the positions and the values."""
    if period is not None:
        raise TypeError("interp: period= is not supported with tensors; take x % period and extend xp and fp")
    x, xp, fp = (pw.astype(shaped(each), np.float64) for each in (x, xp, fp))
    cell = np.clip(np.searchsorted(values(xp), values(x), side="right") - 1, 0, max(xp.size - 2, 0))
    low, high = take(xp, cell), take(xp, np.minimum(cell + 1, xp.size - 1))
    first, second = take(fp, cell), take(fp, np.minimum(cell + 1, xp.size - 1))
    width = pw.where(values(high) == values(low), 1, high - low)
    inside = first + (second - first) * ((x - low) / width)
    below, above = values(x) < values(xp)[0], values(x) > values(xp)[-1]
    inside = pw.where(below, getitem(fp, 0) if left is None else left, inside)
    return pw.where(above, getitem(fp, -1) if right is None else right, inside)
