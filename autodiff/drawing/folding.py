"""Which nodes of a graph share a box: those of a folded scope, or the middle of a very long graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ..graph import Graph
from ..node import Node
from .diagram import Scope

MOST = 300  # boxes; a graph of more nodes is folded


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
    """For each node the key of its box: a number of its own, or the name of the scope that it is folded into."""

    def __init__(self, graph: Graph, depth: int | None) -> None:
        self.scopes = scopes_of(graph)
        self.notes: list[str] = []
        deepest = max(map(len, self.scopes.values()), default=0)
        self.depth = deepest if depth is None else min(depth, deepest)
        self.keys = self._folded(graph)
        while depth is None and self.depth and self._count() > MOST:
            self.depth -= 1
            self.keys = self._folded(graph)
        if depth is None and self.depth < deepest:
            self.notes.append(f"{len(graph):,} nodes: scopes are folded from depth {self.depth} on")
        if self._count() > MOST:
            self._fold_middle(graph)

    def _folded(self, graph: Graph) -> dict[Node, str]:
        keys = {}
        for place, node in enumerate(graph):
            scope = self.scopes[node]
            keys[node] = f"n{place}" if len(scope) <= self.depth else "scope " + "/".join(scope[: self.depth + 1])
        return keys

    def _count(self) -> int:
        return len(set(self.keys.values()))

    def _fold_middle(self, graph: Graph) -> None:
        """One box for all but the first and the last; in the order of creation no way leads out and in again."""
        order = list(dict.fromkeys(self.keys[node] for node in graph))
        outputs = {self.keys[node] for node in graph.outputs}
        middle = {key for key in order[MOST // 2 : -MOST // 2] if key not in outputs}
        for node, key in self.keys.items():
            if key in middle:
                self.keys[node] = "middle"
        self.notes.append(f"{len(graph):,} nodes: all but the first and the last {MOST // 2} are folded into one box")

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
    size = sum(_size(node) for node in parameters)
    lines = [f"{_plural(counts.total(), 'operation')}: {', '.join(common + more)}"] if counts else []
    return lines + ([f"{_plural(len(parameters), 'parameter')}, {_plural(size, 'number')}"] if parameters else [])


def _size(node: Node) -> int:
    size = 1
    for side in node.shape:
        size *= side
    return size


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"
