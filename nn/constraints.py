"""Constraints: what a weight is put through after each step of the optimizer, by the names of Keras.

A constraint is a function of a weight that gives one of the same shape; any such function will do. Norms
are taken along `axis`: 0 for the columns of a `Dense` kernel, which are its units, and (0, 1, 2) for the
filters of a `Conv2D` kernel. As in Keras, `epsilon()` is added to a norm that divides: columns of zeros
stay zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .registry import Configured, Registry
from .settings import epsilon

registry = Registry("constraint")
get, serialize, deserialize = registry.get, registry.to_config, registry.from_config

Axis = int | Sequence[int]


class Constraint(Configured):
    """A weight put into bounds: derive from it and write `__call__`; `get_config` follows from `__init__`."""

    def __call__(self, w: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no __call__(self, w)")


def _norm(w: Any, axis: Axis) -> Any:
    axes = axis if isinstance(axis, int) else tuple(axis)
    return np.sqrt(np.sum(np.square(w), axis=axes, keepdims=True))


@registry.add()
class MaxNorm(Constraint):
    """Columns shortened to the norm `max_value` where they are longer (Srivastava et al., 2014).

    Raises ValueError for a `max_value` below 0.

    >>> MaxNorm(1.0)(np.array([[3.0, 0.0], [4.0, 0.5]])).round(3)
    array([[0.6, 0. ],
           [0.8, 0.5]])
    """

    def __init__(self, max_value: float = 2, axis: Axis = 0) -> None:
        if max_value < 0:
            raise ValueError(f"MaxNorm: max_value is {max_value}, expected a norm, 0 or more")
        self.max_value, self.axis = max_value, axis

    def __call__(self, w: Any) -> Any:
        norm = _norm(w, self.axis)
        return w * (np.minimum(norm, self.max_value) / (epsilon() + norm))


@registry.add()
class NonNeg(Constraint):
    """0 in place of negative weights.

    >>> NonNeg()(np.array([-1.0, 2.0]))
    array([0., 2.])
    """

    def __call__(self, w: Any) -> Any:
        return np.maximum(w, 0)


@registry.add()
class UnitNorm(Constraint):
    """Columns of norm 1.

    >>> UnitNorm()(np.array([[3.0, 0.0], [4.0, 0.0]])).round(3)
    array([[0.6, 0. ],
           [0.8, 0. ]])
    """

    def __init__(self, axis: Axis = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        return w / (epsilon() + _norm(w, self.axis))


@registry.add()
class MinMaxNorm(Constraint):
    """Columns whose norm is brought between two bounds, or by the share `rate` of the way there.

    Raises ValueError unless 0 ≤ min_value ≤ max_value.

    >>> MinMaxNorm(1.0, 2.0)(np.array([[3.0, 0.0], [4.0, 0.5]])).round(3)
    array([[1.2, 0. ],
           [1.6, 1. ]])
    """

    def __init__(self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Axis = 0) -> None:
        if not 0 <= min_value <= max_value:
            raise ValueError(
                f"MinMaxNorm: min_value is {min_value} and max_value {max_value}, expected 0 ≤ min_value ≤ max_value"
            )
        self.min_value, self.max_value, self.rate, self.axis = min_value, max_value, rate, axis

    def __call__(self, w: Any) -> Any:
        norm = _norm(w, self.axis)
        wanted = self.rate * np.clip(norm, self.min_value, self.max_value) + (1 - self.rate) * norm
        return w / (epsilon() + norm) * wanted  # in this order 0 stays 0 in float16, where wanted / epsilon() is inf


# Keras' other names

max_norm, non_neg, unit_norm, min_max_norm = MaxNorm, NonNeg, UnitNorm, MinMaxNorm
