"""Equations grouped into statements: what is small and used once is written where it is used."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..node import Node
from ..primitive import REGISTRY
from .kernels import Kernel
from .kernels.pieces import rows_of_piece
from .literals import literal
from .program import Program, value_of
from .spelling import spelled, ufunc_of, writes_out

SMALL = 2**15  # bytes; a smaller array is cheaper to make than to look after
WIDTH = 88  # of an expression


class Statement(NamedTuple):
    """One line: the node it computes, its expression, and the nodes that the expression reads."""

    node: Node
    expression: ast.expr
    reads: tuple[Node, ...]

    @property
    def nodes(self) -> tuple[Node, ...]:
        return (self.node,)

    @property
    def silent(self) -> bool:
        return self.node.silent

    def writes_out(self) -> bool:
        """Whether it can put its result into memory that is there."""
        return writes_out(self.expression)

    def may_replace(self, operand: Node, node: Node) -> bool:
        """Whether the result can be put in an operand's place."""
        return ufunc_of(self.expression) is not None


class Launch(NamedTuple):
    """The call of a kernel: its operands as they are written, and the nodes that these read."""

    kernel: Kernel
    operands: dict[Node, ast.expr]
    reads: tuple[Node, ...]

    @property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(self.kernel.outputs)

    @property
    def silent(self) -> bool:
        return False

    def writes_out(self) -> bool:
        return True

    def may_replace(self, operand: Node, node: Node) -> bool:
        """Whether an output can be put in an operand's place, which nothing else in the kernel looks at."""
        others = [each for each in self.kernel.operands if each is not operand]
        is_seen_once = all(base_of(each) is not operand for each in others)
        return operand in self.kernel.operands and is_seen_once and self.kernel.may_replace(operand, node)


def is_view(node: Node) -> bool:
    """Whether a node's array is a window on that of its first input."""
    if node.primitive is REGISTRY["getitem"]:
        parts = (node.params or {})["index"]
        parts = parts if isinstance(parts, tuple) else (parts,)
        return all(each is None or each is Ellipsis or isinstance(each, (int, np.integer, slice)) for each in parts)
    if node.primitive is REGISTRY["einsum"]:
        operands, _, result = (node.params or {})["subscripts"].partition("->")
        return len(node.inputs) == 1 and set(operands) <= set(result)  # else it adds up
    return any(node.primitive is REGISTRY[name] for name in ("reshape", "transpose", "broadcast_to", "windows"))


def base_of(node: Node) -> Node:
    """The node whose array a view looks at."""
    while node.primitive is not None and is_view(node):
        node = node.inputs[0]
    return node


def nbytes(node: Node) -> int:
    return int(np.prod(node.shape, dtype=int)) * node.dtype.itemsize


def is_written_out(node: Node) -> bool:
    """Whether a constant is a number, and written where it is used."""
    return node.value is not None and node.primitive is None and node.value.ndim == 0


class Grouping:
    """The statements of a program, from its equations and kernels in order, and the names in them."""

    def __init__(self, program: Program, units: Sequence[Node | Kernel], name_of: Callable[[Node], str]) -> None:
        self.name_of = name_of
        self.statements: list[Statement | Launch] = []
        self._uses = program.uses()
        self._inside = {node for each in units if isinstance(each, Kernel) for node in each.nodes}
        self._ends = set(program.ends()) | {leaf for leaf, _ in program.writes}
        self._written: dict[Node, tuple[ast.expr, tuple[Node, ...]]] = {}
        for each in units:
            if isinstance(each, Kernel):
                self._launch(each)
            else:
                self._add(each)

    def _launch(self, kernel: Kernel) -> None:
        written = {each: self.operand(each) for each in kernel.operands}
        reads = tuple([node for _, read in written.values() for node in read])
        self.statements.append(Launch(kernel, {each: text for each, (text, _) in written.items()}, reads))

    def _add(self, node: Node) -> None:
        expression, reads = self._expression(node)
        if self._is_inlined(node, expression):
            self._written[node] = expression, reads
        else:
            self.statements.append(Statement(node, expression, reads))

    def _expression(self, node: Node) -> tuple[ast.expr, tuple[Node, ...]]:
        operands: list[ast.expr] = []
        reads: list[Node] = []
        for each in node.inputs:
            text, read = self.operand(each, node)
            operands.append(text)
            reads += read
        return spelled(node, operands), tuple(reads)

    def operand(self, value: Any, user: Node | None = None) -> tuple[ast.expr, tuple[Node, ...]]:
        """How an input is written, and which nodes that reads."""
        if not isinstance(value, Node):
            return literal(value), ()
        if value in self._written:
            return self._written[value]
        if is_written_out(value):
            return _constant(value, user), ()
        return ast.Name(self.name_of(value)), (value,)

    def _is_inlined(self, node: Node, expression: ast.expr) -> bool:
        uses = self._uses[node]
        if node in self._ends or len(uses) != 1 or node.silent != uses[0].silent:
            return False
        if node.name and not node.unsaid:
            return False
        is_cheap = is_view(node) or (max(nbytes(node), nbytes(uses[0])) <= SMALL and not self._needs_arrays(uses[0]))
        return is_cheap and len(ast.unparse(expression)) <= WIDTH

    def _needs_arrays(self, user: Node) -> bool:
        """Whether what an equation reads is made before it: for kernels, and for products that are made in pieces."""
        goes_on = self._inside.intersection(self._uses[user])
        return user in self._inside or bool(goes_on and rows_of_piece(user))


def _constant(node: Node, user: Node | None) -> ast.expr:
    """A number as Python's where that keeps the dtype, else as NumPy's."""
    assert node.value is not None
    others = [each for each in user.inputs if isinstance(each, Node) and value_of(each) is None] if user else []
    is_weak = node.value.ndim == 0 and node.dtype.kind == "f" and any(each.dtype == node.dtype for each in others)
    if is_weak and user is not None and user.primitive.kind == "elementwise":
        return literal(float(node.value))
    return literal(node.value)
