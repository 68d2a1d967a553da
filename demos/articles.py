"""Fashion-MNIST's articles, or where they cannot be had, scikit-learn's digits."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

import nn as keras
from nn.datasets.finding import supplied

NAMES = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
HELD_OUT = 5000  # the last images, for validation, as the lecture takes them
DIGITS_HELD_OUT = 300


class Images(NamedTuple):
    """Images with values in [0, 1], and labels; to train on, to validate, and to test with.

    `missing` tells why they are not Fashion-MNIST's, and is empty where they are.
    """

    title: str
    names: tuple[str, ...]
    train: tuple[Any, Any]
    validation: tuple[Any, Any]
    test: tuple[Any, Any]
    missing: str = ""


def load() -> Images:
    """Fashion-MNIST from the folder that NN_DATA_DIR names, else downloaded, else scikit-learn's digits."""
    articles = keras.datasets.fashion_mnist
    try:
        data = articles.load_data()
    except keras.datasets.MissingDataError as error:
        digits = keras.datasets.digits.load_data()
        return split("scikit-learn's digits", tuple(map(str, range(10))), digits, 16, DIGITS_HELD_OUT, str(error))
    is_own = supplied(articles.SOURCE.folder, next(iter(articles.SOURCE.files)))
    return split(f"Fashion-MNIST, {'from NN_DATA_DIR' if is_own else 'downloaded'}", NAMES, data, 255, HELD_OUT)


def split(title: str, names: tuple[str, ...], data: Any, largest: int, held_out: int, missing: str = "") -> Images:
    (x, y), (x_test, y_test) = data
    x, x_test = (each / np.float32(largest) for each in (x, x_test))
    train, validation = (x[:-held_out], y[:-held_out]), (x[-held_out:], y[-held_out:])
    return Images(title, names, train, validation, (x_test, y_test), missing)
