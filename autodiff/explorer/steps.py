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
from ..plan import Edge
from ..rules import argument_names, trace
from ..values import Flow, arguments


def steps_of(builder: Builder) -> list[dict[str, Any]]:
    """The forward pass in order, then the backward pass; operations inside folded boxes are left out."""
    shown = [node for node in builder.graph if not builder.is_folded(builder.folding.keys[node])]
    forward = [_forward(builder, node) for node in shown if node.primitive]
    if builder.flow is None:
        return forward
    back = _Backward(builder, builder.flow)
    return forward + [back.step(node) for node in reversed(shown) if node.plan and node in back.cotangents]


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
        "arithmetic": _calculated(spelled(alone(node, builder.values), name)),
        "given": [],
        "result": [] if value is None else [(f"{name} =", lines(value))],
    }


class _Backward:
    """The steps of the backward pass: from a cotangent that is given, the parts that go on along each edge."""

    def __init__(self, builder: Builder, flow: Flow) -> None:
        self.builder, self.flow, self.cotangents = builder, flow, flow.cotangents
        self.seeds = dict(zip(builder.graph.outputs, builder.seeds, strict=True))
        self.arrivals: dict[Node, list[tuple[Node, int]]] = {}
        for node, argument in flow.parts:  # in the order of the pass
            self.arrivals.setdefault(node.inputs[argument], []).append((node, argument))

    def step(self, node: Node) -> dict[str, Any]:
        key = f"{self.builder.folding.keys[node]}b"
        arrows = enumerate(self.builder.diagram.arrows)
        return {
            "phase": "backward",
            "box": key,
            "arrows": [i for i, arrow in arrows if arrow.source == key and arrow.kind == "backward"],
            "equations": self._equations(node),
            "arithmetic": [*self._parts(node), *self._sums(node)],
            "given": [(f"{self._name(node)} =", lines(self.cotangents[node]))],
            "result": list(self._results(node)),
        }

    def _name(self, node: Node) -> str:
        return f"∂{self.builder.graph.names[node]}"

    def _sources(self, node: Node) -> list[tuple[Edge, Node]]:
        return [(edge, node.inputs[edge.argument]) for edge in node.plan.edges]

    def _complete(self, node: Node) -> list[Node]:
        """The nodes to which the last of several cotangents comes from this one."""
        found = [each for each in dict.fromkeys(node.parents()) if self.arrivals[each][-1][0] is node]
        return [each for each in found if self.builder.signs[each] == "+="]

    def _equations(self, node: Node) -> list[str]:
        """The rules, with the name of this node's cotangent."""
        names = argument_names(node, self.builder.graph.names) | {"g": Term(self._name(node))}
        return [
            f"{self._name(source)} {self.builder.signs[source]} {self.builder.rules.text(node, edge, names)}"
            for edge, source in self._sources(node)
        ]

    def _parts(self, node: Node) -> Iterator[str]:
        """The arithmetic of each rule, with the pass's own numbers."""
        args = arguments(node, self.builder.values)
        saved = [self.builder.values.get(node) if i < 0 else args[i] for i in node.plan.keeps]
        if any(each is None for each in saved):
            return
        for edge, source in self._sources(node):
            traced = trace(node, edge, self.cotangents[node], saved)
            part = traced.part if traced is not None else None
            if isinstance(part, Node) and part.primitive:
                for line in _calculated(spelled(part, self._name(source))):
                    yield line.replace(" = ", f" {self.builder.signs[source]} ", 1)

    def _sums(self, node: Node) -> Iterator[str]:
        """Where the last of several cotangents arrives: their sum."""
        for source in self._complete(node):
            total = self.cotangents[source]
            parts = [self.seeds[source]] if source in self.seeds else []
            parts += [self.flow.parts[each] for each in self.arrivals[source]]
            for index in np.ndindex(source.shape) if total.size <= ELEMENTS else ():
                terms = " + ".join(number(part[index]).inside(PRODUCT) for part in parts)
                yield f"{element(self._name(source), index)} = {terms} = {number(total[index], 4).text}"

    def _results(self, node: Node) -> Iterator[tuple[str, list[str]]]:
        """What goes along each edge, and what it comes to where it is the last of several."""
        for edge, source in self._sources(node):
            yield f"{self._name(source)} {self.builder.signs[source]}", lines(self.flow.parts[node, edge.argument])
        for source in self._complete(node):
            yield f"{self._name(source)} =", lines(self.cotangents[source])


def _calculated(found: list[str]) -> list[str]:
    """Lines of arithmetic, if there is any in them: not where an operation passes numbers on as they are."""
    return found if any(line.count(" = ") > 1 for line in found) else []
