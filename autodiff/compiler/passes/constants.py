"""Constant folding: what depends on nothing but constants is computed once."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...node import Node
from ..draws import draw
from ..program import Program, constant, rewritten, value_of
from .matching import made_by

_MOST = 2**16  # bytes of a constant; a larger one is rather computed


def folded(program: Program) -> Program:
    """The program with constants in place of what is known beforehand."""
    return rewritten(program, _fold)


def _fold(node: Node, inputs: tuple[Any, ...]) -> Node | None:
    values = [value_of(each) for each in inputs]
    if node.primitive is draw or any(each is None for each in values) or _grows(node, values):
        return None
    with np.errstate(all="ignore"):
        made = constant(node.primitive.run(*values, **(node.params or {})), node.scope)
    return made if (made.shape, made.dtype) == (node.shape, node.dtype) else None


def _grows(node: Node, values: list[Any]) -> bool:
    """Whether a result is large, or the same number many times: a broadcast is best left to where it is used."""
    size = int(np.prod(node.shape, dtype=int))
    return size * node.dtype.itemsize > _MOST or (made_by(node, "broadcast_to") and size > 1)
