"""Algebraic identities that keep every bit: x · 1, −(−x), (xᵀ)ᵀ, x², a + (−b).

Left alone is what only looks like one: x + 0 turns −0.0 into 0.0, x · 0 loses NaN, and x − max x is
there for a reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...node import Node
from ...ops.reduce import kept_shape
from ...primitive import is_declared
from ..program import Program, called, constant, equation, rewritten, value_of
from .matching import is_number, made_by, primitive, same_kind, transposition

Inputs = tuple[Any, ...]


def simplified(program: Program) -> Program:
    """The program with each equation in the simplest form that an identity gives."""
    return rewritten(program, _simplify)


def _simplify(node: Node, inputs: Inputs) -> Node | None:
    rule = _RULES.get(node.primitive.name) if is_declared(node.primitive) else None
    return rule(node, inputs) if rule else None


def _itself(node: Node, inputs: Inputs) -> Any:
    return inputs[0] if same_kind(inputs[0], node) else None


def _add(node: Node, inputs: Inputs) -> Node | None:
    """a + (−b) and (−b) + a are a − b, unless −b wraps around as a narrower integer."""
    for first, second in (inputs, inputs[::-1]):
        if made_by(second, "negative") and second.dtype == node.dtype:
            return equation(primitive("subtract"), (first, second.inputs[0]), None, node)
    return None


def _subtract(node: Node, inputs: Inputs) -> Any:
    x, y = inputs
    if is_number(y, 0.0, 0) and same_kind(x, node):
        return x
    if made_by(y, "negative") and y.dtype == node.dtype:
        return equation(primitive("add"), (x, y.inputs[0]), None, node)
    return None


def _multiply(node: Node, inputs: Inputs) -> Any:
    for x, y in (inputs, inputs[::-1]):
        if is_number(y, 1) and same_kind(x, node):
            return x
        if is_number(y, -1) and same_kind(x, node) and node.dtype.kind == "f":
            return equation(primitive("negative"), (x,), None, node)
    if node.dtype.kind != "f":
        return None
    if inputs[0] is inputs[1] and node.shape:
        return equation(primitive("square"), inputs[:1], None, node)
    return _factor_of_negative(node, inputs)


def _factor_of_negative(node: Node, inputs: Inputs) -> Node | None:
    """(−x) · y is x · (−y) where −y is a number."""
    for x, y in (inputs, inputs[::-1]):
        if made_by(x, "negative") and x.dtype.kind == "f" and (minus := _negated(y)) is not None:
            return equation(node.primitive, (minus, x.inputs[0]), None, node)
    return None


def _divide(node: Node, inputs: Inputs) -> Any:
    return inputs[0] if is_number(inputs[1], 1) and same_kind(inputs[0], node) else None


def _negative(node: Node, inputs: Inputs) -> Any:
    """−(−x) is x, −(a − b) is b − a but for the sign of 0, so it stays; a factor takes the sign."""
    (x,) = inputs
    if made_by(x, "negative"):
        return x.inputs[0] if same_kind(x.inputs[0], node) else None
    if not made_by(x, "multiply", "divide") or node.dtype.kind != "f":
        return None
    factor, other = x.inputs
    if (minus := _negated(factor)) is not None:
        return equation(x.primitive, (minus, other), None, node)
    if (minus := _negated(other)) is not None:
        return equation(x.primitive, (factor, minus), None, node)
    return None


def _negated(value: Any) -> Any:
    """−value of a known factor; None of an integer that has no negative: 0, or one that would wrap around."""
    if isinstance(value, Node):
        return constant(-value.value) if value_of(value) is not None and value.dtype.kind == "f" else None
    return -value if isinstance(value, float) or value else None


def _power(node: Node, inputs: Inputs) -> Node | None:
    """As `x ** y` of an array decides by itself."""
    x, y = inputs
    names = {2: "square", 0.5: "sqrt", -1: "reciprocal", 1: "positive"}
    if isinstance(y, (int, float)) and y in names and isinstance(x, Node) and x.dtype.kind == "f" and node.shape:
        return equation(primitive(names[y]), (x,), None, node)
    return None


def _scale(node: Node, inputs: Inputs) -> Node | None:
    """Plain multiplication, where neither a g of 0 nor an infinite factor can be."""
    g, factor = inputs
    known_g, known_factor = _values(g), _values(factor)
    if (known_g is not None and np.all(known_g)) or (known_factor is not None and np.isfinite(known_factor).all()):
        return equation(primitive("multiply"), inputs, None, node)
    return None


def _ratio(node: Node, inputs: Inputs) -> Node | None:
    known = _values(inputs[1])
    if known is not None and np.all(known) and np.isfinite(known).all():
        return equation(primitive("divide"), inputs, None, node)
    return None


def _values(value: Any) -> Any:
    """What is known of an input's values, also behind a broadcast."""
    while made_by(value, "broadcast_to", "reshape"):
        value = value.inputs[0]
    return value_of(value)


def _reshape(node: Node, inputs: Inputs) -> Any:
    (x,) = inputs
    if same_kind(x, node):
        return x
    kept = _sum_that_keeps(x, node.shape)
    if kept is not None:
        return equation(x.primitive, x.inputs, kept, node)
    source = x.inputs[0] if made_by(x, "reshape") else x
    shape = node.shape
    return (
        None
        if source is x and node.params == {"shape": shape}
        else equation(node.primitive, (source,), {"shape": shape}, node)
    )


def _sum_that_keeps(x: Any, shape: tuple[int, ...]) -> dict[str, Any] | None:
    """The parameters of a sum that gives `shape` at once, with `keepdims`."""
    if not made_by(x, "sum", "max", "min"):
        return None
    params = {**(x.params or {}), "keepdims": True}
    return params if kept_shape(x.inputs[0].shape, params["axis"]) == shape else None


def _transpose(node: Node, inputs: Inputs) -> Any:
    (x,) = inputs
    axes = transposition(node)
    if axes == tuple(range(len(axes))):
        return x
    if made_by(x, "transpose"):
        inner = transposition(x)
        return called(node.primitive, (x.inputs[0],), {"axes": tuple(inner[axis] for axis in axes)}, node)
    is_reversed = axes == tuple(range(len(axes)))[::-1]
    wanted = None if is_reversed else axes
    return None if (node.params or {})["axes"] == wanted else equation(node.primitive, (x,), {"axes": wanted}, node)


def _sum(node: Node, inputs: Inputs) -> Any:
    """An axis as a number, where it is one."""
    axis = (node.params or {}).get("axis")
    if isinstance(axis, tuple) and len(axis) == 1:
        return equation(node.primitive, inputs, {**(node.params or {}), "axis": axis[0]}, node)
    return None


_RULES: dict[str, Callable[[Node, Inputs], Node | None]] = {
    "add": _add, "subtract": _subtract, "multiply": _multiply, "divide": _divide, "negative": _negative,
    "power": _power, "scale": _scale, "ratio": _ratio, "reshape": _reshape, "transpose": _transpose, "sum": _sum,
    "astype": _itself, "identity": _itself, "positive": _itself, "broadcast_to": _itself,
}  # fmt: skip
