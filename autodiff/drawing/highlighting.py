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
    paths = [_behind(graph, start) & set(Graph(end)) for start, end in itertools.pairwise(stops)]
    chosen = set().union(*paths) if paths else _behind(graph, stops[0])
    keys = {box.key for box in diagram.boxes.values() if chosen.intersection(box.nodes)}
    for box in diagram.boxes.values():
        box.emphasis = "strong" if box.key in keys else "faint"
    for arrow in diagram.arrows:
        arrow.emphasis = "strong" if {arrow.source, arrow.target} <= keys else "faint"


def _node(graph: Graph, wish: Any) -> Node:
    """The node of a tensor, or of a name that the graph prints."""
    if isinstance(wish, str):
        found = next((node for node, name in graph.names.items() if name == wish), None)
    else:
        found = wish._node if isinstance(wish, Tensor) else wish
    if found not in graph.names:
        raise ValueError(f"highlight: {wish!r} is not in this graph, whose names are {', '.join(graph.names.values())}")
    return found


def _behind(graph: Graph, start: Node) -> set[Node]:
    """The node and all that is computed from it."""
    found = {start}
    for node in graph:
        if not found.isdisjoint(each for each in node.inputs if isinstance(each, Node)):
            found.add(node)
    return found
