"""Fusion: which equations become one loop.

An equation has a place: the shape that its loop goes over, and how far inside of it stands. Values pass from one
equation of a loop to another without an array, except where that would need what the loop has not finished yet:
there a new loop has to begin. Equations with as many such beginnings before them, in loops over one shape, never
wait for each other, and so those that share values make one kernel.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from ...node import Node
from ...primitive import REGISTRY
from ..draws import draw
from ..program import Program
from .formulas import WIDE, has_formula, slowness
from .kernel import Kernel, Level, Place, axes_of, is_extreme, is_reduction, size
from .pieces import rows_of_piece

CALL = 1500  # nanoseconds: what a call of NumPy's costs that divides a kernel into two
MOST = 8  # readers of one array that come together for that alone
SHORT = 128  # elements, whose maximum is faster inside a loop


def fused(program: Program) -> list[Node | Kernel]:
    """The equations in an order that works, those that a kernel computes together as one."""
    places = placed(program)
    uses = program.uses()
    ends = {*program.ends()}
    units: list[Node | Kernel] = []
    for nodes in _groups(program, places):
        if nodes[0] not in places or not _pays(nodes, places, uses):
            units += nodes
        else:
            inside = set(nodes)
            needed = {node for node in nodes if node in ends or not inside.issuperset(uses[node])}
            units.append(Kernel(nodes, _settled(nodes, places), needed))
    return _ordered(program, units)


def _pays(nodes: list[Node], places: dict[Node, Place], uses: dict[Node, list[Node]]) -> bool:
    """Whether a kernel is faster than NumPy: for two equations, of single numbers for more, and for a sum."""
    first = nodes[0]
    if len(nodes) > 1:
        return bool(places[first].shape) or len(nodes) > 3
    return first.primitive is REGISTRY["sum"] or any(
        isinstance(each, Node) and rows_of_piece(each) and uses[each] == nodes for each in first.inputs
    )


def _settled(nodes: list[Node], places: dict[Node, Place]) -> dict[Node, Place]:
    """The places of a group; what follows from a sum, but not in one kernel with it, is a loop of its own."""
    if any(places[node].level is Level.ELEMENT or is_reduction(node) for node in nodes):
        return {node: places[node] for node in nodes}
    return {node: Place(node.shape, Level.ELEMENT) for node in nodes}


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
    known = [each for each in node.inputs if each in places and each.shape == node.shape]
    for place in map(places.__getitem__, known):  # what follows a sum stays in the loop that computes the sum
        if place.level is Level.ROW or (place.level is Level.END and size(node) == 1):
            return place if slowness(node) <= CALL + math.prod(place.shape) else None
    return Place(node.shape, Level.ELEMENT) if slowness(node) <= CALL else None


def _place_of_reduction(node: Node) -> Place | None:
    """Where a sum is, and a maximum or minimum of short rows."""
    x = node.inputs[0]
    if not isinstance(x, Node) or x.dtype != node.dtype or node.dtype not in WIDE or size(x) == size(node):
        return None
    axes, last = axes_of(node), len(x.shape) - 1
    is_of_rows = axes == {last} and x.shape[last] != 1
    if is_extreme(node) and not (is_of_rows and 0 < x.shape[last] <= SHORT):
        return None
    if is_of_rows:
        return Place(x.shape, Level.ROW)
    return Place(x.shape, Level.END) if size(node) == 1 or last not in axes else None


# Groups


def _groups(program: Program, places: dict[Node, Place]) -> list[list[Node]]:
    """Equations that belong together: those that pass values on to each other, or read the same array."""
    equations = program.equations()
    depths = _depths(equations, places)
    sets = _Sets()
    readers: dict[tuple[Node, int], list[Node]] = {}
    for node in places:
        for each in {*node.inputs}:
            if each in depths and depths[each] == depths[node] and not _is_border(each, node, places):
                sets.join(each, node)
            if isinstance(each, Node) and each.shape and each.shape == places[node].shape:
                readers.setdefault((each, depths[node]), []).append(node)
    for first, *others in readers.values():
        for each in others if len(others) < MOST else ():
            sets.join(each, first)
    groups: dict[Node, list[Node]] = {}
    for node in equations:
        groups.setdefault(sets.first(node), []).append(node)
    return list(groups.values())


def _depths(equations: list[Node], places: dict[Node, Place]) -> dict[Node, int]:
    """How many borders lie before an equation, which is put off until it is needed.

    What nothing needs waits for what else is made of the same values.
    """
    users: dict[Node, list[Node]] = {node: [] for node in equations}
    earliest: dict[Node, int] = {}
    for node in equations:
        before = [each for each in node.inputs if each in users]
        earliest[node] = max((earliest[each] + _is_border(each, node, places) for each in before), default=0)
        for each in before:
            users[each].append(node)
    depths = _put_off(earliest, users, places)
    for node in equations:
        if not users[node]:
            near = [each for each in node.inputs if each in users and not _is_border(each, node, places)]
            beside = [user for each in near for user in users[each] if not _is_border(each, user, places)]
            earliest[node] = max([earliest[node], *(depths[user] for user in beside)])
    return _put_off(earliest, users, places)


def _put_off(earliest: dict[Node, int], users: dict[Node, list[Node]], places: dict[Node, Place]) -> dict[Node, int]:
    depths: dict[Node, int] = {}
    for node in reversed(earliest):
        later = [depths[user] - _is_border(node, user, places) for user in users[node]]
        depths[node] = min(later, default=earliest[node])
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
    """Disjoint sets of equations, joined bit by bit."""

    def __init__(self) -> None:
        self._parents: dict[Node, Node] = {}

    def first(self, item: Node) -> Node:
        """What stands for the set of an item."""
        passed = []
        while item in self._parents:
            passed.append(item)
            item = self._parents[item]
        self._parents.update(dict.fromkeys(passed, item))
        return item

    def join(self, item: Node, other: Node) -> None:
        first, second = self.first(item), self.first(other)
        if first is not second:
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
    for first, second in pairwise(draws):
        waiting[owner[second]].add(owner[first])
