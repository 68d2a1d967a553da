"""Indexing in every form, and what selects, sorts and rearranges by index."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..dispatch import composed, concrete, plain, values
from ..domains import Sample, Sampler
from . import piecewise as pw
from .indices import added, frozen_index, getitem, read, scatter, writers
from .shape import broadcast_to, moveaxis, ravel, reshape, shaped


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
        self._index: tuple[Any, Any] = (None, None)

    def __getitem__(self, index: Any) -> at:
        chosen = at(self._x)
        chosen._index = frozen_index(index)
        return chosen

    def add(self, value: Any) -> Any:
        """`x` with `value` added at the index."""
        return self._x + added(self._fitted(value), *self._index, self._x.shape)

    def set(self, value: Any) -> Any:
        """`x` with `value` at the index."""
        value = self._fitted(value)
        last = writers(*self._index, self._x.shape)
        stays = read(last, *self._index) == np.arange(value.size).reshape(value.shape)
        return pw.where(last >= 0, added(pw.where(stays, value, 0), *self._index, self._x.shape), self._x)

    def _fitted(self, value: Any) -> Any:
        """The value in the dtype of `x`, broadcast to the shape of `x[index]`."""
        value = pw.astype(shaped(value), self._x.dtype)
        index, y = self._index
        target = read(np.empty(self._x.shape, bool), index, plain(y)).shape  # which the values of y do not change
        extra = value.ndim - len(target)
        return broadcast_to(reshape(value, value.shape[extra:]) if extra > 0 else value, target)


def _along_sample(s: Sampler) -> Sample:
    axis = s.choice([0, 1, -1])
    indices = np.array([[s.integer(-2, 1) for _ in range(3)] for _ in range(2)])
    return (s.array((2, 3)), indices, axis), {}


@composed(np.take_along_axis, sample=_along_sample)
def take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Any:
    """`np.take_along_axis`."""
    arr, indices = shaped(arr), shaped(indices)
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
    indices, side = shaped(indices), a.shape[axis]
    if mode != "raise":
        indices = indices % side if mode == "wrap" else pw.clip(indices, 0, side - 1)
    return getitem(a, (slice(None),) * range(a.ndim)[axis] + (indices,))


@composed(np.compress, sample=lambda s: (([True, False, True], s.array((2, 3))), {"axis": 1}))
def compress(condition: Any, a: Any, axis: Any = None) -> Any:
    """`np.compress`."""
    return take(a, np.flatnonzero(concrete(condition, "np.compress(t, x)")), axis)


@composed(np.extract, sample=lambda s: ((s.array((2, 3)) > 0, s.array((2, 3))), {}))
def extract(condition: Any, arr: Any) -> Any:
    """`np.extract`."""
    return take(arr, np.flatnonzero(concrete(condition, "np.extract(t, x)")))


@composed(np.sort, sample=lambda s: ((s.distinct((2, 3)),), {"axis": s.choice([0, 1, -1, None])}))
def sort(a: Any, axis: Any = -1, kind: Any = None, order: None = None, *, stable: Any = None) -> Any:
    """`np.sort`; equal elements keep their order, so that each has its own derivative."""
    if axis is None:
        a, axis = ravel(a), 0
    return take_along_axis(a, np.argsort(values(a), axis=axis, kind="stable"), axis)


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
