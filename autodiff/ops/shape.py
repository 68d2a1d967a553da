"""One array in another shape: its axes, and broadcasting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ..dispatch import composed
from ..domains import Sample, Sampler, whole
from ..primitive import REGISTRY, Primitive, linear
from ..tensor import Tensor, constant
from .piecewise import astype


def shaped(x: Any) -> Any:
    """Something with a shape: tensors and arrays as they are, lists and numbers as arrays."""
    return x if isinstance(x, Tensor) else np.asarray(x)


def floats(x: Any) -> Any:
    """Real numbers as floats: whole numbers become float64, lists arrays."""
    x = shaped(x)
    return x if x.dtype.kind == "f" else astype(x, np.float64)


def like(a: Any, values: Any) -> Any:
    """Values without a gradient: a tensor beside a tensor, an array beside an array."""
    return constant(values, a) if isinstance(a, Tensor) else values


def _run_reshape(x: Any, shape: Any) -> Any:
    return x.reshape(shape)


_reshape: Primitive = linear(
    "reshape",
    _run_reshape,
    lambda g, x_shape: g.reshape(x_shape),
    sample=lambda s: ((s.array((2, 3)),), {"shape": s.choice([(3, 2), (6,), (1, 6, 1), (-1, 2), 6, -1])}),
)


def reshape(a: Any, shape: Any, order: str = "C") -> Any:
    """`np.reshape`, in C or Fortran order."""
    if order == "C":
        return _reshape(shaped(a), shape=shape)
    if order != "F":
        raise ValueError(f"reshape: order is {order!r}, expected 'C' or 'F'")
    sides = np.reshape(np.empty(a.shape, bool), shape).shape
    return transpose(_reshape(transpose(a), shape=sides[::-1]))


def _reshape_sample(s: Sampler) -> Sample:
    return (s.array((2, 3)), s.choice([(3, 2), (6,), (-1, 2)])), {"order": s.choice(["C", "F"])}


@composed(np.reshape, sample=_reshape_sample)
def reshape_as_numpy(a: Any, /, shape: Any = None, order: str = "C", *, newshape: Any = None, copy: Any = None) -> Any:
    """`np.reshape`."""
    return reshape(a, newshape if shape is None else shape, order)


def _permuted(s: Sampler) -> Sample:
    shape = s.shape((0, 3))
    order = list(np.argsort(s.uniform(len(shape)), kind="stable"))
    return (s.array(shape),), {"axes": s.choice([None, tuple(int(i) for i in order)])}


def _run_transpose(x: Any, axes: Any) -> Any:
    return x.transpose(axes)


_transposed: Primitive = linear(
    "transpose",
    _run_transpose,
    lambda g, axes: _transposed_back(g, axes),
    label="ᵀ",
    sample=_permuted,
)


def _transposed_back(g: Any, axes: Any) -> Any:
    return g.T if axes is None else g.transpose(np.argsort(np.mod(axes, len(axes))).tolist())


@composed(np.transpose, np.permute_dims, sample=_permuted)
def transpose(a: Any, axes: Any = None) -> Any:
    """`np.transpose`."""
    return _transposed(shaped(a), axes=None if axes is None else tuple(axes))


@composed(np.swapaxes, sample=lambda s: ((s.array((2, 3, 1)), s.integer(-3, 2), s.integer(-3, 2)), {}))
def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """`np.swapaxes`."""
    order = list(range(a.ndim))
    first, second = normalize_axis_index(axis1, a.ndim), normalize_axis_index(axis2, a.ndim)
    order[first], order[second] = second, first
    return transpose(a, order)


@composed(np.matrix_transpose, np.linalg.matrix_transpose, sample=whole(2, 3, 2))
def matrix_transpose(x: Any) -> Any:
    """`np.matrix_transpose`: the last two axes change places."""
    return swapaxes(x, -1, -2)


@composed(np.moveaxis, sample=lambda s: ((s.array((2, 3, 1)), *s.choice([(0, -1), ((0, 1), (2, 0)), (-1, 1)])), {}))
def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """`np.moveaxis`."""
    listed = [(each,) if isinstance(each, (int, np.integer)) else tuple(each) for each in (source, destination)]
    sources, places = (normalize_axis_tuple(each, a.ndim) for each in listed)
    order = [i for i in range(a.ndim) if i not in sources]
    for place, axis in sorted(zip(places, sources, strict=True)):
        order.insert(place, axis)
    return transpose(a, order)


@composed(np.rollaxis, sample=lambda s: ((s.array((2, 3, 1)), s.integer(0, 2), s.integer(0, 3)), {}))
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """`np.rollaxis`."""
    axis = normalize_axis_index(axis, a.ndim)
    start = start + a.ndim if start < 0 else start
    return moveaxis(a, axis, start - 1 if start > axis else start)


@composed(np.expand_dims, sample=lambda s: ((s.array((2, 3)), s.choice([0, -1, 1, (0, 2), (-1, 0)])), {}))
def expand_dims(a: Any, axis: Any) -> Any:
    """`np.expand_dims`."""
    a = shaped(a)
    return reshape(a, np.expand_dims(np.empty(a.shape, bool), axis).shape)


@composed(np.squeeze, sample=lambda s: ((s.array((1, 3, 1)),), {"axis": s.choice([None, 0, -1, (0, 2)])}))
def squeeze(a: Any, axis: Any = None) -> Any:
    """`np.squeeze`."""
    return reshape(a, np.squeeze(np.empty(a.shape, bool), axis).shape)


@composed(np.ravel, sample=lambda s: ((s.array((2, 3)),), {"order": s.choice(["C", "F"])}))
def ravel(a: Any, order: str = "C") -> Any:
    """`np.ravel`; also the method `flatten`."""
    return reshape(a, -1, order)


def _at_least(a: Any, run: Any) -> Any:
    a = shaped(a)
    return reshape(a, run(np.empty(a.shape, bool)).shape)


def _each(arys: Sequence[Any], run: Any) -> Any:
    changed = tuple(_at_least(each, run) for each in arys)
    return changed[0] if len(changed) == 1 else changed


@composed(np.atleast_1d, sample=lambda s: ((s.array(s.shape((0, 3))),), {}))
def atleast_1d(*arys: Any) -> Any:
    """`np.atleast_1d`."""
    return _each(arys, np.atleast_1d)


@composed(np.atleast_2d, sample=lambda s: ((s.array(s.shape((0, 3))),), {}))
def atleast_2d(*arys: Any) -> Any:
    """`np.atleast_2d`."""
    return _each(arys, np.atleast_2d)


@composed(np.atleast_3d, sample=lambda s: ((s.array(s.shape((0, 3))),), {}))
def atleast_3d(*arys: Any) -> Any:
    """`np.atleast_3d`."""
    return _each(arys, np.atleast_3d)


# Broadcasting


def _broadcast_sample(s: Sampler) -> Sample:
    small, large = s.choice([((3,), (4, 3)), ((), (2, 0)), ((2, 1), (2, 3)), ((1, 1), (3, 2)), ((2, 3), (2, 3))])
    return (s.array(small),), {"shape": large}


def _run_broadcast(x: Any, shape: tuple[int, ...]) -> Any:
    """For a single number (the cotangent of a whole sum) a tenth of the time of `np.broadcast_to`."""
    if x.ndim:
        return np.broadcast_to(x, shape)
    return np.ndarray(shape, x.dtype, x, strides=(0,) * len(shape))


broadcast: Primitive = linear(
    "broadcast_to",
    _run_broadcast,
    lambda g, x_shape: unbroadcast(g, x_shape),
    sample=_broadcast_sample,
)


@composed(np.broadcast_to, sample=_broadcast_sample)
def broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:
    """`np.broadcast_to`."""
    return broadcast(shaped(array), shape=(shape,) if isinstance(shape, int) else tuple(shape))


def unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """Sum a cotangent over the axes along which an argument of `shape` was broadcast."""
    extra = g.ndim - len(shape)
    axes = tuple([i for i, side in enumerate(g.shape) if i < extra or (side != 1 and shape[i - extra] == 1)])
    return REGISTRY["sum"](g, axis=axes).reshape(shape) if axes else broadcast(g, shape=shape)


@composed(np.broadcast_arrays, sample=lambda s: ((s.array((3,)), s.array((2, 1))), {}))
def broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Any, ...]:
    """`np.broadcast_arrays`."""
    shape = np.broadcast_shapes(*(np.shape(each) for each in args))
    return tuple(broadcast_to(each, shape) for each in args)


@composed(np.meshgrid, sample=lambda s: ((s.array((2,)), s.array((3,))), {"indexing": s.choice(["xy", "ij"])}))
def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> list[Any]:
    """`np.meshgrid`."""
    count = len(xi)
    sides = [reshape(x, (1,) * i + (-1,) + (1,) * (count - 1 - i)) for i, x in enumerate(xi)]
    if indexing == "xy" and count > 1:
        sides = [swapaxes(side, 0, 1) for side in sides]
    elif indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing is {indexing!r}, expected 'xy' or 'ij'")
    return sides if sparse else list(broadcast_arrays(*sides))
