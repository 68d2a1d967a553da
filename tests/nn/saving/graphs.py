"""Graphs that several tests save."""

from typing import Any

import numpy as np

import nn


def operated() -> Any:
    """A model of functions that are called on symbolic tensors, for inputs (batch, 4, 6)."""
    x = nn.Input(shape=(4, 6))
    tensors = [
        np.exp(x) - 1, np.sum(x, axis=1, keepdims=True), np.mean(x, 2), np.max(x, axis=(1, 2)), x[:, 0], x[..., 1:3],
        np.reshape(x, (-1, 24)), np.transpose(x, (0, 2, 1)), np.concatenate([x, x], axis=1), np.stack([x, x], 1),
        np.where(x > 0, x, 0.5), np.maximum(x, 0.1), np.clip(x, -1, 1), -x, abs(x), 2 / (x + 10), x**2,
        np.expand_dims(x, 1), np.matmul(x, np.transpose(x, (0, 2, 1))), np.sqrt(x * x), x.reshape((-1, 3, 8)),
    ]  # fmt: skip
    return nn.Model(x, tensors)
