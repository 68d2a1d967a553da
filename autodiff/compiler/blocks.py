"""Blocks: elementwise statements on large arrays, some rows at a time.

One after the other, they would fetch each array from memory for each statement. Of a block, what is between
its first and its last statement stays in the cache.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from ..node import Node
from .program import Program
from .spelling import ufunc_of
from .statements import Launch, Statement, base_of
from .variables import Variables

SIZE = 2**15  # elements of a block's rows: of float32, five such arrays fit into a second-level cache of 1 MB


class Block(NamedTuple):
    """Statements on arrays of one shape; `pieces` tell what holds a result that is not needed outside.

    That is an array of some rows, or the variable that the next result goes to.
    """

    statements: tuple[Statement, ...]
    pieces: dict[Node, Node]

    @property
    def outer(self) -> tuple[Node, ...]:
        return tuple([each.node for each in self.statements if each.node not in self.pieces])

    @property
    def nodes(self) -> tuple[Node, ...]:
        return (*(each for each in dict.fromkeys(self.pieces.values()) if each.shape != self.shape), *self.outer)

    @property
    def reads(self) -> tuple[Node, ...]:
        made = {each.node for each in self.statements}
        return tuple([node for each in self.statements for node in each.reads if node not in made])

    @property
    def shape(self) -> tuple[int, ...]:
        return self.statements[0].node.shape

    @property
    def silent(self) -> bool:
        return False

    def writes_out(self) -> bool:
        return True

    def may_replace(self, operand: Node, node: Node) -> bool:
        """Whether a result can be put in the place of an operand, rows by rows: nothing may read that afterwards."""
        if node not in self.outer or operand.shape != self.shape:
            return False
        made = [each.node for each in self.statements].index(node)
        later = {base_of(each) for statement in self.statements[made + 1 :] for each in statement.reads}
        views = {each for each in self.reads if base_of(each) is operand and each is not operand}
        return operand not in later and not views


def blocked(statements: Sequence[Statement | Launch], program: Program) -> list[Statement | Launch | Block]:
    """The statements, with neighbours that work on arrays of one large shape as blocks."""
    places = _Places(program)
    found: list[Statement | Launch | Block] = []
    for rows, group in groupby(statements, _shape_of_block):
        run = list(group)
        if rows is None or len(run) < 2:
            found += run
        else:
            inside = [each for each in run if isinstance(each, Statement)]
            found.append(Block(tuple(inside), dict(places.of(inside))))
    return found


def rows_of(shape: tuple[int, ...]) -> int | None:
    """How many rows a block has at a time: a divisor of all, so that pieces are full; None where none fits."""
    most = SIZE // max(1, math.prod(shape[1:]))
    if not shape or shape[0] <= most:
        return None
    return next((rows for rows in range(most, most // 2, -1) if shape[0] % rows == 0), None)


def _shape_of_block(statement: Statement | Launch) -> tuple[int, ...] | None:
    """The shape of what a statement computes element by element, if it is worth a block."""
    if not isinstance(statement, Statement) or statement.silent or ufunc_of(statement.expression) is None:
        return None
    shape = statement.node.shape
    if rows_of(shape) is None:
        return None
    assert isinstance(statement.expression, ast.Call)
    operands = zip(statement.expression.args, statement.node.inputs, strict=True)
    whole = [isinstance(text, ast.Name) for text, each in operands if _shape(each) == shape]
    is_cut = all(whole) and len(whole) == sum(each.shape == shape for each in statement.reads)  # none is read otherwise
    fits = all(_shape(each) == shape or len(_shape(each)) < len(shape) for each in statement.node.inputs)
    return shape if is_cut and fits else None


def _shape(value: Any) -> tuple[int, ...]:
    return value.shape if isinstance(value, Node) else ()


class _Places:
    """Where a block's results go that are not needed outside."""

    def __init__(self, program: Program) -> None:
        self._uses = program.uses()
        self._ends = {*program.ends()}
        self._variables = Variables(program)

    def of(self, statements: Sequence[Statement]) -> Iterator[tuple[Node, Node]]:
        """For each, what holds it: in turn, as few arrays as possible; one may have held an operand."""
        made = {each.node for each in statements}
        last = {node: i for i, each in enumerate(statements) for node in each.reads}
        free: list[Node] = []
        holder: dict[Node, Node] = {}
        for i, each in enumerate(statements):
            free += [holder[node] for node in dict.fromkeys(each.reads) if node in holder and last[node] == i]
            node = each.node
            if node in self._ends or not made.issuperset(self._uses[node]):
                continue
            following = self._variables.after(node)
            if following is not None:
                yield node, following[1]
                continue
            holder[node] = next((one for one in reversed(free) if one.dtype == node.dtype), None) or _piece(node)
            free = [one for one in free if one is not holder[node]]
            yield node, holder[node]


def _piece(node: Node) -> Node:
    piece = Node((rows_of(node.shape) or 0, *node.shape[1:]), np.dtype(node.dtype), False, scope=node.scope)
    piece.name = "piece"
    return piece
