"""Losses of numbers: squared and absolute differences, and what lies between."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..settings import epsilon
from .loss import loss, loss_class
from .shapes import aligned


@loss("mse", "MSE")
def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of (y_true − y_pred)² over the last axis, one value per sample.

    Both have one shape (..., D); (N,) beside (N, 1) is taken for it, any other shape raises ValueError.

    >>> mean_squared_error(np.array([[0.0, 0.0]]), np.array([[1.0, 3.0]]))
    array([5.])
    """
    y_true, y_pred = aligned("mean_squared_error", y_true, y_pred)
    return np.mean((y_pred - y_true) ** 2, axis=-1)


@loss("mae", "MAE")
def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of |y_true − y_pred| over the last axis."""
    y_true, y_pred = aligned("mean_absolute_error", y_true, y_pred)
    return np.mean(np.abs(y_pred - y_true), axis=-1)


@loss("mape", "MAPE")
def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """100 times the mean of |y_true − y_pred| / max(|y_true|, epsilon()) over the last axis."""
    y_true, y_pred = aligned("mean_absolute_percentage_error", y_true, y_pred)
    return 100 * np.mean(np.abs(y_pred - y_true) / np.maximum(np.abs(y_true), epsilon()), axis=-1)


@loss("msle", "MSLE")
def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of (log(1 + y_true) − log(1 + y_pred))² over the last axis; numbers below epsilon() count as that."""
    y_true, y_pred = aligned("mean_squared_logarithmic_error", y_true, y_pred)
    difference = np.log1p(np.maximum(y_pred, epsilon())) - np.log1p(np.maximum(y_true, epsilon()))
    return np.mean(difference**2, axis=-1)


@loss()
def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """The mean over the last axis of e² / 2 up to |e| = delta, and delta · (|e| − delta / 2) beyond (Huber, 1964).

    >>> huber(np.array([[0.0], [0.0]]), np.array([[0.5], [3.0]]))
    array([0.125, 2.5  ])
    """
    y_true, y_pred = aligned("huber", y_true, y_pred)
    distance = np.abs(y_pred - y_true)
    near = np.minimum(distance, delta)
    return np.mean(near * (distance - 0.5 * near), axis=-1)


@loss()
def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """The mean of log cosh(y_pred − y_true) over the last axis, to full precision for small differences, too.

    log cosh e = log(1 + 2 sinh²(e / 2)), from cosh e = 1 + 2 sinh²(e / 2); far out it is a straight line.
    """
    y_true, y_pred = aligned("log_cosh", y_true, y_pred)
    distance = np.abs(y_pred - y_true)
    # Beyond this the slope is 1 to the last digit, and sinh² would soon overflow.
    bent = np.minimum(distance, 18 if y_pred.dtype == np.float64 else 10)
    return np.mean(np.log1p(2 * np.sinh(bent / 2) ** 2) + (distance - bent), axis=-1)


@loss()
def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Minus the cosine of the angle between both along `axis`: −1 for one direction, 0 beside a zero vector.

    >>> cosine_similarity(np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([[1.0, 0.0], [2.0, 2.0]])).round(6)
    array([-0., -1.])
    """
    y_true, y_pred = aligned("cosine_similarity", y_true, y_pred)
    return -np.sum(normalized(y_true, axis) * normalized(y_pred, axis), axis=axis)


def normalized(x: Any, axis: int) -> Any:
    """Vectors of length 1; those shorter than 1e-12 stay shorter."""
    least = max(1e-24, float(np.finfo(x.dtype).tiny))
    return x / np.sqrt(np.maximum(np.sum(x * x, axis=axis, keepdims=True), least))


MeanSquaredError = loss_class("MeanSquaredError", mean_squared_error)
MeanAbsoluteError = loss_class("MeanAbsoluteError", mean_absolute_error)
MeanAbsolutePercentageError = loss_class("MeanAbsolutePercentageError", mean_absolute_percentage_error)
MeanSquaredLogarithmicError = loss_class("MeanSquaredLogarithmicError", mean_squared_logarithmic_error)
Huber = loss_class("Huber", huber, name="huber_loss")
LogCosh = loss_class("LogCosh", log_cosh)
CosineSimilarity = loss_class("CosineSimilarity", cosine_similarity)
