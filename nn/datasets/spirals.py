"""Spirals: two arms around each other, after Lang and Witbrock, Learning to Tell Two Spirals Apart (1988)."""

from __future__ import annotations

from typing import Any

import numpy as np

from .plane import along, noisy

_TURNS = 1.75


def load_data(samples: int = 1000, noise: float = 0.02, test_split: float = 0.2, seed: int | None = 113) -> Any:
    """`(x_train, y_train), (x_test, y_test)`: float32 points (n, 2), int64 labels 0 and 1.

    For t from 0 to 1: radius t, angle 2π · 1.75 · t, and for class 1 half a turn more.
    samples: of both parts. noise: the standard deviation of what is added to each coordinate. test_split: the share of
    points to test with. seed: of the noise and the shuffle; the same seed gives the same points.
    Raises ValueError for less than one sample, noise below 0, or a share outside [0, 1).

    >>> import nn
    >>> (x_train, y_train), (x_test, y_test) = nn.datasets.spirals.load_data(samples=200)
    >>> x_train.shape, y_train.shape, x_test.shape
    ((160, 2), (160,), (40, 2))
    """
    t, y = along(samples)
    angle = 2 * np.pi * _TURNS * t + np.pi * y
    x = np.stack([t * np.cos(angle), t * np.sin(angle)], axis=1)
    return noisy(x, y, noise, test_split, seed)
