"""The lectures' classifier in every library that speaks Keras, and in scikit-learn."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .contenders import Array
from .machine import is_installed
from .mlp import SIZES

Library = Callable[[], Any]
BACKENDS = {"JAX": ("jax.jit", "jax"), "PyTorch": ("PyTorch", "torch"), "TensorFlow": ("TensorFlow", "tensorflow")}


def data(rows: int) -> tuple[Array, Array]:
    """Normal inputs in float32, and random labels."""
    generator = np.random.default_rng(0)
    return generator.normal(size=(rows, SIZES[0])).astype(np.float32), generator.integers(0, SIZES[-1], rows)


def classifier(keras: Any) -> Any:
    """The listing, in a module that speaks Keras."""
    model = keras.Sequential(
        [
            keras.Input(shape=SIZES[:1]),
            *(keras.layers.Dense(units, activation="relu") for units in SIZES[1:-1]),
            keras.layers.Dense(SIZES[-1], activation="softmax"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])
    return model


def ours() -> Any:
    import nn

    return nn


def keras_on(backend: str) -> Any:
    """Keras with a backend; of a process the first import decides."""
    os.environ["KERAS_BACKEND"] = backend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow tells how it was built
    import keras

    return keras


def libraries(quick: bool) -> dict[str, Library]:
    """`nn`, and Keras on the backends that are installed; to be quick, on the first of them, which is its quickest."""
    there = BACKENDS if is_installed("Keras") else {}
    peers = {name: module for name, (peer, module) in there.items() if is_installed(peer)}
    peers = dict(list(peers.items())[:1]) if quick else peers
    return {"nn": ours} | {f"Keras on {name}": partial(keras_on, module) for name, module in peers.items()}


def scikit_classifier(batch: int) -> Any:
    """Plain SGD on the same network, as near as scikit-learn comes; `partial_fit` is one epoch."""
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(
        SIZES[1:-1], solver="sgd", alpha=0.0, batch_size=batch, learning_rate_init=0.01, momentum=0.0, random_state=0
    )
