"""Which nodes of a graph share a box: those of a folded scope, or the middle of a very long graph."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from ..graph import Graph
from ..node import Node
from .diagram import Scope

MOST = 300  # boxes, and
LONGEST = 2500  # rows that all arrows together pass: of more, Graphviz would make minutes and no reader sense
ENDS = 15  # what is left of a folded graph at either end


def scopes_of(graph: Graph) -> dict[Node, Scope]:
    """The scope of each node; a parameter belongs where all that use it do."""
    scopes = {node: tuple(node.scope.split("/")) if node.scope else () for node in graph}
    users: dict[Node, list[Scope]] = {}
    for node in graph:
        for each in node.inputs:
            if isinstance(each, Node) and each.primitive is None and each.differentiable:
                users.setdefault(each, []).append(scopes[node])
    return scopes | {leaf: _common(found) for leaf, found in users.items() if not scopes[leaf]}


def _common(scopes: list[Scope]) -> Scope:
    first, last = min(scopes), max(scopes)
    same = [a == b for a, b in zip(first, last, strict=False)] + [False]
    return first[: same.index(False)]


class Folding:
    """For each node the key of its box, which nodes of a folded scope share."""

    def __init__(self, graph: Graph, depth: int | None, sides: int = 1) -> None:
        self.graph, self.sides = graph, sides
        self.scopes = scopes_of(graph)
        self.notes: list[str] = []
        deepest = max(map(len, self.scopes.values()), default=0)
        self.depth = deepest if depth is None else min(depth, deepest)
        self.keys = self._folded()
        while depth is None and self.depth and self._is_too_large():
            self.depth -= 1
            self.keys = self._folded()
        if depth is None and self.depth < deepest:
            self.notes.append(f"{len(graph):,} nodes: scopes are folded from depth {self.depth} on")
        if self._is_too_large():
            self._fold_middle()

    def _folded(self) -> dict[Node, str]:
        keys = {}
        places: dict[Scope, int] = {}
        for place, node in enumerate(self.graph):
            scope = self.scopes[node][: self.depth + 1]
            is_own = len(scope) <= self.depth
            keys[node] = f"n{place}" if is_own else f"s{places.setdefault(scope, len(places))}"
        return keys

    def _is_too_large(self) -> bool:
        return len(set(self.keys.values())) > MOST or self.sides * self._length() > LONGEST

    def _length(self) -> int:
        """How many rows the arrows pass, with each box as far up as it can be, and a leaf above its first user."""
        rows: dict[str, int] = {}
        lengths: dict[tuple[str, str], int] = {}
        for node in self.graph:
            key = self.keys[node]
            sources = {self.keys[each] for each in node.inputs if isinstance(each, Node)} - {key}
            if sources:
                rows[key] = max([rows.get(key, 1), *(rows.get(each, 0) + 1 for each in sources)])
                lengths |= {(each, key): rows[key] - rows.setdefault(each, rows[key] - 1) for each in sources}
        return sum(each for each in lengths.values() if each > 0)

    def _fold_middle(self) -> None:
        """One box for all but the first and the last; in the order of creation no way leads out and in again."""
        order = list(dict.fromkeys(self.keys[node] for node in self.graph))
        outputs = {self.keys[node] for node in self.graph.outputs[:ENDS]}
        middle = {key for key in order[ENDS:-ENDS] if key not in outputs}
        if not middle:
            return
        for node, key in self.keys.items():
            if key in middle:
                self.keys[node] = "middle"
        self.notes.append(
            f"{len(self.graph):,} nodes: all but about the first and the last {ENDS} are folded into one box"
        )

    def groups(self) -> dict[str, list[Node]]:
        """The nodes of each box, in order."""
        found: dict[str, list[Node]] = {}
        for node, key in self.keys.items():
            found.setdefault(key, []).append(node)
        return found


def summary(nodes: Iterable[Node]) -> list[str]:
    """What a folded box holds: how many operations of which kind, how many parameters."""
    counts = Counter(node.primitive.name for node in nodes if node.primitive)
    common = [f"{name} {count:,}" if count > 1 else name for name, count in counts.most_common(4)]
    more = ["…"] if len(counts) > 4 else []
    parameters = [node for node in nodes if node.primitive is None and node.differentiable]
    size = sum(math.prod(node.shape) for node in parameters)
    lines = [f"{_plural(counts.total(), 'operation')}: {', '.join(common + more)}"] if counts else []
    return lines + ([f"{_plural(len(parameters), 'parameter')}, {_plural(size, 'number')}"] if parameters else [])


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"
