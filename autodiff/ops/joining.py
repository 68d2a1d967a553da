"""Arrays joined, split and repeated."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..dispatch import composed, concrete
from ..domains import Sample, Sampler
from ..primitive import primitive
from . import piecewise as pw
from .indexing import take
from .indices import getitem
from .shape import atleast_1d, atleast_2d, atleast_3d, broadcast_to, expand_dims, ravel, reshape, shaped


def _piece(g: Any, position: int, shapes: Sequence[tuple[int, ...]], axis: int) -> Any:
    """The part of a joined array that came from one argument."""
    start = builtins.sum(shape[axis] for shape in shapes[:position])
    before = (slice(None),) * (axis % g.ndim)
    return getitem(g, (*before, slice(start, start + shapes[position][axis])))


def _run_concatenate(*xs: Any, axis: int) -> Any:
    return np.concatenate(xs, axis=axis)


_joined = primitive(
    "concatenate",
    _run_concatenate,
    lambda g, position, shapes, axis: _piece(g, position, shapes, axis),
    variadic=True,
    sample=lambda s: ((s.array((2, 1)), s.array((2, 3)), s.array((2, 0))), {"axis": s.choice([1, -1])}),
)


def _three(s: Sampler) -> Sample:
    return ([s.array((2, 3)) for _ in range(s.integer(1, 3))],), {}


def _three_with_axis(s: Sampler) -> Sample:
    return _three(s)[0], {"axis": s.integer(-2, 1)}


@composed(np.concatenate, sample=_three_with_axis)
def concatenate(arrays: Any, axis: Any = 0, out: None = None, *, dtype: Any = None, casting: Any = None) -> Any:
    """`np.concatenate`."""
    listed = [shaped(each) for each in arrays]
    if axis is None:
        listed, axis = [ravel(each) for each in listed], 0
    joined = _joined(*listed, axis=axis)
    return joined if dtype is None else pw.astype(joined, dtype)


@composed(np.stack, sample=_three_with_axis)
def stack(arrays: Any, axis: int = 0, out: None = None, *, dtype: Any = None, casting: Any = None) -> Any:
    """`np.stack`."""
    listed = [shaped(each) for each in arrays]
    if len({each.shape for each in listed}) > 1:
        raise ValueError(f"stack: all arrays need one shape, got {[each.shape for each in listed]}")
    return concatenate([expand_dims(each, axis) for each in listed], axis, dtype=dtype)


@composed(np.vstack, sample=_three)
def vstack(tup: Any, *, dtype: Any = None, casting: Any = None) -> Any:
    """`np.vstack`."""
    return concatenate([atleast_2d(each) for each in tup], 0, dtype=dtype)


@composed(np.hstack, sample=_three)
def hstack(tup: Any, *, dtype: Any = None, casting: Any = None) -> Any:
    """`np.hstack`."""
    listed = [atleast_1d(each) for each in tup]
    return concatenate(listed, 0 if listed[0].ndim == 1 else 1, dtype=dtype)


@composed(np.dstack, sample=_three)
def dstack(tup: Any) -> Any:
    """`np.dstack`."""
    return concatenate([atleast_3d(each) for each in tup], 2)


@composed(np.column_stack, sample=lambda s: (([s.array((3,)), s.array((3, 2))],), {}))
def column_stack(tup: Any) -> Any:
    """`np.column_stack`."""
    columns = [reshape(each, (-1, 1)) if np.ndim(each) < 2 else each for each in tup]
    return concatenate(columns, 1)


@composed(np.append, sample=lambda s: ((s.array((2, 3)), s.array((1, 3))), {"axis": s.choice([None, 0])}))
def append(arr: Any, values: Any, axis: Any = None) -> Any:
    """`np.append`."""
    return concatenate([arr, values], axis)


def _bounds(sections: Any, side: int, equal: bool) -> list[int]:
    """Where `np.split` cuts an axis of length `side`."""
    if not isinstance(sections, (int, np.integer)):
        return [int(each) for each in sections]
    if equal and side % sections:
        raise ValueError(f"split: {side} elements cannot be divided into {sections} equal parts; use np.array_split")
    return [int(each) for each in np.cumsum([len(part) for part in np.array_split(np.empty(side), sections)])[:-1]]


def _cut(ary: Any, sections: Any, axis: int, equal: bool) -> list[Any]:
    axis = normalize_axis_index(axis, ary.ndim)
    cuts = _bounds(sections, ary.shape[axis], equal)
    before = (slice(None),) * axis
    return [getitem(ary, (*before, slice(low, high))) for low, high in zip([0, *cuts], [*cuts, None], strict=True)]


@composed(np.split, sample=lambda s: ((s.array((4, 6)), s.choice([2, [1, 3]])), {"axis": s.choice([0, 1, -1])}))
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """`np.split`."""
    return _cut(ary, indices_or_sections, axis, equal=True)


@composed(np.array_split, sample=lambda s: ((s.array((5, 3)), s.integer(1, 3)), {"axis": s.choice([0, 1])}))
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """`np.array_split`."""
    return _cut(ary, indices_or_sections, axis, equal=False)


@composed(np.vsplit, sample=lambda s: ((s.array((4, 2)), 2), {}))
def vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """`np.vsplit`."""
    return split(ary, indices_or_sections, 0)


@composed(np.hsplit, sample=lambda s: ((s.array((2, 4)), 2), {}))
def hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """`np.hsplit`."""
    return split(ary, indices_or_sections, 0 if ary.ndim == 1 else 1)


@composed(np.dsplit, sample=lambda s: ((s.array((2, 1, 4)), 2), {}))
def dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """`np.dsplit`."""
    return split(ary, indices_or_sections, 2)


@composed(np.tile, sample=lambda s: ((s.array((2, 3)), s.choice([2, (2, 1), (1, 2, 2), 0])), {}))
def tile(A: Any, reps: Any) -> Any:
    """`np.tile`."""
    A = shaped(A)
    counts = (reps,) if isinstance(reps, (int, np.integer)) else tuple(reps)
    ndim = max(A.ndim, len(counts))
    counts = (1,) * (ndim - len(counts)) + counts
    shape = (1,) * (ndim - A.ndim) + A.shape
    spaced = reshape(A, [side for pair in zip((1,) * ndim, shape, strict=True) for side in pair])
    whole_shape = [side for pair in zip(counts, shape, strict=True) for side in pair]
    return reshape(broadcast_to(spaced, whole_shape), [count * side for count, side in zip(counts, shape, strict=True)])


@composed(np.repeat, sample=lambda s: ((s.array((2, 3)), s.choice([2, 0, [1, 2]])), {"axis": 0}))
def repeat(a: Any, repeats: Any, axis: Any = None) -> Any:
    """`np.repeat`."""
    a = shaped(a)
    if axis is None:
        a, axis = ravel(a), 0
    indices = np.repeat(np.arange(a.shape[axis]), concrete(repeats, "np.repeat(x, t)"))
    return take(a, indices, axis)
