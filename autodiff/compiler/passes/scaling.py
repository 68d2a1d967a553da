"""Factors moved to where the least is multiplied: c · (A B) is (c · A) B, and c · (d · x) is (c · d) · x.

Results change by rounding. A factor is a number or array that the program knows, or one number outside, such as the
rate of a training step, of which the program knows what it is now.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...node import Node
from ..program import Captured, Program, called, constant, equation, rewritten, value_of
from .matching import made_by


def scaled(program: Program) -> Program:
    """The program with numbers multiplied first, and with factors in the smaller operand of a product."""
    single = program.used_once()

    def scale(node: Node, inputs: tuple[Any, ...]) -> Node | None:
        if not made_by(node, "multiply") or node.dtype == np.float16:  # whose range two moderate factors leave
            return None
        for old, factor, x in ((node.inputs[1], *inputs), (node.inputs[0], *inputs[::-1])):
            if not isinstance(x, Node) or x.dtype != node.dtype or x.shape != node.shape or old not in single:
                continue
            now = _now(program, factor)
            if now is not None and _is_moderate(now):
                return _combined(node, factor, x) or _into_product(node, factor, x, now)
        return None

    return rewritten(program, scale)


def _now(program: Program, factor: Any) -> Any:
    """What a factor is, or where it is one number outside, what it is now; else None."""
    source = program.inputs.get(factor) if isinstance(factor, Node) else None
    if isinstance(source, Captured) and factor.shape == () and factor.dtype.kind == "f":
        return np.asarray(getattr(source.value, "_array", source.value))
    return value_of(factor)


def _is_moderate(factor: Any) -> bool:
    """Whether moving a factor neither overflows nor underflows, but for numbers that are close to it anyway."""
    return bool(np.all((np.abs(factor) >= 2.0**-20) & (np.abs(factor) <= 2.0**20)))


def _combined(node: Node, factor: Any, x: Node) -> Node | None:
    """One factor for two."""
    if value_of(factor) is None or not made_by(x, "multiply"):
        return None
    for second, rest in (x.inputs, x.inputs[::-1]):
        if value_of(second) is None or not _is_moderate(value_of(second)):
            continue
        if isinstance(rest, Node) and rest.dtype == node.dtype:
            product = np.asarray(value_of(factor)) * np.asarray(value_of(second))
            return equation(node.primitive, (constant(product.astype(node.dtype)), rest), None, node)
    return None


def _into_product(node: Node, factor: Any, x: Node, now: Any) -> Node | None:
    """The factor in the smaller operand of a matrix product, if that is smaller than the result."""
    if not made_by(x, "matmul") or np.ndim(now):
        return None
    sizes = [int(np.prod(each.shape, dtype=int)) for each in x.inputs]
    place = int(np.argmin(sizes))
    if sizes[place] >= int(np.prod(node.shape, dtype=int)):
        return None
    operands = list(x.inputs)
    operands[place] = called(node.primitive, (factor, operands[place]), None, operands[place])
    return equation(x.primitive, operands, None, node)
