"""Both passes as steps, one operation each: what is computed, from what, and the arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..arithmetic import ELEMENTS, alone, element, spelled
from ..drawing.building import Builder
from ..drawing.numbers import lines
from ..node import Node
from ..notation import PRODUCT, Term, number
from ..rules import argument_names, trace
from ..values import arguments


def steps_of(builder: Builder) -> list[dict[str, Any]]:
    """The forward pass in order, then the backward pass; operations inside folded boxes are left out."""
    shown = [node for node in builder.graph if not builder.is_folded(builder.folding.keys[node])]
    forward = [_forward(builder, node) for node in shown if node.primitive]
    cotangents = builder.flow.cotangents if builder.flow else {}
    backward = [_backward(builder, node) for node in reversed(shown) if node.plan and node in cotangents]
    return forward + backward


def _forward(builder: Builder, node: Node) -> dict[str, Any]:
    key = builder.folding.keys[node]
    name = builder.graph.names[node]
    value = builder.values.get(node)
    arrows = enumerate(builder.diagram.arrows)
    return {
        "phase": "forward",
        "box": key,
        "arrows": [i for i, arrow in arrows if arrow.target == key and arrow.kind == "forward"],
        "equations": [builder.diagram.boxes[key].title],
        "arithmetic": spelled(alone(node, builder.values), name),
        "result": [] if value is None else [f"{name}:", *lines(value)],
    }


def _backward(builder: Builder, node: Node) -> dict[str, Any]:
    key = f"{builder.folding.keys[node]}b"
    name = builder.graph.names[node]
    arrows = enumerate(builder.diagram.arrows)
    return {
        "phase": "backward",
        "box": key,
        "arrows": [i for i, arrow in arrows if arrow.source == key and arrow.kind == "backward"],
        "equations": _equations(builder, node),
        "arithmetic": [*_parts(builder, node), *_sums(builder, node)],
        "result": [f"∂{name}:", *lines(builder.flow.cotangents[node])] if builder.flow else [],
    }


def _equations(builder: Builder, node: Node) -> list[str]:
    """The rules, with the name of this node's cotangent."""
    g = {"g": Term(f"∂{builder.graph.names[node]}")}
    names = argument_names(node, builder.graph.names) | g
    return [
        f"∂{builder.graph.names[node.inputs[edge.argument]]} {builder.sign(node.inputs[edge.argument])} "
        f"{builder.rules.text(node, edge, names)}"
        for edge in node.plan.edges
    ]


def _parts(builder: Builder, node: Node) -> Iterator[str]:
    """The arithmetic of each rule, with the pass's own numbers."""
    args = arguments(node, builder.values)
    saved = [builder.values.get(node) if i < 0 else args[i] for i in node.plan.keeps]
    if any(each is None for each in saved) or builder.flow is None:
        return
    for edge in node.plan.edges:
        traced = trace(node, edge, builder.flow.cotangents[node], saved)
        source = builder.graph.names[node.inputs[edge.argument]]
        if isinstance(traced, Node):
            yield from spelled(traced, f"∂{source}")


def _sums(builder: Builder, node: Node) -> Iterator[str]:
    """Where the last of several cotangents arrives: their sum."""
    for source in dict.fromkeys(node.parents()):
        users = [(user, i) for user in builder.graph for i, each in enumerate(user.inputs) if each is source]
        parts = [part for user in users if builder.flow and (part := builder.flow.parts.get(user)) is not None]
        if len(parts) < 2 or users[0][0] is not node or parts[0].size > ELEMENTS:
            continue
        for index in np.ndindex(source.shape):
            terms = " + ".join(number(part[index]).inside(PRODUCT) for part in parts)
            total = number(sum(part[index] for part in parts), 4).text
            yield f"∂{element(builder.graph.names[source], index)} = {terms} = {total}"
