"""Normalization of each example by itself: over layers, groups of channels, or to length 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .affine import Affine, aligned, along, axis_argument, centred_moments, listed, narrowed, positive_axes, widened
from .checks import misfit
from .layer import Layer, registry


@registry.add()
class LayerNormalization(Affine):
    """gamma · (x − mean) / √(variance + epsilon) + beta, mean and variance over `axis`, one or several.

    With `rms_scaling` x is divided by the root of its variance, not centred, and beta is left out, as Keras has it.
    Weights of the sizes of these axes: gamma, beta. Source: Ba et al., 2016, arXiv:1607.06450.

    >>> import nn
    >>> nn.layers.LayerNormalization(epsilon=0.0)(np.array([[1.0, 3.0]])).numpy()
    array([[-1.,  1.]], dtype=float32)
    """

    min_ndim = 1

    def __init__(
        self, axis: int | Sequence[int] = -1, epsilon: float = 1e-3, center: bool = True, scale: bool = True,
        beta_initializer: Any = "zeros", gamma_initializer: Any = "ones", beta_regularizer: Any = None,
        gamma_regularizer: Any = None, beta_constraint: Any = None, gamma_constraint: Any = None,
        rms_scaling: bool = False, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.axis, self.rms_scaling = axis_argument(self, axis), rms_scaling
        self._take(
            epsilon, center, scale, beta_initializer, gamma_initializer,
            beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint,
        )  # fmt: skip

    def build(self, input_shape: Any) -> None:
        axes = positive_axes(self, listed(self.axis), input_shape)
        sizes = [self.needs_size(input_shape, axis - len(input_shape)) for axis in axes]
        self._make(sizes, center=not self.rms_scaling)

    def call(self, inputs: Any) -> Any:
        axes = positive_axes(self, listed(self.axis), inputs.shape)
        x = widened(inputs)
        centred, _, variance = centred_moments(x, axes)
        outputs = self._scaled(x if self.rms_scaling else centred, variance, along(axes, inputs.shape))
        return narrowed(outputs, inputs.dtype)


@registry.add()
class RMSNormalization(Layer):
    """scale · x / √(mean x² + epsilon), over `axis`, one or several.

    Weights of the sizes of these axes: scale. Source: Zhang and Sennrich, 2019, arXiv:1910.07467.

    >>> import nn
    >>> nn.layers.RMSNormalization(epsilon=0.0)(np.array([[1.0, 7.0]])).numpy()
    array([[0.2, 1.4]], dtype=float32)
    """

    computes_floats = True
    min_ndim = 1

    def __init__(self, axis: int | Sequence[int] = -1, epsilon: float = 1e-6, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis, self.epsilon = axis_argument(self, axis), epsilon
        self.scale: Any = None

    def build(self, input_shape: Any) -> None:
        axes = positive_axes(self, listed(self.axis), input_shape)
        sizes = [self.needs_size(input_shape, axis - len(input_shape)) for axis in axes]
        self.scale = self.add_weight(sizes, "ones", name="scale")

    def call(self, inputs: Any) -> Any:
        axes = positive_axes(self, listed(self.axis), inputs.shape)
        x = widened(inputs)
        square = np.mean(x * x, axis=axes, keepdims=True)
        outputs = x * (square + self.epsilon) ** -0.5 * aligned(self.scale, along(axes, inputs.shape))
        return narrowed(outputs, inputs.dtype)


@registry.add()
class GroupNormalization(Affine):
    """gamma · (x − mean) / √(variance + epsilon) + beta, mean and variance over each of `groups` groups of channels.

    The channels are along `axis`; groups=-1 makes each a group of its own. Weights (channels,): gamma, beta.
    Source: Wu and He, 2018, arXiv:1803.08494. Raises ValueError where the channels make no groups of one size.

    >>> import nn
    >>> nn.layers.GroupNormalization(2, epsilon=0.0)(np.array([[1.0, 3.0, 10.0, 30.0]])).numpy()
    array([[-1.,  1., -1.,  1.]], dtype=float32)
    """

    min_ndim = 2

    def __init__(
        self, groups: int = 32, axis: int = -1, epsilon: float = 1e-3, center: bool = True, scale: bool = True,
        beta_initializer: Any = "zeros", gamma_initializer: Any = "ones", beta_regularizer: Any = None,
        gamma_regularizer: Any = None, beta_constraint: Any = None, gamma_constraint: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.groups, self.axis = groups, int(axis)
        self._take(
            epsilon, center, scale, beta_initializer, gamma_initializer,
            beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint,
        )  # fmt: skip

    def build(self, input_shape: Any) -> None:
        positive_axes(self, [self.axis], input_shape)
        channels = self.needs_size(input_shape, self.axis)
        if self.groups != -1 and (self.groups < 1 or channels % self.groups):
            raise misfit(self, f"makes {self.groups} groups of the {channels} channels; {self.groups} must divide them")
        self._make((channels,))

    def call(self, inputs: Any) -> Any:
        (axis,) = positive_axes(self, [self.axis], inputs.shape)
        shape, channels = inputs.shape, inputs.shape[axis]
        groups = channels if self.groups == -1 else self.groups
        grouped = widened(inputs).reshape(*shape[:axis], groups, channels // groups, *shape[axis + 1 :])
        axes = tuple(i for i in range(1, grouped.ndim) if i != axis)
        centred, _, variance = centred_moments(grouped, axes)
        standard = (centred * (variance + self.epsilon) ** -0.5).reshape(*shape)
        weights = along([axis], shape)
        standard = standard if self.gamma is None else standard * aligned(self.gamma, weights)
        standard = standard if self.beta is None else standard + aligned(self.beta, weights)
        return narrowed(standard, inputs.dtype)


@registry.add()
class UnitNormalization(Layer):
    """x / √(Σ x²) over `axis`, one or several, so that its length is 1; zeros stay zeros.

    >>> import nn
    >>> nn.layers.UnitNormalization()(np.array([[3.0, 4.0], [0.0, 0.0]])).numpy()
    array([[0.6, 0.8],
           [0. , 0. ]], dtype=float32)
    """

    supports_masking = True
    computes_floats = True

    def __init__(self, axis: int | Sequence[int] = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis_argument(self, axis)

    def call(self, inputs: Any) -> Any:
        axes = positive_axes(self, listed(self.axis), inputs.shape)
        return unit_length(inputs, axes)


def unit_length(x: Any, axes: int | tuple[int, ...]) -> Any:
    """x over its length along some axes; a square of the length below 1e-12 counts as that."""
    wide = widened(x)
    return narrowed(wide * np.maximum(np.sum(wide * wide, axis=axes, keepdims=True), 1e-12) ** -0.5, x.dtype)
