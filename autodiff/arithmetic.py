"""An operation on small arrays, spelled out in numbers: `0.573 · (1 − 0.573) · 0.427 = 0.1043`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .node import Literal, Node
from .notation import PRODUCT, SUM, Term, call, number, unguarded
from .values import arguments

ELEMENTS = 6  # of a result that are spelled out, and terms of a sum
LONGEST = 110
Index = tuple[int, ...]


class _TooLong(Exception):
    """A sum of more terms than anybody reads."""


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
        return list(_lines(node, name))
    except _TooLong:
        return []


def alone(node: Node, values: dict[Node, Any]) -> Node:
    """A node made from nothing but numbers and arrays, to be spelled without what is behind them."""
    args = arguments(node, values)
    inputs = [
        each if isinstance(each, (int, float)) else Literal(np.shape(each), np.asarray(each).dtype) for each in args
    ]
    made = Node(node.shape, node.dtype, False, node.primitive, tuple(inputs), node.params)
    if not any(each is None for each in args):
        made.arguments, made.value = tuple(args), values.get(node)
    return made


def _literal(array: Any) -> Literal:
    return Literal(np.shape(array), np.asarray(array).dtype)


def _lines(node: Node, name: str) -> Iterator[str]:
    for index in np.ndindex(node.shape):
        term, value = _element(node, index), number(node.value[index], 4)
        middle = f"{term.text} = " if term != number(node.value[index]) else ""
        if len(middle) > LONGEST:
            raise _TooLong
        yield f"{element(name, index)} = {middle}{value.text}"


def element(name: str, index: Index) -> str:
    """`W[0, 1]`, or `b` where there is but one."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def _term(value: Any, kept: Any, index: Index) -> Term:
    """One element of an argument: down to the leaves of what was observed."""
    if isinstance(value, Node) and value.primitive is not None:
        return _element(value, index)
    array = np.asarray(kept)
    return number(array[_broadcast(index, array.shape)])


def _element(node: Node, index: Index) -> Term:
    """One element of a result, by what it was made from."""
    args = list(zip(node.inputs, node.arguments or (), strict=False))
    branch = unguarded(node)
    if branch is not None:
        return _term(branch, node.arguments[node.inputs.index(branch)], index)  # type: ignore[index]
    if node.primitive.kind == "elementwise":
        return call(node, [_term(each, kept, _broadcast(index, np.shape(kept))) for each, kept in args])
    if node.primitive.name == "matmul" and len(node.shape) <= 2:
        return _product(args, index, len(node.shape))
    if node.primitive.kind == "linear" and len(args) == 1:
        return _combination(node, *args[0], index)
    return number(node.value[index])


def _broadcast(index: Index, shape: tuple[int, ...]) -> Index:
    """Where an element of a result comes from in an argument that was broadcast."""
    own = index[len(index) - len(shape) :]
    return tuple([0 if side == 1 else i for i, side in zip(own, shape, strict=True)])


def _product(args: list[tuple[Any, Any]], index: Index, ndim: int) -> Term:
    """A row times a column."""
    (x, first), (y, second) = args
    row = index[:1] if np.ndim(first) == 2 else ()
    column = index[ndim - 1 :] if np.ndim(second) == 2 else ()
    pairs = [(_term(x, first, (*row, k)), _term(y, second, (k, *column))) for k in range(_short(np.shape(first)[-1]))]
    return _sum([_times(*pair) for pair in pairs])


def _combination(node: Node, value: Any, kept: Any, index: Index) -> Term:
    """A linear function of one array: what its transpose makes of a unit vector are the coefficients."""
    unit = np.zeros(node.shape)
    unit[index] = 1
    (edge,) = node.primitive.plan(1, 1).edges
    coefficients = np.broadcast_to(edge.rule(unit, *edge.needs(node, ())), np.shape(kept))
    sources = np.argwhere(coefficients)
    _short(len(sources))
    factors = {float(coefficients[tuple(each)]) for each in sources}
    terms = [_term(value, kept, tuple(map(int, each))) for each in sources]
    if factors == {1.0}:
        return _sum(terms)
    if len(factors) == 1 and 1 / min(factors) == len(sources):
        return Term(f"{_sum(terms).inside(PRODUCT)} / {len(sources)}", PRODUCT)
    weights = [number(float(coefficients[tuple(each)])) for each in sources]
    return _sum(list(map(_times, weights, terms)))


def _times(x: Term, y: Term) -> Term:
    return Term(f"{x.inside(PRODUCT)} · {y.inside(PRODUCT)}", PRODUCT)


def _short(count: int) -> int:
    if count > ELEMENTS:
        raise _TooLong
    return count


def _sum(terms: list[Term]) -> Term:
    if len(terms) == 1:
        return terms[0]
    return Term(" + ".join(each.inside(PRODUCT) for each in terms) or "0", SUM)
