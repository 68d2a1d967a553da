"""Models made again, with new weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autodiff.tree import leaves, map_leaves

from ..layers.input import Input, InputLayer
from ..symbolic import KerasTensor


def clone_model(model: Any, input_tensors: Any = None, clone_function: Callable[[Any], Any] | None = None) -> Any:
    """A model of layers made anew by their configs, with weights of its own and new values; it is not compiled.

    `clone_function` makes another layer of each, `input_tensors` are other symbolic inputs; both for sequential and
    functional models. One that a subclass defines is made by its config.

    >>> import nn
    >>> model = nn.Sequential([nn.Input(shape=(3,)), nn.layers.Dense(2)], name="first")
    >>> copy = nn.models.clone_model(model)
    >>> copy.name, copy.count_params(), copy.layers[0].kernel is model.layers[0].kernel
    ('first', 8, False)
    """
    from ..models.model import Model
    from ..models.sequential import Sequential

    make = clone_function or copied
    if isinstance(model, Sequential) and input_tensors is None:
        return Sequential([_again(each, make) for each in model._stack], name=model.name)
    if type(model) is not Model and not isinstance(model, Sequential):
        if clone_function is not None or input_tensors is not None:
            raise ValueError(f"clone_model: {model.name!r} is defined by its class; give the model alone")
        return copied(model)
    return _connected(model, input_tensors, make)


def copied(layer: Any) -> Any:
    """A layer of the same config."""
    return type(layer).from_config(layer.get_config())


def _again(layer: Any, make: Callable[[Any], Any]) -> Any:
    return copied(layer) if isinstance(layer, InputLayer) else make(layer)


def _connected(model: Any, input_tensors: Any, make: Callable[[Any], Any]) -> Any:
    from ..models.model import Model

    graph = model._graph
    given = list(leaves(input_tensors)) if input_tensors is not None else [_like(each) for each in graph._sources]
    made = {id(old): new for old, new in zip(graph._sources, given, strict=True)}
    layers = {each: make(each) for each in graph.layers if not isinstance(each, InputLayer)}

    def known(value: Any) -> Any:
        return made[id(value)] if isinstance(value, KerasTensor) else value

    for call in graph.calls:
        if isinstance(call.layer, InputLayer):
            continue
        outputs = layers[call.layer](*map_leaves(known, call.args), **map_leaves(known, call.kwargs))
        made.update((id(old), new) for old, new in zip(leaves(call.outputs), leaves(outputs), strict=True))
    return Model(map_leaves(known, graph.inputs), map_leaves(known, graph.outputs), name=model.name)


def _like(tensor: KerasTensor) -> Any:
    return Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=tensor.name)
