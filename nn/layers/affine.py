"""What layers that normalize have in common: centring, and the factor gamma and the offset beta that they learn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import constraints, initializers, regularizers
from .checks import misfit
from .layer import Layer


class Affine(Layer):
    """A layer with weights gamma, if `scale`, and beta, if `center`, of the sizes of some axes of its inputs."""

    supports_masking = True
    computes_floats = True

    def _take(
        self, epsilon: float, center: bool, scale: bool, beta_initializer: Any, gamma_initializer: Any,
        beta_regularizer: Any, gamma_regularizer: Any, beta_constraint: Any, gamma_constraint: Any,
    ) -> None:  # fmt: skip
        self.epsilon, self.center, self.scale = epsilon, center, scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.gamma: Any = None
        self.beta: Any = None

    def _make(self, shape: Sequence[int], center: bool = True) -> None:
        if self.scale:
            self.gamma = self.add_weight(
                shape, self.gamma_initializer, name="gamma",
                regularizer=self.gamma_regularizer, constraint=self.gamma_constraint,
            )  # fmt: skip
        if self.center and center:
            self.beta = self.add_weight(
                shape, self.beta_initializer, name="beta",
                regularizer=self.beta_regularizer, constraint=self.beta_constraint,
            )  # fmt: skip

    def _scaled(self, centred: Any, variance: Any, shape: Sequence[int]) -> Any:
        """gamma · centred / √(variance + epsilon) + beta, the weights in a shape that goes with the inputs'."""
        factor = (variance + self.epsilon) ** -0.5
        if self.gamma is None:
            outputs = centred * factor
        elif _lie_alike(gamma := aligned(self.gamma, shape), factor):
            outputs = centred * (gamma * factor)  # the small arrays first: then one product is as large as the inputs
        else:
            outputs = centred * factor * gamma
        return outputs if self.beta is None else outputs + aligned(self.beta, shape)


def _lie_alike(x: Any, y: Any) -> bool:
    """Whether two arrays lie along the same axes, and do not only happen to have as many elements."""
    return bool(x.size == y.size == math.prod(np.broadcast_shapes(x.shape, y.shape)))


def aligned(weight: Any, shape: Sequence[int]) -> Any:
    """A weight in a shape that goes with the inputs', ones in front left out, which broadcasting puts there."""
    while len(shape) > len(weight.shape) and shape[0] == 1:
        shape = shape[1:]
    return weight if tuple(shape) == weight.shape else weight.reshape(*shape)


def widened(x: Any) -> Any:
    """float16 as float32: the square of 256 is too large for it."""
    return x.astype(np.float32) if x.dtype == np.float16 else x


def narrowed(x: Any, dtype: Any) -> Any:
    """What was computed of `widened` inputs, in their dtype."""
    return x if x.dtype == dtype else x.astype(dtype)


def centred_moments(x: Any, axes: tuple[int, ...], weight: Any = None) -> tuple[Any, Any, Any]:
    """x − mean, mean and variance over some axes, which stay with size 1; `weight` tells which elements count."""
    if weight is None:
        mean = np.mean(x, axis=axes, keepdims=True)
        centred = x - mean
        return centred, mean, np.mean(centred * centred, axis=axes, keepdims=True)
    count = np.maximum(np.sum(weight, axis=axes, keepdims=True), 1)
    mean = np.sum(x * weight, axis=axes, keepdims=True) / count
    centred = x - mean
    return centred, mean, np.sum(centred * centred * weight, axis=axes, keepdims=True) / count


def positive_axes(layer: Layer, axes: Sequence[int], shape: Sequence[int | None]) -> tuple[int, ...]:
    """Axes counted from the first one. Raises ValueError for those that the inputs have not."""
    rank = len(shape)
    if not all(-rank <= axis < rank for axis in axes):
        raise misfit(layer, f"normalizes axis {', '.join(map(str, axes))}; got inputs of shape {tuple(shape)}")
    return tuple(sorted(axis % rank for axis in axes))


def along(axes: Sequence[int], shape: Sequence[int]) -> list[int]:
    """The shape that weights for some axes take to go with inputs: 1 along the others."""
    return [side if i in axes else 1 for i, side in enumerate(shape)]


def axis_argument(layer: Layer, axis: Any) -> Any:
    """An axis, or several as a list. Raises TypeError for what is neither."""
    if isinstance(axis, (int, np.integer)):
        return int(axis)
    if not isinstance(axis, (list, tuple)) or not all(isinstance(each, (int, np.integer)) for each in axis):
        raise TypeError(f"{type(layer).__name__}: got axis={axis!r}, expected a whole number, or a list of them")
    return list(axis)


def listed(axis: Any) -> list[int]:
    """One axis or several, as a list."""
    return [axis] if isinstance(axis, int) else list(axis)
