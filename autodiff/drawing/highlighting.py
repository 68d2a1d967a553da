"""What carries a gradient to a parameter, or lies on a path: strong; all else: faint."""

from __future__ import annotations

import itertools
from typing import Any

from ..graph import Graph
from ..node import Node
from ..tensor import Tensor
from .diagram import Diagram


def highlight_boxes(diagram: Diagram, graph: Graph, wish: Any) -> None:
    """Mark the boxes and arrows between the nodes that are wished for."""
    stops = [_node(graph, each) for each in (wish if isinstance(wish, (list, tuple)) else [wish])]
    if not stops:
        raise ValueError("highlight is an empty list, expected a tensor, a name, or several")
    paths = [_after(graph, start) & set(Graph(end)) for start, end in itertools.pairwise(stops)]
    parts = [_keys(diagram, each) for each in paths or [_after(graph, stops[0])]]
    for box in diagram.boxes.values():
        box.emphasis = "strong" if any(box.key in keys for keys in parts) else "faint"
    for arrow in diagram.arrows:
        ends = {arrow.source, arrow.target}
        arrow.emphasis = "strong" if any(ends <= keys for keys in parts) else "faint"


def _keys(diagram: Diagram, chosen: set[Node]) -> set[str]:
    return {box.key for box in diagram.boxes.values() if chosen.intersection(box.nodes)}


def _node(graph: Graph, wish: Any) -> Node:
    """The node of a tensor, or of a name that the graph prints."""
    if isinstance(wish, str):
        found = next((node for node, name in graph.names.items() if name == wish), None)
    else:
        found = wish._node if isinstance(wish, Tensor) else wish
    if not isinstance(found, Node) or found not in graph.names:
        known = list(graph.names.values())
        shown = ", ".join(known[:20]) + (", …" if len(known) > 20 else "")
        raise ValueError(f"highlight: {wish!r} is not in this graph, whose names are {shown}")
    return found


def _after(graph: Graph, start: Node) -> set[Node]:
    """The node and all that is computed from it; of a tensor with a gradient, what sends one back to it."""
    found = {start}
    for node in graph:
        sources = node.parents() if start.differentiable else [each for each in node.inputs if isinstance(each, Node)]
        if not found.isdisjoint(sources):
            found.add(node)
    return found
