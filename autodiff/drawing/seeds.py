"""The cotangents that a reverse pass starts from, as the user gave them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dispatch import plain
from ..graph import Graph
from ..node import Node
from ..tree import leaves, leaves_like


def graph_of(output: Any) -> Graph:
    """The graph itself, that of a compiled function, or the graph that leads to some tensors."""
    found = getattr(output, "graph", output)
    return found if isinstance(found, Graph) else Graph(output)


def seeds_of(graph: Graph, output: Any, cotangent: Any) -> list[Any]:
    """One for each output of the graph: from `cotangent`, in the structure of `output`, else ones."""
    if cotangent is None:
        return [np.ones(node.shape, node.dtype) for node in graph.outputs]
    given = _listed(graph, output, cotangent)
    if len(given) != len(graph.outputs):
        raise ValueError(f"got {len(given)} cotangents, expected one for each of {len(graph.outputs)} outputs")
    return list(map(_seed, graph.outputs, given))


def _listed(graph: Graph, output: Any, cotangent: Any) -> list[Any]:
    if isinstance(output, (list, tuple, dict)):
        return list(leaves_like(output, cotangent, "cotangent"))
    return [cotangent] if len(graph.outputs) == 1 else list(leaves(cotangent))


def _seed(node: Node, given: Any) -> Any:
    if given is None:
        return np.zeros(node.shape, node.dtype)
    if np.iscomplexobj(plain(given)):
        raise ValueError(f"the cotangent is {given!r}, expected real numbers")
    try:
        seed = np.asarray(plain(given), dtype=node.dtype)
    except (TypeError, ValueError):
        raise ValueError(f"the cotangent is {given!r}, expected an array of shape {node.shape}") from None
    if seed.shape != node.shape:
        raise ValueError(f"the cotangent has shape {seed.shape}, expected the output's, {node.shape}")
    return seed
