"""Models of every kind of layer, to be exported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import nn

L = nn.layers


def _stack(shape: Any, *layers: Any, dtype: Any = None) -> Any:
    return nn.Sequential([nn.Input(shape=shape, dtype=dtype), *layers])


def _adapted() -> Any:
    layer = L.Normalization()
    layer.adapt(np.random.default_rng(0).normal(3, 2, (50, 4)).astype(np.float32))
    return layer


def _branches() -> Any:
    left, right = nn.Input((3,), name="left side"), nn.Input((2, 4), name="class")
    flat = L.Flatten()(right)
    joined = L.concatenate([left, flat])
    return nn.Model([left, right], {"joined": L.Dense(2)(joined), "flat": flat})


def _shared() -> Any:
    x = nn.Input((4,))
    layer = L.Dense(4, activation="tanh")
    return nn.Model(x, [layer(x), layer(layer(x))])


class Subclassed(nn.Model):
    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.last = L.Dense(5, activation="relu"), L.Dense(2)

    def call(self, inputs: Any, training: bool = False) -> Any:
        return self.last(self.hidden(inputs))


ACTIVATIONS = sorted({
    "linear", "sigmoid", "hard_sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "softplus", "softsign",
    "exponential", "gelu", "silu", "mish", "relu6", "softmax", "log_softmax",
})  # fmt: skip

MODELS: dict[str, Callable[[], Any]] = {
    "classifier": lambda: _stack((28, 28), L.Flatten(), L.Dense(300, "relu"), L.Dense(10, "softmax")),
    "shapes": lambda: _stack((12,), L.Reshape((3, 4)), L.Permute((2, 1)), L.Flatten(), L.RepeatVector(3), L.Dense(2)),
    "batch normalization": lambda: _stack((6,), L.Dense(2048), L.BatchNormalization(), L.Activation("tanh")),
    "layer normalization": lambda: _stack((3, 6), L.LayerNormalization(), L.GroupNormalization(groups=2)),
    "as many features as rows": lambda: _stack((5,), L.LayerNormalization(), L.Dense(7), L.LayerNormalization()),
    "unit normalization": lambda: _stack((6,), L.Rescaling(1 / 255, 0.5), _stack((6,), L.Dense(2))),
    "adapted": lambda: _stack((4,), _adapted(), L.Dense(1)),
    "noise": lambda: _stack((5,), L.Dropout(0.5), L.GaussianNoise(1.0), L.GaussianDropout(0.2), L.AlphaDropout(0.1)),
    "rectifiers": lambda: _stack((5,), L.LeakyReLU(), L.PReLU(), L.ELU(), L.ReLU(6.0), L.Softmax()),
    "embedding": lambda: _stack((7,), L.Embedding(5, 3), L.Flatten(), L.Dense(2), dtype="int32"),
    "masked": lambda: _stack((7,), L.Embedding(5, 3, mask_zero=True), L.Dense(2), dtype="int32"),
    "lambda": lambda: _stack((4,), L.Lambda(lambda x: np.tanh(x) * 2)),
    "branches": _branches,
    "shared": _shared,
    "mixing rows": lambda: _stack((4,), L.Lambda(lambda x: x - np.mean(x, axis=0))),
    **{f"activation {name}": (lambda name=name: _stack((3, 4), L.Activation(name))) for name in ACTIVATIONS},
}
