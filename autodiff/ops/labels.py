"""Labels, which name classes by whole numbers: checked, and as rows of the unit matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..domains import Sampler
from ..primitive import primitive


def _run_check_labels(labels: Any, classes: int) -> Any:
    """Labels as indices. TypeError unless they are integers, ValueError unless they lie in [0, classes)."""
    if labels.dtype.kind not in "iu":
        raise TypeError(
            f"labels are {labels.dtype}, expected integers; write labels.astype(int), or pass probabilities"
        )
    # As unsigned numbers negative ones are large, so that one pass tells.
    if labels.size and np.maximum.reduce(labels.astype(np.uint64), axis=None) >= classes:
        raise ValueError(
            f"labels lie in [{labels.min()}, {labels.max()}], expected [0, {classes - 1}]: "
            f"the last axis of the logits has {classes} classes"
        )
    return labels.astype(np.intp)


def _run_unit_rows(labels: Any, classes: int, dtype: Any) -> Any:
    # Of many classes the unit matrix would be too large.
    return (
        np.eye(classes, dtype=dtype).take(labels, axis=0)
        if classes <= 128
        else (np.arange(classes) == labels[..., np.newaxis]).astype(dtype)
    )


def _labels(s: Sampler) -> Any:
    return np.array([s.integer(0, 2), s.integer(0, 2)])


checked_labels = primitive("checked_labels", _run_check_labels, None, sample=lambda s: ((_labels(s),), {"classes": 3}))
# For labels that have been checked.
unit_rows = primitive(
    "unit_rows",
    _run_unit_rows,
    None,
    label="one_hot",
    sample=lambda s: ((_labels(s),), {"classes": 3, "dtype": np.dtype(float)}),
)
