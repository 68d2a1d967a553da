"""Symbolic tensors: shapes without values, and the calls of layers that made them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import count
from typing import Any

import numpy as np

from autodiff.tree import leaves, map_leaves

from .naming import unique_name
from .settings import floatx

Shape = tuple[int | None, ...]


class KerasTensor(np.lib.mixins.NDArrayOperatorsMixin):
    """What a layer will get or give: a shape, in which None stands for any number, and a dtype.

    >>> from nn import layers
    >>> x = layers.Input(shape=(3,))
    >>> layers.Dense(2)(x) * 2 + 1
    <KerasTensor shape=(None, 2), dtype=float32>
    """

    def __init__(self, shape: Sequence[int | None], dtype: Any = None, name: str | None = None) -> None:
        self.shape: Shape = tuple(shape)
        self.dtype = np.dtype(dtype or floatx()).name
        self.name = name or unique_name("keras_tensor")
        self.call: LayerCall | None = None
        self.place = 0  # among the outputs of the call

    @property
    def key(self) -> Hashable:
        """What it is told apart by: the call that gives it, and its place there."""
        return id(self) if self.call is None else (self.call, self.place)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __repr__(self) -> str:
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}>"

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return operation(getattr(ufunc, method) if method != "__call__" else ufunc, *inputs, **kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return operation(function, *args, **kwargs)

    def __getitem__(self, index: Any) -> Any:
        return operation(_item, self, index=index)

    def reshape(self, *shape: Any) -> Any:
        return operation(np.reshape, self, shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape)

    def __bool__(self) -> bool:
        raise TypeError("a symbolic tensor has no values yet: a condition on it must be a layer's or np.where's")

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("a symbolic tensor has no values yet: give it to a layer, or a model its inputs as arrays")


class LayerCall:
    """A layer called on symbolic tensors: its arguments, and what its outputs are like.

    Outputs point to their call, and a call only to what it was made from: no cycle keeps a model that nobody has.
    """

    def __init__(self, layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any], like: Any) -> None:
        self.layer, self.args, self.kwargs = layer, args, kwargs
        self._like = like

    def inputs(self) -> list[KerasTensor]:
        return list(symbols((self.args, self.kwargs)))

    @property
    def outputs(self) -> Any:
        """Symbolic tensors for what the call gives: others each time, with the same keys."""
        places = count()
        return map_leaves(lambda like: self._output(next(places), like), self._like)

    def _output(self, place: int, like: KerasTensor) -> KerasTensor:
        made = KerasTensor(like.shape, like.dtype, like.name)
        made.call, made.place = self, place
        return made


def symbols(structure: Any) -> Iterator[KerasTensor]:
    """The symbolic tensors in nested containers."""
    return (each for each in leaves(structure) if isinstance(each, KerasTensor))


def is_symbolic(structure: Any) -> bool:
    return next(symbols(structure), None) is not None


def shapes_of(structure: Any) -> Any:
    """The shapes in the place of arrays and tensors."""
    return map_leaves(lambda each: tuple(getattr(each, "shape", ())), structure)


def zeros_like(structure: Any, batch: int, size: int) -> Any:
    """Arrays of zeros for symbolic tensors; in the place of None a size of the batch, and one of other axes."""

    def zeros(value: Any) -> Any:
        if not isinstance(value, KerasTensor):
            return value
        known = [(size if axis else batch) if side is None else side for axis, side in enumerate(value.shape)]
        return np.zeros(known, value.dtype)

    return map_leaves(zeros, structure)


def joined(first: Any, second: Any) -> Any:
    """Symbolic tensors for what came out for two sizes: where they differ, any size is possible."""
    others = iter(list(leaves(second)))

    def join(one: Any) -> KerasTensor:
        other = next(others)
        return KerasTensor([a if a == b else None for a, b in zip(one.shape, other.shape, strict=True)], one.dtype)

    return map_leaves(join, first)


def operation(function: Any, *args: Any, **kwargs: Any) -> Any:
    """A function of NumPy's or autodiff's, called on symbolic tensors: a layer without weights."""
    from .layers.operation import Operation

    return Operation(function)(*args, **kwargs)


def _item(x: Any, index: Any) -> Any:
    return x[index]
