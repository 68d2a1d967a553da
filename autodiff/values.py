"""The numbers behind a recorded graph: values of its nodes, and the cotangents that flow through it.

The graph keeps only what its rules name. The rest is computed again where all that it was made
from is known, and is otherwise unknown; inside `observe` everything is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .context import Observer, using
from .graph import Graph
from .guard import frozen
from .node import Node
from .ops import unbroadcast
from .plan import Edge
from .primitive import is_declared
from .reverse import sweep

Array = np.ndarray[Any, Any]


def values_of(graph: Graph) -> dict[Node, Array]:
    """The values that are known, or can be computed again, by node.

    Those of a leaf are as they were when an operation used it, whatever was written to it since.
    """
    known: dict[Node, Array] = {n: each._array for n, each in graph.tensors.items() if n.plan is not None}
    for node in graph:
        for source, value in _kept(node):
            known.setdefault(source, value)
    for node in graph:
        if node not in known:
            found = _unchanged(node) if node.primitive is None else _again(node, known)
            if found is not None:
                known[node] = found
    return known


def _kept(node: Node) -> Iterator[tuple[Node, Array]]:
    """Nodes and their values at the time of recording, as this node knows them."""
    if node.value is not None:
        yield node, node.value
    for position, value in arguments_of(node).items():
        source = node if position < 0 else node.inputs[position]
        if isinstance(source, Node) and value is not None:
            yield source, value


def arguments_of(node: Node) -> dict[int, Any]:
    """The arguments that a node has kept, by position; its result at -1."""
    found: dict[int, Any] = dict(enumerate(node.arguments or ()))
    if node.plan is not None and node.saved is not None:
        found.update(zip(node.plan.keeps, node.saved, strict=True))
    return found


def _unchanged(node: Node) -> Array | None:
    """The values of a leaf to which nobody can have written since it was made."""
    tensor = node.tensor() if node.tensor is not None else None
    return tensor._array if tensor is not None and frozen(tensor._array) else None


def _again(node: Node, known: dict[Node, Array]) -> Array | None:
    """A result computed again; None where an argument is unknown, or the function is the user's own."""
    args = arguments(node, known)
    if not is_declared(node.primitive) or any(each is None for each in args):
        return None
    with np.errstate(all="ignore"):
        return np.asarray(node.primitive.run(*args, **(node.params or {})))


def arguments(node: Node, known: dict[Node, Array]) -> list[Any]:
    """All arguments of a node: numbers and arrays, None for what is unknown."""
    kept = arguments_of(node)
    return [_argument(each, kept.get(i), known) for i, each in enumerate(node.inputs)]


def _argument(value: Any, kept: Any, known: dict[Node, Array]) -> Any:
    """One argument at the time of recording. What another operation knows of a leaf may be from another time."""
    if isinstance(value, (int, float)):
        return value
    if kept is not None or not isinstance(value, Node):
        return kept
    if value.primitive is None:
        return _unchanged(value)
    return known.get(value) if value.plan is not None else None  # a constant result can be written to


class Flow(Observer):
    """One reverse pass, looked at: the cotangent of each node, and what went along each edge.

    `cotangents` holds arrays by node, `parts` by node and argument. Both stay empty, and `hindrance` says
    why, where an earlier backward() has consumed the graph and nobody observed it, or a checkpoint has changed.
    """

    def __init__(self, graph: Graph, cotangents: Sequence[Any]) -> None:
        self.cotangents: dict[Node, Any] = {}
        self.parts: dict[tuple[Node, int], Any] = {}
        self.hindrance = ""
        outputs = [(node, g) for node, g in zip(graph.outputs, cotangents, strict=True) if node.differentiable]
        reached = graph.reached()
        consumed = [node for node in reached if node.plan is not None and node.saved is None]
        restored = [_restored(node) for node in consumed]
        if any(saved is None for saved in restored):
            self.hindrance = (
                "an earlier backward() has consumed the graph: draw before it, or write backward(retain_graph=True)"
            )
        if not outputs or self.hindrance:
            return
        for node, saved in zip(consumed, restored, strict=True):
            node.saved = saved
        try:
            with using(observers=(self,), recording=False), np.errstate(all="ignore"):
                self.cotangents.update(sweep(outputs, list(reached)))
        except RuntimeError as error:
            self.hindrance = str(error)
            self.parts.clear()
        finally:
            for node in consumed:
                node.saved = None

    def pulled(self, node: Node, edge: Edge, g: Any, saved: Sequence[Any], part: Any) -> None:
        source = node.inputs[edge.argument]
        sent = part if part.shape == source.shape else unbroadcast(part, source.shape)
        self.parts[node, edge.argument] = np.asarray(sent, source.dtype)


def _restored(node: Node) -> list[Any] | None:
    """What a consumed node had saved, if it was observed."""
    if node.arguments is None:
        return None
    return [node.value if i < 0 else node.arguments[i] for i in node.plan.keeps]
