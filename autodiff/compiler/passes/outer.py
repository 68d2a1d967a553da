"""Large products of a column and a row, as one example gives them, elementwise, which kernels join with the update.

Of such a product, with nothing to add up, BLAS makes several passes over memory. It starts from 0, which turns −0.0
into 0.0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...node import Node
from ..program import Program, equation, rewritten
from .matching import made_by, primitive

LARGE = 2**12  # elements; below that all take about as long, and a product reads as the derivation does


def spread(program: Program) -> Program:
    """The program with elementwise products in place of those of a column and a row."""
    return rewritten(program, _multiply)


def _multiply(node: Node, inputs: tuple[Any, ...]) -> Node | None:
    if not made_by(node, "matmul") or any(len(each.shape) != 2 for each in inputs):
        return None
    x, y = inputs
    is_outer = x.shape[1] == 1 and int(np.prod(node.shape, dtype=int)) >= LARGE
    is_float = node.dtype.kind == "f" and x.dtype == y.dtype == node.dtype
    return equation(primitive("multiply"), inputs, None, node) if is_outer and is_float else None
