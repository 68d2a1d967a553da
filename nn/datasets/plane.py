"""What the generated data sets have in common: two classes of points in the plane, with noise."""

from __future__ import annotations

from typing import Any

import numpy as np

from .splitting import split


def along(samples: int) -> tuple[Any, Any]:
    """For each point its place t on a curve, from 0 to 1, and its class: 0 and 1 take turns.

    Raises ValueError for less than one point.
    """
    if samples < 1:
        raise ValueError(f"samples should be at least 1. Received: samples={samples}")
    return np.linspace(0, 1, samples), np.arange(samples) % 2


def noisy(x: Any, y: Any, noise: float, test_split: float, seed: int | None) -> Any:
    """`(x_train, y_train), (x_test, y_test)`: float32 points (n, 2) with normal noise, int64 labels.

    Raises ValueError for noise below 0.
    """
    if not noise >= 0:
        raise ValueError(f"noise is a standard deviation, at least 0. Received: noise={noise}")
    x = x + noise * np.random.default_rng(seed).standard_normal(x.shape)
    return split(x.astype(np.float32), y.astype(np.int64), test_split, seed)
