"""Wrong rules, planted into copies of primitives: what a check of gradients must find.

The changes use operators only, so a planted rule takes arrays as well as tensors, as a right one does.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autodiff.plan import needs_of
from autodiff.primitive import Primitive

Change = Callable[[Any], Any]  # of what a rule returns


def _first(like: Any) -> Any:
    """1 at the first element, 0 elsewhere."""
    mask = np.zeros(like.shape, like.dtype)
    mask.flat[:1] = 1
    return mask


def _reordered(part: Any) -> Any:
    """What a forgotten transposition gives, where shapes do not tell."""
    return part.T.reshape(part.shape)


CHANGES: dict[str, Change] = {
    "sign": lambda part: -part,
    "scaled by 1.01": lambda part: 1.01 * part,
    "zero": lambda part: 0 * part,
    "one element": lambda part: part + 0.1 * _first(part),
    "not transposed": _reordered,
}


def changed(rule: Any, change: Change) -> Any:
    """A rule whose result is changed."""

    def wrong(g: Any, *needed: Any) -> Any:
        return change(rule(g, *needed))

    return _with_needs(wrong, needs_of(rule))


def without_a_term(rule: Any) -> Any:
    """A rule that leaves out what flows through the first element of the result: a term of a sum forgotten."""

    def wrong(g: Any, *needed: Any) -> Any:
        return rule(g * (1 - _first(g)), *needed)

    return _with_needs(wrong, needs_of(rule))


def with_another(rule: Any, name: str, other: str) -> Any:
    """A rule that is given another array for one that it names: `x` where it means `out`."""

    def wrong(g: Any, *needed: Any) -> Any:
        return rule(g, *needed)

    return _with_needs(wrong, tuple(other if each == name else each for each in needs_of(rule)))


def _with_needs(rule: Any, needs: tuple[str, ...]) -> Any:
    rule.needs = needs
    return rule


def planted(made: Primitive, position: int, rule: Any) -> Primitive:
    """A copy of a primitive with one other rule."""
    wrong = copy.copy(made)
    wrong.rules = (*made.rules[:position], rule, *made.rules[position + 1 :])
    wrong._plans = {}
    return wrong


def mutants(made: Primitive) -> Iterator[tuple[str, Primitive]]:
    """A primitive with each of its rules changed in each way, or swapped with another, and the words for it."""
    for i, rule in enumerate(made.rules):
        if rule is None:
            continue
        for word, change in CHANGES.items():
            yield f"{made.name}, rule {i}: {word}", planted(made, i, changed(rule, change))
        for j, other in enumerate(made.rules):
            if other is not None and i != j:
                yield f"{made.name}, rule {i}: that of argument {j}", planted(made, i, other)
