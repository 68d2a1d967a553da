"""One trace for many sizes: what two traces of different batch sizes have in common is fitted to a third.

Every whole number in a trace (a side of a shape, a parameter) that differs between two sizes is taken for a
linear function of the size. Where that does not explain all differences, a new size is traced as any other call is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..node import Node
from .calls import Traced
from .program import Program, constant

Shapes = Sequence[tuple[int, ...]]


class Misfit(Exception):
    """Two traces differ in more than a size."""


def resized(first: tuple[Shapes, Traced], second: tuple[Shapes, Traced], shapes: Shapes) -> Traced | None:
    """The trace for arguments of these shapes, fitted to two others; None where they are too different."""
    try:
        fit = _Fit(first[0], second[0], shapes)
        program = fit.program(first[1].program, second[1].program)
    except Misfit:
        return None
    return first[1]._replace(program=program, seconds=0.0)


class _Fit:
    """Linear functions of the one size in which shapes differ."""

    def __init__(self, first: Shapes, second: Shapes, new: Shapes) -> None:
        sides = [
            (a, b, c) for x, y, z in zip(first, second, new, strict=True) for a, b, c in zip(x, y, z, strict=True)
        ]
        differing = {side for side in sides if len(set(side)) > 1}
        if len(differing) != 1:
            raise Misfit
        self._a, self._b, self._c = differing.pop()
        if self._a == self._b:
            raise Misfit

    def number(self, a: int, b: int) -> int:
        """The number that is `a` at the first size and `b` at the second, at the new one."""
        rise, rest = divmod((a - b) * (self._c - self._a), self._a - self._b)
        if rest or a + rise < 0 <= min(a, b):
            raise Misfit
        return a + rise

    def value(self, a: Any, b: Any) -> Any:
        """An input or a parameter at the new size."""
        if type(a) is not type(b):
            raise Misfit
        if isinstance(a, (tuple, list)) and len(a) == len(b):
            return type(a)([self.value(x, y) for x, y in zip(a, b, strict=True)])
        if isinstance(a, dict) and a.keys() == b.keys():
            return {key: self.value(a[key], b[key]) for key in a}
        if isinstance(a, slice):
            return slice(*[self.value(getattr(a, side), getattr(b, side)) for side in ("start", "stop", "step")])
        if isinstance(a, int) and not isinstance(a, bool):
            return self.number(a, b)
        if isinstance(a, np.ndarray):
            return self._array(a, b)
        if repr(a) != repr(b):
            raise Misfit
        return a

    def _array(self, a: Any, b: Any) -> Any:
        """Equal arrays, or arrays that are full of one number."""
        if a.dtype != b.dtype or a.ndim != b.ndim:
            raise Misfit
        if a.shape == b.shape and np.array_equal(a, b):
            return a
        if not a.size or not b.size or not np.all(a == a.flat[0]) or not np.all(b == a.flat[0]):
            raise Misfit
        return np.full(self.value(a.shape, b.shape), a.flat[0], a.dtype)

    def program(self, first: Program, second: Program) -> Program:
        """The program of the first trace with the numbers of the new size; its inputs come from the same places."""
        old, other = first.nodes(), second.nodes()
        if len(old) != len(other) or len(first.results) != len(second.results):
            raise Misfit
        pairs = dict(zip(old, other, strict=True))
        new: dict[Node, Node] = {}
        for a, b in pairs.items():
            new[a] = self._node(a, b, first, second, pairs, new)
        if [pairs[node] for node in first.ends()] != list(second.ends()):
            raise Misfit
        return Program(
            {new.get(leaf, leaf): source for leaf, source in first.inputs.items()},
            tuple([new[node] for node in first.results]),
            tuple([(new.get(leaf, leaf), new[value]) for leaf, value in first.writes]),
            tuple([new[node] for node in first.draws]),
        )

    def _node(
        self, a: Node, b: Node, first: Program, second: Program, pairs: dict[Node, Node], new: dict[Node, Node]
    ) -> Node:
        if a.primitive is not b.primitive or a.dtype != b.dtype or len(a.shape) != len(b.shape):
            raise Misfit
        if a.primitive is None and first.inputs.get(a) != second.inputs.get(b):
            raise Misfit
        if a.primitive is None and a.value is not None:
            return constant(self.value(a.value, b.value), a.scope)
        inputs = tuple([self._input(x, y, pairs, new) for x, y in zip(a.inputs, b.inputs, strict=True)])
        params = self.value(a.params, b.params)
        made = Node(self.value(a.shape, b.shape), a.dtype, a.differentiable, a.primitive, inputs, params, scope=a.scope)
        made.name, made.silent, made.unsaid = a.name, a.silent, a.unsaid
        return made

    def _input(self, a: Any, b: Any, pairs: dict[Node, Node], new: dict[Node, Node]) -> Any:
        if isinstance(a, Node):
            if pairs[a] is not b:
                raise Misfit
            return new[a]
        return self.value(a, b)
