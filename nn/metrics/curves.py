"""What many thresholds tell together: the area under a curve, and one rate where another is high enough."""

from __future__ import annotations

from typing import Any

import numpy as np

import autodiff as ad

from ..losses.shapes import as_floats
from ..settings import epsilon
from .confusion import Counts, between, counts
from .metric import constant, quotient, registry


def spaced(name: str, count: int) -> list[float]:
    """Thresholds at equal steps from just below 0 to just above 1. Raises ValueError for fewer than two."""
    if count < 2:
        raise ValueError(f"{name}: num_thresholds is {count}, expected 2 or more")
    return [-epsilon(), *[i / (count - 1) for i in range(1, count - 1)], 1 + epsilon()]


@registry.add()
class AUC(Counts):
    """The area under the ROC curve, or with `curve='PR'` under that of precision over recall.

    The curve has a point for each of `num_thresholds`, or for each of `thresholds`, 0 and 1; the more there are,
    the nearer is the area to the exact one. Between points 'interpolation' draws a straight line (for PR what
    Davis and Goadrich, 2006, derive), 'minoring' takes the lower, 'majoring' the higher one. `multi_label` averages
    over the columns, by `label_weights` where given. `y_pred` are probabilities, or logits with `from_logits`.

    >>> float(AUC()(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])))
    0.75
    """

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Any = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Any = None,
        from_logits: bool = False,
    ) -> None:
        levels = spaced("AUC", num_thresholds)
        if thresholds is not None:
            levels = [-epsilon(), *sorted(between("AUC", thresholds, 0)), 1 + epsilon()]
        super().__init__(name, dtype, levels)
        if curve not in ("ROC", "PR"):
            raise ValueError(f"AUC: curve is {curve!r}, expected 'ROC' or 'PR'")
        if summation_method not in ("interpolation", "minoring", "majoring"):
            raise ValueError(
                f"AUC: summation_method is {summation_method!r}, expected 'interpolation', 'minoring' or 'majoring'"
            )
        if label_weights is not None and not multi_label:
            raise ValueError("AUC: label_weights are for labels of their own; write multi_label=True, too")
        self.num_thresholds, self.curve, self.summation_method = len(levels), curve, summation_method
        self.thresholds, self.multi_label, self.num_labels = thresholds, multi_label, num_labels
        self.label_weights, self.from_logits = label_weights, from_logits
        self.built = False
        if not multi_label or num_labels is not None:
            self.build(None, (None, num_labels))

    def build(self, y_true_shape: Any = None, y_pred_shape: Any = None) -> None:
        """Make the state; of several labels for as many as the last side of the shapes."""
        labels = (y_pred_shape[-1],) if self.multi_label else ()
        for kind in self.kinds:
            setattr(self, kind, self.add_variable((self.num_thresholds, *labels), name=kind))
        self.built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_pred = as_floats(constant(y_pred))
        super().update_state(y_true, ad.sigmoid(y_pred) if self.from_logits else y_pred, sample_weight)

    def _add(self, y_true: Any, y_pred: Any, weights: Any) -> None:
        if not self.multi_label:
            return super()._add(y_true, y_pred, weights)
        if y_pred.ndim != 2 or self.num_labels not in (None, y_pred.shape[-1]):
            expected = f"(N, {self.num_labels or 'labels'})"
            raise ValueError(f"{self.name}: y_pred has shape {y_pred.shape}, expected {expected}")

        if not self.built:
            self.build(y_true.shape, y_pred.shape)
        for kind, found in counts(y_true, y_pred, self._levels, weights).items():
            getattr(self, kind).assign_add(found)

    def result(self) -> Any:
        if not self.built:
            return np.zeros((), self.dtype)
        derived = self.curve == "PR" and self.summation_method == "interpolation"
        areas = self._interpolated_pr() if derived else self._area()
        if not self.multi_label:
            return areas
        if self.label_weights is None:
            return np.mean(areas)
        weights = np.asarray(self.label_weights, self.dtype)
        return np.sum(areas * weights) / np.sum(weights)

    def _area(self) -> Any:
        recall = quotient(self.true_positives, self.true_positives + self.false_negatives)
        if self.curve == "ROC":
            x, y = quotient(self.false_positives, self.false_positives + self.true_negatives), recall
        else:
            x, y = recall, quotient(self.true_positives, self.true_positives + self.false_positives)
        choose: dict[str, Any] = {
            "minoring": np.minimum,
            "majoring": np.maximum,
            "interpolation": lambda a, b: (a + b) / 2,
        }
        return np.sum((x[:-1] - x[1:]) * choose[self.summation_method](y[:-1], y[1:]), axis=0)

    def _interpolated_pr(self) -> Any:
        """Between points true positives grow linearly with all positives, and precision is their quotient."""
        right, found = self.true_positives, self.true_positives + self.false_positives
        slope = quotient(right[:-1] - right[1:], found[:-1] - found[1:])
        intercept = right[1:] - slope * found[1:]
        both = (found[:-1] > 0) & (found[1:] > 0)
        ratio = np.where(both, found[:-1] / np.where(both, found[1:], 1), 1)
        steps = slope * (right[:-1] - right[1:] + intercept * np.log(ratio))
        return np.sum(quotient(steps, right[1:] + self.false_negatives[1:]), axis=0)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        return config if self.thresholds is not None else {k: v for k, v in config.items() if k != "thresholds"}


