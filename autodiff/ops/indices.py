"""Indices: frozen, and the primitives that read and add at them.

What is known of an index when an operation is recorded (integers, slices, arrays) is a parameter of its
primitive. The tensors in it are an argument, because a program that is run again may have others.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from ..dispatch import concrete
from ..domains import Sample, Sampler
from ..primitive import REGISTRY, Primitive, linear, primitive
from ..tensor import Tensor
from .shape import broadcast_to

MARK = "indices"  # stands in an index where a tensor was


def getitem(x: Any, index: Any) -> Any:
    """`x[index]`, with NumPy's basic and advanced indexing."""
    if not isinstance(index, tuple):
        return read(x, *frozen_index(index)) if isinstance(index, Tensor) else _getitem(x, index=_frozen_part(index))
    for each in index:
        if isinstance(each, Tensor):
            return read(x, *frozen_index(index))
    return _getitem(x, index=tuple([_frozen_part(each) for each in index]))


def frozen_index(index: Any) -> tuple[Any, Any]:
    """An index that nobody can change under the graph, and beside it the integer tensors that were in it, as one.

    Lists and arrays are copied. Several tensors are broadcast, and become the rows of one; without any it is None.
    """
    parts = index if isinstance(index, tuple) else (index,)
    frozen = tuple([_frozen_part(each) for each in parts])
    found = [each for each in parts if isinstance(each, Tensor) and each.dtype.kind != "b"]
    if not found:
        return frozen if parts is index else frozen[0], None
    if len(found) == 1:
        return frozen, found[0]
    shape = np.broadcast_shapes(*[each.shape for each in found])
    return frozen, REGISTRY["concatenate"](*[broadcast_to(each, (1, *shape)) for each in found], axis=0)


def _frozen_part(part: Any) -> Any:
    if isinstance(part, slice):
        bounds = (part.start, part.stop, part.step)
        return slice(*[None if each is None else operator.index(each) for each in bounds])
    if isinstance(part, int):
        return part
    if isinstance(part, np.ndarray):
        return part.copy()
    if isinstance(part, (list, tuple)):
        return np.array(part if part else np.empty(0, int))
    if isinstance(part, Tensor):
        return concrete(part, "t[mask]").copy() if part.dtype.kind == "b" else MARK
    return part


def read(x: Any, index: Any, y: Any) -> Any:
    """The elements of `x` at an index as `frozen_index` gives it."""
    return _getitem(x, index=index) if y is None else _take_at(x, y, index=index)


