"""Layers that apply a function: one by name, one of the user's own, none at all."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from .. import activations, regularizers
from .layer import Layer, registry


@registry.add()
class Activation(Layer):
    """An activation function, by name or itself, element by element or along the last axis.

    Shape and dtype stay; whole numbers become floats, but for `relu` and `linear`.

    >>> import nn
    >>> nn.layers.Activation("relu")(np.array([[-1.0, 2.0]])).numpy()
    array([[0., 2.]], dtype=float32)
    """

    supports_masking = True

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activations.get("linear" if activation is None else activation)
        self.computes_floats = self.activation not in (activations.relu, activations.linear)

    def call(self, inputs: Any) -> Any:
        return self.activation(inputs)


@registry.add()
class Identity(Layer):
    """The inputs as they are.

    >>> import nn
    >>> nn.layers.Identity()(np.array([1, 2])).numpy()
    array([1, 2])
    """

    supports_masking = True

    def call(self, inputs: Any) -> Any:
        return inputs


@registry.add()
class ActivityRegularization(Layer):
    """The inputs as they are; l1 · Σ|x| + l2 · Σx² of them, divided by the batch's size, is added to the loss.

    >>> import nn
    >>> layer = nn.layers.ActivityRegularization(l1=0.5)
    >>> layer(np.array([[1.0, -2.0]])).shape, float(layer.losses[0])
    ((1, 2), 1.5)
    """

    supports_masking = True

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.l1, self.l2 = l1, l2

    def call(self, inputs: Any) -> Any:
        return inputs

    def get_config(self) -> dict[str, Any]:
        """The regularizer follows from l1 and l2."""
        return {key: value for key, value in super().get_config().items() if key != "activity_regularizer"}


@registry.add()
class Lambda(Layer):
    """A function of the user's own: of NumPy's functions on tensors, and of what `arguments` names.

    It is told `training` and `mask` if it has such parameters. `mask` is the mask of the outputs, or a
    function of the inputs and their mask. The shape of the outputs is found by a call; `output_shape` is
    kept for Keras' sake. The config holds the function itself. Raises TypeError for what cannot be called.

    >>> import nn
    >>> nn.layers.Lambda(lambda x: x**2)(np.array([[3.0]])).numpy()
    array([[9.]], dtype=float32)
    """

    def __init__(
        self, function: Callable[..., Any], output_shape: Any = None, mask: Any = None,
        arguments: dict[str, Any] | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        if not callable(function):
            raise TypeError(f"Lambda: got {function!r}, expected a function, such as lambda x: x * 2")
        self.function, self.output_shape, self.mask = function, output_shape, mask
        self.arguments = arguments or {}
        self.supports_masking = mask is not None
        self._takes = [name for name in ("mask", "training") if name in inspect.signature(function).parameters]

    def call(self, inputs: Any, mask: Any = None, training: bool = False) -> Any:
        told = {"mask": mask, "training": training}
        return self.function(inputs, **self.arguments, **{name: told[name] for name in self._takes})

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        return self.mask(inputs, previous_mask) if callable(self.mask) else self.mask

    def get_config(self) -> dict[str, Any]:
        """The function as it is, so that a copy can be made; output_shape and mask only if given."""
        config = {**super().get_config(), "function": self.function, "mask": self.mask}
        return {key: each for key, each in config.items() if each is not None or key not in ("output_shape", "mask")}