class _At(Counts):
    """The best of one rate among the thresholds where another is at least `value`; 0 where there is none."""

    def __init__(self, value: float, num_thresholds: int, class_id: int | None, name: str | None, dtype: Any) -> None:
        if not 0 <= value <= 1:
            raise ValueError(f"{type(self).__name__}: got {value}, expected a rate in [0, 1]")
        levels = [0.5] if num_thresholds == 1 else spaced(type(self).__name__, num_thresholds)
        super().__init__(name, dtype, levels, class_id)
        self.num_thresholds = num_thresholds
        self._value = value
        self.build()

    def _sensitivity(self) -> Any:
        return quotient(self.true_positives, self.true_positives + self.false_negatives)

    def _specificity(self) -> Any:
        return quotient(self.true_negatives, self.true_negatives + self.false_positives)

    def _precision(self) -> Any:
        return quotient(self.true_positives, self.true_positives + self.false_positives)

    def _best(self, rate: Any, other: Any) -> Any:
        return np.max(np.where(other >= self._value, rate, 0))


@registry.add()
class SensitivityAtSpecificity(_At):
    """The highest TP / (TP + FN) of a threshold at which TN / (TN + FP) is `specificity` or more."""

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(specificity, num_thresholds, class_id, name, dtype)
        self.specificity = specificity

    def result(self) -> Any:
        return self._best(self._sensitivity(), self._specificity())


@registry.add()
class SpecificityAtSensitivity(_At):
    """The highest TN / (TN + FP) of a threshold at which TP / (TP + FN) is `sensitivity` or more."""

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)
        self.sensitivity = sensitivity

    def result(self) -> Any:
        return self._best(self._specificity(), self._sensitivity())


@registry.add()
class PrecisionAtRecall(_At):
    """The highest TP / (TP + FP) of a threshold at which TP / (TP + FN) is `recall` or more."""

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(recall, num_thresholds, class_id, name, dtype)
        self.recall = recall

    def result(self) -> Any:
        return self._best(self._precision(), self._sensitivity())


@registry.add()
class RecallAtPrecision(_At):
    """The highest TP / (TP + FN) of a threshold at which TP / (TP + FP) is `precision` or more."""

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(precision, num_thresholds, class_id, name, dtype)
        self.precision = precision

    def result(self) -> Any:
        return self._best(self._sensitivity(), self._precision())
