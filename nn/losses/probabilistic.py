"""Losses of probabilities: cross-entropies, divergence, Poisson."""

from __future__ import annotations

from typing import Any

import numpy as np

import autodiff as ad

from ..calls import logits_of
from ..settings import epsilon
from .labels import as_indices, checked
from .loss import loss, loss_class
from .shapes import aligned, arrayed, as_dtype, as_floats, labels_for, several_classes


def clipped(p: Any) -> Any:
    """Probabilities at least epsilon() from 0, and from 1 as far as that or as the dtype can tell."""
    margin = max(epsilon(), float(np.finfo(p.dtype).epsneg))
    return np.clip(p, epsilon(), 1 - margin)


def as_logits(y_pred: Any, from_logits: bool, function: str) -> tuple[Any, bool]:
    """The logits in place of probabilities that a function made of them, which need no clipping."""
    logits = None if from_logits else logits_of(y_pred, function)
    return (y_pred, from_logits) if logits is None else (logits, True)


def is_last(axis: int, y_pred: Any) -> bool:
    """Whether an axis is the last one, along which softmax notes its logits."""
    return axis in (-1, np.ndim(y_pred) - 1)


def smoothed(y_true: Any, label_smoothing: float, classes: int) -> Any:
    """Targets that give each class a share of `label_smoothing` (Szegedy et al., 2016)."""
    return y_true * (1 - label_smoothing) + label_smoothing / classes if label_smoothing else y_true


def binary_terms(y_true: Any, y_pred: Any, from_logits: bool) -> Any:
    """−t log p − (1 − t) log(1 − p), of each probability or logit."""
    if from_logits:
        return y_true * ad.softplus(-y_pred) + (1 - y_true) * ad.softplus(y_pred)
    p = clipped(y_pred)
    return -(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))


@loss("bce", "BCE")
def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    """The mean of −t log p − (1 − t) log(1 − p) along `axis`, for targets in [0, 1].

    Probabilities are clipped by epsilon(); logits (`from_logits=True`) need not be. Both have one shape.
    Raises ValueError for other shapes.

    >>> binary_crossentropy(np.array([[1], [0]]), np.array([[0.5], [0.25]])).round(6)
    array([0.693147, 0.287682])
    """
    y_pred, from_logits = as_logits(y_pred, from_logits, "sigmoid")
    y_true, y_pred = aligned("binary_crossentropy", y_true, y_pred, _labels_hint("binary_crossentropy", y_true, y_pred))
    return np.mean(binary_terms(smoothed(y_true, label_smoothing, 2), y_pred, from_logits), axis=axis)


def _labels_hint(name: str, y_true: Any, y_pred: Any) -> str:
    """What to write where labels came in place of one row of targets per sample."""
    true, pred = arrayed(y_true).shape, arrayed(y_pred).shape
    if true not in (pred[:-1], (*pred[:-1], 1)) or not pred or pred[-1] == 1:
        return ""
    return (
        f"y_true looks like labels: use sparse_categorical_crossentropy, or one-hot targets, np.eye({pred[-1]})[y_true]"
        if "categorical" in name or true == pred[:-1]
        else "for one probability per sample end the model with Dense(1)"
    )


def one_hot_targets(name: str, y_true: Any, y_pred: Any, label_smoothing: float, axis: int) -> tuple[Any, Any]:
    """Targets and predictions with the classes on the last axis. Raises ValueError where they do not fit."""
    y_true, y_pred = aligned(name, y_true, y_pred, _labels_hint(name, y_true, y_pred))
    several_classes(name, y_pred, axis)
    y_true = smoothed(y_true, label_smoothing, y_pred.shape[axis])
    return (y_true, y_pred) if is_last(axis, y_pred) else (np.moveaxis(y_true, axis, -1), np.moveaxis(y_pred, axis, -1))


def shares(p: Any) -> Any:
    """Numbers over their sum along the last axis."""
    return p / np.sum(p, axis=-1, keepdims=True)


@loss()
def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    """−Σ t log p along `axis`, for targets (one-hot, or probabilities) in the shape of the predictions.

    Probabilities are divided by their sum and clipped by epsilon(). Raises ValueError for other shapes, and
    for labels: those are for `sparse_categorical_crossentropy`.

    >>> categorical_crossentropy(np.array([[0, 1]]), np.array([[0.5, 0.5]])).round(6)
    array([0.693147])
    """
    if is_last(axis, y_pred):
        y_pred, from_logits = as_logits(y_pred, from_logits, "softmax")
    y_true, y_pred = one_hot_targets("categorical_crossentropy", y_true, y_pred, label_smoothing, axis)
    if from_logits:
        return ad.cross_entropy(y_pred, y_true)
    return -np.sum(y_true * np.log(clipped(shares(y_pred))), axis=-1)


