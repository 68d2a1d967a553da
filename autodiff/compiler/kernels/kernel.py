"""A kernel: equations that one loop computes, and which of their values need arrays.

The loop goes over the rows of a shape, and inside of each over its elements, once for each stage: what needs the
sum of a row is in a later stage than the sum. Values pass from equation to equation as single numbers; one that a
later stage reads, or something outside, is put into an array.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple

import numpy as np

from ...node import Node
from ...primitive import REGISTRY


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
    """Equations in their order with their places, stages, and what comes in and goes out."""

    def __init__(self, nodes: list[Node], places: dict[Node, Place], needed: set[Node]) -> None:
        self.nodes = nodes
        self.shape = places[nodes[0]].shape
        self._levels = {node: places[node].level for node in nodes}
        self.users: dict[Any, list[Node]] = {}
        for node in nodes:
            for each in node.inputs:
                if isinstance(each, Node):
                    self.users.setdefault(each, []).append(node)
        self.stages = self._stages()
        self.outputs = [node for node in nodes if node in needed or self._is_read_later(node)]
        self.operands = [each for each in self.users if each not in self._levels and not is_number(each)]

    def __contains__(self, node: Any) -> bool:
        return isinstance(node, Node) and node in self._levels

    def level(self, node: Node) -> Level:
        return self._levels[node]

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

    def _is_read_later(self, node: Node) -> bool:
        is_element = self.level(node) is Level.ELEMENT
        return is_element and any(self.stage_of_use(each) > self.stages[node] for each in self.users.get(node, ()))

    def stage_of_use(self, user: Node) -> int:
        """The stage in which an equation reads elements."""
        return self.stages[user] - self._ends_stage(user)

    @property
    def is_flat(self) -> bool:
        """Whether the loop can go through all arrays in the order of their memory."""
        if len(self.shape) < 2:
            return False
        is_plain = all(
            level is Level.ELEMENT or (level is Level.END and size(node) == 1) for node, level in self._levels.items()
        )
        return is_plain and all(each.shape == self.shape or size(each) == 1 for each in self.operands)

    def may_replace(self, operand: Node, output: Node) -> bool:
        """Whether an output can be put in an operand's place: nothing reads the operand's element after that."""
        if not operand.shape:
            return True  # it comes as a number
        is_same = operand.shape == output.shape == self.shape and self.level(output) is Level.ELEMENT
        users = self.users.get(operand, ())
        return is_same and all(self.stage_of_use(each) <= self.stages[output] for each in users)


def is_reduction(node: Node) -> bool:
    return any(node.primitive is REGISTRY[name] for name in ("sum", "max", "min"))


def axes_of(reduction: Node) -> set[int]:
    """The axes that a reduction goes over."""
    axis, ndim = (reduction.params or {}).get("axis"), len(reduction.inputs[0].shape)
    return set(range(ndim)) if axis is None else {int(each) % ndim for each in np.atleast_1d(axis)}


def is_number(value: Any) -> bool:
    """Whether an input is one number that is known."""
    if not isinstance(value, Node):
        return True
    return value.primitive is None and value.value is not None and size(value) == 1


def size(node: Node) -> int:
    return int(np.prod(node.shape, dtype=int))
