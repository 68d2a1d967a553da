"""Data as arrays: of lists, tuples, dicts and frames, looked at before anything is computed."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from autodiff import Tensor
from autodiff.tree import leaves, map_leaves

from ..settings import floatx
from .frames import is_frame, values_of

Batch = tuple[Any, Any, Any]


def is_data(x: Any) -> bool:
    """Whether these are rows, rather than something that gives batches."""
    return x is None or isinstance(x, (np.ndarray, Tensor, list, tuple, dict)) or hasattr(x, "__array__")


def arrays(data: Any, what: str) -> Any:
    """Arrays in the place of lists, frames and tensors; floats in the dtype of layers. None stays None."""
    if data is None:
        return None
    if isinstance(data, dict):
        return {key: arrays(each, f"{what}[{key!r}]") for key, each in data.items()}
    if isinstance(data, (list, tuple)) and any(
        isinstance(each, (np.ndarray, Tensor)) or is_frame(each) for each in data
    ):
        return tuple([arrays(each, f"{what}[{i}]") for i, each in enumerate(data)])
    return _array(data, what)


def _array(data: Any, what: str) -> np.ndarray[Any, Any]:
    if is_frame(data):
        data = values_of(data, what)
    array = data.numpy() if isinstance(data, Tensor) else np.asarray(data)
    if array.dtype.kind not in "fiub":
        raise ValueError(
            f"{what} has dtype {array.dtype}, expected numbers; turn text into numbers or one-hot columns "
            "(pandas.get_dummies, nn.utils.to_categorical), and make all rows equally long"
        )
    if array.ndim == 0:
        raise ValueError(f"{what} is one number, expected an array with a row for each example")
    if array.dtype.kind == "f":
        array = array.astype(floatx(), copy=False)
        _warn_of_nan(array, what)
    return array


def _warn_of_nan(array: np.ndarray[Any, Any], what: str) -> None:
    if _is_surely_finite(array):
        return
    bad = ~np.isfinite(array)
    if bad.any():
        columns: Any = np.flatnonzero(bad.reshape(-1, array.shape[-1]).any(axis=0)) if array.ndim > 1 else []
        where = f" in the columns {', '.join(map(str, columns[:5]))}" if len(columns) else ""
        warnings.warn(
            f"{what} holds {bad.sum():,} values that are NaN or infinite{where}: the loss will be NaN. "
            "Fill or drop them, such as by numpy.nan_to_num or scikit-learn's SimpleImputer",
            stacklevel=6,
        )


def _is_surely_finite(array: np.ndarray[Any, Any]) -> bool:
    """Whether the sum of squares is finite, which one fast product tells: of large numbers it is not."""
    flat = array.ravel("K")
    with np.errstate(all="ignore"):
        return math.isfinite(flat.dot(flat))


def count_rows(data: Any) -> int:
    """The number of rows, the same for all arrays."""
    names = ("x", "y", "sample_weight")
    counts = [(name, each.shape[0]) for name, part in zip(names, data, strict=True) for each in leaves(part)]
    if len({count for _, count in counts}) > 1:
        told = ", ".join(f"{name} has {count:,}" for name, count in counts)
        raise ValueError(f"all arrays must have the same number of rows: {told}")
    return counts[0][1] if counts else 0


def split(x: Any, y: Any, weight: Any, share: float) -> tuple[Batch, Batch]:
    """The first rows for training, and the last `share` of them for validation, before any shuffling."""
    if not 0 < share < 1:
        raise ValueError(f"validation_split is {share}, expected a number between 0 and 1")
    if not is_data(x):
        raise ValueError("validation_split needs arrays: what gives batches cannot be split")
    data = arrays(x, "x"), arrays(y, "y"), arrays(weight, "sample_weight")
    rows = count_rows(data)
    at = math.floor(rows * (1 - share))
    if not 0 < at < rows:
        raise ValueError(f"validation_split={share} of {rows} rows leaves none for one of the sides")
    first, last = map_leaves(lambda each: each[:at], data), map_leaves(lambda each: each[at:], data)
    _warn_of_classes(first[1], last[1])
    return first, last


def _warn_of_classes(first: Any, last: Any) -> None:
    """Sorted data leaves classes out on one side."""
    if not isinstance(first, np.ndarray) or first.dtype.kind not in "iu" or first.size != len(first):
        return
    sides = [set(np.unique(each).tolist()) for each in (first, last)]
    if len(sides[0] | sides[1]) > 100 or sides[0] == sides[1]:
        return
    for missing, name in ((sides[1] - sides[0], "training"), (sides[0] - sides[1], "validation")):
        if missing:
            told = ", ".join(map(str, sorted(missing)))
            warnings.warn(
                f"validation_split: no example of class {told} is left for {name}, because the last rows are taken as "
                "they are; shuffle x and y together before fit",
                stacklevel=5,
            )


def weights_of_classes(y: Any, class_weight: dict[int, float], sample_weight: Any) -> Any:
    """The weight of each example by its class."""
    if not isinstance(y, np.ndarray):
        raise ValueError("class_weight needs one array of labels as y")
    labels = y.argmax(axis=-1) if y.ndim == 2 and y.shape[1] > 1 else y.reshape(-1).astype(int)
    missing = set(np.unique(labels).tolist()) - set(class_weight)
    table = {**dict.fromkeys(missing, 1.0), **class_weight}
    weights = np.array([table[each] for each in labels.tolist()], floatx())
    return weights if sample_weight is None else weights * sample_weight
