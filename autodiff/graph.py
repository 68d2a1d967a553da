"""The recorded graph: nodes, and their equations in order, as data."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

_numbers = itertools.count()
_by_number = attrgetter("number")


class Literal(NamedTuple):
    """A NumPy array that took part in an operation; the graph keeps what it was, not its values."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]


class Node:
    """One recorded result: the primitive, what it was made from, and what its rules need.

    A node without a primitive is a leaf: a tensor that the user made. Nodes take
    ascending numbers, so the order of creation is a topological order.
    """

    __slots__ = (
        "__dict__",  # for the fields below, which few nodes set
        "__weakref__",
        "differentiable",
        "dtype",
        "inputs",
        "number",
        "params",
        "plan",
        "primitive",
        "saved",
        "scope",
        "shape",
    )
    name: str | None = None
    grad: Any = None
    keeps_grad = False
    origin: str | None = None

    def __init__(
        self,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        differentiable: bool = True,
        primitive: Any = None,
        inputs: tuple[Any, ...] = (),
        params: dict[str, Any] | None = None,
        plan: Any = None,
        saved: list[Any] | None = None,
        scope: str = "",
    ) -> None:
        self.number = next(_numbers)
        self.shape = shape
        self.dtype = dtype
        self.differentiable = differentiable
        self.primitive = primitive
        self.inputs = inputs
        self.params = params
        self.plan = plan
        self.saved = saved
        self.scope = scope
        if plan is None and differentiable:
            self.keeps_grad = True

    def parents(self) -> list[Node]:
        """The nodes that a cotangent goes on to, one for each argument that it goes through."""
        if self.plan is None:
            return []
        return [self.inputs[edge.argument] for edge in self.plan.edges]

    def __repr__(self) -> str:
        what = self.primitive.name if self.primitive else "leaf"
        return f"<Node {self.number}: {what} {self.dtype}{list(self.shape)}>"


def reachable(roots: Iterable[Node], horizon: int = 0) -> list[Node]:
    """The differentiable nodes that `roots` depend on, in order, none older than `horizon`."""
    seen = {node for node in roots if node.number >= horizon}
    stack = list(seen)
    while stack:
        for parent in stack.pop().parents():
            if parent not in seen and parent.number >= horizon:
                seen.add(parent)
                stack.append(parent)
    return sorted(seen, key=_by_number)


def older(roots: Iterable[Node], mark: int) -> Iterator[Node]:
    """The differentiable nodes from before `mark` that newer ones lead to at once, and such roots; each once."""
    seen = set(roots)
    stack = list(seen)
    while stack:
        node = stack.pop()
        if node.number >= mark:
            new = {parent for parent in node.parents() if parent not in seen}
            seen |= new
            stack += new
        elif node.differentiable:
            yield node


class Graph:
    """What was recorded for some tensors: their nodes in order, and their equations as text.

    >>> x = ad.tensor([1.0, 2.0], requires_grad=True, name="x")
    >>> print(ad.Graph((x * 3).sum()))
    x: float64 (2,) parameter
    a: float64 (2,) = multiply(x, 3)
    b: float64 () = sum(a)
    """

    def __init__(self, outputs: Any) -> None:
        listed = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        self.outputs = [getattr(output, "_node", output) for output in listed]
        self.nodes = self._collect()
        self.names = self._name()

    def _collect(self) -> list[Node]:
        """All nodes behind the outputs, the ones that carry no gradient included."""
        seen = {node for node in self.outputs if isinstance(node, Node)}
        stack = list(seen)
        while stack:
            new = {each for each in stack.pop().inputs if isinstance(each, Node)} - seen
            seen |= new
            stack += new
        return sorted(seen, key=_by_number)

    def _name(self) -> dict[Node, str]:
        """The users' names where there are any, and letters for the rest; never one name twice."""
        names: dict[Node, str] = {}
        used: set[str] = set()
        taken = {node.name for node in self.nodes}
        letters = (letter for letter in _letters() if letter not in taken)
        for node in self.nodes:
            name = node.name or next(letters)
            if name in used:
                name = next(f"{name}_{k}" for k in itertools.count(1) if f"{name}_{k}" not in used)
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
            return f"{head} {'parameter' if node.differentiable else 'constant'}{tail}"
        params = [f"{k}={v!r}" for k, v in (node.params or {}).items() if v is not None and v is not False]
        args = [self._argument(each) for each in node.inputs]
        return f"{head} = {node.primitive.name}({', '.join(args + params)}){tail}"

    def _argument(self, value: Any) -> str:
        if isinstance(value, Node):
            return self.names[value]
        if isinstance(value, Literal):
            return f"<{value.dtype} {value.shape}>"
        return repr(value)

    def __str__(self) -> str:
        return "\n".join(map(self.equation, self.nodes))


def _letters() -> Iterator[str]:
    """a, b, ..., z, aa, ab, ..."""
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    for length in itertools.count(1):
        yield from map("".join, itertools.product(alphabet, repeat=length))
