"""A graph of ONNX while it is made: nodes, initializers and names, and what an operation writes its nodes with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from autodiff.node import Node

from .equations import Equation, Shape
from .rows import Size

_INT = np.dtype(np.int64)


class Graph:
    """The nodes and initializers so far. Names are given once."""

    def __init__(self, first_input: str) -> None:
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self.names: dict[Node, str] = {}
        self.shapes: dict[Node, Shape] = {}
        self._first_input = first_input
        self._taken: set[str] = set()
        self._numbers: dict[Any, str] = {}
        self._rows: str | None = None

    def named(self, wanted: str) -> str:
        """A name that ONNX takes, an identifier, and nobody has."""
        plain = re.sub(r"\W", "_", wanted) or "value"
        plain = f"_{plain}" if plain[0].isdigit() else plain
        name = next(each for i in count(1) if (each := plain if i == 1 else f"{plain}_{i}") not in self._taken)
        self._taken.add(name)
        return name

    def free(self, name: str) -> None:
        self._taken.discard(name)

    def array(self, value: Any, wanted: str) -> str:
        """An initializer."""
        from onnx import numpy_helper

        name = self.named(wanted)
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value).reshape(value.shape), name))
        return name

    def number(self, value: Any) -> str:
        """An initializer for a NumPy number, or for a small vector of whole ones; the same one for the same."""
        key = (value.dtype.name, value.shape, value.tobytes())
        if key not in self._numbers:
            text = "_".join(map(str, value.ravel())).replace("-", "minus_")
            self._numbers[key] = self.array(value, f"{'numbers' if value.ndim else 'number'}_{text}".removesuffix(".0"))
        return self._numbers[key]

    def node(self, op: str, inputs: Sequence[str], output: str, scope: str = "", **attributes: Any) -> str:
        """One more node; its only output has the name `output`."""
        from onnx import helper

        made = helper.make_node(op, inputs, [output], name=output, doc_string=scope or None, **attributes)
        self.nodes.append(made)
        return output

    def rows(self) -> str:
        """The number of rows, as a vector of one."""
        if self._rows is None:
            self._rows = self.node("Shape", [self._first_input], self.named("rows"), start=0, end=1)
        return self._rows


class Value(NamedTuple):
    """What enters, leaves, or lies between nodes."""

    name: str
    dtype: np.dtype[Any]
    shape: Shape

    def proto(self) -> Any:
        """Its description, with the rows by their name."""
        from onnx import helper

        sides = [each.text() if isinstance(each, Size) else each for each in self.shape]
        return helper.make_tensor_value_info(self.name, element_type(self.dtype), sides)


def element_type(dtype: Any) -> int:
    """ONNX' number of a dtype."""
    from onnx import helper

    return helper.np_dtype_to_tensor_dtype(np.dtype(dtype))


class Writing:
    """Writes the nodes of one equation; calling it makes a node, and gives the name of its result.

    Operands of a node are names, NumPy values, and Python's numbers, which take the dtype of the equation's operands.
    """

    def __init__(self, graph: Graph, equation: Equation, name: str, dtype: np.dtype[Any]) -> None:
        self._graph, self._name = graph, name
        self._before = len(graph.nodes)
        self.equation, self.dtype = equation, dtype

    def __call__(self, op: str, *operands: Any, **attributes: Any) -> str:
        inputs = [each if isinstance(each, str) else self.constant(each) for each in operands]
        wanted = self._graph.named(f"{self._name}_{op.lower()}")
        return self._graph.node(op, inputs, wanted, self.equation.node.scope, **attributes)

    def shape_of(self, node: Node) -> Shape:
        """The shape of an operand."""
        return self._graph.shapes[node]

    def constant(self, value: Any, dtype: Any = None) -> str:
        """An initializer, or what computes a size; Python's numbers have the dtype."""
        dtype = self.dtype if dtype is None else dtype
        if isinstance(value, Size):
            return self.cast(self("Squeeze", self.sizes([value])), _INT, dtype)
        if isinstance(value, (bool, int, float)) and not isinstance(value, np.generic):
            value = np.asarray(value, dtype)
        if value.ndim == 0 or (value.dtype == _INT and value.size < 8):
            return self._graph.number(np.asarray(value))
        return self._graph.array(value, f"{self._name}_constant")

    def cast(self, name: str, given: np.dtype[Any], wanted: Any) -> str:
        """A value in another dtype."""
        if given == wanted:
            return name
        return self("Cast", name, to=element_type(wanted))

    def sizes(self, sizes: Sequence[int | Size]) -> Any:
        """A vector of sizes, computed where some go with the rows."""
        if not any(isinstance(each, Size) for each in sizes):
            return np.array(sizes, np.int64)
        pairs = [each if isinstance(each, Size) else Size(0, each) for each in sizes]
        factors, rests = np.array(pairs, np.int64).T
        made = self._graph.rows()
        if (factors != 1).any():
            made = self("Mul", made, factors)
        return self("Add", made, rests) if rests.any() else made

    def finish(self, made: str) -> str:
        """Give the last node's result the name of the equation. What made no node keeps the name that it had."""
        own = self._graph.nodes[self._before :]
        if not own or own[-1].output[0] != made:
            return made
        self._graph.free(made)
        own[-1].name = own[-1].output[0] = self._name
        return self._name
