"""Python's operators and NumPy's methods on tensors, all from the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from . import ops
from .dispatch import NUMPY
from .tensor import Tensor

_BINARY = {
    "add": ops.add,
    "sub": ops.subtract,
    "mul": ops.multiply,
    "truediv": ops.divide,
    "floordiv": ops.floor_divide,
    "mod": ops.remainder,
    "pow": ops.power,
    "matmul": ops.matmul,
    "and": ops.logical_and,
    "or": ops.logical_or,
    "xor": ops.logical_xor,
}
_COMPARISONS = {
    "eq": ops.equal,
    "ne": ops.not_equal,
    "lt": ops.less,
    "le": ops.less_equal,
    "gt": ops.greater,
    "ge": ops.greater_equal,
}
_UNARY = {"neg": ops.negative, "pos": ops.positive, "abs": ops.absolute, "invert": ops.logical_not}
_METHODS = ["all", "any", "argmax", "argmin", "argsort", "clip", "compress", "copy", "cumprod", "cumsum", "diagonal", "dot", "max", "mean", "min", "prod", "ptp", "ravel", "nonzero", "repeat", "round", "searchsorted", "squeeze", "std", "sum", "swapaxes", "take", "trace", "var"]


def _operator(function: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """A binary operator and its reflection."""

    def operate(self: Tensor, other: Any) -> Any:
        return function(self, other)

    def reflect(self: Tensor, other: Any) -> Any:
        return function(other, self)

    return operate, reflect


def _several(function: Callable[..., Any]) -> Callable[..., Any]:
    """A method that takes a shape or axes as one tuple or as several numbers, as NumPy's do."""

    def method(self: Tensor, *sides: Any, **options: Any) -> Any:
        listed = sides if len(sides) == 1 and not isinstance(sides[0], int) else (sides,) if sides else ()
        return function(self, *listed, **options)

    return method


def _iterate(self: Tensor) -> Iterator[Any]:
    if self.ndim == 0:
        raise TypeError("a 0-d tensor cannot be iterated over; for its value write t.item()")
    return (ops.getitem(self, i) for i in range(len(self)))


def _in_place(name: str, instead: str) -> Callable[..., Any]:
    def refuse(self: Tensor, *args: Any, **options: Any) -> Any:
        raise TypeError(f"{name}() would change the tensor in place: the record would be wrong. Write {instead}")

    return refuse


for _name, _function in _BINARY.items():
    _operate, _reflect = _operator(_function)
    setattr(Tensor, f"__{_name}__", _operate)
    setattr(Tensor, f"__r{_name}__", _reflect)
for _name, _function in _COMPARISONS.items():
    setattr(Tensor, f"__{_name}__", _operator(_function)[0])
for _name, _function in _UNARY.items():
    setattr(Tensor, f"__{_name}__", (lambda function: lambda self: function(self))(_function))
for _name in _METHODS:
    setattr(Tensor, _name, NUMPY[getattr(np, _name)])

Tensor.astype = ops.astype
Tensor.flatten = ops.ravel
Tensor.reshape = _several(ops.reshape)
Tensor.transpose = _several(ops.transpose)
Tensor.T = property(ops.transpose, doc="The tensor with its axes reversed.")
Tensor.mT = property(ops.matrix_transpose, doc="The tensor with its last two axes exchanged.")
Tensor.__getitem__ = ops.getitem
Tensor.__iter__ = _iterate
Tensor.sort = _in_place("sort", "np.sort(t)")
Tensor.fill = _in_place("fill", "np.full_like(t.data, value)")
Tensor.put = _in_place("put", "ad.at(t)[indices].set(values)")
Tensor.resize = _in_place("resize", "t.reshape(shape)")
Tensor.partition = _in_place("partition", "np.sort(t)")
