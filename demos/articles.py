"""Fashion-MNIST's articles, or where they are not there, scikit-learn's digits."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

NAMES = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
HELD_OUT = 5000  # the last images, for validation, as the lecture takes them


class Images(NamedTuple):
    """Images with values in [0, 1], and labels; to train on, to validate, and to test with."""

    title: str
    names: tuple[str, ...]
    train: tuple[Any, Any]
    validation: tuple[Any, Any]
    test: tuple[Any, Any]


def load() -> Images:
    """Fashion-MNIST from the folder that NN_DATA_DIR names, else the digits that scikit-learn brings."""
    folder = Path(os.environ.get("NN_DATA_DIR", "")) / "fashion-mnist"
    return fashion(folder) if folder.is_dir() and os.environ.get("NN_DATA_DIR") else digits()


def fashion(folder: Path) -> Images:
    x, y = (read_idx(folder / f"train-{what}.gz") for what in ("images-idx3-ubyte", "labels-idx1-ubyte"))
    x_test, y_test = (read_idx(folder / f"t10k-{what}.gz") for what in ("images-idx3-ubyte", "labels-idx1-ubyte"))
    x, x_test = (each / np.float32(255) for each in (x, x_test))
    train, validation = (x[:-HELD_OUT], y[:-HELD_OUT]), (x[-HELD_OUT:], y[-HELD_OUT:])
    return Images("Fashion-MNIST", NAMES, train, validation, (x_test, y_test))


def read_idx(path: Path) -> Any:
    """An array from an IDX file: two zero bytes, the type's code, the number of axes, their sizes, the values.

    Raises ValueError for what is no such file of bytes.
    """
    content = gzip.decompress(path.read_bytes())
    if content[:3] != b"\x00\x00\x08":
        raise ValueError(f"{path} is no IDX file of bytes: it begins with {content[:3]!r}")
    ndim = content[3]
    shape = np.frombuffer(content, ">i4", ndim, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * ndim).reshape(shape)


def digits() -> Images:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    order = np.random.default_rng(0).permutation(len(bunch.target))
    x, y = (bunch.images[order] / 16).astype(np.float32), bunch.target[order]
    parts = [(x[start:stop], y[start:stop]) for start, stop in ((0, 1200), (1200, 1500), (1500, None))]
    return Images("scikit-learn's digits", tuple(map(str, range(10))), *parts)
