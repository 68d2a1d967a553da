"""Losses for few among many: focal cross-entropies, and overlaps of regions."""

from __future__ import annotations

from typing import Any

import numpy as np

import autodiff as ad

from ..settings import epsilon
from .loss import loss, loss_class
from .probabilistic import binary_terms, clipped, one_hot_targets, shares, smoothed
from .shapes import aligned


@loss()
def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """The binary cross-entropy times (1 − p)^gamma, p the probability of what is right (Lin et al., 2017).

    With `apply_class_balancing` ones count `alpha` times, and zeros 1 − `alpha` times.
    """
    y_true, y_pred = aligned("binary_focal_crossentropy", y_true, y_pred)
    y_true = smoothed(y_true, label_smoothing, 2)
    p = ad.sigmoid(y_pred) if from_logits else clipped(y_pred)
    terms = (y_true * (1 - p) + (1 - y_true) * p) ** gamma * binary_terms(y_true, y_pred, from_logits)
    if apply_class_balancing:
        terms = terms * (y_true * alpha + (1 - y_true) * (1 - alpha))
    return np.mean(terms, axis=axis)


@loss()
def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: Any = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """−Σ alpha · (1 − p)^gamma · t log p along `axis` (Lin et al., 2017); `alpha` may be a list, one for each class."""
    y_true, y_pred = one_hot_targets("categorical_focal_crossentropy", y_true, y_pred, label_smoothing, axis)
    p = clipped(ad.softmax(y_pred) if from_logits else shares(y_pred))
    alpha = np.asarray(alpha, dtype=y_pred.dtype) if isinstance(alpha, (list, tuple, np.ndarray)) else alpha
    return np.sum(alpha * (1 - p) ** gamma * -y_true * np.log(p), axis=-1)


@loss()
def tversky(y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Any = None) -> Any:
    """1 − TP / (TP + alpha · FN + beta · FP), each summed over `axis` (all for None) (Salehi et al., 2017).

    The paper has alpha at false positives, and so has Keras' description; what Keras computes is this. epsilon() is
    added below the line: without any positives, true or predicted, the loss is 1.
    """
    y_true, y_pred = aligned("tversky", y_true, y_pred)
    hits = np.sum(y_true * y_pred, axis=axis)
    false_positives = np.sum((1 - y_true) * y_pred, axis=axis)
    false_negatives = np.sum(y_true * (1 - y_pred), axis=axis)
    return 1 - hits / (hits + alpha * false_negatives + beta * false_positives + epsilon())


@loss()
def dice(y_true: Any, y_pred: Any, axis: Any = None) -> Any:
    """1 − 2 Σ t·p / (Σ t + Σ p), summed over `axis` (all for None) (Dice, 1945); 1 where both are 0, as in Keras."""
    y_true, y_pred = aligned("dice", y_true, y_pred)
    both = np.sum(y_true * y_pred, axis=axis)
    return 1 - 2 * both / (np.sum(y_true, axis=axis) + np.sum(y_pred, axis=axis) + epsilon())


BinaryFocalCrossentropy = loss_class("BinaryFocalCrossentropy", binary_focal_crossentropy)
CategoricalFocalCrossentropy = loss_class("CategoricalFocalCrossentropy", categorical_focal_crossentropy)
Tversky = loss_class("Tversky", tversky, "alpha beta reduction name axis dtype")
Dice = loss_class("Dice", dice, "reduction name axis dtype")
