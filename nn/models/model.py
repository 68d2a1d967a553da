"""Model: layers as a whole that can be trained."""

from __future__ import annotations

from typing import Any

from ..layers.input import InputLayer
from ..layers.layer import Layer, registry
from ..symbolic import shapes_of, symbols
from .graph import LayerGraph
from .saved import Saved


@registry.add("Functional")
class Model(Saved):
    """Layers with a training loop, in Keras' three ways: from symbolic inputs to outputs, or by a subclass's `call`.

    >>> import nn
    >>> x = nn.Input(shape=(3,))
    >>> model = nn.Model(x, nn.layers.Dense(2)(x))
    >>> model.count_params(), model.output_shape
    (8, (None, 2))
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        made = super().__new__(cls)
        made._graph = None
        made._set_up()
        return made

    def __init__(self, inputs: Any = None, outputs: Any = None, name: str | None = None, **kwargs: Any) -> None:
        if inputs is None and outputs is None and name is None:
            super().__init__(**kwargs)
            return
        super().__init__(name=name or (_functional_name(type(self)) if inputs is not None else None), **kwargs)
        if inputs is not None or outputs is not None:
            self._connect(LayerGraph(inputs, outputs))

    def _connect(self, graph: LayerGraph) -> None:
        self._graph: LayerGraph | None = graph
        self.built = True

    def call(self, inputs: Any, **kwargs: Any) -> Any:
        if self._graph is None:
            raise NotImplementedError(f"{type(self).__name__} has no method call(self, inputs)")
        return self._graph(inputs)

    @property
    def layers(self) -> list[Layer]:
        """The layers that the model is made of."""
        return self._sublayers()

    def _sublayers(self) -> list[Layer]:
        connected = [] if self._graph is None else self._graph.layers
        return list(dict.fromkeys([*connected, *super()._sublayers()]))

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """A layer by its name or its place. Raises ValueError where there is none."""
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ValueError(f"get_layer: index is {index}, the model has {len(self.layers)} layers")
            return self.layers[index]
        for each in self.layers:
            if each.name == name:
                return each
        raise ValueError(f"get_layer: no layer is called {name!r}; there are {[each.name for each in self.layers]}")

    def export(self, path: Any, input_signature: Any = None) -> None:
        """Write what `predict` computes as a file to take away: it needs no nn, and cannot be trained.

        `path` ends in .py for a module of readable NumPy, with its weights in a file .npz beside it.
        `input_signature` is `nn.Input(shape=...)`, an array, or a list of them, for a model whose
        inputs are not known. Raises ValueError for another suffix, for inputs that are not known, and for a model
        that computes in another way for another number of rows.

        >>> import nn, os, sys, tempfile
        >>> model = nn.Sequential([nn.Input(shape=(3,)), nn.layers.Dense(2, activation="relu", name="hidden")])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.export(os.path.join(folder, "net.py"))
        ...     print(sorted(os.listdir(folder)))
        ['net.npz', 'net.py']
        """
        from ..exporting import export

        export(self, path, input_signature)

    # Shapes

    def _connected(self, what: str) -> LayerGraph:
        if self._graph is None:
            raise AttributeError(f"model {self.name!r} has no {what}: it is defined by `call`, not by symbolic tensors")
        return self._graph

    @property
    def inputs(self) -> list[Any]:
        """The symbolic inputs."""
        return list(symbols(self._connected("inputs").inputs))

    @property
    def outputs(self) -> list[Any]:
        """The symbolic outputs."""
        return list(symbols(self._connected("outputs").outputs))

    @property
    def input(self) -> Any:
        return self._connected("input").inputs

    @property
    def output(self) -> Any:
        return self._connected("output").outputs

    @property
    def input_shape(self) -> Any:
        """The shape of the inputs, None for the batch."""
        return shapes_of(self._connected("input_shape").inputs)

    @property
    def output_shape(self) -> Any:
        """The shape of the outputs, None for the batch."""
        return shapes_of(self._connected("output_shape").outputs)

    @property
    def input_names(self) -> list[str]:
        return [each.name for each in self.inputs]

    @property
    def output_names(self) -> list[str]:
        """The names of the layers that give the outputs; with a number where one gives several."""
        if self._graph is None:
            return super().output_names
        if isinstance(self._graph.outputs, dict):
            return list(self._graph.outputs)
        names = [each.call.layer.name for each in self.outputs]
        return [name if names.count(name) == 1 else f"{name}_{names[:i].count(name)}" for i, name in enumerate(names)]

    def build(self, input_shape: Any) -> None:
        """Make the weights for inputs of a shape: the model is called once on symbolic tensors."""
        if self._graph is None:
            from ..layers.input import Input

            is_single = all(each is None or isinstance(each, int) for each in input_shape)
            inputs = [Input(batch_shape=each) for each in ([input_shape] if is_single else input_shape)]
            self.built = True
            self(inputs[0] if is_single else inputs)

    def ensure_built(self, input_shape: Any) -> None:
        """A model that a subclass defines has its weights after its first call."""
        self.built = True
        self._build_shape = input_shape

    @property
    def input_layers(self) -> list[Layer]:
        return [each for each in self.layers if isinstance(each, InputLayer)]


def _functional_name(kind: type) -> str:
    from ..naming import unique_name

    return unique_name("functional" if kind is Model else kind)
