"""Fusion: which equations become one loop.

An equation has a place: the shape that its loop goes over, and how far inside of it stands. Values pass from one
equation of a loop to another without an array, except where that would need what the loop has not finished yet:
there a new loop has to begin. Equations with as many such beginnings before them, in loops over one shape, never
wait for each other, and so those that share values make one kernel.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Any, NamedTuple

from ...node import Node
from ...primitive import REGISTRY
from ..draws import draw
from ..program import Program
from .formulas import WIDE, has_formula, is_slow
from .kernel import Kernel, Level, Place, axes_of, is_reduction, size

FEW = 64  # elements, of which slow functions are faster inside a loop than as a call of NumPy's
SHORT = 128  # elements, whose maximum is faster inside a loop


def fused(program: Program) -> list[Node | Kernel]:
    """The equations in an order that works, those that a kernel computes together as one."""
    places = placed(program)
    uses = program.uses()
    ends = {*program.ends()}
    units: list[Node | Kernel] = []
    for nodes in _groups(program, places):
        if nodes[0] not in places or not _pays(nodes):
            units += nodes
        else:
            inside = set(nodes)
            needed = {node for node in nodes if node in ends or not inside.issuperset(uses[node])}
            units.append(Kernel(nodes, {node: places[node] for node in nodes}, needed))
    return _ordered(program, units)


def _pays(nodes: list[Node]) -> bool:
    """Whether a kernel is faster than NumPy: for a sum by itself, and for any two equations."""
    return len(nodes) > 1 or nodes[0].primitive is REGISTRY["sum"]


# Places


def placed(program: Program) -> dict[Node, Place]:
    """The places of all equations that a loop can compute."""
    places: dict[Node, Place] = {}
    for node in program.equations():
        place = _place(node, places)
        if place is not None:
            places[node] = place
    return places


def _place(node: Node, places: dict[Node, Place]) -> Place | None:
    if is_reduction(node):
        return _place_of_reduction(node)
    if not has_formula(node):
        return None
    for each in node.inputs:  # what follows a sum stays in the loop that computes the sum
        place = places.get(each)
        if place is not None and place.level is not Level.ELEMENT and each.shape == node.shape:
            if place.level is Level.ROW or size(node) == 1:
                return place
    return None if is_slow(node) and size(node) > FEW else Place(node.shape, Level.ELEMENT)


def _place_of_reduction(node: Node) -> Place | None:
    """Where a sum is, and a maximum or minimum of short rows."""
    (x,) = node.inputs
    if not isinstance(x, Node) or x.dtype != node.dtype or node.dtype not in WIDE or size(x) == size(node):
        return None
    axes, last = axes_of(node), len(x.shape) - 1
    is_of_rows = axes == {last} and x.shape[last] != 1
    if node.primitive is not REGISTRY["sum"] and not (is_of_rows and 0 < x.shape[last] <= SHORT):
        return None
    if is_of_rows:
        return Place(x.shape, Level.ROW)
    return Place(x.shape, Level.END) if size(node) == 1 or last not in axes else None


# Groups


def _groups(program: Program, places: dict[Node, Place]) -> list[list[Node]]:
    """Equations that belong together, each with those that it shares values with."""
    equations = program.equations()
    depths = _depths(equations, places)
    sets = _Sets()
    for node in equations:
        place = places.get(node)
        for each in node.inputs if place else ():
            if not isinstance(each, Node):
                continue
            if depths.get(each) == depths[node] and not _is_border(each, node, places):
                sets.join(each, node)
            if each.shape == place.shape and each.shape:  # type: ignore[union-attr]  # the loop is empty without
                sets.join((each, place.shape, depths[node]), node)  # type: ignore[union-attr]
    groups: dict[Any, list[Node]] = {}
    for node in equations:
        groups.setdefault(sets.first(node), []).append(node)
    return list(groups.values())


def _depths(equations: list[Node], places: dict[Node, Place]) -> dict[Node, int]:
    """How many borders lie before an equation; those that have time are put off until they are needed."""
    depths: dict[Node, int] = {}
    for node in equations:
        before = [each for each in node.inputs if each in depths]
        depths[node] = max((depths[each] + _is_border(each, node, places) for each in before), default=0)
    latest: dict[Node, int] = {}
    for node in reversed(equations):
        depths[node] = latest.get(node, depths[node])
        for each in node.inputs:
            if each in depths:
                bound = depths[node] - _is_border(each, node, places)
                latest[each] = min(latest.get(each, bound), bound)
    return depths


def _is_border(first: Node, second: Node, places: dict[Node, Place]) -> bool:
    """Whether an equation needs the finished array of another."""
    before, after = places.get(first), places.get(second)
    if before is None or after is None or before.shape != after.shape:
        return True
    if before.level is Level.ELEMENT:
        return False
    if before.level is Level.ROW and after.level is Level.ELEMENT:  # each row gets its own number
        return len(before.shape) != len(first.shape) and len(before.shape) > 1
    return before.level is not after.level or is_reduction(second) or first.shape != second.shape


class _Sets:
    """Disjoint sets, joined bit by bit."""

    def __init__(self) -> None:
        self._parents: dict[Any, Any] = {}

    def first(self, item: Any) -> Any:
        """What stands for the set of an item."""
        passed = []
        while item in self._parents:
            passed.append(item)
            item = self._parents[item]
        self._parents.update(dict.fromkeys(passed, item))
        return item

    def join(self, item: Any, other: Any) -> None:
        first, second = self.first(item), self.first(other)
        if first != second:
            self._parents[first] = second


# The order


class _Turn(NamedTuple):
    """When a unit comes, at the earliest: after its last equation in the order of the function."""

    number: int
    unit: int


def _ordered(program: Program, units: list[Node | Kernel]) -> list[Node | Kernel]:
    """The units so that each comes after what it needs, else as the function has them; draws keep their order."""
    members = [unit.nodes if isinstance(unit, Kernel) else [unit] for unit in units]
    owner = {node: i for i, nodes in enumerate(members) for node in nodes}
    waiting: list[set[int]] = [{owner[each] for each in _needed(nodes, owner)} - {i} for i, nodes in enumerate(members)]
    _keep_draws_in_order(program, owner, waiting)
    followers: dict[int, list[int]] = {}
    for i, before in enumerate(waiting):
        for each in before:
            followers.setdefault(each, []).append(i)
    ready = [_Turn(nodes[-1].number, i) for i, nodes in enumerate(members) if not waiting[i]]
    heapq.heapify(ready)
    ordered = []
    while ready:
        i = heapq.heappop(ready).unit
        ordered.append(units[i])
        for each in followers.get(i, ()):
            waiting[each].discard(i)
            if not waiting[each]:
                heapq.heappush(ready, _Turn(members[each][-1].number, each))
    return ordered


def _needed(nodes: list[Node], owner: dict[Node, int]) -> Iterator[Node]:
    for node in nodes:
        yield from (each for each in node.inputs if each in owner)


def _keep_draws_in_order(program: Program, owner: dict[Node, int], waiting: list[set[int]]) -> None:
    draws = [node for node in program.equations() if node.primitive is draw]
    for first, second in zip(draws, draws[1:], strict=False):
        waiting[owner[second]].add(owner[first])
