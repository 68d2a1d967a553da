"""Tiles: a matrix product and the kernel that uses it, a few rows at a time."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NamedTuple

from ..node import Node
from .blocks import Block
from .kernels.kernel import Level
from .kernels.pieces import rows_of_piece
from .program import Program
from .statements import Launch, Statement, base_of


class Tile(NamedTuple):
    """A product of which `piece` holds some rows at a time, and the call of the kernel that follows on each."""

    product: Statement
    launch: Launch
    piece: Node

    @property
    def nodes(self) -> tuple[Node, ...]:
        return (self.piece, *self.launch.nodes)

    @property
    def reads(self) -> tuple[Node, ...]:
        return (*self.product.reads, *(each for each in self.launch.reads if each is not self.product.node))

    @property
    def silent(self) -> bool:
        return False

    def writes_out(self) -> bool:
        return True

    def may_replace(self, operand: Node, node: Node) -> bool:
        is_factor = any(base_of(each) is operand for each in self.product.reads)
        return node is not self.piece and not is_factor and self.launch.may_replace(operand, node)


Step = Statement | Launch | Block | Tile


def tiled(statements: Sequence[Statement | Launch | Block], program: Program) -> list[Step]:
    """The statements with large products next to the kernels that use them."""
    uses, ends = program.uses(), {*program.ends()}
    products = {each.node: each for each in statements if isinstance(each, Statement) and _is_product(each)}
    steps: list[Step] = []
    taken: set[Node] = set()
    for each in statements:
        found = []
        if isinstance(each, Launch):
            found = [node for node in each.reads if node in products and _fits(node, each, uses[node], ends)]
        if isinstance(each, Launch) and found:
            steps.append(Tile(products[found[0]], each, _piece(found[0])))
            taken.add(found[0])
        else:
            steps.append(each)
    return [each for each in steps if taken.isdisjoint(each.nodes)]


def _is_product(statement: Statement) -> bool:
    """Whether a statement is a product, of arrays that are there, which has many rows."""
    call = statement.expression
    is_dot = isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "dot"
    if not is_dot or rows_of_piece(statement.node) is None:
        return False
    return {base_of(each) for each in statement.node.inputs} <= {base_of(each) for each in statement.reads}


def _fits(product: Node, launch: Launch, users: list[Node], ends: set[Node]) -> bool:
    """Whether a kernel alone uses a product, and can do with some rows of all that it works on."""
    kernel = launch.kernel
    is_plain = all(kernel.level(node) is Level.ELEMENT for node in kernel.nodes) and kernel.shape == product.shape
    is_alone = product not in ends and all(each in kernel for each in users)
    return is_plain and is_alone and all(len(each.shape) < 2 or each.shape == product.shape for each in kernel.operands)


def _piece(product: Node) -> Node:
    piece = Node((rows_of_piece(product) or 0, product.shape[1]), product.dtype, False, scope=product.scope)
    piece.name = product.name
    return piece