@loss()
def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, ignore_class: int | None = None, axis: int = -1
) -> Any:
    """−log p of the right class along `axis`, for labels: integers, or floats that are whole.

    Labels have the shape of the predictions without `axis` (or with 1 there). Those that equal `ignore_class`
    give 0. Raises ValueError for labels outside of the classes, for others than whole numbers, and for one-hot
    targets: those are for `categorical_crossentropy`.

    >>> sparse_categorical_crossentropy(np.array([1, 0]), np.array([[0.5, 0.5], [0.25, 0.75]])).round(6)
    array([0.693147, 1.386294])
    """
    if is_last(axis, y_pred):
        y_pred, from_logits = as_logits(y_pred, from_logits, "softmax")
    name, y_pred, y_true = "sparse_categorical_crossentropy", as_floats(y_pred), arrayed(y_true)
    several_classes(name, y_pred, axis)
    if not is_last(axis, y_pred):
        y_pred = np.moveaxis(y_pred, axis, -1)
        y_true = np.moveaxis(y_true, axis, -1) if y_true.ndim == y_pred.ndim else y_true
    labels = labels_for(name, y_true, y_pred)
    if ignore_class is None:
        return _sparse_terms(labels, y_pred, from_logits)
    is_kept = labels != ignore_class
    return np.where(is_kept, _sparse_terms(np.where(is_kept, labels, 0), y_pred, from_logits), 0)


def _sparse_terms(labels: Any, y_pred: Any, from_logits: bool) -> Any:
    if from_logits:
        return ad.cross_entropy(y_pred, as_indices(labels))
    classes = y_pred.shape[-1]
    places = checked(labels, classes).reshape(-1)
    right = y_pred.reshape(-1, classes)[np.arange(labels.size), places].reshape(labels.shape)
    return -np.log(clipped(right / np.sum(y_pred, axis=-1)))


@loss("kld", "KLD")
def kl_divergence(y_true: Any, y_pred: Any) -> Any:
    """Σ t log(t / p) along the last axis, both clipped to [epsilon(), 1] (Kullback and Leibler, 1951)."""
    y_true, y_pred = aligned("kl_divergence", y_true, y_pred)
    y_true, y_pred = np.clip(y_true, epsilon(), 1), np.clip(y_pred, epsilon(), 1)
    return np.sum(y_true * np.log(y_true / y_pred), axis=-1)


@loss()
def poisson(y_true: Any, y_pred: Any) -> Any:
    """The mean of p − t log(p + epsilon()) over the last axis: a Poisson likelihood's −log, less a constant."""
    y_true, y_pred = aligned("poisson", y_true, y_pred)
    return np.mean(y_pred - y_true * np.log(y_pred + epsilon()), axis=-1)


@loss()
def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float = 0.5) -> Any:
    """(1 − p^q) / q of the right class, which noisy labels harm less (Zhang and Sabuncu, 2018); for labels."""
    name, y_pred = "categorical_generalized_cross_entropy", as_floats(y_pred)
    labels = labels_for(name, y_true, y_pred)
    one_hot = ad.one_hot(checked(labels, y_pred.shape[-1]), y_pred.shape[-1], y_pred.dtype)
    return (1 - np.sum(as_dtype(one_hot, y_pred.dtype) * y_pred, axis=-1) ** q) / q


BinaryCrossentropy = loss_class("BinaryCrossentropy", binary_crossentropy)
CategoricalCrossentropy = loss_class("CategoricalCrossentropy", categorical_crossentropy)
SparseCategoricalCrossentropy = loss_class(
    "SparseCategoricalCrossentropy",
    sparse_categorical_crossentropy,
    "from_logits ignore_class reduction axis name dtype",
)
KLDivergence = loss_class("KLDivergence", kl_divergence)
Poisson = loss_class("Poisson", poisson)
CategoricalGeneralizedCrossEntropy = loss_class(
    "CategoricalGeneralizedCrossEntropy", categorical_generalized_cross_entropy, "q reduction name dtype"
)
