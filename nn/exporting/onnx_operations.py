"""The primitives in terms of ONNX: one declaration each, which writes the nodes that compute it.

A declaration is a function of what writes nodes (see `Writing`), the names of the operands, and the primitive's
parameters; it gives the name of the result. What it cannot express it refuses by a NotImplementedError.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from autodiff.node import Node

from .equations import Equation
from .onnx_graph import Writing
from .onnx_indexing import at, gathered

Write = Callable[..., str]


class Operation(NamedTuple):
    """How a primitive is written, and in which dtypes it wants its operands."""

    write: Write
    dtypes: Callable[[Equation], Sequence[np.dtype[Any]]]


OPERATIONS: dict[str, Operation] = {}
_BOOL, _INT = np.dtype(bool), np.dtype(np.int64)


# Dtypes of operands, which ONNX wants to be the same where NumPy promotes.


def _dtype(operand: Any) -> Any:
    return operand.dtype if isinstance(operand, Node) else operand


def of_result(equation: Equation) -> list[np.dtype[Any]]:
    return [equation.dtype] * len(equation.inputs)


def promoted(equation: Equation) -> list[np.dtype[Any]]:
    common = np.result_type(*[_dtype(each) for each in equation.inputs])
    return [common] * len(equation.inputs)


def as_given(equation: Equation) -> list[np.dtype[Any]]:
    return [np.result_type(_dtype(each)) for each in equation.inputs]


def _declare(name: str, dtypes: Any = of_result) -> Callable[[Write], Write]:
    def declare(write: Write) -> Write:
        OPERATIONS[name] = Operation(write, dtypes)
        return write

    return declare


# Where ONNX has the same operation


def _same(write: Writing, *operands: str, op: str, logical: str = "", **attributes: Any) -> str:
    """The operation, and on truth values the logical one that NumPy means by it."""
    return write(logical if logical and write.dtype == _BOOL else op, *operands, **attributes)


_ELEMENTWISE = {
    "absolute": "Abs", "fabs": "Abs", "negative": "Neg", "sign": "Sign", "floor": "Floor", "ceil": "Ceil",
    "rint": "Round", "subtract": "Sub", "divide": "Div", "reciprocal": "Reciprocal", "power": "Pow",
    "float_power": "Pow", "sqrt": "Sqrt", "exp": "Exp", "log": "Log", "sin": "Sin", "cos": "Cos", "tan": "Tan",
    "arcsin": "Asin", "arccos": "Acos", "arctan": "Atan", "sinh": "Sinh", "cosh": "Cosh", "tanh": "Tanh",
    "arcsinh": "Asinh", "arccosh": "Acosh", "arctanh": "Atanh", "sigmoid": "Sigmoid", "softplus": "Softplus",
    "erf": "Erf", "relu": "Relu", "matmul": "MatMul",
}  # fmt: skip
for _name, _op in _ELEMENTWISE.items():
    _declare(_name)(partial(_same, op=_op))

_LOGICAL = {
    "add": ("Add", "Or"), "multiply": ("Mul", "And"), "maximum": ("Max", "Or"), "minimum": ("Min", "And"),
    "bitwise_and": ("BitwiseAnd", "And"), "bitwise_or": ("BitwiseOr", "Or"), "bitwise_xor": ("BitwiseXor", "Xor"),
    "invert": ("BitwiseNot", "Not"),
}  # fmt: skip
for _name, (_op, _logical) in _LOGICAL.items():
    _declare(_name)(partial(_same, op=_op, logical=_logical))

_COMPARISONS = {
    "equal": "Equal", "less": "Less", "less_equal": "LessOrEqual", "greater": "Greater",
    "greater_equal": "GreaterOrEqual", "isnan": "IsNaN", "isinf": "IsInf",
}  # fmt: skip
for _name, _op in _COMPARISONS.items():
    _declare(_name, promoted)(partial(_same, op=_op))

for _name, _op in {"and": "And", "or": "Or", "xor": "Xor", "not": "Not"}.items():
    _declare(f"logical_{_name}")(partial(_same, op=_op))

_declare("isposinf", promoted)(partial(_same, op="IsInf", detect_negative=0))
_declare("isneginf", promoted)(partial(_same, op="IsInf", detect_positive=0))


# Where it takes others, each to rounding


_declare("identity")(lambda write, x: x)
_declare("positive")(lambda write, x: x)
_declare("square")(lambda write, x: write("Mul", x, x))
_declare("exp2")(lambda write, x: write("Pow", 2, x))


@_declare("not_equal", promoted)
def _not_equal(write: Writing, x: str, y: str) -> str:
    return write("Not", write("Equal", x, y))


@_declare("isfinite", promoted)
def _isfinite(write: Writing, x: str) -> str:
    return write("Not", write("Or", write("IsNaN", x), write("IsInf", x)))


@_declare("trunc")
def _trunc(write: Writing, x: str) -> str:
    return write("Mul", write("Sign", x), write("Floor", write("Abs", x)))


def _remainder(write: Writing, x: str, y: str) -> str:
    """With the sign of the divisor, as in Python; ONNX has that for whole numbers only."""
    if write.dtype.kind != "f":
        return write("Mod", x, y)
    left = write("Mod", x, y, fmod=1)
    opposite = write("Less", write("Mul", write("Sign", left), write("Sign", y)), 0)
    return write("Where", opposite, write("Add", left, y), left)


_declare("remainder")(_remainder)
_declare("fmod")(partial(_same, op="Mod", fmod=1))


@_declare("floor_divide")
def _floor_divide(write: Writing, x: str, y: str) -> str:
    """What is left of x without the remainder, divided: a whole number but for rounding."""
    whole = write("Div", write("Sub", x, _remainder(write, x, y)), y)
    return write("Round", whole) if write.dtype.kind == "f" else whole


@_declare("cbrt")
def _cbrt(write: Writing, x: str) -> str:
    return write("Mul", write("Sign", x), write("Pow", write("Abs", x), 1 / 3))


@_declare("expm1")
def _expm1(write: Writing, x: str) -> str:
    """tanh(x / 2) · (exp x + 1): no digits cancel near 0."""
    return write("Mul", write("Tanh", write("Mul", x, 0.5)), write("Add", write("Exp", x), 1))


@_declare("log1p")
def _log1p(write: Writing, x: str) -> str:
    """log(1 + x), put right by what 1 + x rounds off (Goldberg, What every computer scientist should know, 1991)."""
    plus = write("Add", x, 1)
    small = write("Min", x, 1)  # beyond 1 the rounding does not matter, and infinity would be divided by itself
    kept = write("Sub", write("Add", small, 1), 1)
    near = write("Equal", kept, 0)
    right = write("Mul", write("Log", plus), write("Div", small, write("Where", near, 1, kept)))
    return write("Where", near, x, right)


def _scaled(write: Writing, x: str, factor: float, op: str | None = None) -> str:
    return write("Mul", write(op, x) if op else x, factor)


_declare("log2")(partial(_scaled, factor=1 / math.log(2), op="Log"))
_declare("log10")(partial(_scaled, factor=1 / math.log(10), op="Log"))
for _name in ("deg2rad", "radians", "rad2deg", "degrees"):
    _declare(_name)(partial(_scaled, factor=math.pi / 180 if _name in ("deg2rad", "radians") else 180 / math.pi))


@_declare("where", lambda e: [_BOOL, e.dtype, e.dtype])
def _where(write: Writing, condition: str, x: str, y: str) -> str:
    return write("Where", condition, x, y)


@_declare("astype", as_given)
def _astype(write: Writing, x: str, dtype: Any) -> str:
    return write.cast(x, write.dtype, dtype)


# Reductions; each takes its axes as an operand


def _axes(axis: Any) -> list[Any]:
    """The operand that tells the axes; none for all of them."""
    if axis is None:
        return []
    return [np.array(axis if isinstance(axis, (tuple, list)) else [axis], np.int64)]


def _reduced(write: Writing, x: str, axis: Any = None, keepdims: bool = False, *, op: str) -> str:
    return x if axis == () else write(op, x, *_axes(axis), keepdims=int(keepdims))


for _name, _op in {
    "sum": "ReduceSum", "mean": "ReduceMean", "max": "ReduceMax", "min": "ReduceMin", "logsumexp": "ReduceLogSumExp",
}.items():  # fmt: skip
    _declare(_name)(partial(_reduced, op=_op))


def _over_truth(write: Writing, x: str, axis: Any = None, keepdims: bool = False, *, op: str) -> str:
    """Any and all, as the greatest and the least of 0 and 1."""
    numbers = write.cast(x, _BOOL, np.int32)
    return write.cast(_reduced(write, numbers, axis, keepdims, op=op), np.dtype(np.int32), bool)


_declare("any")(partial(_over_truth, op="ReduceMax"))
_declare("all")(partial(_over_truth, op="ReduceMin"))


def _place(write: Writing, x: str, axis: Any = None, keepdims: bool = False, *, op: str) -> str:
    """Where the greatest or the least is; the first of several."""
    flat = x if axis is not None else write("Reshape", x, np.array([-1]))
    return write(op, flat, axis=0 if axis is None else axis, keepdims=int(keepdims and axis is not None))


_declare("argmax", as_given)(partial(_place, op="ArgMax"))
_declare("argmin", as_given)(partial(_place, op="ArgMin"))


@_declare("cumsum")
def _cumsum(write: Writing, x: str, axis: int) -> str:
    return write("CumSum", x, np.int64(axis))


def _softmax(write: Writing, x: str, axis: Any, *, op: str) -> str:
    axes = axis if isinstance(axis, tuple) else (axis,)
    if len(axes) == 1 and axes[0] is not None:
        return write(op, x, axis=axes[0])
    operand = _axes(axis)
    total = write("ReduceLogSumExp", x, *operand, keepdims=1)
    logarithm = write("Sub", x, total)
    return logarithm if op == "LogSoftmax" else write("Exp", logarithm)


_declare("softmax")(partial(_softmax, op="Softmax"))
_declare("log_softmax")(partial(_softmax, op="LogSoftmax"))


# Products and shapes


@_declare("einsum")
def _einsum(write: Writing, *xs: str, subscripts: str) -> str:
    return write("Einsum", *xs, equation=subscripts)


@_declare("reshape")
def _reshape(write: Writing, x: str, shape: Any) -> str:
    sides = write.equation.shape
    open_sides = [i for i, side in enumerate(sides) if not isinstance(side, int)]
    if len(open_sides) == 1 and 0 not in sides:
        return write("Reshape", x, np.array([side if isinstance(side, int) else -1 for side in sides], np.int64))
    return write("Reshape", x, write.sizes(sides), allowzero=1)


@_declare("transpose")
def _transpose(write: Writing, x: str, axes: Any) -> str:
    count = len(write.equation.shape)
    order = range(count)[::-1] if axes is None else [each % count for each in axes]
    return write("Transpose", x, perm=list(order)) if count > 1 else x


@_declare("broadcast_to")
def _broadcast_to(write: Writing, x: str, shape: Any) -> str:
    return write("Expand", x, write.sizes(write.equation.shape))


@_declare("concatenate")
def _concatenate(write: Writing, *xs: str, axis: int) -> str:
    return write("Concat", *xs, axis=axis)


_declare("getitem")(at)
_declare("take_at", lambda e: [e.dtype, _INT])(gathered)


@_declare("checked_rows", lambda e: [_INT])
def _checked_rows(write: Writing, rows: str, count: int) -> str:
    """ONNX counts negative numbers from the end; here they point behind it, for the runtime to refuse them."""
    return write("Where", write("Less", rows, 0), count, rows)
