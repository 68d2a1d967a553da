"""Indexing in every form, and what selects, sorts and rearranges by index."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..dispatch import composed, plain
from ..domains import Sample, Sampler
from ..primitive import Primitive, linear
from . import piecewise as pw
from .shape import broadcast_to, moveaxis, ravel, reshape, shaped


def _is_basic(index: Any) -> bool:
    """Whether an index is of integers, slices, newaxis and Ellipsis only, so that nothing is met twice."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(each is None or each is Ellipsis or isinstance(each, (int, np.integer, slice)) for each in parts)


def _is_single(index: Any) -> bool:
    """Whether an index meets no element twice: basic, or one mask."""
    return _is_basic(index) or (isinstance(index, np.ndarray) and index.dtype == bool)


def _scatter(x: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` with `x` added at `index`; repeated indices add up."""
    x = np.asarray(x)
    if _is_single(index) or x.dtype not in (np.float32, np.float64):
        out = np.zeros(shape, x.dtype)
        if _is_single(index):
            out[index] = x
        else:
            np.add.at(out, index, x)
        return out
    size = int(np.prod(shape, dtype=int))
    places = np.arange(size).reshape(shape)[index].ravel()
    return np.bincount(places, x.ravel(), size).astype(x.dtype, copy=False).reshape(shape)


_INDICES: list[Any] = [
    0, -1, slice(None, None, -1), (slice(1, None), 0), (Ellipsis, 1), (None, 1), ([0, 0, 1],), ([1, 1], slice(None)),
    (slice(None), [2, 0, 2]), (np.array([[0, 1], [1, 1]]), np.array([2, 2])), (0, None, [1, 1]), ([0, 1, 0], None, -1),
    np.array([[True, False, True], [False, False, True]]), np.array([True, False]), (np.array([False, True]), [1, 1]),
    (), ([],),
]  # fmt: skip


def _frozen_index(index: Any) -> Any:
    """An index that nobody can change under the graph: lists and arrays are copied."""
    if isinstance(index, tuple):
        return tuple([_frozen_index(each) for each in index])
    if isinstance(index, slice):
        bounds = (index.start, index.stop, index.step)
        return slice(*[None if each is None else operator.index(each) for each in bounds])
    index = plain(index)
    if isinstance(index, list):
        return _frozen_index(np.array(index if index else np.empty(0, int)))
    return index.copy() if isinstance(index, np.ndarray) else index


_getitem = linear(
    "getitem",
    lambda x, index: x[index],
    lambda g, x_shape, index: scatter(g, index=index, shape=x_shape),
    label="[ ]",
    sample=lambda s: ((s.array((2, 3)),), {"index": _frozen_index(s.choice(_INDICES))}),
)

scatter: Primitive = linear(
    "scatter",
    _scatter,
    lambda g, index: _getitem(g, index=index),
    sample=lambda s: _scatter_sample(s),
)


def _scatter_sample(s: Sampler) -> Sample:
    index = _frozen_index(s.choice(_INDICES))
    return (s.array(np.empty((2, 3))[index].shape),), {"index": index, "shape": (2, 3)}


def getitem(x: Any, index: Any) -> Any:
    """`x[index]`, with NumPy's basic and advanced indexing."""
    return _getitem(x, index=_frozen_index(index))


class at:
    """A tensor with some elements written: `ad.at(x)[index].set(value)` and `.add(value)`.

    `x` stays as it is; both ways the result has its dtype. Where an index names an element twice, `set` keeps
    the last value, as NumPy does, and `add` adds up all of them.

    >>> x = ad.tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> ad.at(x)[[0, 0]].add(10.0)
    tensor([21.,  2.,  3.], from add)
    >>> ad.at(x)[1:].set(0.0)
    tensor([1., 0., 0.], from where)
    """

    def __init__(self, x: Any) -> None:
        self._x = shaped(x)
        self._index: Any = None

    def __getitem__(self, index: Any) -> at:
        chosen = at(self._x)
        chosen._index = _frozen_index(index)
        return chosen

    def add(self, value: Any) -> Any:
        """`x` with `value` added at the index."""
        return self._x + scatter(self._fitted(value), index=self._index, shape=self._x.shape)

    def set(self, value: Any) -> Any:
        """`x` with `value` at the index."""
        places = self._places()
        last = np.full(self._x.size, -1)
        last[places] = np.arange(places.size).reshape(places.shape)
        stays = last[places] == np.arange(places.size).reshape(places.shape)
        values = scatter(pw.where(stays, self._fitted(value), 0), index=self._index, shape=self._x.shape)
        return pw.where(last.reshape(self._x.shape) >= 0, values, self._x)

    def _places(self) -> Any:
        """The flat position of each element that the index names."""
        places = np.arange(self._x.size).reshape(self._x.shape)[self._index]
        return np.asarray(places)

    def _fitted(self, value: Any) -> Any:
        """The value in the dtype of `x`, broadcast to the shape of `x[index]`."""
        value = pw.astype(shaped(value), self._x.dtype)
        target = self._places().shape
        extra = value.ndim - len(target)
        return broadcast_to(reshape(value, value.shape[extra:]) if extra > 0 else value, target)


def _along_sample(s: Sampler) -> Sample:
    axis = s.choice([0, 1, -1])
    indices = np.array([[s.integer(-2, 1) for _ in range(3)] for _ in range(2)])
    return (s.array((2, 3)), indices, axis), {}


@composed(np.take_along_axis, sample=_along_sample)
def take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Any:
    """`np.take_along_axis`."""
    arr, indices = shaped(arr), plain(indices)
    if axis is None:
        return getitem(ravel(arr), indices)
    axis = range(arr.ndim)[axis]
    sides = [np.arange(side).reshape((-1,) + (1,) * (arr.ndim - 1 - i)) for i, side in enumerate(arr.shape)]
    return getitem(arr, tuple(indices if i == axis else side for i, side in enumerate(sides)))


def _take_sample(s: Sampler) -> Sample:
    return (s.array((2, 3)), s.choice([0, [1, 0, 1], [[0, 1]], -1])), {"axis": s.choice([None, 0, 1])}


@composed(np.take, sample=_take_sample)
def take(a: Any, indices: Any, axis: Any = None, out: None = None, mode: str = "raise") -> Any:
    """`np.take`; modes raise, wrap and clip."""
    a = shaped(a)
    if axis is None:
        a, axis = ravel(a), 0
    indices, side = np.asarray(plain(indices)), a.shape[axis]
    if mode != "raise":
        indices = indices % side if mode == "wrap" else np.clip(indices, 0, side - 1)
    return getitem(a, (slice(None),) * range(a.ndim)[axis] + (indices,))


@composed(np.compress, sample=lambda s: (([True, False, True], s.array((2, 3))), {"axis": 1}))
def compress(condition: Any, a: Any, axis: Any = None) -> Any:
    """`np.compress`."""
    return take(a, np.flatnonzero(plain(condition)), axis)


@composed(np.extract, sample=lambda s: ((s.array((2, 3)) > 0, s.array((2, 3))), {}))
def extract(condition: Any, arr: Any) -> Any:
    """`np.extract`."""
    return take(arr, np.flatnonzero(plain(condition)))


@composed(np.sort, sample=lambda s: ((s.distinct((2, 3)),), {"axis": s.choice([0, 1, -1, None])}))
def sort(a: Any, axis: Any = -1, kind: Any = None, order: None = None, *, stable: Any = None) -> Any:
    """`np.sort`; equal elements keep their order, so that each has its own derivative."""
    if axis is None:
        a, axis = ravel(a), 0
    return take_along_axis(a, np.argsort(plain(a), axis=axis, kind="stable"), axis)


@composed(
    np.diagonal, sample=lambda s: ((s.array((3, 2, 3)), s.integer(-1, 1)), {"axis1": 0, "axis2": s.choice([1, 2])})
)
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """`np.diagonal`."""
    a = moveaxis(a, (axis1, axis2), (-2, -1))
    rows, columns = _diagonal_places(a.shape[-2], a.shape[-1], offset)
    return getitem(a, (Ellipsis, rows, columns))


def _diagonal_places(height: int, width: int, offset: int) -> tuple[Any, Any]:
    steps = np.arange(max(min(height + min(offset, 0), width - max(offset, 0)), 0))
    return steps - min(offset, 0), steps + max(offset, 0)


@composed(np.diag, sample=lambda s: ((s.array(s.choice([(3,), (2, 3)])), s.integer(-1, 1)), {}))
def diag(v: Any, k: int = 0) -> Any:
    """`np.diag`."""
    if v.ndim == 2:
        return diagonal(v, k)
    if v.ndim != 1:
        raise ValueError(f"diag: got {v.ndim} dimensions, expected 1 or 2")
    side = v.shape[0] + abs(k)
    return scatter(v, index=_diagonal_places(side, side, k), shape=(side, side))


@composed(np.diagflat, sample=lambda s: ((s.array((2, 2)), s.integer(-1, 1)), {}))
def diagflat(v: Any, k: int = 0) -> Any:
    """`np.diagflat`."""
    return diag(ravel(v), k)


def _masked(m: Any, mask: Callable[[int, int], Any]) -> Any:
    """A matrix, or a row repeated to a square one, with 0 outside of a mask."""
    m = broadcast_to(m, (m.shape[0], m.shape[0])) if m.ndim == 1 else m
    return pw.where(mask(m.shape[-2], m.shape[-1]), m, np.zeros((), m.dtype))


@composed(np.tril, sample=lambda s: ((s.array((2, 3, 2)), s.integer(-2, 2)), {}))
def tril(m: Any, k: int = 0) -> Any:
    """`np.tril`."""
    return _masked(m, lambda h, w: np.tri(h, w, k, dtype=bool))


@composed(np.triu, sample=lambda s: ((s.array((2, 3, 2)), s.integer(-2, 2)), {}))
def triu(m: Any, k: int = 0) -> Any:
    """`np.triu`."""
    return _masked(m, lambda h, w: ~np.tri(h, w, k - 1, dtype=bool))
