"""Where results go: into variables, into memory that is free again, or into arrays of their own.

A result that the caller gets is an array of its own, which the caller may keep. What is assigned to a
variable is written into the variable's array. Large results in between share as little memory as
possible: one takes the place of an operand that is not needed any more, or that of an older result.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..node import Node
from .program import Program
from .statements import SMALL, Statement, base_of, is_view, nbytes
from .tiles import Step
from .variables import Variables


class Buffer:
    """Memory that a program keeps from call to call; `nodes` are the results that it holds in turn."""

    def __init__(self, node: Node) -> None:
        self.size = int(np.prod(node.shape, dtype=int))
        self.dtype = node.dtype
        self.nodes: list[list[Node]] = []  # results that follow each other in place stand together


class Layout(NamedTuple):
    """For each result that has one: its buffer, or the variable that it is written into."""

    buffers: list[Buffer]
    places: dict[Node, Node]  # the result in whose place another is put; a variable stands for itself
    leftover: list[tuple[Node, Node]]  # writes that are done at the end

    def chain_of(self, node: Node) -> Node:
        """The result that a chain of results in place began with."""
        while node in self.places:
            node = self.places[node]
        return node


class Planner:
    """Goes through the statements once, and knows at each what is still needed."""

    def __init__(self, program: Program, statements: Sequence[Step]) -> None:
        self._program = program
        self._statements = statements
        self._layout = Layout([], {}, [])
        self._holder: dict[Node, Buffer] = {}
        self._free: list[Buffer] = []
        self._last = self._last_reads()
        self._kept = set(program.results)
        self._variables = Variables(program)
        self._maker = {node: each for each in statements for node in each.nodes}
        launches = [each for each in statements if not isinstance(each, Statement)]
        self._launched = {node for each in launches for node in each.reads if node.shape}
        self._launched |= {node for each in launches for node in each.nodes}

    def _last_reads(self) -> dict[Node, int]:
        """When each array is read for the last time; what the program is run for, after all statements."""
        last: dict[Node, int] = {}
        for i, statement in enumerate(self._statements):
            for node in (*statement.reads, *statement.nodes):
                last[node] = last[base_of(node)] = i
        end = len(self._statements)
        for node in self._program.results:
            last[node] = last[base_of(node)] = end
        for _, value in self._program.writes:
            if value.primitive is None or is_view(value):
                last[value] = last[base_of(value)] = end
        return last

    def layout(self) -> Layout:
        for i, statement in enumerate(self._statements):
            for node in statement.nodes:
                self._place(i, statement, node)
            self._release(i, statement)
        for leaf, value in self._program.writes:
            if self._layout.places.get(value) is not leaf:
                self._layout.leftover.append((leaf, value))
        return self._layout

    def _place(self, i: int, statement: Step, node: Node) -> None:
        if is_view(node) or node in self._kept or not statement.writes_out():
            return
        leaf = self._variable_for(i, statement, node) or self._variable_after(statement, node)
        if leaf is not None:
            self._layout.places[node] = leaf
            return
        if any(value is node for _, value in self._program.writes):
            self._last[node] = len(self._statements)  # it goes to its variable at the end
        if nbytes(node) > SMALL or node in self._launched:
            self._put(i, statement, node)

    def _variable_for(self, i: int, statement: Step, node: Node) -> Node | None:
        """The variable that gets this result, if nobody needs its old value any more."""
        targets = [leaf for leaf, value in self._program.writes if value is node]
        if len(targets) != 1 or self._last.get(targets[0], -1) > i:
            return None
        (leaf,) = targets
        reads_it = any(base_of(each) is leaf for each in statement.reads)
        return leaf if not reads_it or statement.may_replace(leaf, node) else None

    def _variable_after(self, statement: Step, node: Node) -> Node | None:
        """The variable that the next result goes to: this one makes room for it."""
        following = self._variables.after(node)
        if following is None or not isinstance(statement, Statement):
            return None
        value, leaf = following
        fits = statement.may_replace(leaf, node) and self._maker[value].may_replace(node, value)
        return leaf if fits and leaf in statement.reads else None

    def _put(self, i: int, statement: Step, node: Node) -> None:
        operand = self._operand_to_replace(i, statement, node)
        if operand is not None:
            buffer = self._holder[operand]
            self._layout.places[node] = operand
            buffer.nodes[-1].append(node)
        else:
            buffer = self._free_buffer(node)
            buffer.nodes.append([node])
        self._holder[node] = buffer

    def _operand_to_replace(self, i: int, statement: Step, node: Node) -> Node | None:
        """An operand that is read for the last time, and has the result's size."""
        for each in statement.reads:
            fits = each in self._holder and (each.shape, each.dtype) == (node.shape, node.dtype)
            if fits and self._last[each] == i and self._is_last_of_chain(each) and statement.may_replace(each, node):
                return each
        return None

    def _free_buffer(self, node: Node) -> Buffer:
        wanted = (int(np.prod(node.shape, dtype=int)), node.dtype)
        for buffer in self._free:
            if (buffer.size, buffer.dtype) == wanted:
                self._free.remove(buffer)
                return buffer
        buffer = Buffer(node)
        self._layout.buffers.append(buffer)
        return buffer

    def _release(self, i: int, statement: Step) -> None:
        """Memory of what was read for the last time is free for the statements that follow."""
        for node in dict.fromkeys(base_of(each) for each in (*statement.reads, *statement.nodes)):
            if node in self._holder and self._last[node] <= i and self._is_last_of_chain(node):
                self._free.append(self._holder.pop(node))

    def _is_last_of_chain(self, node: Node) -> bool:
        return self._holder[node].nodes[-1][-1] is node
