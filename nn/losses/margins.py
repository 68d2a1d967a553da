"""Losses of a margin: targets are −1 and 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from .loss import loss, loss_class
from .shapes import aligned


def _signs(y_true: Any) -> Any:
    """Targets as −1 and 1, where all of them are 0 or 1."""
    return np.where(np.all((y_true == 0) | (y_true == 1)), 2 * y_true - 1, y_true)


@loss()
def hinge(y_true: Any, y_pred: Any) -> Any:
    """The mean of max(1 − y_true · y_pred, 0) over the last axis; targets are −1 and 1, or 0 and 1.

    >>> hinge(np.array([[1], [0]]), np.array([[0.5], [0.5]]))
    array([0.5, 1.5])
    """
    y_true, y_pred = aligned("hinge", y_true, y_pred)
    return np.mean(np.maximum(1 - _signs(y_true) * y_pred, 0), axis=-1)


@loss()
def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """The mean of max(1 − y_true · y_pred, 0)² over the last axis; targets are −1 and 1, or 0 and 1."""
    y_true, y_pred = aligned("squared_hinge", y_true, y_pred)
    return np.mean(np.maximum(1 - _signs(y_true) * y_pred, 0) ** 2, axis=-1)


@loss()
def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """max(1 + highest wrong score − right score, 0) along the last axis, for one-hot targets."""
    y_true, y_pred = aligned("categorical_hinge", y_true, y_pred)
    right = np.sum(y_true * y_pred, axis=-1)
    wrong = np.max((1 - y_true) * y_pred, axis=-1)
    return np.maximum(wrong - right + 1, 0)


Hinge = loss_class("Hinge", hinge)
SquaredHinge = loss_class("SquaredHinge", squared_hinge)
CategoricalHinge = loss_class("CategoricalHinge", categorical_hinge)
