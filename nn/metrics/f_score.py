"""F scores: precision and recall as one number, for each class."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..losses.shapes import aligned, as_dtype, fitting
from .metric import Metric, constant, quotient, registry


@registry.add()
class FBetaScore(Metric):
    """(1 + beta²) · precision · recall / (beta² · precision + recall), for one-hot targets of shape (N, classes).

    Predicted is the class with the largest score, or with `threshold` each class whose score is above it.
    `average` is None (one score for each class), 'micro' (of all counts together), 'macro' (the mean), or
    'weighted' (the mean, weighted by how many targets a class has).
    """

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(dtype, name)
        if average not in (None, "micro", "macro", "weighted"):
            raise ValueError(f"{self.name}: average is {average!r}, expected None, 'micro', 'macro' or 'weighted'")
        if not beta > 0:
            raise ValueError(f"{self.name}: beta is {beta}, expected a number above 0")
        if threshold is not None and not 0 < threshold <= 1:
            raise ValueError(f"{self.name}: threshold is {threshold}, expected a number in (0, 1], or None")
        self.average, self.beta, self.threshold = average, beta, threshold
        self.built = False

    def build(self, y_true_shape: Any, y_pred_shape: Any) -> None:
        """Make the state for a number of classes: the last side of the shapes."""
        if len(y_pred_shape) != 2:
            raise ValueError(
                f"{self.name}: y_pred has shape {tuple(y_pred_shape)}, expected (samples, classes); "
                "for one probability per sample give y[:, None] and a threshold"
            )
        shape = () if self.average == "micro" else (y_pred_shape[-1],)
        self.true_positives = self.add_variable(shape, name="true_positives")
        self.false_positives = self.add_variable(shape, name="false_positives")
        self.false_negatives = self.add_variable(shape, name="false_negatives")
        self.built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_true, y_pred = aligned(self.name, constant(y_true), as_dtype(constant(y_pred), self.dtype))
        if not self.built:
            self.build(y_true.shape, y_pred.shape)
        y_pred = as_dtype(self._predicted(y_pred), self.dtype)
        weights = 1 if sample_weight is None else fitting(self.name, constant(sample_weight), y_pred, per_sample=True)
        axis = None if self.average == "micro" else 0
        self.true_positives.assign_add(np.sum(y_pred * y_true * weights, axis=axis))
        self.false_positives.assign_add(np.sum(y_pred * (1 - y_true) * weights, axis=axis))
        self.false_negatives.assign_add(np.sum((1 - y_pred) * y_true * weights, axis=axis))

    def _predicted(self, y_pred: Any) -> Any:
        if self.threshold is not None:
            return y_pred > self.threshold
        return (y_pred >= np.max(y_pred, axis=-1, keepdims=True)) & (y_pred != 0)

    def result(self) -> Any:
        if not self.built:
            return np.zeros((), self.dtype)
        square = self.beta**2
        hits, misses = self.true_positives, self.false_negatives
        # The definition, times the denominators of precision and recall: counts only, and 0 where there are none.
        score = quotient((1 + square) * hits, (1 + square) * hits + square * misses + self.false_positives)
        if self.average == "macro":
            return np.mean(score)
        if self.average == "weighted":
            return quotient(np.sum(score * (hits + misses)), np.sum(hits + misses))
        return score


@registry.add()
class F1Score(FBetaScore):
    """2 · precision · recall / (precision + recall): the `FBetaScore` of beta 1; see there.

    >>> y_true = np.array([[1, 0], [0, 1], [0, 1]])
    >>> F1Score()(y_true, np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]])).numpy().round(4)
    array([0.6667, 0.6667], dtype=float32)
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype)
