"""What MNIST and Fashion-MNIST have in common: 70,000 images of 28x28 bytes, 10 classes, four IDX files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .errors import DataError
from .finding import find
from .idx import read_idx
from .npz import read_npz
from .sources import Source

_TRAIN, _TEST = 60_000, 10_000
_SIDE = 28
_CLASSES = 10


def load_images(source: Source) -> Any:
    """`(x_train, y_train), (x_test, y_test)` from the IDX files of a data set."""
    return _part(source, "train", _TRAIN), _part(source, "t10k", _TEST)


def _part(source: Source, part: str, count: int) -> tuple[Any, Any]:
    x = read_idx(find(source, f"{part}-images-idx3-ubyte.gz"), (count, _SIDE, _SIDE))
    path = find(source, f"{part}-labels-idx1-ubyte.gz")
    return x, _labels(read_idx(path, (count,)), path)


def load_npz(path: Path) -> Any:
    """The same from an `.npz` file with Keras' names."""
    counts = {"train": _TRAIN, "test": _TEST}
    images = {f"x_{part}": ((count, _SIDE, _SIDE), "uint8") for part, count in counts.items()}
    labels = {f"y_{part}": ((count,), "uint8") for part, count in counts.items()}
    arrays = read_npz(path, {**images, **labels})
    return tuple((arrays[f"x_{part}"], _labels(arrays[f"y_{part}"], path)) for part in counts)


def _labels(y: Any, path: Path) -> Any:
    if y.max() >= _CLASSES:
        raise DataError(f"{path} should hold labels from 0 to {_CLASSES - 1}, but holds {y.max()}.")
    return y
