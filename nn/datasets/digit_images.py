"""What MNIST and Fashion-MNIST have in common: 70,000 images of 28x28 bytes in four IDX files."""

from __future__ import annotations

from typing import Any

from .errors import DataError
from .finding import find
from .idx import read_idx

SIDE = 28
CLASSES = 10


def load_images(folder: str) -> Any:
    """`(x_train, y_train), (x_test, y_test)` from the IDX files of a data set."""
    return _part(folder, "train", 60_000), _part(folder, "t10k", 10_000)


def _part(folder: str, part: str, count: int) -> tuple[Any, Any]:
    x = read_idx(find(folder, f"{part}-images-idx3-ubyte.gz"), (count, SIDE, SIDE))
    path = find(folder, f"{part}-labels-idx1-ubyte.gz")
    y = read_idx(path, (count,))
    if y.max() >= CLASSES:
        raise DataError(f"{path} should hold labels from 0 to {CLASSES - 1}, but holds {y.max()}.")
    return x, y
