"""What can be read off layers: the function that comes last in them, by its name."""

from __future__ import annotations

from typing import Any

from . import activations
from .registry import snake_case

_FUNCTIONS = {
    "ReLU": "relu",
    "LeakyReLU": "leaky_relu",
    "ELU": "elu",
    "PReLU": "prelu",
    "Softmax": "softmax",
}
# Layers whose outputs are their inputs' values, so that the function before them comes last.
_PASSING = {
    "Flatten", "Reshape", "Dropout", "SpatialDropout1D", "Permute", "RepeatVector", "ActivityRegularization",
    "GaussianNoise", "Identity",
}  # fmt: skip


def activation_of(layer: Any) -> str | None:
    """The name of a layer's activation function, 'linear' too; None where it has none, or a function of the user's.

    >>> import nn
    >>> activation_of(nn.layers.Dense(2, activation="tanh")), activation_of(nn.layers.Dense(2))
    ('tanh', 'linear')
    """
    kind = type(layer).__name__
    if kind in _FUNCTIONS:
        return _FUNCTIONS[kind]
    function = getattr(layer, "function" if kind == "Operation" else "activation", None)
    name = getattr(function, "__name__", None) or snake_case(type(function).__name__)
    return name if name in activations.registry.names() else None


def is_passing(layer: Any) -> bool:
    """Whether a layer only moves, drops or copies values."""
    return type(layer).__name__ in _PASSING


def last_activations(model: Any) -> list[str | None]:
    """The function that comes last before each output of a model; None where that cannot be told."""
    graph = getattr(model, "_graph", None)
    if graph is None:
        return [None]
    return [_last_of(each) for each in model.outputs]


def _last_of(tensor: Any) -> str | None:
    """The function that a symbolic tensor comes out of; layers that pass values on are looked through."""
    call = tensor.call
    while call is not None and is_passing(call.layer):
        call = call.inputs()[0].call
    if call is None:
        return None
    if getattr(call.layer, "_graph", None) is not None:
        inner = last_activations(call.layer)
        return inner[0] if len(inner) == 1 else None
    return activation_of(call.layer)
