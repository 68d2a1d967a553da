"""Regularizers: penalties for large weights, which layers add to the loss, by the names of Keras.

A regularizer is a function of a weight that gives one number; any such function will do.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .registry import Configured, Registry

registry = Registry("regularizer")
get, serialize, deserialize = registry.get, registry.to_config, registry.from_config


class Regularizer(Configured):
    """A penalty of a weight: derive from it and write `__call__`; `get_config` follows from `__init__`."""

    def __call__(self, x: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no __call__(self, x)")

    def _factor(self, name: str, value: Any) -> float:
        """A finite number, not below 0. Raises ValueError for others, which would reward large weights."""
        if not isinstance(value, (int, float, np.number)) or not 0 <= value < math.inf:
            raise ValueError(f"{type(self).__name__}: {name} is {value!r}, expected a finite number, 0 or more")
        return float(value)


@registry.add()
class L1(Regularizer):
    """l1 · Σ|w|, which drives weights to exactly 0 (Lasso; Tibshirani, 1996).

    >>> L1(0.1)(np.array([-1.0, 2.0]))
    np.float64(0.30000000000000004)
    """

    def __init__(self, l1: float = 0.01) -> None:
        self.l1 = self._factor("l1", l1)

    def __call__(self, x: Any) -> Any:
        return self.l1 * np.sum(np.abs(x))


@registry.add()
class L2(Regularizer):
    """l2 · Σw², which keeps weights small (ridge regression; Hoerl and Kennard, 1970).

    >>> L2(0.1)(np.array([-1.0, 2.0]))
    np.float64(0.5)
    """

    def __init__(self, l2: float = 0.01) -> None:
        self.l2 = self._factor("l2", l2)

    def __call__(self, x: Any) -> Any:
        return self.l2 * np.sum(np.square(x))


@registry.add()
class L1L2(Regularizer):
    """l1 · Σ|w| + l2 · Σw², both (elastic net; Zou and Hastie, 2005).

    As in Keras 3, both are 0 unless given: `l1_l2(0.01)` sets l1 alone, where Keras 2 set both to 0.01.

    >>> L1L2(l1=0.1, l2=0.1)(np.array([-1.0, 2.0]))
    np.float64(0.8)
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = self._factor("l1", l1)
        self.l2 = self._factor("l2", l2)

    def __call__(self, x: Any) -> Any:
        if not self.l1:
            return self.l2 * np.sum(np.square(x))
        absolute = self.l1 * np.sum(np.abs(x))
        return absolute + self.l2 * np.sum(np.square(x)) if self.l2 else absolute


@registry.add()
class OrthogonalRegularizer(Regularizer):
    """factor times the mean of |cos| of the angles between each two 'rows', or 'columns', of a matrix.

    0 if they are orthogonal, `factor` if all are parallel. A row of zeros has cosine 0 with all others, and
    one row alone gives 0. Raises ValueError for another mode, and for what is no matrix.

    >>> OrthogonalRegularizer(0.1)(np.array([[3.0, 0.0], [1.0, 0.0]]))
    np.float64(0.1)
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        if mode not in ("rows", "columns"):
            raise ValueError(f"OrthogonalRegularizer: mode is {mode!r}, expected 'rows' or 'columns'")
        self.factor, self.mode = self._factor("factor", factor), mode

    def __call__(self, x: Any) -> Any:
        if len(x.shape) != 2:
            raise ValueError(f"OrthogonalRegularizer: got a weight of shape {x.shape}, expected a matrix")
        rows = x if self.mode == "rows" else np.transpose(x)
        length = np.sqrt(np.sum(np.square(rows), axis=1, keepdims=True))
        units = rows / np.where(length == 0, 1, length)
        count = rows.shape[0]
        others = 1 - np.eye(count, dtype=x.dtype)
        return self.factor * np.sum(np.abs(units @ np.transpose(units)) * others) / max(1, count * (count - 1))


# Keras' other names

l1, l2, l1_l2, orthogonal_regularizer = L1, L2, L1L2, OrthogonalRegularizer
