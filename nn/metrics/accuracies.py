"""Accuracies: the share of samples whose prediction is right."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..losses.labels import as_indices
from ..losses.shapes import arrayed, as_dtype, as_floats, labels_for, matched
from ..settings import floatx
from .metric import mean_of


def _hits(right: Any, y_pred: Any) -> Any:
    """Truth values as 0 and 1, in the dtype of the predictions where those are floats."""
    return right.astype(y_pred.dtype if y_pred.dtype.kind == "f" else floatx())


def accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where both are equal, 0 elsewhere: for labels that are compared with labels."""
    y_true, y_pred = matched("accuracy", arrayed(y_true), arrayed(y_pred))
    return _hits(y_true == y_pred, y_pred)


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """1 where a target of 1 is predicted above `threshold`, or one of 0 not above.

    >>> binary_accuracy(np.array([[1.0], [0.0]]), np.array([[0.7], [0.6]]))
    array([[1.],
           [0.]])
    """
    y_true, y_pred = matched("binary_accuracy", arrayed(y_true), as_floats(y_pred))
    return _hits(y_true == (y_pred > threshold), y_pred)


def categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where the largest score is that of the one-hot target's class, 0 elsewhere, along the last axis."""
    y_true, y_pred = matched("categorical_accuracy", arrayed(y_true), arrayed(y_pred))
    return _hits(np.argmax(y_true, axis=-1) == np.argmax(y_pred, axis=-1), y_pred)


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where the largest score is that of the label, 0 elsewhere, along the last axis.

    >>> sparse_categorical_accuracy(np.array([1, 0]), np.array([[0.2, 0.8], [0.4, 0.6]]))
    array([1., 0.])
    """
    y_pred = arrayed(y_pred)
    return _hits(np.argmax(y_pred, axis=-1) == labels_for("sparse_categorical_accuracy", y_true, y_pred), y_pred)


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """1 where the score of the one-hot target's class is among the k largest, 0 elsewhere."""
    y_true, y_pred = matched("top_k_categorical_accuracy", arrayed(y_true), as_floats(y_pred))
    return sparse_top_k_categorical_accuracy(np.argmax(y_true, axis=-1), y_pred, k)


def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False) -> Any:
    """1 where fewer than k scores are greater than that of the label, 0 elsewhere, and where it is no number.

    With `from_sorted_ids`, `y_pred` holds the classes themselves, the most likely first.

    >>> sparse_top_k_categorical_accuracy(np.array([1, 0]), np.array([[0.3, 0.2, 0.5], [0.1, 0.2, 0.7]]), k=2)
    array([0., 0.])
    """
    name, y_pred = "sparse_top_k_categorical_accuracy", arrayed(y_pred)
    labels = as_indices(labels_for(name, y_true, y_pred))[..., None]
    if from_sorted_ids:
        return _hits(np.any(y_pred[..., :k] == labels, axis=-1), y_pred)
    right = np.take_along_axis(y_pred, labels, -1)
    count = np.sum(as_dtype(y_pred > right, np.intp), axis=-1)
    return _hits((count < k) & np.isfinite(right[..., 0]), y_pred)


Accuracy = mean_of("Accuracy", accuracy)
BinaryAccuracy = mean_of("BinaryAccuracy", binary_accuracy)
CategoricalAccuracy = mean_of("CategoricalAccuracy", categorical_accuracy)
SparseCategoricalAccuracy = mean_of("SparseCategoricalAccuracy", sparse_categorical_accuracy)
TopKCategoricalAccuracy = mean_of("TopKCategoricalAccuracy", top_k_categorical_accuracy, order="k name dtype")
SparseTopKCategoricalAccuracy = mean_of(
    "SparseTopKCategoricalAccuracy", sparse_top_k_categorical_accuracy, order="k name dtype from_sorted_ids"
)
