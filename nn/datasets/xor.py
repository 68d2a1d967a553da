"""XOR: noisy points around the corners of a square, of one class where they are opposite."""

from __future__ import annotations

from typing import Any

import numpy as np

from .plane import along, noisy


def load_data(samples: int = 1000, noise: float = 0.3, test_split: float = 0.2, seed: int | None = 113) -> Any:
    """`(x_train, y_train), (x_test, y_test)`: float32 points (n, 2), int64 labels 0 and 1.

    The corners are (±1, ±1); the label is 1 where the two coordinates of a corner differ, as in the lectures.
    samples: of both parts. noise: the standard deviation of what is added to each coordinate. test_split: the share of
    points to test with. seed: of the noise and the shuffle; the same seed gives the same points.
    Raises ValueError for less than one sample, noise below 0, or a share outside [0, 1).

    >>> import nn
    >>> (x_train, y_train), (x_test, y_test) = nn.datasets.xor.load_data(samples=200)
    >>> x_train.shape, y_train.shape, x_test.shape
    ((160, 2), (160,), (40, 2))
    """
    _, first = along(samples)
    second = np.arange(samples) // 2 % 2
    x, y = 2 * np.stack([first, second], axis=1) - 1, first ^ second
    return noisy(x, y, noise, test_split, seed)
