"""Moons: two half circles that reach into each other, as in scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from .plane import along, noisy


def load_data(samples: int = 1000, noise: float = 0.1, test_split: float = 0.2, seed: int | None = 113) -> Any:
    """`(x_train, y_train), (x_test, y_test)`: float32 points (n, 2), int64 labels 0 and 1.

    For t from 0 to 1: class 0 at (cos πt, sin πt), class 1 at (1 − cos πt, ½ − sin πt).
    samples: of both parts. noise: the standard deviation of what is added to each coordinate. test_split: the share of
    points to test with. seed: of the noise and the shuffle; the same seed gives the same points.
    Raises ValueError for less than one sample, noise below 0, or a share outside [0, 1).

    >>> import nn
    >>> (x_train, y_train), (x_test, y_test) = nn.datasets.moons.load_data(samples=200)
    >>> x_train.shape, y_train.shape, x_test.shape
    ((160, 2), (160,), (40, 2))
    """
    t, y = along(samples)
    upper = np.stack([np.cos(np.pi * t), np.sin(np.pi * t)], axis=1)
    x = np.where(y[:, None] == 0, upper, [1, 0.5] - upper)
    return noisy(x, y, noise, test_split, seed)
