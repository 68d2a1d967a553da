"""A kernel: equations that one loop computes, and which of their values need arrays.

The loop goes over the rows of a shape, and inside of each over its elements, once for each stage: what needs the
sum of a row is in a later stage than the sum. Values pass from equation to equation as single numbers. What is
needed outside is put into an array; what a later stage needs, too, if it takes long to compute again.
"""

from __future__ import annotations

from enum import Enum
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ...node import Node
from ...notation import is_call
from ...ops.indices import MARK
from ...primitive import REGISTRY
from .formulas import is_slow

SHORT_ROW = 32  # elements; of fewer, vector instructions leave too many over


class Level(Enum):
    """How far inside of the loop an equation stands."""

    ELEMENT = "computed for each element"
    ROW = "computed for each row: sums over the last axis, and what follows from them"
    END = "computed when the loop ends: other sums, and what follows from one number"


class Place(NamedTuple):
    """The shape that an equation's loop goes over, and the equation's level."""

    shape: tuple[int, ...]
    level: Level


class Kernel:
    """Equations in their order with their levels and stages, and what comes in and goes out."""

    def __init__(self, nodes: list[Node], places: dict[Node, Place], needed: set[Node]) -> None:
        self.nodes = nodes
        self.shape = places[nodes[0]].shape
        self._levels = {node: places[node].level for node in nodes}
        self.users: dict[Any, list[Node]] = {}
        for node in nodes:
            for each in node.inputs:
                if isinstance(each, Node):
                    self.users.setdefault(each, []).append(node)
        self.operands = [each for each in self.users if each not in self._levels and not is_number(each)]
        self.stages = self._stages()
        self._kept: set[Node] = set()
        self._last: dict[Node, int] = {}  # the last stage that reads a value
        for node in reversed(nodes):
            self._last[node] = self._last_read(node)
            is_read_later = self._last[node] > self.stages[node] and self.level(node) is Level.ELEMENT
            if node in needed or (is_read_later and is_slow(node)):
                self._kept.add(node)
        self.outputs = [node for node in nodes if node in self._kept]

    def __contains__(self, node: Any) -> bool:
        return isinstance(node, Node) and node in self._levels

    def level(self, node: Node) -> Level:
        return self._levels[node]

    def is_kept(self, node: Node) -> bool:
        """Whether a value is put into an array."""
        return node in self._kept

    def _stages(self) -> dict[Node, int]:
        """The earliest stage for each equation, but for elements the latest before one that needs them."""
        stages: dict[Node, int] = {}
        for node in self.nodes:
            stages[node] = max([stages[each] for each in node.inputs if each in self], default=0)
            stages[node] += self._ends_stage(node)
        for node in reversed(self.nodes):
            if self.level(node) is Level.ELEMENT and node in self.users:
                stages[node] = min(stages[each] - self._ends_stage(each) for each in self.users[node])
        return stages

    def _ends_stage(self, node: Node) -> bool:
        """Whether a value is there when a stage is through the row."""
        return self.level(node) is Level.ROW and is_reduction(node)

    def stage_of_use(self, user: Node) -> int:
        """The stage in which an equation reads elements."""
        return self.stages[user] - self._ends_stage(user)

    def _last_read(self, value: Node) -> int:
        """The last stage that reads a value; what is not kept is computed again, from what it was made of."""
        again = [self._last[user] for user in self.users.get(value, ()) if user not in self._kept]
        return max([*map(self.stage_of_use, self.users.get(value, ())), *again], default=0)

    @cached_property
    def is_flat(self) -> bool:
        """Whether one loop goes through all arrays in the order of their memory, as pays where rows are short."""
        if len(self.shape) < 2 or self.shape[-1] >= SHORT_ROW:
            return False
        is_plain = all(
            level is Level.ELEMENT or (level is Level.END and size(node) == 1) for node, level in self._levels.items()
        )
        return is_plain and all(each.shape == self.shape or size(each) == 1 for each in self.operands)

    def may_replace(self, operand: Node, output: Node) -> bool:
        """Whether an output can be put in an operand's place: nothing reads the operand's element after that."""
        if not operand.shape:
            return True  # it comes as a number
        if operand.shape != output.shape:
            return False
        if self.level(output) is Level.ELEMENT:
            return operand.shape == self.shape and self._last_read(operand) <= self.stages[output]
        is_alike = len(operand.shape) == len(self.shape)  # else its axes are the first ones for a row, and the last
        return self.level(output) is Level.ROW and is_alike and operand.shape[:-1] == self.shape[:-1]


def is_reduction(node: Node) -> bool:
    """Whether an equation needs all elements of a row, or all that there are."""
    return node.primitive is REGISTRY["sum"] or is_extreme(node) or is_pick(node)


def is_extreme(node: Node) -> bool:
    return node.primitive is REGISTRY["max"] or node.primitive is REGISTRY["min"]


def is_pick(node: Node) -> bool:
    """Whether an equation takes from each row the element that a label names: `x[np.arange(len(x)), labels]`."""
    if node.primitive is not REGISTRY["take_at"]:
        return False
    x, labels = node.inputs
    if len(x.shape) != 2 or not isinstance(labels, Node) or not is_call(labels, "checked_labels"):
        return False
    rows, *rest = (node.params or {})["index"]
    is_counting = isinstance(rows, np.ndarray) and np.array_equal(rows, np.arange(x.shape[0]))
    return is_counting and rest == [MARK] and labels.params == {"classes": x.shape[1]}


def axes_of(reduction: Node) -> set[int]:
    """The axes that a reduction goes over."""
    ndim = len(reduction.inputs[0].shape)
    axis = -1 if is_pick(reduction) else (reduction.params or {}).get("axis")
    return set(range(ndim)) if axis is None else {int(each) % ndim for each in np.atleast_1d(axis)}


def is_number(value: Any) -> bool:
    """Whether an input is one number that is known."""
    if not isinstance(value, Node):
        return True
    return value.primitive is None and value.value is not None and size(value) == 1


def size(node: Node) -> int:
    return int(np.prod(node.shape, dtype=int))
