"""An operation on small arrays, spelled out in numbers: `0.573 · (1 − 0.573) · 0.427 = 0.1043`."""

from __future__ import annotations

from typing import Any

import numpy as np

from .node import Literal, Node
from .notation import PRODUCT, SUM, Term, branch_taken, call, is_call, number
from .values import arguments

ELEMENTS = 6  # of a result that are spelled out, and terms of a sum
LONGEST = 110  # characters of a line, and
OPERATIONS = 60  # that it may be made of
Index = tuple[int, ...]


class _TooLong(Exception):
    """A line that nobody would read."""


def spelled(node: Node, name: str) -> list[str]:
    """Lines of arithmetic for an observed node, one for each element of a small result; else nothing.

    >>> with ad.observe():
    ...     y = ad.tensor([1.0, 2.0]) * 3 - 1
    >>> spelled(y._node, "y")
    ['y[0] = 1 · 3 − 1 = 2', 'y[1] = 2 · 3 − 1 = 5']
    """
    if node.value is None or not 0 < node.value.size <= ELEMENTS:
        return []
    try:
        return [_line(node, name, index) for index in np.ndindex(node.shape)]
    except _TooLong:
        return []


def alone(node: Node, values: dict[Node, Any]) -> Node:
    """A node made from nothing but numbers and arrays, to be spelled without what is behind them."""
    args = arguments(node, values)
    inputs = tuple([each if isinstance(each, (int, float)) else _literal(each) for each in args])
    made = Node(node.shape, node.dtype, False, node.primitive, inputs, node.params)
    if not any(each is None for each in args):
        made.arguments, made.value = tuple(args), values.get(node)
    return made


def _literal(array: Any) -> Literal:
    return Literal(np.shape(array), np.asarray(array).dtype)


def _line(node: Node, name: str, index: Index) -> str:
    term, value = _Speller().element(node, index), number(node.value[index], 4)
    middle = f"{term.text} = " if term != number(node.value[index]) else ""
    if len(middle) > LONGEST:
        raise _TooLong
    return f"{element(name, index)} = {middle}{value.text}"


def element(name: str, index: Index) -> str:
    """`W[0, 1]`, or `b` where there is but one."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name


class _Speller:
    """Spells one element of a result, down to the leaves of what was observed."""

    def __init__(self) -> None:
        self.left = OPERATIONS

    def element(self, node: Node, index: Index) -> Term:
        """One element of a result, by what it was made from."""
        self.left -= 1
        if self.left < 0:
            raise _TooLong
        args = list(zip(node.inputs, node.arguments or (), strict=False))
        taken = branch_taken(node)
        if taken is not None:
            return self.argument(*args[taken], index)
        if node.primitive.kind == "elementwise":
            return call(node, [self.argument(*each, index) for each in args])
        if is_call(node, "matmul") and all(np.ndim(kept) <= 2 for _, kept in args):
            return self.product(args, index, len(node.shape))
        if node.primitive.kind == "linear" and len(args) == 1:
            return self.combination(node, *args[0], index)
        return number(node.value[index])

    def argument(self, value: Any, kept: Any, index: Index) -> Term:
        """One element of an argument, which may have been broadcast; a number where nobody observed what made it."""
        own = _broadcast(index, np.shape(kept))
        if isinstance(value, Node) and value.primitive is not None and value.arguments is not None:
            return self.element(value, own)
        return number(np.asarray(kept)[own])

    def product(self, args: list[tuple[Any, Any]], index: Index, ndim: int) -> Term:
        """A row times a column."""
        (x, first), (y, second) = args
        row = index[:1] if np.ndim(first) == 2 else ()
        column = index[ndim - 1 :] if np.ndim(second) == 2 else ()
        places = [((*row, k), (k, *column)) for k in range(_few(np.shape(first)[-1]))]
        return _sum([_times(self.argument(x, first, i), self.argument(y, second, j)) for i, j in places])

    def combination(self, node: Node, value: Any, kept: Any, index: Index) -> Term:
        """A linear function of one array: what its transpose makes of a unit vector are the coefficients."""
        unit = np.zeros(node.shape)
        unit[index] = 1
        (edge,) = node.primitive.plan(1, 1).edges
        coefficients = np.broadcast_to(edge.rule(unit, *edge.needs(node, ())), np.shape(kept))
        sources = [tuple(map(int, each)) for each in np.argwhere(coefficients)]
        weights = [float(coefficients[each]) for each in sources]
        terms = [self.argument(value, kept, each) for each in sources[: _few(len(sources))]]
        if set(weights) == {1.0}:
            return _sum(terms)
        if len(set(weights)) == 1 and round(1 / weights[0]) == len(sources):
            return Term(f"{_sum(terms).inside(PRODUCT)} / {len(sources)}", PRODUCT)
        return _sum(list(map(_times, map(number, weights), terms)))


def _broadcast(index: Index, shape: tuple[int, ...]) -> Index:
    """Where an element of a result comes from in an argument that was broadcast."""
    own = index[len(index) - len(shape) :]
    return tuple([0 if side == 1 else i for i, side in zip(own, shape, strict=True)])


def _few(count: int) -> int:
    if count > ELEMENTS:
        raise _TooLong
    return count


def _times(x: Term, y: Term) -> Term:
    return Term(f"{x.inside(PRODUCT)} · {y.inside(PRODUCT)}", PRODUCT)


def _sum(terms: list[Term]) -> Term:
    if len(terms) == 1:
        return terms[0]
    return Term(" + ".join(each.inside(PRODUCT) for each in terms) or "0", SUM)
