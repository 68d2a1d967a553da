"""Counts of right and wrong above thresholds; precision, recall, and what balances them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import autodiff as ad

from ..losses.shapes import aligned, as_dtype, fitting
from .metric import Metric, constant, quotient, registry

KINDS = ("true_positives", "false_positives", "true_negatives", "false_negatives")


def counts(y_true: Any, y_pred: Any, thresholds: Any, weights: Any = None) -> dict[str, Any]:
    """How many (or of which weight) are right and wrong where `y_pred` above a threshold stands for True.

    Both are of shape (N,) or (N, labels), thresholds (T,) and rising; the counts are (T,) or (T, labels).
    Each prediction is counted once, at the number of thresholds below it, and the counts are summed up from there.
    """
    thresholds = np.asarray(thresholds, y_pred.dtype)
    places = np.searchsorted(thresholds, y_pred)
    columns = tuple(np.arange(side) for side in y_pred.shape[1:])
    empty = np.zeros((len(thresholds) + 1, *y_pred.shape[1:]), y_pred.dtype)
    is_true = as_dtype(y_true != 0, y_pred.dtype)
    weights = 1 if weights is None else weights
    true = ad.at(empty)[(places, *columns)].add(is_true * weights)
    false = ad.at(empty)[(places, *columns)].add((1 - is_true) * weights)
    return {
        "true_positives": _above(true),
        "false_negatives": _below(true),
        "false_positives": _above(false),
        "true_negatives": _below(false),
    }


def _above(at: Any) -> Any:
    """Of what lies at each place, the sum behind each threshold."""
    return np.cumsum(at[::-1], axis=0)[::-1][1:]


def _below(at: Any) -> Any:
    return np.cumsum(at, axis=0)[:-1]


def between(name: str, thresholds: Any, default: float) -> list[float]:
    """Thresholds as a list. Raises ValueError unless they lie in [0, 1]."""
    if thresholds is None:
        return [default]
    listed = list(thresholds) if isinstance(thresholds, (Sequence, np.ndarray)) else [thresholds]
    if not listed or not all(0 <= each <= 1 for each in listed):
        raise ValueError(f"{name}: thresholds are {thresholds}, expected numbers in [0, 1]")
    return [float(each) for each in listed]


class Counts(Metric):
    """State and updates of those metrics that count at thresholds; `kinds` tells what they count."""

    kinds: tuple[str, ...] = KINDS
    true_positives: Any
    false_positives: Any
    true_negatives: Any
    false_negatives: Any

    def __init__(self, name: str | None, dtype: Any, levels: Sequence[float], class_id: int | None = None) -> None:
        super().__init__(dtype, name)
        self._levels = np.array(levels)
        self._order = np.argsort(self._levels, kind="stable")
        self.class_id = class_id
        self.top_k: int | None = None

    def build(self, y_true_shape: Any = None, y_pred_shape: Any = None) -> None:
        """Make the state."""
        for kind in self.kinds:
            setattr(self, kind, self.add_variable((len(self._levels),), name=kind))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_true, y_pred = aligned(self.name, constant(y_true), as_dtype(constant(y_pred), self.dtype))
        if self.top_k is not None:
            y_pred = _top(y_pred, self.top_k)
        if self.class_id is not None:
            y_true, y_pred = self._of_class(y_true, self.class_id), self._of_class(y_pred, self.class_id)
        weights = None
        if sample_weight is not None:
            weights = fitting(self.name, constant(sample_weight), y_pred, per_sample=True)
            weights = np.broadcast_to(weights, y_pred.shape)
        self._add(y_true, y_pred, weights)

    def _of_class(self, y: Any, class_id: int) -> Any:
        if not -y.shape[-1] <= class_id < y.shape[-1]:
            raise ValueError(f"{self.name}: class_id is {class_id}, but y_pred has {y.shape[-1]} classes")
        return y[..., class_id]

    def _add(self, y_true: Any, y_pred: Any, weights: Any) -> None:
        flat = [each if each is None else each.reshape(-1) for each in (y_true, y_pred, weights)]
        found = counts(flat[0], flat[1], self._levels[self._order], flat[2])
        back = np.argsort(self._order)
        for kind in self.kinds:
            getattr(self, kind).assign_add(found[kind][back])

    def _told(self, values: Any) -> Any:
        """One number for one threshold."""
        return values[0] if len(self._levels) == 1 else values


def _top(y_pred: Any, k: int) -> Any:
    """The k largest along the last axis, −inf in place of the others; of equal ones the first count."""
    places = np.argsort(np.argsort(-y_pred, axis=-1, kind="stable"), axis=-1, kind="stable")
    return np.where(places < k, y_pred, -np.inf)


class _One(Counts):
    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name, dtype, between(type(self).__name__, thresholds, 0.5))
        self.thresholds = thresholds
        self.build()

    def result(self) -> Any:
        return self._told(getattr(self, self.kinds[0]) + 0)


@registry.add()
class TruePositives(_One):
    """How many predictions above `thresholds` (a number or several, 0.5 by default) are of a True target."""

    kinds = ("true_positives",)


@registry.add()
class FalsePositives(_One):
    """How many predictions above `thresholds` (a number or several, 0.5 by default) are of a False target."""

    kinds = ("false_positives",)


@registry.add()
class TrueNegatives(_One):
    """How many predictions not above `thresholds` (a number or several, 0.5 by default) are of a False target."""

    kinds = ("true_negatives",)


@registry.add()
class FalseNegatives(_One):
    """How many predictions not above `thresholds` (a number or several, 0.5 by default) are of a True target."""

    kinds = ("false_negatives",)


class _Share(Counts):
    """True positives over those and the false ones that `kinds` names; 0 where there are none."""

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        default = 0.5 if top_k is None else -np.inf
        super().__init__(name, dtype, between(type(self).__name__, thresholds, default), class_id)
        self.thresholds, self.top_k = thresholds, top_k
        self.build()

    def result(self) -> Any:
        right, wrong = (getattr(self, kind) for kind in self.kinds)
        return self._told(quotient(right, right + wrong))


@registry.add()
class Precision(_Share):
    """Which share of what was predicted True is so: TP / (TP + FP).

    Predicted True is what lies above `thresholds` (a number in [0, 1] or several, 0.5 by default), with `top_k`
    the k largest of each row; with `class_id` only that column counts.

    >>> float(Precision()(np.array([0, 1, 1, 1]), np.array([0.9, 0.2, 0.8, 0.7])).numpy().round(4))
    0.666700005531311
    """

    kinds = ("true_positives", "false_positives")


@registry.add()
class Recall(_Share):
    """Which share of what is True was predicted so: TP / (TP + FN); arguments as of `Precision`.

    >>> float(Recall()(np.array([0, 1, 1, 1]), np.array([0.9, 0.2, 0.8, 0.1])).numpy().round(4))
    0.33329999446868896
    """

    kinds = ("true_positives", "false_negatives")
