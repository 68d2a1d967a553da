"""Nodes: the recorded results of operations, and how to walk them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
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
    tensor: Any = None  # of a leaf: a weak reference to its tensor
    value: Any = None  # under `observe`: the array, and those that it was made from
    arguments: tuple[Any, ...] | None = None
    silent = False  # of an equation that is traced: whether it warns of nothing
    unsaid = False  # and whether it may go without its name

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

    def renumber(self) -> None:
        """Take the next number: the node comes after all that there are."""
        self.number = next(_numbers)

    def parents(self) -> list[Node]:
        """The nodes that a cotangent goes on to, one for each argument that it goes through."""
        if self.plan is None:
            return []
        return [self.inputs[edge.argument] for edge in self.plan.edges]

    def __repr__(self) -> str:
        what = self.primitive.name if self.primitive else "leaf"
        return f"<Node {self.number}: {what} {self.dtype}{list(self.shape)}>"


def behind(roots: Iterable[Node], is_known: Callable[[Node], bool] = lambda node: False) -> list[Node]:
    """Some nodes and all that they were made from, in order, but nothing behind what is known."""
    seen = set(roots)
    stack = list(seen)
    while stack:
        node = stack.pop()
        new = set() if is_known(node) else {each for each in node.inputs if isinstance(each, Node)} - seen
        seen |= new
        stack += new
    return sorted(seen, key=_by_number)


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
