"""Splitting a data set into a part to train on and a part to test with, as Keras does."""

from __future__ import annotations

from typing import Any

import numpy as np


def split(x: Any, y: Any, test_split: float, seed: int | None) -> Any:
    """`(x_train, y_train), (x_test, y_test)`: shuffled, the last share of `test_split` is for testing.

    The shuffle is Keras': the same seed gives the same rows. Raises ValueError for a share outside [0, 1).
    """
    if not 0 <= test_split < 1:
        raise ValueError(f"test_split should be at least 0 and less than 1. Received: test_split={test_split}")
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    x, y, count = x[order], y[order], int(len(x) * (1 - test_split))
    return (x[:count], y[:count]), (x[count:], y[count:])
