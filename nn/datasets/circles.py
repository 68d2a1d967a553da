"""Circles: one inside the other, as in scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from .plane import along, noisy


def load_data(samples: int = 1000, noise: float = 0.05, test_split: float = 0.2, seed: int | None = 113) -> Any:
    """`(x_train, y_train), (x_test, y_test)`: float32 points (n, 2), int64 labels 0 and 1.

    Both are around the origin: class 0 with radius 1, class 1 with radius ½.
    samples: of both parts. noise: the standard deviation of what is added to each coordinate. test_split: the share of
    points to test with. seed: of the noise and the shuffle; the same seed gives the same points.
    Raises ValueError for less than one sample, noise below 0, or a share outside [0, 1).

    >>> import nn
    >>> (x_train, y_train), (x_test, y_test) = nn.datasets.circles.load_data(samples=200)
    >>> x_train.shape, y_train.shape, x_test.shape
    ((160, 2), (160,), (40, 2))
    """
    t, y = along(samples)
    radius = np.where(y == 0, 1, 0.5)
    x = np.stack([radius * np.cos(2 * np.pi * t), radius * np.sin(2 * np.pi * t)], axis=1)
    return noisy(x, y, noise, test_split, seed)
