"""Labels and rows made ready for models."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff import Tensor
from autodiff.tree import leaves, map_leaves

from ..random import generator
from ..settings import floatx


def to_categorical(x: Any, num_classes: int | None = None) -> Any:
    """Class numbers as one-hot rows: (...) becomes (..., num_classes), and so does (..., 1); floats of `floatx`.

    Without `num_classes` there are as many as the largest number needs. Raises ValueError for numbers below 0, for
    fractions, and for classes that there are not.

    >>> to_categorical([0, 2])
    array([[1., 0., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    given = np.asarray(x.detach() if isinstance(x, Tensor) else x)
    if given.dtype.kind not in "fiub":
        raise ValueError(f"to_categorical: got dtype {given.dtype}, expected class numbers from 0; see numpy.unique")
    labels = given.astype(np.int64)
    if given.size and (labels.min() < 0 or np.any(labels != given)):
        raise ValueError(f"to_categorical: got {_odd(given, labels)}, expected class numbers 0, 1, 2, ...")
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if num_classes is None and not labels.size:
        raise ValueError("to_categorical: there are no labels, so num_classes must be given")
    count = int(labels.max()) + 1 if num_classes is None else num_classes
    if labels.size and labels.max() >= count:
        hint = "; if your classes count from 1, write y - 1" if labels.max() == count and labels.min() > 0 else ""
        raise ValueError(
            f"to_categorical: got class {labels.max()} with num_classes={count}, classes count from 0{hint}"
        )
    return np.eye(count, dtype=floatx())[labels]


def _odd(given: Any, labels: Any) -> Any:
    """The first value that is no class number."""
    return given[(labels < 0) | (labels != given)].flat[0]


def normalize(x: Any, axis: int = -1, order: int = 2) -> Any:
    """Rows divided by their norm of an order, 1, 2 or infinite, so that it becomes 1; zeros stay. Floats keep dtype.

    >>> normalize([3.0, 4.0])
    array([[0.6, 0.8]])
    """
    x = x if isinstance(x, Tensor) else np.atleast_1d(np.asarray(x))
    norm = np.linalg.norm(x, ord=order, axis=axis, keepdims=True)
    scaled = x / np.where(norm == 0, 1, norm).astype(norm.dtype)
    return scaled.reshape(1, -1) if scaled.ndim == 1 else scaled


def split_dataset(
    dataset: Any, left_size: float | None = None, right_size: float | None = None, shuffle: bool = False,
    seed: int | None = None,
) -> tuple[Any, Any]:  # fmt: skip
    """Two parts of an array, or of a container of arrays with equally many rows: the first rows, and the rest.

    Sizes are shares, or numbers of rows; one is enough. With `shuffle` the rows are drawn at random, by `seed`.
    Keras gives data sets of TensorFlow, this gives arrays. Raises ValueError for sizes that do not fit.

    >>> left, right = split_dataset(np.arange(5), left_size=0.6)
    >>> left, right
    (array([0, 1, 2]), array([3, 4]))
    """
    data = map_leaves(np.asarray, dataset)
    counts = {len(each) for each in leaves(data)}
    if len(counts) != 1:
        raise ValueError(f"split_dataset: the arrays have {sorted(counts)} rows, expected as many in each")
    (rows,) = counts
    left, right = _sizes(rows, left_size, right_size)
    order = generator(seed).permutation(rows) if shuffle else np.arange(rows)
    first, last = order[:left], order[left : left + right]
    return map_leaves(lambda each: each[first], data), map_leaves(lambda each: each[last], data)


def _sizes(rows: int, left: float | None, right: float | None) -> tuple[int, int]:
    """Both sizes in rows."""
    if left is None and right is None:
        raise ValueError("split_dataset: give left_size or right_size, such as left_size=0.8")
    sizes = [None if size is None else _rows(size, rows) for size in (left, right)]
    first = rows - sizes[1] if sizes[0] is None else sizes[0]  # type: ignore[operator]  # one of them is given
    last = rows - first if sizes[1] is None else sizes[1]
    if first < 1 or last < 1 or first + last > rows:
        raise ValueError(f"split_dataset: {left} and {right} of {rows} rows leave {first} and {last}")
    return first, last


def _rows(size: float, rows: int) -> int:
    if isinstance(size, float) and not 0 < size < 1:
        raise ValueError(f"split_dataset: got {size}, expected a share between 0 and 1, or a whole number of rows")
    return round(size * rows) if isinstance(size, float) else size
