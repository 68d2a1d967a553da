"""Transposes folded into matrix products: (A Bᵀ)ᵀ is B Aᵀ, and a view costs nothing where a copy would."""

from __future__ import annotations

from typing import Any

from ...node import Node
from ..program import Program, called, rewritten
from .matching import made_by, primitive, transposition


def multiplied(program: Program) -> Program:
    """The program with products in place of transposed products."""
    single = program.used_once()

    def turn(node: Node, inputs: tuple[Any, ...]) -> Node | None:
        if not made_by(node, "transpose") or len(node.shape) != 2 or transposition(node) != (1, 0):
            return None
        product = inputs[0]
        if not made_by(product, "matmul") or node.inputs[0] not in single:
            return None
        x, y = product.inputs
        if len(x.shape) != 2 or len(y.shape) != 2:
            return None
        return called(product.primitive, (_transposed(y), _transposed(x)), None, node)

    return rewritten(program, turn)


def _transposed(x: Node) -> Node:
    if made_by(x, "transpose") and transposition(x) == (1, 0):
        return x.inputs[0]  # type: ignore[no-any-return]  # a node's inputs are nodes here
    return called(primitive("transpose"), (x,), {"axes": None}, x)
