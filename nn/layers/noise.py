"""Layers that are random while training, and do nothing afterwards.

Each has a generator of its own, so that two layers draw different numbers; `seed` makes them repeatable.
Whole numbers become floats in both modes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import autodiff as ad

from ..random import generator
from .affine import narrowed
from .checks import check_rank, misfit
from .layer import Layer, registry
from .shaping import checked_format

# Of selu: what its units tend to far below 0.
_FLOOR = -1.6732632423543772 * 1.0507009873554805


class Noise(Layer):
    """What is random while training only: a subclass writes `noisy`."""

    supports_masking = True
    computes_floats = True
    seed: int | None
    amount: float

    def _draw_from(self, seed: int | None, **amount: float) -> None:
        """Take the seed and the amount of noise, a share below 1 unless it is a standard deviation."""
        ((name, value),) = amount.items()
        most = math.inf if name == "stddev" else 1
        if isinstance(value, bool) or not isinstance(value, (int, float, np.floating)) or not 0 <= value <= most:
            raise misfit(self, f"got {name}={value!r}, expected a number from 0 {'' if most > 1 else 'to 1'}".rstrip())
        setattr(self, name, value)
        self.amount, self.seed, self.generator = value, seed, generator(seed)

    def call(self, inputs: Any, training: bool = False) -> Any:
        return narrowed(self.noisy(inputs), inputs.dtype) if training and self.amount > 0 else inputs

    def noisy(self, x: Any) -> Any:
        """`x` with noise."""
        raise NotImplementedError

    def _dropped(self, x: Any, noise_shape: Sequence[int | None] | None) -> Any:
        """`x` with a share of elements 0 and the others raised to keep the mean; together along axes of size 1."""
        if noise_shape is None:
            return ad.dropout(x, self.amount, self.generator)
        sides = [x.shape[i] if side is None else side for i, side in enumerate(noise_shape)]
        return x * ad.dropout(np.ones(sides, x.dtype), self.amount, self.generator)


@registry.add()
class Dropout(Noise):
    """While training a share `rate` of the inputs is 0, and the others are divided by 1 − rate.

    `noise_shape`, in which None stands for the inputs' size, has 1 along axes that are dropped together:
    (None, 1, None) drops features of (batch, time, features) at all times. Raises ValueError for a rate
    outside of [0, 1]. Source: Srivastava et al., 2014.

    >>> import nn
    >>> nn.layers.Dropout(0.5, seed=0)(np.ones((1, 4)), training=True).numpy()
    array([[2., 2., 2., 0.]], dtype=float32)
    """

    def __init__(
        self, rate: float, noise_shape: Sequence[int | None] | None = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._draw_from(seed, rate=rate)
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)

    def noisy(self, x: Any) -> Any:
        return x * 0 if self.amount == 1 else self._dropped(x, self.noise_shape)


@registry.add()
class AlphaDropout(Noise):
    """Dropout for selu: a share `rate` of the inputs takes selu's least value; mean and variance are kept.

    With a the factor and b the offset of Klambauer et al., 2017, arXiv:1706.02515, section 3, a · x + b.
    Raises ValueError for a rate outside of [0, 1).

    >>> import nn
    >>> nn.layers.AlphaDropout(0.5, seed=0)(np.zeros((1, 4)), training=True).numpy().round(4)
    array([[ 0.7792,  0.7792,  0.7792, -0.7792]], dtype=float32)
    """

    def __init__(
        self, rate: float, noise_shape: Sequence[int | None] | None = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._draw_from(seed, rate=rate)
        _check_below_1(self, rate)
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)

    def noisy(self, x: Any) -> Any:
        kept = 1 - self.amount
        factor = 1 / math.sqrt(kept * (1 + self.amount * _FLOOR**2))
        offset = -factor * _FLOOR * self.amount
        # What is dropped becomes 0 above the floor; dropout has divided the others by `kept`.
        return self._dropped(x - _FLOOR, self.noise_shape) * (factor * kept) + (factor * _FLOOR + offset)


def _check_below_1(layer: Layer, rate: float) -> None:
    if rate == 1:
        raise misfit(layer, "got rate=1, expected a number below 1: nothing would be left")


@registry.add()
class GaussianNoise(Noise):
    """While training normal noise of standard deviation `stddev` is added.

    Raises ValueError for a deviation below 0.

    >>> import nn
    >>> nn.layers.GaussianNoise(0.1, seed=0)(np.zeros((1, 2)), training=True).numpy().round(3)
    array([[ 0.112, -0.139]], dtype=float32)
    """

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._draw_from(seed, stddev=stddev)

    def noisy(self, x: Any) -> Any:
        return ad.normal(self.generator, x, x.dtype.type(self.amount))


@registry.add()
class GaussianDropout(Noise):
    """While training the inputs are multiplied by normal numbers of mean 1 and variance rate / (1 − rate).

    Raises ValueError for a rate outside of [0, 1). Source: Srivastava et al., 2014, section 10.

    >>> import nn
    >>> nn.layers.GaussianDropout(0.5, seed=0)(np.ones((1, 2)), training=True).numpy().round(3)
    array([[ 2.118, -0.387]], dtype=float32)
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._draw_from(seed, rate=rate)
        _check_below_1(self, rate)

    def noisy(self, x: Any) -> Any:
        deviation = math.sqrt(self.amount / (1 - self.amount))
        return x * ad.normal(self.generator, 1.0, x.dtype.type(deviation), x.shape)


class SpatialDropout(Noise):
    """Dropout of whole feature maps: `places` axes between the batch and the channels are dropped together."""

    places: int
    data_format = "channels_last"

    def build(self, input_shape: Any) -> None:
        check_rank(self, input_shape, self.places + 2)

    def noisy(self, x: Any) -> Any:
        check_rank(self, x.shape, self.places + 2)
        together = (1,) * self.places
        noise_shape = (None, *together, None) if self.data_format == "channels_last" else (None, None, *together)
        return x * 0 if self.amount == 1 else self._dropped(x, noise_shape)

    def get_config(self) -> dict[str, Any]:
        """Without `trainable`, which Keras' classes do not take."""
        return {key: each for key, each in super().get_config().items() if key != "trainable"}


@registry.add()
class SpatialDropout1D(SpatialDropout):
    """Dropout of whole features of (batch, time, features), at all times together (Tompson et al., 2014).

    Raises ValueError for a rate outside of [0, 1], and for inputs of other than 3 axes.

    >>> import nn
    >>> nn.layers.SpatialDropout1D(0.5, seed=3)(np.ones((1, 2, 3)), training=True).numpy()
    array([[[2., 0., 0.],
            [2., 0., 0.]]], dtype=float32)
    """

    places = 1

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._draw_from(seed, rate=rate)


@registry.add()
class SpatialDropout2D(SpatialDropout):
    """Dropout of whole channels of images, (batch, height, width, channels); see SpatialDropout1D.

    >>> import nn
    >>> nn.layers.SpatialDropout2D(0.5)(np.ones((1, 2, 2, 3)), training=True).shape
    (1, 2, 2, 3)
    """

    places = 2

    def __init__(self, rate: float, data_format: str | None = None, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._draw_from(seed, rate=rate)
        self.data_format = checked_format(self, data_format)


@registry.add()
class SpatialDropout3D(SpatialDropout2D):
    """Dropout of whole channels of volumes, (batch, depth, height, width, channels); see SpatialDropout1D.

    >>> import nn
    >>> nn.layers.SpatialDropout3D(0.5)(np.ones((1, 2, 2, 2, 3)), training=True).shape
    (1, 2, 2, 2, 3)
    """

    places = 3
