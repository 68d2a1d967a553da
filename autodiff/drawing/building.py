"""A graph as a diagram: what each box says, and which arrows lead where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from ..dispatch import plain
from ..graph import Graph
from ..node import Literal, Node
from ..notation import Term, call, number
from ..rules import Rules, argument_names
from ..values import Flow, arguments_of, values_of
from . import numbers
from .diagram import Arrow, Box, Diagram
from .folding import Folding, summary

LONGEST = 44  # of an equation in a box


class Options(NamedTuple):
    """What `ad.draw` was asked for."""

    backward: bool = False
    values: bool = False
    gradients: bool = False
    rules: bool = False
    scopes: bool | int = True


class Builder:
    """Builds the diagram of one graph."""

    def __init__(self, graph: Graph, options: Options, seeds: list[Any]) -> None:
        self.graph, self.options, self.seeds = graph, options, seeds
        known = options.values or options.gradients
        self.values = values_of(graph) if known else {}
        self.flow = Flow(graph, seeds) if options.gradients else None
        depth = None if isinstance(options.scopes, bool) else options.scopes
        self.folding = Folding(graph, depth, 2 if options.backward else 1)
        self.rules = Rules()
        self.diagram = Diagram(notes=list(self.folding.notes), clusters=options.scopes is not False)
        self.signs, self.outputs = graph.signs(), frozenset(graph.outputs)

    def build(self) -> Diagram:
        for key, nodes in self.folding.groups().items():
            self.diagram.add(self._box(key, nodes))
        for node in self.graph:
            self._connect(node)
        if self.options.backward:
            self._add_backward()
        self.diagram.arrows = merged(self.diagram.arrows, self.is_folded)
        self._add_notes()
        return self.diagram

    def is_folded(self, key: str) -> bool:
        return self.diagram.boxes[key].kind == "folded"

    # Boxes

    def _box(self, key: str, nodes: list[Node]) -> Box:
        if len(nodes) > 1 or not key.startswith("n"):
            return self._folded(key, nodes)
        (node,) = nodes
        box = Box(key, self._kind(node), self._title(node), scope=self.folding.scopes[node], nodes=nodes)
        box.lines += [numbers.shape_text(node), *self._value_lines(node), *self._gradient_lines(node)]
        if self.options.rules and not self.options.backward:
            box.lines += self.rule_lines(node)
        return box

    def _folded(self, key: str, nodes: list[Node]) -> Box:
        path = ("…",) if key == "middle" else self.folding.scopes[nodes[0]][: self.folding.depth + 1]
        *scope, title = path
        lines = summary(nodes)
        activations = [node for node in nodes if self.flow and self._is_activation(node)]
        dead = sum(map(self.dead, activations))
        if dead:
            lines.append(f"{dead} of {sum(node.shape[-1] for node in activations)} units dead")
        return Box(key, "folded", title, lines, tuple(scope), nodes)

    def _kind(self, node: Node) -> str:
        if node.primitive is None:
            return "parameter" if node.differentiable else "input"
        return "output" if node in self.outputs else "operation"

    def _title(self, node: Node) -> str:
        name = self.graph.names[node]
        if node.primitive is None:
            return name
        text = call(node, [self._argument(each) for each in node.inputs]).text if node.inputs else node.primitive.name
        if len(text) > LONGEST:
            text = f"{node.primitive.name}({len(node.inputs)} arguments)"
        return f"{name} = {text}"

    def _argument(self, value: Any) -> Term:
        if isinstance(value, Node):
            return Term(self.graph.names[value])
        return Term("const") if isinstance(value, Literal) else number(value)

    def _value_lines(self, node: Node) -> list[str]:
        if not self.options.values:
            return []
        if node not in self.values:
            return ["value not kept"]
        return numbers.lines(self.values[node])

    def _gradient_lines(self, node: Node) -> list[str]:
        """The gradient, where it is not shown on a backward side; and units that let none through."""
        if self.flow is None or not node.differentiable:
            return []
        lines = []
        if node in self.flow.cotangents and not self.options.backward:
            lines = _headed("∂", self.flow.cotangents[node])
        elif node not in self.flow.cotangents and node.grad is not None:
            lines = _headed(".grad", plain(node.grad))
        dead = self.dead(node)
        return lines + ([f"{dead} of {node.shape[-1]} units dead"] if dead else [])

    def dead(self, node: Node) -> int:
        return dead_units(node, self.values) if self._is_activation(node) else 0

    def _is_activation(self, node: Node) -> bool:
        """Whether its units can be dead: its rule compares. Elsewhere a slope of 0 is no fault of the unit."""
        if node.plan is None or node.primitive.kind != "elementwise" or len(node.plan.edges) != 1:
            return False
        return len(node.shape) >= 2 and 0 not in node.shape and self.rules.compares(node, node.plan.edges[0])

    def rule_lines(self, node: Node) -> list[str]:
        """The rule for each argument: `∂W = xᵀ g`, or with += where cotangents meet."""
        if node.plan is None:
            return []
        lines = []
        for edge in node.plan.edges:
            source = node.inputs[edge.argument]
            text = self.rules.text(node, edge, argument_names(node, self.graph.names))
            lines.append(f"∂{self.graph.names[source]} {self.signs[source]} {text}")
        return lines

    # Arrows

    def _connect(self, node: Node) -> None:
        target = self.folding.keys[node]
        inner = self.is_folded(target)
        drawn = [i for i, each in enumerate(node.inputs) if not isinstance(each, (int, float))]
        for i in drawn:
            each = node.inputs[i]
            if isinstance(each, Node):
                source = self.folding.keys[each]
            elif inner:
                continue
            else:
                source = self._constant(node, i, each)
            if source != target:
                size = None if self.flow is None else self._size(node, i)
                is_told = self.flow is not None and "arguments)" not in self.diagram.boxes[target].title
                is_symmetric = len(drawn) < 2 or node.primitive.label in "+·"
                order = None if is_symmetric or inner or is_told else i + 1
                self.diagram.connect(Arrow(source, target, "forward", order, size))

    def _size(self, node: Node, argument: int) -> float | None:
        part = self.flow.parts.get((node, argument)) if self.flow else None
        return None if part is None else numbers.size_of(part)

    def _constant(self, node: Node, argument: int, literal: Literal) -> str:
        """A box for an array that took part."""
        key = f"{self.folding.keys[node]}c{argument}"
        value = arguments_of(node).get(argument) if self.options.values else None
        lines = [numbers.shape_text(literal)] + ([] if value is None else numbers.lines(value))
        self.diagram.add(Box(key, "constant", "const", lines, self.folding.scopes[node]))
        return key

    # The backward side

    def _add_backward(self) -> None:
        """A mirror image: a box beside each node that a cotangent reaches, an arrow for each edge."""
        reached = self.graph.reached()
        for key, nodes in self.folding.groups().items():
            through = [node for node in nodes if node in reached]
            if through:
                self.diagram.add(self._backward_box(key, through))
                self.diagram.connect(Arrow(key, f"{key}b", "tie"))
        for node in reversed(self.graph.nodes):
            for edge in node.plan.edges if node in reached and node.plan else ():
                source, target = self.folding.keys[node], self.folding.keys[node.inputs[edge.argument]]
                if source != target:
                    size = None if self.flow is None else self._size(node, edge.argument)
                    self.diagram.connect(Arrow(f"{source}b", f"{target}b", "backward", None, size))

    def _backward_box(self, key: str, nodes: list[Node]) -> Box:
        forward = self.diagram.boxes[key]
        if forward.kind == "folded":
            return Box(f"{key}b", "folded", f"∂ {forward.title}", ["backward"], forward.scope, nodes)
        (node,) = nodes
        name = self.graph.names[node]
        above = f"∂{self.graph.names[self.graph.outputs[0]]}" if len(self.graph.outputs) == 1 else "∂"
        box = Box(f"{key}b", "backward", f"{above}/∂{name}", [numbers.shape_text(node)], forward.scope, nodes)
        gradient = None if self.flow is None else self.flow.cotangents.get(node)
        box.lines += [] if gradient is None else numbers.lines(gradient)
        box.lines += self.rule_lines(node) if self.options.rules else []
        return box

    def _add_notes(self) -> None:
        if self.options.values and any(node not in self.values for node in self.graph):
            self.diagram.notes.append("values not kept by the graph: compute inside `with ad.observe():` to see them")
        if self.flow is not None and self.flow.hindrance:
            self.diagram.notes.append(self.flow.hindrance)


def _headed(head: str, array: Any) -> list[str]:
    """The lines of an array, the first one headed."""
    first, *rest = numbers.lines(array)
    return [f"{head} {first}", *rest]


def dead_units(node: Node, values: dict[Node, Any]) -> int:
    """How many units of an activation pass no gradient on for any row: along the last axis, of (batch, units)."""
    kept = arguments_of(node)
    saved = [values.get(node) if i < 0 else kept.get(i) for i in node.plan.keeps]
    if any(each is None for each in saved):
        return 0
    (edge,) = node.plan.edges
    with np.errstate(all="ignore"):
        slope = edge.rule(np.ones(node.shape, node.dtype), *edge.needs(node, saved))
    return int(np.sum(~np.any(slope, axis=tuple(range(len(node.shape) - 1)))))


def merged(arrows: Iterable[Arrow], is_folded: Any) -> list[Arrow]:
    """Arrows that touch a folded box, one for each pair of boxes."""
    found: dict[Any, Arrow] = {}
    for place, arrow in enumerate(arrows):
        fold = is_folded(arrow.source) or is_folded(arrow.target)
        key = (arrow.source, arrow.target, arrow.kind) if fold else place
        if key in found:
            first = found[key]
            first.count += arrow.count
            first.order = None
            first.size = max((each for each in (first.size, arrow.size) if each is not None), default=None)
        else:
            found[key] = arrow
    return list(found.values())
