"""A program's equations for any number of rows, from the programs for two."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autodiff.compiler.program import Captured, Program, value_of
from autodiff.dispatch import values
from autodiff.node import Node

from .rows import ROWS, Size, common

Shape = tuple[int | Size, ...]


_LIKELY = (
    f"it computes in another way for {ROWS[1]} rows than for {ROWS[0]}; a function that decides by the number of "
    "rows, or holds an array of them, is the likely cause"
)


class Equation(NamedTuple):
    """What one node of a program is, whatever the number of rows.

    `inputs` are nodes and numbers. `value` is the array of what the model holds, a weight or a constant, with sides
    of 1 where it is spread to `shape`.
    """

    node: Node
    inputs: tuple[Any, ...]
    params: dict[str, Any]
    shape: Shape
    value: Any = None

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.node.dtype


def told(node: Node) -> str:
    """What computes here, for errors."""
    layer = f"layer {node.scope!r}" if node.scope else "the model"
    return f"{layer} computes {node.primitive.name}" if node.primitive else f"{layer} holds an array"


def paired(first: Program, second: Program) -> list[Equation]:
    """The equations, inputs and constants that the programs for the two of ROWS share, in order.

    Raises ValueError where one program computes something else than the other.
    """
    few, many = first.nodes(), second.nodes()
    same = dict(zip(many, few, strict=False))
    if len(few) != len(many) or [same[each] for each in second.results] != list(first.results):
        raise ValueError(f"export: the model is no graph for all numbers of rows: {_LIKELY}")
    held = {**_arrays(first), **_arrays(second)}
    return [_equation(a, b, same, held) for a, b in zip(few, many, strict=True)]


def _arrays(program: Program) -> dict[Node, Any]:
    """What the inputs that the model holds have for values, and constants."""
    found = {node: node.value for node in program.nodes() if value_of(node) is not None}
    sources = {node: each.value for node, each in program.inputs.items() if isinstance(each, Captured)}
    return {**found, **{node: values(each) for node, each in sources.items()}}


def _equation(few: Node, many: Node, same: dict[Node, Node], held: dict[Node, Any]) -> Equation:
    """What two nodes are for any number of rows."""
    inputs = [same[each] if isinstance(each, Node) else each for each in many.inputs]
    try:
        if few.primitive is not many.primitive or few.dtype != many.dtype:
            raise ValueError("other operations")
        shape = common(few.shape, many.shape)
        joined = tuple(_operand(a, b) for a, b in zip(few.inputs, inputs, strict=True))
        value = _constant(held[few], held[many], shape) if few in held else None
        return Equation(few, joined, _common_params(few.params, many.params), shape, value)
    except ValueError as error:
        raise ValueError(f"export: {told(few)}, and {_LIKELY} ({error})") from None


def _common_params(few: dict[str, Any] | None, many: dict[str, Any] | None) -> dict[str, Any]:
    """Parameters with sizes where they go with the rows."""
    few, many = few or {}, many or {}
    if few.keys() != many.keys():
        raise ValueError("other parameters")
    return {name: common(each, many[name]) for name, each in few.items()}


def _operand(few: Any, many: Any) -> Any:
    if isinstance(few, Node) or isinstance(many, Node):
        if few is not many:
            raise ValueError("other operands")
        return few
    return common(few, many)


def _constant(few: Any, many: Any, shape: Shape) -> Any:
    """One array for both; where they have a side for the rows, and are the same along it, with 1 there."""
    if few is many or not isinstance(few, np.ndarray):
        return few
    along = tuple(slice(None, 1) if isinstance(side, Size) else slice(None) for side in shape)
    small = np.asarray(few[along])
    if any(not np.array_equal(np.broadcast_to(small, each.shape), each, equal_nan=True) for each in (few, many)):
        raise ValueError(f"an array of the shape {few.shape} for {ROWS[0]} rows")
    return small
