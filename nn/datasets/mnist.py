"""MNIST: handwritten digits, by Yann LeCun, Corinna Cortes and Christopher Burges (CC BY-SA 3.0)."""

from __future__ import annotations

from typing import Any

from .digit_images import load_images


def load_data(path: str = "mnist.npz") -> Any:
    """`(x_train, y_train), (x_test, y_test)`: uint8 images (60000, 28, 28) and (10000, 28, 28), uint8 labels 0 to 9.

    `path` is Keras' name for the file in its own cache; it is not used. Raises DataError where a file is bad, and
    MissingDataError where it is not there.
    """
    return load_images("mnist")
