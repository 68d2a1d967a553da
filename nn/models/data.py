"""Data as batches: arrays, tuples, dicts, frames, and whatever can be iterated over."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np

from autodiff import Tensor
from autodiff.tree import leaves, map_leaves

from .. import random
from ..settings import floatx
from .frames import is_frame, values_of

Batch = tuple[Any, Any, Any]


class ArrayBatches:
    """Rows of arrays in batches; each round in another order, if they are shuffled."""

    def __init__(
        self, x: Any, y: Any, sample_weight: Any, batch_size: int | None, shuffle: bool = False,
        steps: int | None = None,
    ) -> None:  # fmt: skip
        self.data = x, y, sample_weight
        self.rows = _rows(self.data)
        self.size = min(_batch_size(batch_size), max(self.rows, 1))
        self._steps = steps
        self.shuffle = shuffle
        self._generator = random.generator() if shuffle else None

    @property
    def count(self) -> int:
        """The number of batches."""
        count = math.ceil(self.rows / self.size)
        return count if self._steps is None else min(self._steps, count)

    def __iter__(self) -> Iterator[Batch]:
        order = None if self._generator is None else self._generator.permutation(self.rows)
        for start in range(0, self.count * self.size, self.size):
            stop = min(start + self.size, self.rows)
            # Not `take`, which copies all of an array whose rows do not lie one after the other.
            rows = slice(start, stop) if order is None else order[start:stop]
            yield map_leaves(itemgetter(rows), self.data)


class IteratedBatches:
    """Batches that an iterable gives: `(x,)`, `(x, y)` or `(x, y, sample_weight)`."""

    def __init__(self, source: Any, steps: int | None, class_weight: Any = None) -> None:
        self._source, self._class_weight = source, class_weight
        self._iterator: Iterator[Any] | None = None
        self._steps = steps
        self.shuffle = False

    @property
    def count(self) -> int | None:
        """The number of batches, if it is known."""
        return self._steps or (len(self._source) if hasattr(self._source, "__len__") else None)

    def __iter__(self) -> Iterator[Batch]:
        """A round; with a number of steps the next one goes on where this one ends."""
        iterator = self._left() or iter(_indexed(self._source))
        self._iterator = iterator if self._steps else None
        for step, batch in enumerate(iterator):
            yield self._weighted(*unpacked(batch))
            if self._steps and step + 1 >= self._steps:
                return
        self._iterator = None

    def _left(self) -> Iterator[Any] | None:
        """What is left of the last round, if anything is."""
        for batch in self._iterator or ():
            return chain([batch], self._iterator or ())
        return None

    def _weighted(self, x: Any, y: Any, weight: Any) -> Batch:
        return x, y, weight if self._class_weight is None else weights_of_classes(y, self._class_weight, weight)


def _batch_size(given: Any) -> int:
    size = 32 if given is None else given
    if not isinstance(size, (int, np.integer)) or size < 1:
        raise ValueError(f"batch_size is {given!r}, expected a whole number of at least 1")
    return int(size)


def _indexed(source: Any) -> Any:
    """A data set as Keras' PyDataset: batches by their number."""
    is_indexed = hasattr(source, "__getitem__") and hasattr(source, "__len__") and not hasattr(source, "__iter__")
    return (source[i] for i in range(len(source))) if is_indexed else source


def unpacked(batch: Any) -> Batch:
    """x, y and weights of a batch, None for what it has not."""
    parts = batch if isinstance(batch, tuple) else (batch,)
    if len(parts) > 3:
        raise ValueError(f"a batch has {len(parts)} parts, expected (x,), (x, y) or (x, y, sample_weight)")
    x, y, weight = (*parts, None, None)[:3]
    return arrays(x, "x"), arrays(y, "y"), arrays(weight, "sample_weight")


def batches(
    x: Any, y: Any = None, sample_weight: Any = None, batch_size: int | None = None, steps: int | None = None,
    shuffle: bool = False, class_weight: Any = None,
) -> ArrayBatches | IteratedBatches:  # fmt: skip
    """The batches of data as `fit`, `evaluate` and `predict` take it."""
    if not is_data(x):
        if y is not None:
            raise ValueError("y is given beside x, but x gives batches itself, which have y in them")
        return IteratedBatches(x, steps, class_weight)
    x, y, sample_weight = arrays(x, "x"), arrays(y, "y"), arrays(sample_weight, "sample_weight")
    if class_weight is not None:
        sample_weight = weights_of_classes(y, class_weight, sample_weight)
    return ArrayBatches(x, y, sample_weight, batch_size, shuffle, steps)


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


def _rows(data: Any) -> int:
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
    rows = _rows(data)
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
