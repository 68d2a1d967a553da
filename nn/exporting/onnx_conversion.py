"""From a program to a graph of ONNX, equation by equation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autodiff.compiler.passes.lowering import taken_apart
from autodiff.compiler.program import Argument, Program, equation, rewritten
from autodiff.node import Node
from autodiff.primitive import is_declared

from .equations import Equation, paired, told
from .onnx_graph import Graph, Value, Writing
from .onnx_operations import OPERATIONS


class Conversion:
    """The graph for two programs that differ by the number of rows.

    Raises TypeError for an equation that has no declaration, and ValueError where the programs compute in other ways.
    """

    def __init__(self, few: Program, many: Program, inputs: Sequence[Value], outputs: Sequence[str]) -> None:
        if few.writes:
            raise ValueError("export: predicting with this model changes its variables, which a graph of ONNX cannot")
        self._program = _declared(few)
        self._equations = paired(self._program, _declared(many))
        self._inputs, self._outputs = inputs, outputs
        self._graph = Graph(inputs[0].name if inputs else "")
        self._graph.shapes = {each.node: each.shape for each in self._equations}
        for name in (*(each.name for each in inputs), *outputs):
            self._graph.named(name)
        self._wanted = self._names_of_results()
        self._between: list[Any] = []

    def graph_proto(self, name: str) -> Any:
        """The graph as ONNX' data structure."""
        from onnx import helper

        names = self._graph.names
        for each in self._equations:
            names[each.node] = self._named(each)
        for node, output in zip(self._program.results, self._outputs, strict=True):
            if names[node] != output:  # an input, a weight, or what another output is, too
                self._graph.node("Identity", [names[node]], output)
        inputs, outputs = [each.proto() for each in self._inputs], [each.proto() for each in self._results()]
        return helper.make_graph(
            self._graph.nodes, name, inputs, outputs, self._graph.initializers, value_info=self._between
        )

    def _results(self) -> list[Value]:
        nodes = zip(self._outputs, self._program.results, strict=True)
        return [Value(name, node.dtype, self._graph.shapes[node]) for name, node in nodes]

    def _names_of_results(self) -> dict[Node, str]:
        """The equations whose values are outputs, with the names of those."""
        found: dict[Node, str] = {}
        for node, output in zip(self._program.results, self._outputs, strict=True):
            while node.primitive is not None and node.primitive.name == "identity":
                node = node.inputs[0]
            found.setdefault(node, output)
        return found

    def _named(self, each: Equation) -> str:
        """The name of an equation's value, once its nodes are there."""
        if each.node.primitive is not None:
            return self._computed(each)
        source = self._program.inputs.get(each.node)
        return self._inputs[source.place].name if isinstance(source, Argument) else self._held(each)

    def _held(self, each: Equation) -> str:
        """A weight, or an array that the model holds, as an initializer; one with a side for the rows is spread."""
        if not isinstance(each.value, np.ndarray):
            raise TypeError(
                f"export: predicting takes a {type(each.value).__name__}, which a graph of ONNX cannot hold"
            )
        if each.value.ndim == 0 and each.node.name is None:
            return self._graph.number(each.value)
        name = self._graph.array(each.value, each.node.name or "array")
        if each.value.shape == each.shape:
            return name
        write = Writing(self._graph, each, name, each.dtype)
        return write("Expand", name, write.sizes(each.shape))

    def _computed(self, each: Equation) -> str:
        """The nodes of an equation."""
        operation = OPERATIONS[each.node.primitive.name]
        dtypes = operation.dtypes(each)
        name = self._wanted.get(each.node) or self._graph.named(_name(each.node))
        write = Writing(self._graph, each, name, dtypes[-1])
        operands = [self._operand(write, one, dtype) for one, dtype in zip(each.inputs, dtypes, strict=True)]
        try:
            made = write.finish(operation.write(write, *operands, **each.params))
        except NotImplementedError as error:
            raise _refused(each.node, f"with {error}, which ONNX cannot express") from None
        if made == name and each.node not in self._wanted:
            self._between.append(Value(made, each.dtype, each.shape).proto())
        return made

    def _operand(self, write: Writing, operand: Any, dtype: Any) -> str:
        if isinstance(operand, Node):
            return write.cast(self._graph.names[operand], operand.dtype, dtype)
        return write.constant(operand, dtype)


def _declared(program: Program) -> Program:
    """The program with what has no declaration taken apart into what has. Raises TypeError where that does not work."""

    def parts(node: Node, inputs: tuple[Any, ...]) -> Node | None:
        if _is_known(node) or not is_declared(node.primitive):
            return None
        return taken_apart(equation(node.primitive, inputs, node.params, node))

    found = rewritten(program, parts)
    for node in found.equations():
        if not _is_known(node):
            raise _refused(node, "which has no operation in ONNX that is known here")
    return found


def _is_known(node: Node) -> bool:
    """Whether it has a declaration; a user's own primitive may have the name of one that has."""
    return node.primitive.name in OPERATIONS and is_declared(node.primitive)


def _name(node: Node) -> str:
    layer = node.scope.rpartition("/")[2]
    return node.name or "_".join(filter(None, [layer, node.primitive.name]))


def _refused(node: Node, why: str) -> TypeError:
    return TypeError(
        f"export: {told(node)}, {why}; write that part in other operations, or export a module of NumPy, "
        "model.export('net.py')"
    )
