"""The recorded graph: nodes in order, their names, and their equations as text."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from .node import Literal, Node, behind
from .notation import Term
from .rules import Rules, argument_names
from .tensor import Tensor
from .tree import leaves


class Graph:
    """What was recorded for some tensors: their nodes in order, and their equations as text, forward then backward.

    >>> x = ad.tensor([1.0, 2.0], requires_grad=True, name="x")
    >>> print(ad.Graph((x * 3).sum()))
    x: float64 (2,) parameter
    a: float64 (2,) = multiply(x, 3)
    b: float64 () = sum(a)
    ∂b: float64 () = 1
    ∂a: float64 (2,) = ∂b
    ∂x: float64 (2,) = ∂a · 3
    """

    def __init__(self, outputs: Any) -> None:
        listed = _listed(outputs)
        self.tensors = {each._ensure_node(): each for each in listed if isinstance(each, Tensor)}
        self.outputs = [each._ensure_node() if isinstance(each, Tensor) else each for each in listed]
        self.nodes = behind(self.outputs)
        self.names = self._name()

    def _name(self) -> dict[Node, str]:
        """The users' names where there are any, and letters for the rest; never one name twice."""
        names: dict[Node, str] = {}
        used: set[str] = set()
        counts: dict[str, Iterator[int]] = {}
        taken = {node.name for node in self.nodes} | {"g"}  # g stands for cotangents
        letters = (letter for letter in _letters() if letter not in taken)
        for node in self.nodes:
            name = node.name or next(letters)
            if name in used:
                count = counts.setdefault(name, itertools.count(1))
                name = next(numbered for k in count if (numbered := f"{name}_{k}") not in used)
            names[node] = name
            used.add(name)
        return names

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)

    def equation(self, node: Node) -> str:
        """One line for one node: its name, dtype, shape, and how it was made."""
        head = f"{self.names[node]}: {node.dtype} {node.shape}"
        tail = f"  # {node.scope}" if node.scope else ""
        if node.primitive is None:
            value = f" {node.value}" if node.value is not None and np.ndim(node.value) == 0 else ""
            return f"{head} {'parameter' if node.differentiable else 'constant'}{value}{tail}"
        params = [f"{k}={v!r}" for k, v in (node.params or {}).items() if v is not None and v is not False]
        args = [self._argument(each) for each in node.inputs]
        return f"{head} = {node.primitive.name}({', '.join(args + params)}){tail}"

    def _argument(self, value: Any) -> str:
        if isinstance(value, Node):
            return self.names[value]
        if isinstance(value, Literal):
            return f"<{value.dtype} {value.shape}>"
        return repr(value)

    def signs(self) -> dict[Node, str]:
        """For each node the sign before what comes back to it: +=, where several cotangents meet, else =."""
        counts = Counter(set(self.outputs))
        for node in self.reached():
            counts.update(node.parents())
        return {node: "=" if counts[node] < 2 else "+=" for node in self.nodes}

    def reached(self) -> set[Node]:
        """The nodes that a cotangent of an output comes to."""
        reached = {node for node in self.outputs if node.differentiable}
        for node in reversed(self.nodes):
            if node in reached:
                reached.update(node.parents())
        return reached

    def backward_equations(self) -> Iterator[str]:
        """A line for each way that a cotangent takes, from the outputs back; += where several meet."""
        rules, reached, signs = Rules(), self.reached(), self.signs()
        for node in dict.fromkeys(self.outputs):
            if node in reached:
                yield f"∂{self.names[node]}: {node.dtype} {node.shape} {signs[node]} 1"
        for node in reversed(self.nodes):
            for edge in node.plan.edges if node in reached and node.plan else ():
                source = node.inputs[edge.argument]
                names = argument_names(node, self.names) | {"out": Term(self.names[node])}
                names["g"] = Term(f"∂{self.names[node]}")
                tail = f"  # {node.scope}" if node.scope else ""
                text = f"{signs[source]} {rules.text(node, edge, names)}"
                yield f"∂{self.names[source]}: {source.dtype} {source.shape} {text}{tail}"

    def __str__(self) -> str:
        return "\n".join([*map(self.equation, self.nodes), *self.backward_equations()])


def _listed(outputs: Any) -> list[Tensor | Node]:
    """One tensor or node, or several in a list, tuple or dict."""
    listed = list(leaves(outputs))
    if not listed:
        raise TypeError(f"a graph leads to tensors, got {outputs!r}")
    for each in listed:
        if not isinstance(each, (Tensor, Node)):
            raise TypeError(f"a graph leads to tensors, got {type(each).__name__}: {each!r}. Make it with ad.tensor")
    return listed


def _letters() -> Iterator[str]:
    """a, b, ..., z, aa, ab, ..."""
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    for length in itertools.count(1):
        yield from map("".join, itertools.product(alphabet, repeat=length))