def added(x: Any, index: Any, y: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` with `x` added at such an index."""
    return scatter(x, index=index, shape=shape) if y is None else _scatter_at(x, y, index=index, shape=shape)


def writers(index: Any, y: Any, shape: tuple[int, ...]) -> Any:
    """For each element of an array, the number of the value that a write at such an index leaves there, or -1."""
    return _writers(index, shape) if y is None else _writers_at(y, index=index, shape=shape)


# Without tensors


def _is_basic(index: Any) -> bool:
    """Whether an index is of integers, slices, newaxis and Ellipsis only, so that nothing is met twice."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(each is None or each is Ellipsis or isinstance(each, (int, np.integer, slice)) for each in parts)


def _is_single(index: Any) -> bool:
    """Whether an index meets no element twice: basic, or one mask."""
    return _is_basic(index) or (isinstance(index, np.ndarray) and index.dtype == bool)


def _run_getitem(x: Any, index: Any) -> Any:
    return x[index]


def _run_scatter(x: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` with `x` added at `index`; repeated indices add up."""
    x = np.asarray(x)
    if _is_single(index) or x.dtype not in (np.float32, np.float64):
        out = np.zeros(shape, x.dtype)
        if _is_single(index):
            out[index] = x
        else:
            np.add.at(out, index, x)
        return out
    size = math.prod(shape)
    places = np.arange(size).reshape(shape)[index].ravel()
    return np.bincount(places, x.ravel(), size).astype(x.dtype, copy=False).reshape(shape)


_INDICES: list[Any] = [
    0, -1, slice(None, None, -1), (slice(1, None), 0), (Ellipsis, 1), (None, 1), ([0, 0, 1],), ([1, 1], slice(None)),
    (slice(None), [2, 0, 2]), (np.array([[0, 1], [1, 1]]), np.array([2, 2])), (0, None, [1, 1]), ([0, 1, 0], None, -1),
    np.array([[True, False, True], [False, False, True]]), np.array([True, False]), (np.array([False, True]), [1, 1]),
    (), ([],),
]  # fmt: skip


def _index_sample(s: Sampler) -> Sample:
    return (s.array((2, 3)),), {"index": frozen_index(s.choice(_INDICES))[0]}


def _scatter_sample(s: Sampler) -> Sample:
    (x,), params = _index_sample(s)
    return (s.array(x[params["index"]].shape),), {**params, "shape": x.shape}


_getitem = linear(
    "getitem",
    _run_getitem,
    lambda g, x_shape, index: scatter(g, index=index, shape=x_shape),
    label="[ ]",
    sample=_index_sample,
)
scatter: Primitive = linear(
    "scatter",
    _run_scatter,
    lambda g, index: _getitem(g, index=index),
    sample=_scatter_sample,
)


# With tensors


def _filled(index: Any, y: Any) -> Any:
    """An index with an array in the place of the mark, or with an array's rows in the places of several."""
    places = [i for i, each in enumerate(index) if isinstance(each, str) and each == MARK]
    filled = list(index)
    for place, row in zip(places, y if len(places) > 1 else [y], strict=True):
        filled[place] = row
    return tuple(filled)


def _run_take_at(x: Any, y: Any, index: Any) -> Any:
    return x[_filled(index, y)]


def _run_scatter_at(x: Any, y: Any, index: Any, shape: tuple[int, ...]) -> Any:
    return _run_scatter(x, _filled(index, y), shape)


def _writers(index: Any, shape: tuple[int, ...]) -> Any:
    last = np.full(math.prod(shape), -1)
    places = np.asarray(np.arange(last.size).reshape(shape)[index])
    last[places] = np.arange(places.size).reshape(places.shape)
    return last.reshape(shape)


def _run_writers_at(y: Any, index: Any, shape: tuple[int, ...]) -> Any:
    return _writers(_filled(index, y), shape)


_MARKED: list[Any] = [
    ((MARK,), [1, 1, 0]), ((MARK,), -1), ((slice(None), MARK), [[0, 2], [0, 2]]), ((np.array([1, 1]), MARK), [2, 0]),
    ((1, None, MARK), [2, 2]), ((MARK, MARK), [[0, 1, 1], [2, -1, 2]]), ((MARK, slice(None), None, MARK), [[1], [2]]),
]  # fmt: skip


def _take_at_sample(s: Sampler) -> Sample:
    index, places = s.choice(_MARKED)
    return (s.array((2, 3)) if len(index) < 4 else s.array((2, 1, 3)), np.array(places)), {"index": index}


def _scatter_at_sample(s: Sampler) -> Sample:
    (x, y), params = _take_at_sample(s)
    return (s.array(_run_take_at(x, y, **params).shape), y), {**params, "shape": x.shape}


def _writers_sample(s: Sampler) -> Sample:
    (_, y), params = _scatter_at_sample(s)
    return (y,), params


_take_at = linear(
    "take_at",
    _run_take_at,
    lambda g, x_shape, y, index: _scatter_at(g, y, index=index, shape=x_shape),
    None,
    label="[ ]",
    sample=_take_at_sample,
)
_scatter_at: Primitive = linear(
    "scatter_at",
    _run_scatter_at,
    lambda g, y, index: _take_at(g, y, index=index),
    None,
    sample=_scatter_at_sample,
)
_writers_at = primitive(
    "writers_at",
    _run_writers_at,
    None,
    sample=_writers_sample,
)
