"""A small regression and a small classification, for tests of callbacks."""

from __future__ import annotations

from typing import Any

import numpy as np

import nn
from nn import layers
from nn.models import Sequential


def line(seed: int = 0, **compiled: Any) -> tuple[Any, Any, Any]:
    """One unit on 70 rows of ones: its loss falls in every epoch."""
    nn.set_random_seed(seed)
    model = Sequential([layers.Input(shape=(3,)), layers.Dense(1, kernel_initializer="ones")])
    model.compile(**{"optimizer": "sgd", "loss": "mse", "metrics": ["mae"], **compiled})
    return model, np.ones((70, 3), "float32"), np.zeros((70, 1), "float32")


def told(values: list[float], callback: Any, name: str = "loss") -> Any:
    """Give a callback the epochs of a run by hand; returns the model that it steered."""
    model = callback.model or line()[0]
    callback.set_model(model)
    model.stop_training = False
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        callback.on_epoch_begin(epoch, {})
        callback.on_epoch_end(epoch, {name: value})
        if model.stop_training:
            break
    callback.on_train_end({})
    return model
