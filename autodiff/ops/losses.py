"""Cross-entropy, from logits: the losses of classifiers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dispatch import composed
from ..domains import Sample, Sampler
from ..primitive import primitive
from . import elementwise as el
from . import piecewise as pw
from .labels import checked_labels, unit_rows
from .reduce import sum
from .shape import floats, shaped
from .special import _bounded, _run_sigmoid, _run_softmax, _softmax, _total, log_softmax, softplus


def one_hot(labels: Any, classes: int, dtype: Any = np.float64) -> Any:
    """Rows of the unit matrix, one for each label; labels must lie in [0, classes).

    >>> ad.one_hot([2, 0], 3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    return unit_rows(checked_labels(shaped(labels), classes=classes), classes=classes, dtype=np.dtype(dtype))


def _run_cross_entropy(x: Any, labels: Any) -> Any:
    x = _bounded(x, -1)
    chosen = x.reshape(-1, x.shape[-1])[np.arange(labels.size), labels.ravel()].reshape(labels.shape)
    return np.log(_total(np.exp(x), -1)).reshape(labels.shape) - chosen


def _by_logits(g: Any, x: Any, y: Any) -> Any:
    return (_softmax(x, axis=-1) - unit_rows(y, classes=x.shape[-1], dtype=x.dtype)) * g[..., None]


_cross_entropy = primitive(
    "cross_entropy",
    _run_cross_entropy,
    _by_logits,
    None,
    sample=lambda s: ((s.array((2, 3)), np.array([s.integer(0, 2), s.integer(0, 2)])), {}),
)


def _targets_sample(s: Sampler) -> Sample:
    targets = _run_softmax(s.array((2, 3)), -1)
    return (s.array((2, 3)), s.choice([targets, np.array([2, 0])])), {}


@composed(sample=_targets_sample)
def cross_entropy(logits: Any, targets: Any) -> Any:
    """The cross-entropy of each row of logits: with labels (integers), or with probabilities.

    Labels have the shape of the logits without the last axis, probabilities that of the logits.
    Raises ValueError for a label outside of the classes and for shapes that do not fit.

    >>> ad.cross_entropy(np.array([[0.0, 0.0], [1e4, 0.0]]), np.array([0, 1]))
    array([6.93147181e-01, 1.00000000e+04])
    """
    logits, targets = floats(logits), shaped(targets)
    expected = logits.shape if targets.dtype.kind == "f" else logits.shape[:-1]
    if targets.shape != expected:
        kind = "probabilities" if targets.dtype.kind == "f" else "labels"
        raise ValueError(
            f"cross_entropy: {kind} of shape {targets.shape} for logits {logits.shape}, expected {expected}"
        )
    if targets.dtype.kind == "f":
        return -sum(el.scale(targets, log_softmax(logits)), -1)
    return _cross_entropy(logits, checked_labels(targets, classes=logits.shape[-1]))


@composed(sample=lambda s: ((s.array((2, 3)), _run_sigmoid(s.array((2, 3)))), {}))
def binary_cross_entropy(logits: Any, targets: Any) -> Any:
    """The cross-entropy of each logit x with a target in [0, 1]: softplus(−|x|) + x · ((x > 0) − target).

    It is softplus(x) − x · target, of which nothing is left for a confident answer that is right.

    >>> ad.binary_cross_entropy(np.array([40.0]), np.array([1.0]))
    array([4.24835426e-18])
    """
    logits, targets = shaped(logits), shaped(targets)
    if targets.shape != logits.shape:
        raise ValueError(
            f"binary_cross_entropy: targets of shape {targets.shape} for logits {logits.shape}; reshape one"
        )
    positive = logits > 0
    # Not −|x|, whose slope at 0 is 0.
    return softplus(pw.where(positive, -logits, logits)) + el.scale(positive.astype(logits.dtype) - targets, logits)
