"""Layers that only change shapes."""

from __future__ import annotations

import math
from typing import Any

from .layer import Layer, registry


@registry.add()
class Flatten(Layer):
    """Each example as one row: (batch, ...) becomes (batch, features)."""

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = data_format

    def call(self, inputs: Any) -> Any:
        return inputs.reshape(inputs.shape[0], math.prod(inputs.shape[1:]))
