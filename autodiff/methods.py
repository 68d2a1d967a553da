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
    "matmul": NUMPY[np.matmul],
    "and": ops.bitwise_and,
    "or": ops.bitwise_or,
    "xor": ops.bitwise_xor,
}
_COMPARISONS = {
    "eq": ops.equal,
    "ne": ops.not_equal,
    "lt": ops.less,
    "le": ops.less_equal,
    "gt": ops.greater,
    "ge": ops.greater_equal,
}
_UNARY = {"neg": ops.negative, "pos": ops.positive, "abs": ops.absolute, "invert": ops.invert}
_METHODS = """
all any argmax argmin argsort clip copy cumprod cumsum diagonal dot max mean min nonzero prod ptp ravel
repeat round searchsorted squeeze std sum swapaxes take trace var
"""


def _operator(function: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """A binary operator and its reflection."""

    def operate(self: Tensor, other: Any) -> Any:
        return function(self, other)

    def reflect(self: Tensor, other: Any) -> Any:
        return function(other, self)

    return operate, reflect


def _prefix(function: Callable[..., Any]) -> Callable[..., Any]:
    """A unary operator: a plain function, because a primitive would not become a method."""
    return lambda self: function(self)


def _several(function: Callable[..., Any]) -> Callable[..., Any]:
    """A method that takes a shape or axes as one tuple or as several numbers, as NumPy's do."""

    def method(self: Tensor, *sides: Any, **options: Any) -> Any:
        listed = sides if len(sides) == 1 and not isinstance(sides[0], int) else (sides,) if sides else ()
        return function(self, *listed, **options)

    return method


def _iterate(self: Tensor) -> Iterator[Any]:
    if self.ndim == 0:
        raise TypeError("a 0-d tensor cannot be iterated over; for its value write t.item()")
    self._values("iteration")
    return (ops.getitem(self, i) for i in range(len(self)))


def _in_place(name: str, instead: str) -> Callable[..., Any]:
    def refuse(self: Tensor, *args: Any, **options: Any) -> Any:
        raise TypeError(f"{name}() would change the tensor in place: the record would be wrong. Write {instead}")

    return refuse


def _attach(**attributes: Any) -> None:
    for name, attribute in attributes.items():
        setattr(Tensor, name, attribute)


for _name, _function in _BINARY.items():
    _operate, _reflect = _operator(_function)
    _attach(**{f"__{_name}__": _operate, f"__r{_name}__": _reflect})
_attach(**{f"__{name}__": _operator(function)[0] for name, function in _COMPARISONS.items()})
_attach(**{f"__{name}__": _prefix(function) for name, function in _UNARY.items()})
_attach(**{name: NUMPY[getattr(np, name)] for name in _METHODS.split()})
_attach(
    __getitem__=ops.getitem,
    __iter__=_iterate,
    T=property(ops.transpose, doc="The tensor with its axes reversed."),
    mT=property(ops.matrix_transpose, doc="The tensor with its last two axes exchanged."),
    __round__=ops.round,
    astype=ops.astype,
    compress=lambda self, condition, axis=None: ops.compress(condition, self, axis),
    flatten=ops.ravel,
    reshape=_several(ops.reshape),
    transpose=_several(ops.transpose),
    sort=_in_place("sort", "np.sort(t)"),
    partition=_in_place("partition", "np.sort(t)"),
    fill=_in_place("fill", "np.full_like(t.data, value)"),
    put=_in_place("put", "ad.at(t)[indices].set(values)"),
    resize=_in_place("resize", "t.reshape(shape)"),
)
