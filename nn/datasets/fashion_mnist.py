"""Fashion-MNIST: Zalando's pictures of articles, by Han Xiao, Kashif Rasul and Roland Vollgraf (MIT licence)."""

from __future__ import annotations

from typing import Any

from .digit_images import load_images

NAMES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")


def load_data() -> Any:
    """`(x_train, y_train), (x_test, y_test)`: uint8 images (60000, 28, 28) and (10000, 28, 28), uint8 labels 0 to 9.

    `NAMES[label]` is the article. Raises DataError where a file is bad, and MissingDataError where it is not there.
    """
    return load_images("fashion-mnist")
