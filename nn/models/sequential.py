"""Sequential: layers one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..layers.input import Input, InputLayer
from ..layers.layer import Layer, registry
from ..symbolic import KerasTensor
from .graph import LayerGraph
from .model import Model


@registry.add()
class Sequential(Model):
    """Layers, each of which gets what the one before it gives.

    The weights are made at once where the input's shape is told (`Input`, or `input_shape=` of the first
    layer), else with the first data. Raises TypeError for what is no layer.

    >>> import nn
    >>> model = Sequential([nn.Input(shape=(784,)), nn.layers.Dense(10)])
    >>> model.count_params()
    7850
    """

    def __init__(self, layers: Sequence[Any] | None = None, trainable: bool = True, name: str | None = None) -> None:
        super().__init__(name=name, trainable=trainable)
        self._stack: list[Layer] = []
        for each in layers or ():
            self.add(each)

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Put a layer at the end."""
        if isinstance(layer, KerasTensor) and layer.call is not None:
            layer = layer.call.layer
        if not isinstance(layer, Layer):
            raise TypeError(f"Sequential.add: got {layer!r}, expected a layer, such as layers.Dense(10)")
        if isinstance(layer, InputLayer) and self._stack:
            raise ValueError("Sequential.add: an input comes first, and there are layers already")
        if any(each.name == layer.name for each in self._stack):
            raise ValueError(f"Sequential.add: there is a layer {layer.name!r} already; names are unique, use name=")
        if not self._stack and layer._first_shape is not None:
            self._stack.append(Input(batch_shape=layer._first_shape).call.layer)
        self._stack.append(layer)
        self._connect_all()

    def pop(self) -> Layer | None:
        """Take the last layer off."""
        layer = self._stack.pop() if self._stack else None
        if len(self._stack) == 1 and layer is not None and layer._first_shape is not None:
            self._stack.pop()  # the input that was made for it
        self._connect_all()
        return layer

    def _connect_all(self, batch_shape: Any = None) -> None:
        """Connect the layers, if the shape of the input is known."""
        self._graph, self.built = None, False
        self._forget_steps()
        first = self._stack[0] if self._stack else None
        if isinstance(first, Model) and first._graph is not None and batch_shape is None:
            batch_shape = first.input_shape
        if isinstance(first, InputLayer):
            inputs = first.output
        elif batch_shape is not None and first is not None:
            inputs = Input(batch_shape=batch_shape)
        else:
            return
        outputs = inputs
        for layer in self.layers:
            count = len(layer._calls)
            outputs = layer(outputs)
            del layer._calls[count:]  # of a layer in several models, each model keeps its own calls
        self._connect(LayerGraph(inputs, outputs))

    def ensure_built(self, input_shape: Any) -> None:
        if self._graph is None and isinstance(input_shape, tuple):
            self._connect_all((None, *input_shape[1:]))
        self.built = True

    def build(self, input_shape: Any = None) -> None:
        """Make the weights for inputs of a shape."""
        if input_shape is not None:
            self._connect_all(tuple(input_shape))

    def call(self, inputs: Any, **kwargs: Any) -> Any:
        for layer in self.layers:
            inputs = layer(inputs)
        return inputs

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the input."""
        return [each for each in self._stack if not isinstance(each, InputLayer)]

    def _sublayers(self) -> list[Layer]:
        return self.layers

    def get_config(self) -> dict[str, Any]:
        """The layers, and the shape of the inputs where the model was built for one."""
        from ..saving.objects import serialize_keras_object

        built = {} if self._graph is None else {"build_input_shape": self.input_shape}
        layers = [serialize_keras_object(each) for each in self._stack]
        return {"name": self.name, "trainable": self.trainable, "dtype": self.dtype, "layers": layers, **built}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """A model of a config, as `get_config` gives it."""
        from ..saving.objects import deserialize_keras_object

        model = cls(deserialize_keras_object(config["layers"], custom_objects), name=config.get("name"))
        if config.get("trainable") is False:
            model.trainable = False
        if model._graph is None and config.get("build_input_shape") is not None:
            model.build(config["build_input_shape"])
        return model
