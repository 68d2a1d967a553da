"""Activations that have arguments or weights, as layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import autodiff as ad

from .. import activations, constraints, initializers, regularizers
from .checks import misfit
from .layer import Layer, registry


@registry.add()
class ReLU(Layer):
    """x above `threshold`, `negative_slope` · (x − threshold) up to there; nowhere more than `max_value`.

    Raises ValueError for arguments below 0. Whole numbers stay so where no argument is given.

    >>> import nn
    >>> nn.layers.ReLU(max_value=6)(np.array([[-1.0, 2.0, 8.0]])).numpy()
    array([[0., 2., 6.]], dtype=float32)
    """

    supports_masking = True

    def __init__(
        self, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        _check_positive(self, negative_slope=negative_slope, threshold=threshold)
        if max_value is not None:
            _check_positive(self, max_value=max_value)
        self.max_value, self.negative_slope, self.threshold = max_value, negative_slope, threshold
        self.computes_floats = (max_value, negative_slope, threshold) != (None, 0, 0)

    def call(self, inputs: Any) -> Any:
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)


def _check_positive(layer: Layer, **arguments: Any) -> None:
    for name, value in arguments.items():
        if value is None or value < 0:
            raise misfit(layer, f"got {name}={value!r}, expected 0 or a number above")


@registry.add()
class LeakyReLU(Layer):
    """x above 0, `negative_slope` · x below, which may be called `alpha`. Source: Maas et al., 2013.

    Raises ValueError for a slope below 0.

    >>> import nn
    >>> nn.layers.LeakyReLU(0.5)(np.array([[-1.0, 2.0]])).numpy()
    array([[-0.5,  2. ]], dtype=float32)
    """

    supports_masking = True
    computes_floats = True

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any) -> None:
        negative_slope = kwargs.pop("alpha", negative_slope)
        super().__init__(**kwargs)
        _check_positive(self, negative_slope=negative_slope)
        self.negative_slope = negative_slope

    def call(self, inputs: Any) -> Any:
        return activations.leaky_relu(inputs, self.negative_slope)


@registry.add()
class PReLU(Layer):
    """x above 0, alpha · x below, where alpha is learnt: one for each feature, or for all along `shared_axes`.

    Weights: alpha, the shape of an example. Source: He et al., 2015, arXiv:1502.01852.

    >>> import nn
    >>> layer = nn.layers.PReLU(alpha_initializer="ones", shared_axes=[1])
    >>> layer(np.full((2, 3, 4), -1.0)).shape, layer.alpha.shape
    ((2, 3, 4), (1, 4))
    """

    supports_masking = True
    computes_floats = True
    min_ndim = 2

    def __init__(
        self, alpha_initializer: Any = "zeros", alpha_regularizer: Any = None, alpha_constraint: Any = None,
        shared_axes: int | Sequence[int] | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        self.shared_axes = [shared_axes] if isinstance(shared_axes, int) else shared_axes and list(shared_axes)
        self.alpha: Any = None

    def build(self, input_shape: Any) -> None:
        rank = len(input_shape)
        outside = [axis for axis in self.shared_axes or () if not (1 <= axis < rank or -rank < axis < 0)]
        if outside:
            raise misfit(
                self, f"got shared_axes={self.shared_axes}, expected axes of an example of shape {input_shape}"
            )
        shared = {axis % rank for axis in self.shared_axes or ()}
        shape = [1 if axis in shared else self.needs_size(input_shape, axis) for axis in range(1, rank)]
        self.alpha = self.add_weight(
            shape, self.alpha_initializer, name="alpha",
            regularizer=self.alpha_regularizer, constraint=self.alpha_constraint,
        )  # fmt: skip

    def call(self, inputs: Any) -> Any:
        return np.where(inputs > 0, inputs, self.alpha * inputs)


@registry.add()
class ELU(Layer):
    """x above 0, alpha · (eˣ − 1) below. Source: Clevert et al., 2015, arXiv:1511.07289.

    >>> import nn
    >>> nn.layers.ELU()(np.array([[-100.0, 2.0]])).numpy()
    array([[-1.,  2.]], dtype=float32)
    """

    supports_masking = True
    computes_floats = True

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = alpha

    def call(self, inputs: Any) -> Any:
        return activations.elu(inputs, self.alpha)


@registry.add()
class Softmax(Layer):
    """eˣ / Σ eˣ along `axis`, one or several; where a mask is False the share is 0, in rows of nothing else too.

    The mask has as many axes as the inputs. Raises ValueError for one that has not.

    >>> import nn
    >>> nn.layers.Softmax()(np.array([[1.0, 1.0, 9.0]]), mask=np.array([[True, True, False]])).numpy()
    array([[0.5, 0.5, 0. ]], dtype=float32)
    """

    supports_masking = True
    computes_floats = True

    def __init__(self, axis: int | Sequence[int] = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis if isinstance(axis, int) else tuple(axis)

    def call(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None:
            return activations.softmax(inputs, self.axis)
        self._check(inputs.shape, mask.shape)
        return ad.softmax(np.where(mask, inputs, -np.inf), axis=self.axis)

    def _check(self, shape: tuple[int, ...], mask_shape: tuple[int, ...]) -> None:
        fits = len(mask_shape) == len(shape) and all(m in (1, n) for m, n in zip(mask_shape, shape, strict=True))
        if not fits:
            raise misfit(
                self,
                f"expects a mask like its inputs, {shape}; got one of shape {mask_shape}. If it came from Masking or "
                "Embedding, use Activation('softmax'), which leaves it to later layers",
            )
