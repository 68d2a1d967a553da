"""Masking: which time steps count, told by a value."""

from __future__ import annotations

from typing import Any

import numpy as np

from .layer import Layer, registry


@registry.add()
class Masking(Layer):
    """Time steps whose features all are `mask_value` do not count: (batch, time, features), with 0 in their places.

    The mask, (batch, time), goes on through layers that support masks, up to the loss.

    >>> import nn
    >>> nn.layers.Masking(mask_value=7)(np.array([[[7, 7], [7, 1]]])).numpy()
    array([[[0, 0],
            [7, 1]]])
    """

    supports_masking = True

    def __init__(self, mask_value: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mask_value = mask_value

    def call(self, inputs: Any) -> Any:
        return np.where(self._counts(inputs)[..., np.newaxis], inputs, 0)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        return self._counts(inputs)

    def _counts(self, inputs: Any) -> Any:
        return np.any(inputs != self.mask_value, axis=-1)
