"""Batch normalization."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import initializers
from .affine import Affine, aligned, along, centred_moments, narrowed, positive_axes, widened
from .checks import misfit
from .layer import registry


@registry.add()
class BatchNormalization(Affine):
    """gamma · (x − mean) / √(variance + epsilon) + beta: of the batch while training, else of moving averages.

    Means and variances are over all axes but `axis`; a moving average is momentum · itself + (1 − momentum) ·
    the batch's. Only rows that a mask lets count are averaged. With `trainable = False` the moving averages
    hold, and stay, while training too. Weights (features,): gamma, beta, moving_mean, moving_variance.
    Source: Ioffe and Szegedy, 2015, arXiv:1502.03167. Raises ValueError for a momentum outside of [0, 1], and
    for `renorm`, which there is not.

    >>> import nn
    >>> layer = nn.layers.BatchNormalization(epsilon=0.0)
    >>> layer(np.array([[1.0], [3.0]]), training=True).numpy().tolist(), layer.moving_mean.numpy()
    ([[-1.0], [1.0]], array([0.02], dtype=float32))
    """

    min_ndim = 2

    def __init__(
        self, axis: int = -1, momentum: float = 0.99, epsilon: float = 1e-3, center: bool = True, scale: bool = True,
        beta_initializer: Any = "zeros", gamma_initializer: Any = "ones", moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones", beta_regularizer: Any = None, gamma_regularizer: Any = None,
        beta_constraint: Any = None, gamma_constraint: Any = None, renorm: bool = False, renorm_clipping: Any = None,
        renorm_momentum: float = 0.99, synchronized: bool = False, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        if renorm:
            raise misfit(self, "knows no renorm=True; leave it out, or normalize a layer: LayerNormalization()")
        if not 0 <= momentum <= 1:
            raise misfit(self, f"got momentum={momentum}, expected a number from 0 to 1")
        self._take(
            epsilon, center, scale, beta_initializer, gamma_initializer,
            beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint,
        )  # fmt: skip
        self.axis, self.momentum = int(axis), momentum
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.renorm, self.renorm_clipping, self.renorm_momentum = renorm, renorm_clipping, renorm_momentum
        self.synchronized = synchronized
        self.moving_mean: Any = None
        self.moving_variance: Any = None

    def build(self, input_shape: Any) -> None:
        positive_axes(self, [self.axis], input_shape)
        shape = (self.needs_size(input_shape, self.axis),)
        self._make(shape)
        self.moving_mean = self.add_weight(shape, self.moving_mean_initializer, name="moving_mean", trainable=False)
        self.moving_variance = self.add_weight(
            shape, self.moving_variance_initializer, name="moving_variance", trainable=False
        )

    def call(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
        (axis,) = positive_axes(self, [self.axis], inputs.shape)
        shape, x = along([axis], inputs.shape), widened(inputs)
        if training and self.trainable:
            axes = tuple(i for i in range(inputs.ndim) if i != axis)
            centred, mean, variance = centred_moments(x, axes, _weight(x, mask))
            self._follow(self.moving_mean, mean)
            self._follow(self.moving_variance, variance)
        else:
            variance = aligned(self.moving_variance, shape)
            centred = x - aligned(self.moving_mean, shape)
        return narrowed(self._scaled(centred, variance, shape), inputs.dtype)

    def _follow(self, average: Any, value: Any) -> None:
        """Move an average towards a batch's."""
        share = round(1 - self.momentum, 15)  # 0.01 rather than 0.010000000000000009
        if value.dtype != average.dtype:  # which is float16 then
            most = float(np.finfo(average.dtype).max)
            value = np.clip(value, -most, most).astype(average.dtype)
        average.assign(self.momentum * average + share * value.reshape(average.shape))


def _weight(inputs: Any, mask: Any) -> Any:
    """1 for elements of rows that count, 0 for others."""
    if mask is None:
        return None
    mask = mask.reshape(*mask.shape, *[1] * (inputs.ndim - mask.ndim))
    return np.broadcast_to(mask, inputs.shape).astype(inputs.dtype)
