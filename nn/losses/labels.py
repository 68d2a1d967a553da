"""Labels that name classes: whole numbers, also where they are stored as floats."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.ops.labels import checked_labels
from autodiff.primitive import primitive


def _run_whole_numbers(labels: Any) -> Any:
    """Floats as the integers that they stand for. ValueError where they stand for none."""
    whole = np.rint(labels)
    if labels.size and not np.array_equal(whole, labels):
        raise ValueError("labels are whole numbers that name classes, got others among them; for probabilities "
                         "of classes use a categorical loss, for numbers one of regression")  # fmt: skip
    return whole.astype(np.intp)


whole_numbers = primitive("whole_numbers", _run_whole_numbers, None, sample=lambda s: ((np.floor(s.array((3,))),), {}))


def as_indices(labels: Any) -> Any:
    """Labels as integers; floats must be whole."""
    if labels.dtype.kind == "f":
        return whole_numbers(labels)
    return labels.astype(np.intp) if labels.dtype.kind == "b" else labels


def checked(labels: Any, classes: int) -> Any:
    """Labels as indices that lie in [0, classes): ValueError otherwise, in a compiled step, too."""
    return checked_labels(as_indices(labels), classes=classes)
