"""Formulas: how Numba computes one element of an equation's result, with NumPy's edge values.

Arithmetic comes out in the same bits as NumPy's: nothing allows Numba to change its order, and numbers have the
dtype that NumPy computes in, because one of float64 would make all of float32 arithmetic twice as wide. Kernels do
not warn of divisions by zero and the like.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...node import Node
from ...primitive import is_declared
from ..literals import literal

# Of {0}, {1}, ..., the operands, and {T}, the dtype that NumPy computes in. The second of two equal numbers is
# the greater one, which tells 0.0 from −0.0; what is not a number is greater and less than any.
_ARITHMETIC = {
    "add": "{0} + {1}",
    "subtract": "{0} - {1}",
    "multiply": "{0} * {1}",
    "negative": "-{0}",
    "maximum": "{0} if {0} > {1} or {0} != {0} else {1}",
    "minimum": "{0} if {0} < {1} or {0} != {0} else {1}",
    "where": "{1} if {0} else {2}",
    "identity": "{0}",
    "positive": "{0}",
}
_FLOATS_ONLY = {
    "divide": "{0} / {1}",
    "reciprocal": "{T}(1) / {0}",
    "square": "{0} * {0}",
    "sqrt": "np.sqrt({0})",
    "absolute": "abs({0})",
    "fabs": "abs({0})",
    "sign": "{0} if {0} != {0} else {T}({0} > 0) - {T}({0} < 0)",
    "floor": "np.floor({0})",
    "ceil": "np.ceil({0})",
    "trunc": "np.trunc({0})",
    "rint": "np.rint({0})",
    "fmax": "{0} if {0} > {1} or {1} != {1} else {1}",
    "fmin": "{0} if {0} < {1} or {1} != {1} else {1}",
    "copysign": "np.copysign({0}, {1})",
    "heaviside": "{0} if {0} != {0} else {1} if {0} == 0 else {T}({0} > 0)",
    "scale": "{0} * {1} if {0} != 0 or np.isfinite({1}) else {0}",
    "ratio": "{0} / {1} if {0} != 0 or ({1} != 0 and np.isfinite({1})) else {0}",
}
_COMPARISONS = {
    "less": "{0} < {1}",
    "less_equal": "{0} <= {1}",
    "greater": "{0} > {1}",
    "greater_equal": "{0} >= {1}",
    "equal": "{0} == {1}",
    "not_equal": "{0} != {1}",
    "isnan": "{0} != {0}",
    "isfinite": "np.isfinite({0})",
    "isinf": "np.isinf({0})",
    "isposinf": "{0} == {T}(np.inf)",
    "isneginf": "{0} == {T}(-np.inf)",
    "signbit": "np.signbit({0})",
}
_TRUTH = {
    **dict.fromkeys(("bitwise_and", "logical_and"), "{0} and {1}"),
    **dict.fromkeys(("bitwise_or", "logical_or"), "{0} or {1}"),
    **dict.fromkeys(("bitwise_xor", "logical_xor"), "{0} != {1}"),
    **dict.fromkeys(("invert", "logical_not"), "not {0}"),
}
# One number at a time, where NumPy computes several at once; and how many nanoseconds more each takes.
_SLOW = {
    **dict.fromkeys(("exp", "exp2", "log", "log2", "sin", "cos"), 4),
    **dict.fromkeys(("log10", "log1p", "expm1", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "power"), 12),
    **dict.fromkeys(("tanh", "cbrt", "arcsinh", "arccosh", "arctanh", "arctan2", "float_power"), 20),
}
_CALLS = {
    **{name: f"np.{name}({{0}})" for name in (*_SLOW, "deg2rad", "radians", "rad2deg", "degrees")},
    **{name: f"np.{name}({{0}}, {{1}})" for name in ("arctan2", "hypot", "logaddexp", "logaddexp2")},
    "power": "{0} ** {1}",
    "float_power": "{0} ** {1}",
}
_TABLES = (_ARITHMETIC, _FLOATS_ONLY, _COMPARISONS, _TRUTH, _CALLS)
WIDE = (np.dtype(np.float32), np.dtype(np.float64))


def has_formula(node: Node) -> bool:
    """Whether Numba computes a node element by element as NumPy does."""
    if not is_declared(node.primitive) or not all(_is_known(each) for each in node.inputs):
        return False
    name, dtype = node.primitive.name, node.dtype
    if name in ("astype", "unit_rows"):
        return dtype in WIDE
    computed = computing_dtype(node)
    if name in _ARITHMETIC:
        if name == "where" and not (isinstance(node.inputs[0], Node) and node.inputs[0].dtype.kind == "b"):
            return False
        return dtype in (*WIDE, np.int64) and computed == dtype
    if name in _COMPARISONS:
        return computed in WIDE or (computed.kind == "i" and "{T}" not in _COMPARISONS[name])
    if name in _TRUTH:
        return computed.kind == "b"
    return (name in _FLOATS_ONLY or name in _CALLS) and dtype in WIDE


def is_slow(node: Node) -> bool:
    return node.primitive.name in _SLOW


def slowness(node: Node) -> int:
    """How many nanoseconds more the formula takes than NumPy, for all elements."""
    return _SLOW.get(node.primitive.name, 0) * int(np.prod(node.shape, dtype=int))


def formula(node: Node, operands: Sequence[str], last: str = "") -> str:
    """The expression for one element, of names or indexed arrays for the operands' elements.

    `last` counts along the last axis.
    """
    name = node.primitive.name
    if name == "astype":
        return f"{named(node.dtype)}({operands[0]})"
    if name == "unit_rows":
        return f"{named(node.dtype)}({operands[0]} == {last})"
    template = next(table[name] for table in _TABLES if name in table)
    return template.format(*operands, T=named(computing_dtype(node)))


def computing_dtype(node: Node) -> np.dtype[Any]:
    """The dtype that operands have when NumPy computes."""
    if node.dtype.kind == "f":
        return node.dtype
    inputs = node.inputs[1:] if node.primitive.name == "where" else node.inputs
    return np.result_type(*[each.dtype if isinstance(each, Node) else each for each in inputs])


def operand_dtype(node: Node, place: int) -> np.dtype[Any]:
    """The dtype that an operand is needed in."""
    if node.primitive.name in ("astype", "unit_rows"):
        return node.inputs[0].dtype if node.primitive.name == "astype" else np.dtype(np.int64)
    is_condition = node.primitive.name == "where" and place == 0
    return np.dtype(bool) if is_condition else computing_dtype(node)


def number(value: Any, dtype: np.dtype[Any]) -> str:
    """A number that is known, in a dtype, in as few digits as tell it."""
    known = np.asarray(value).reshape(()).astype(dtype)[()]
    if dtype == np.float32 and np.float32(float(str(known))) == known:
        text = ast.unparse(literal(float(str(known))))
    else:
        text = ast.unparse(literal(known.item()))
    return f"({text})" if dtype in (np.float64, np.int64, bool) else f"{named(dtype)}({text})"


def named(dtype: np.dtype[Any]) -> str:
    return ast.unparse(literal(np.dtype(dtype)))


def _is_known(value: Any) -> bool:
    """Whether an operand is of a dtype that Numba computes with."""
    if isinstance(value, Node):
        return value.dtype in WIDE or value.dtype.kind in "iub"
    return isinstance(value, (bool, int, float))
