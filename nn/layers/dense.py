"""Dense: a layer in which each unit sees all inputs."""

from __future__ import annotations

from typing import Any

from .. import activations, constraints, initializers, regularizers
from .layer import Layer, registry


@registry.add()
class Dense(Layer):
    """activation(inputs @ kernel + bias), over the last axis (seed 000; Rosenblatt 1958 with one unit and a step).

    Inputs (batch, ..., features) become (batch, ..., units); kernel (features, units), bias (units,).
    Raises ValueError where `units` is no positive whole number.

    >>> import nn
    >>> nn.layers.Dense(2, kernel_initializer="ones")(np.array([[1.0, 2.0]])).numpy()
    array([[3., 3.]], dtype=float32)
    """

    supports_masking = True
    min_ndim = 2
    computes_floats = True

    def __init__(
        self, units: int, activation: Any = None, use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros", kernel_regularizer: Any = None, bias_regularizer: Any = None,
        activity_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        if isinstance(units, bool) or int(units) != units or units < 1:
            raise ValueError(f"Dense: units is {units!r}, expected a whole number above 0")
        self.units, self.use_bias = int(units), use_bias
        self.activation = activations.get("linear" if activation is None else activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.kernel: Any = None
        self.bias: Any = None

    def build(self, input_shape: Any) -> None:
        features = self.needs_size(input_shape, -1)
        self.kernel = self.add_weight(
            (features, self.units), self.kernel_initializer, name="kernel",
            regularizer=self.kernel_regularizer, constraint=self.kernel_constraint,
        )  # fmt: skip
        if self.use_bias:
            self.bias = self.add_weight(
                (self.units,), self.bias_initializer, name="bias",
                regularizer=self.bias_regularizer, constraint=self.bias_constraint,
            )  # fmt: skip

    def call(self, inputs: Any) -> Any:
        outputs = inputs @ self.kernel
        if self.use_bias:
            outputs = outputs + self.bias
        return self.activation(outputs)
