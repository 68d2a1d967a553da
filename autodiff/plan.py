"""What a rule needs, found in a node, and what the graph keeps for it.

A rule names what it needs, and the graph keeps exactly that:

- `g`, the cotangent (of a rule for reverse mode: always its first argument);
- `out`, the result; `x`, `y`, `z`, the arguments in their order; `xs`, all of them;
- `x_shape`, `y_shape`, `z_shape`, `shapes`; `position`, which argument the rule is for;
- `tracked`, how many arguments carry a gradient;
- a parameter of the primitive (`axis`, ...), by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .node import Literal, Node

Rule = Callable[..., Any]
Need = Callable[[Node, Sequence[Any]], Any]


class Edge(NamedTuple):
    """The way of a cotangent to one argument: its rule, and what finds the rule's needs in a node."""

    argument: int
    rule: Rule
    names: tuple[str, ...]
    needs: Need


class Plan(NamedTuple):
    """For one set of tracked arguments: what to keep (-1 for the result) and the edges."""

    keeps: tuple[int, ...]
    edges: tuple[Edge, ...]


def make_plan(rules: dict[int, Rule], arguments: Sequence[str], count: int, tracked: int, linear: bool) -> Plan:
    """The plan for these rules, by argument, of a call with `count` arguments."""
    keeps = sorted({k for i, rule in rules.items() for k in _kept_for(i, rule, arguments, count, linear)})
    resolve = _Resolver(arguments, keeps, count, tracked)
    edges = [Edge(i, rule, needs_of(rule), resolve.all(needs_of(rule), i)) for i, rule in rules.items()]
    return Plan(tuple(keeps), tuple(edges))


def _kept_for(index: int, rule: Rule, arguments: Sequence[str], count: int, linear: bool) -> set[int]:
    """Which arrays a rule needs: positions of arguments, -1 for the result.

    The forward rule of a linear primitive is the primitive itself, applied to the other arguments.
    """
    kept = set(range(count)) - {index} if linear else set()
    for name in needs_of(rule):
        if name == "out":
            kept.add(-1)
        elif name == "xs":
            kept.update(range(count))
        elif name in arguments:
            kept.add(arguments.index(name))
    return kept


class _Resolver:
    """Turns a name in a rule into a function that finds it in a node."""

    def __init__(self, arguments: Sequence[str], keeps: list[int], count: int, tracked: int) -> None:
        self.arguments = arguments
        self.place = {position: place for place, position in enumerate(keeps)}
        self.count = count
        self.tracked = tracked

    def all(self, names: Sequence[str], index: int) -> Need:
        """What finds all that a rule names; the common case of one without a loop."""
        needs = [self.one(name, index) for name in names]
        if len(names) == 1:
            (need,) = needs
            return lambda node, saved: (need(node, saved),)
        return lambda node, saved: [need(node, saved) for need in needs]

    def one(self, name: str, index: int) -> Need:
        if name == "out" or name in self.arguments:
            place = self.place[-1 if name == "out" else self.arguments.index(name)]
            return lambda node, saved: saved[place]
        if name == "xs":
            places = [self.place[i] for i in range(self.count)]
            return lambda node, saved: [saved[i] for i in places]
        if name.removesuffix("_shape") in self.arguments:
            position = self.arguments.index(name.removesuffix("_shape"))
            return lambda node, saved: shape_of(node.inputs[position])
        if name == "shapes":
            return lambda node, saved: [shape_of(each) for each in node.inputs]
        if name == "position":
            return lambda node, saved: index
        if name == "tracked":
            return lambda node, saved: self.tracked
        return lambda node, saved: (node.params or {})[name]


def needs_of(rule: Rule) -> tuple[str, ...]:
    """What a rule names after the cotangent."""
    needs: tuple[str, ...] = getattr(rule, "needs", None) or names_of(rule)[1:]
    return needs


def names_of(function: Any) -> tuple[str, ...]:
    """The names of a function's positional arguments."""
    if not hasattr(function, "__code__"):
        raise TypeError(f"expected a Python function or a lambda, whose arguments have names, got {function!r}")
    names: tuple[str, ...] = function.__code__.co_varnames[: function.__code__.co_argcount]
    return names


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape of a node, a literal or a number."""
    return value.shape if isinstance(value, (Node, Literal)) else np.shape(value)
