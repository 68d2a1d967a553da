"""Sums as products with ones, and sums of products as scalar products: half the time or less, in fewer calls.

Results change by rounding, and a sum of −0.0 alone stays −0.0. BLAS adds up one after the other where NumPy
adds in pairs, so long sums stay NumPy's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...node import Node
from ...ops.reduce import axes_of
from ...primitive import Primitive
from ..program import Program, constant, equation, rewritten
from .matching import made_by, primitive

LONGEST = 4096  # numbers that a product adds up
vdot = Primitive("vdot", np.vdot, (None, None))


def summed(program: Program) -> Program:
    """The program with matrix products in place of sums."""
    single = program.used_once()
    ones: dict[Any, Node] = {}

    def add_up(node: Node, inputs: tuple[Any, ...]) -> Node | None:
        if not made_by(node, "sum") or node.dtype not in (np.float32, np.float64) or inputs[0].dtype != node.dtype:
            return None
        if all(inputs[0].shape[i] == 1 for i in axes_of((node.params or {})["axis"], len(inputs[0].shape))):
            return equation(primitive("reshape"), inputs, {"shape": node.shape}, node)
        is_whole = (node.params or {})["axis"] is None or len(inputs[0].shape) == 1
        if is_whole:
            return _of_product(node, inputs[0]) if node.inputs[0] in single and node.shape == () else None
        return _along(node, inputs[0], ones)

    return rewritten(program, add_up)


def _of_product(node: Node, x: Node) -> Node | None:
    """Σ x · y of two arrays of one shape."""
    factors = (x.inputs * 2)[:2] if made_by(x, "square", "multiply") else ()
    if int(np.prod(x.shape, dtype=int)) > LONGEST or not factors:
        return None
    if any(not isinstance(each, Node) or (each.shape, each.dtype) != (x.shape, x.dtype) for each in factors):
        return None
    return equation(vdot, factors, None, node)


def _along(node: Node, x: Node, ones: dict[Any, Node]) -> Node | None:
    """A sum over the rows or the columns of a matrix."""
    axis = (node.params or {})["axis"]
    if len(x.shape) != 2 or not isinstance(axis, int) or not 1 < x.shape[axis] <= LONGEST:
        return None
    side, keepdims = x.shape[axis], len(node.shape) == 2
    shape = ((side,), (1, side), (side, 1))[keepdims * (1 + axis % 2)]
    key = (shape, node.dtype)
    if key not in ones:
        ones[key] = constant(np.ones(shape, node.dtype))
        ones[key].name = "ones"
    operands = (ones[key], x) if axis % 2 == 0 else (x, ones[key])
    return equation(primitive("matmul"), operands, None, node)
