"""Common subexpressions: what is computed twice from the same is computed once."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from ...node import Node
from ..draws import draw
from ..program import Program, equation, rewritten


def shared(program: Program) -> Program:
    """The program with one equation in place of several equal ones."""
    known: dict[Hashable, Node] = {}

    def share(node: Node, inputs: tuple[Any, ...]) -> Node | None:
        if node.primitive is draw:
            return None
        key = (node.primitive, *map(_key, inputs), _key(node.params), node.silent)
        if key not in known:
            known[key] = equation(node.primitive, inputs, node.params, node)
        return known[key]

    return rewritten(program, share)


def _key(value: Any) -> Hashable:
    """What makes an input or a parameter equal to another."""
    if isinstance(value, Node):
        if value.primitive is None and value.value is not None:
            return value.shape, value.dtype, value.value.tobytes()
        return value
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype, value.tobytes()
    if isinstance(value, dict):
        return tuple([(key, _key(each)) for key, each in value.items()])
    if isinstance(value, (tuple, list)):
        return type(value), *map(_key, value)
    return type(value), repr(value)
