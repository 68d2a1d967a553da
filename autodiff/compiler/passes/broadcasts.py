"""Broadcasts put off: an elementwise call broadcasts by itself, and what is equal is computed once."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...node import Node
from ..program import Program, called, equation, rewritten
from ..statements import is_view
from .matching import made_by, primitive


def narrowed(program: Program) -> Program:
    """The program with elementwise calls on what was not broadcast yet."""
    return rewritten(program, _narrow)


def _narrow(node: Node, inputs: tuple[Any, ...]) -> Node | None:
    if is_view(node) and made_by(inputs[0], "broadcast_to"):
        return _of_one_number(node, inputs[0].inputs[0])
    if 0 in node.shape:  # what is not broadcast yet may be something, of which a call may warn
        return None
    if node.primitive.kind != "elementwise" or not any(made_by(each, "broadcast_to") for each in inputs):
        return None
    sources = [each.inputs[0] if made_by(each, "broadcast_to") else each for each in inputs]
    shape = np.broadcast_shapes(*(each.shape for each in sources if isinstance(each, Node)))
    if shape == node.shape:
        return equation(node.primitive, sources, node.params, node)
    small = called(node.primitive, sources, node.params, node)
    return equation(primitive("broadcast_to"), (small,), {"shape": node.shape}, node)


def _of_one_number(node: Node, source: Node) -> Node | None:
    """However one number that is broadcast is looked at, it is that number, broadcast."""
    if int(np.prod(source.shape, dtype=int)) != 1:
        return None
    if source.shape:
        source = called(primitive("reshape"), (source,), {"shape": ()}, source)
    return equation(primitive("broadcast_to"), (source,), {"shape": node.shape}, node)
