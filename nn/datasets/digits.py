"""Digits: 1,797 handwritten digits of 8x8 pixels, by E. Alpaydin and C. Kaynak (UCI), as scikit-learn has them."""

from __future__ import annotations

from typing import Any

import numpy as np

from .scikit_learn import bundled
from .splitting import split


def load_data(test_split: float = 0.2, seed: int | None = 113) -> Any:
    """`(x_train, y_train), (x_test, y_test)`: uint8 images (n, 8, 8) with values 0 to 16, uint8 labels 0 to 9.

    test_split: the share of the 1,797 images to test with. seed: of the shuffle.
    Raises ValueError for a share outside [0, 1), and MissingDataError where scikit-learn is not installed.

    >>> import nn
    >>> (x_train, y_train), (x_test, y_test) = nn.datasets.digits.load_data()
    >>> x_train.shape, x_test.shape
    ((1437, 8, 8), (360, 8, 8))
    """
    x, y = bundled("digits")
    return split(x.reshape(-1, 8, 8).astype(np.uint8), y.astype(np.uint8), test_split, seed)
