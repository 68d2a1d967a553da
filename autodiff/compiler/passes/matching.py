"""What rules of passes ask of nodes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...node import Node
from ...notation import is_call
from ...primitive import REGISTRY, Primitive
from ..program import value_of


def made_by(value: Any, *names: str) -> bool:
    """Whether an input is the result of one of these primitives."""
    return isinstance(value, Node) and is_call(value, *names)


def number_in(value: Any) -> float | None:
    """The number that an input is known to be, or to be full of."""
    known = value_of(value)
    if known is None:
        return None
    array = np.asarray(known)
    return array.flat[0].item() if array.size and np.all(array == array.flat[0]) else None


def is_number(value: Any, *numbers: float) -> bool:
    """Whether an input is full of one of these numbers; −0.0 is not 0."""
    known = number_in(value)
    return known is not None and any(known == each and np.signbit(known) == np.signbit(each) for each in numbers)


def same_kind(value: Any, node: Node) -> bool:
    """Whether an input could stand in a node's place."""
    return isinstance(value, Node) and value.shape == node.shape and value.dtype == node.dtype


def transposition(node: Node) -> tuple[int, ...]:
    """The axes of a transposition."""
    axes = (node.params or {})["axes"]
    ndim = len(node.shape)
    return tuple(range(ndim))[::-1] if axes is None else tuple(axis % ndim for axis in axes)


def primitive(name: str) -> Primitive:
    return REGISTRY[name]
