"""A traced function as data: its inputs, its results, what it writes, and the equations between, as nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..guard import frozen_copy
from ..node import Node, behind
from ..primitive import Primitive


class Argument(NamedTuple):
    """An input that the caller passes: its place among the leaves of the arguments."""

    place: int


class Captured(NamedTuple):
    """An input that the function found outside: a tensor, an array or a generator."""

    value: Any


class Gradient(NamedTuple):
    """The `.grad` that an input had before the call, as another one."""

    of: Argument | Captured


Source = Argument | Captured | Gradient


class Program(NamedTuple):
    """What a compiled function does: equations that lead from inputs to results and to new values of variables.

    Equations are nodes, in the order of their numbers. Constants are nodes without a primitive that
    have a value. Random draws are kept, and in order, also where nobody uses them: they move the generator on.
    """

    inputs: dict[Node, Source]
    results: tuple[Node, ...]
    writes: tuple[tuple[Node, Node], ...] = ()
    draws: tuple[Node, ...] = ()

    def ends(self) -> Iterator[Node]:
        """The nodes that the program is run for."""
        yield from self.results
        for _, value in self.writes:
            yield value
        yield from self.draws

    def nodes(self) -> list[Node]:
        """All nodes that the ends depend on, in order."""
        return behind(self.ends())

    def equations(self) -> list[Node]:
        """The nodes that are computed."""
        return [node for node in self.nodes() if node.primitive is not None]

    def uses(self) -> dict[Node, list[Node]]:
        """For each node, the equations that take it, once for each time."""
        found: dict[Node, list[Node]] = {node: [] for node in self.nodes()}
        for node in found:
            for each in node.inputs:
                if isinstance(each, Node):
                    found[each].append(node)
        return found

    def used_once(self) -> set[Node]:
        """The nodes that one equation takes, once, and nothing else needs."""
        return {node for node, users in self.uses().items() if len(users) == 1} - set(self.ends())


def equation(primitive: Primitive, inputs: Sequence[Any], params: dict[str, Any] | None, like: Node) -> Node:
    """A node for a call with the shape, dtype, scope and name of another."""
    made = Node(like.shape, like.dtype, False, primitive, tuple(inputs), params, scope=like.scope)
    made.name, made.silent, made.unsaid = like.name, like.silent, like.unsaid
    return made


def called(primitive: Primitive, inputs: Sequence[Any], params: dict[str, Any] | None, like: Node) -> Node:
    """A node for a call that may have another shape than the node it is made for: NumPy tells."""
    made = equation(primitive, inputs, params, like)
    made.shape, made.dtype = inferred(primitive, inputs, params)
    made.name = None
    return made


def inferred(
    primitive: Primitive, inputs: Sequence[Any], params: dict[str, Any] | None
) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """The shape and dtype of a call's result, by running it on zeros."""
    arrays = [np.zeros(each.shape, each.dtype) if isinstance(each, Node) else each for each in inputs]
    with np.errstate(all="ignore"):
        out = np.asarray(primitive.run(*arrays, **(params or {})))
    return out.shape, out.dtype


def constant(value: Any, scope: str = "") -> Node:
    """A node for an array that never changes."""
    array = frozen_copy(value)
    made = Node(array.shape, array.dtype, False, scope=scope)
    made.value = array
    return made


def value_of(node: Any) -> Any:
    """What is known of an input before the program runs: a number or a constant's array, else None."""
    if not isinstance(node, Node):
        return node
    return node.value if node.primitive is None else None


Rule = Callable[[Node, tuple[Any, ...]], Any]


def rewritten(program: Program, rule: Rule) -> Program:
    """The program with each equation replaced by what `rule` makes of it and its new inputs; None makes the same."""
    new: dict[Node, Node] = {}
    for node in program.nodes():
        if node.primitive is None:
            new[node] = node
            continue
        inputs = tuple([new[each] if isinstance(each, Node) else each for each in node.inputs])
        made = rule(node, inputs)
        new[node] = equation(node.primitive, inputs, node.params, node) if made is None else made
        if node.name and not new[node].name and new[node].primitive is not None:
            new[node].name, new[node].unsaid = node.name, node.unsaid
    return Program(
        program.inputs,
        tuple([new[each] for each in program.results]),
        tuple([(leaf, new[value]) for leaf, value in program.writes]),
        tuple([new[each] for each in program.draws]),
    )
