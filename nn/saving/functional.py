"""Graphs of layers as configs in Keras 3's form, and back from those of Keras 3, 2 and 1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autodiff.tree import leaves, map_leaves

from ..layers.input import InputLayer
from ..layers.operation import Operation
from ..symbolic import KerasTensor
from .errors import ModelFileError
from .objects import serialize_keras_object
from .operations import arguments, is_operation, operation_entry, read_operation


def graph_config(model: Any) -> dict[str, Any]:
    """The config of a model between symbolic inputs and outputs."""
    return GraphWriter(model._graph).config(model)


class GraphWriter:
    """Tells calls by the name of their layer and their number, and tensors by their call and their place in it."""

    def __init__(self, graph: Any) -> None:
        self._graph = graph
        self._history: dict[int, list[Any]] = {}
        self._inputs: dict[str, dict[str, Any]] = {}
        self._calls: dict[Any, list[Any]] = {}
        for each in graph._sources:
            self._add_input(each)
        for call in graph.calls:
            if not isinstance(call.layer, InputLayer):
                calls = self._calls.setdefault(call.layer, [])
                self._place(call.outputs, call.layer.name, len(calls))
                calls.append(call)

    def _add_input(self, tensor: KerasTensor) -> None:
        """An input, which where a model begins inside of another becomes a layer of its own."""
        layer = tensor.call.layer if tensor.call is not None else None
        if not isinstance(layer, InputLayer):
            layer = InputLayer(batch_shape=tensor.shape, dtype=tensor.dtype, name=tensor.name)
        self._history[id(tensor)] = [layer.name, 0, 0]
        self._inputs[layer.name] = {**serialize_keras_object(layer), "name": layer.name, "inbound_nodes": []}

    def _place(self, outputs: Any, name: str, number: int) -> None:
        for i, each in enumerate(leaves(outputs)):
            self._history.setdefault(id(each), [name, number, i])

    def config(self, model: Any) -> dict[str, Any]:
        layers = [*self._inputs.values(), *map(self._layer, self._calls)]
        ends = {"input_layers": self._graph.inputs, "output_layers": self._graph.outputs}
        places = {key: map_leaves(lambda each: self._history[id(each)], value) for key, value in ends.items()}
        return {"name": model.name, "trainable": model.trainable, "layers": layers, **places}

    def _layer(self, layer: Any) -> dict[str, Any]:
        calls = self._calls[layer]
        if isinstance(layer, Operation):
            entry, args = operation_entry(layer, calls[0].args, calls[0].kwargs)
            return {**entry, "name": layer.name, "inbound_nodes": [{"args": self._told(args), "kwargs": {}}]}
        nodes = [{"args": self._told(call.args), "kwargs": self._told(call.kwargs)} for call in calls]
        return {**serialize_keras_object(layer), "name": layer.name, "inbound_nodes": nodes}

    def _told(self, value: Any) -> Any:
        if isinstance(value, KerasTensor):
            history = self._history[id(value)]
            config = {"shape": list(value.shape), "dtype": value.dtype, "keras_history": history}
            return {"class_name": "__keras_tensor__", "config": config}
        if isinstance(value, dict):
            return {key: self._told(each) for key, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._told(each) for each in value]
        return serialize_keras_object(value)


def is_graph(config: dict[str, Any]) -> bool:
    """Whether a config describes a graph of layers."""
    return {"layers", "input_layers", "output_layers"} <= set(config)


def connected(reader: Any, kind: Any, config: dict[str, Any]) -> Any:
    """The model of a graph's config."""
    graph = GraphReader(reader, config["layers"])
    inputs, outputs = (graph.ends(config[key]) for key in ("input_layers", "output_layers"))
    if graph.is_old:
        inputs, outputs = _alone(inputs), _alone(outputs)
    model = kind(inputs, outputs, name=config.get("name"))
    if config.get("trainable") is False:
        model.trainable = False
    return model


def _alone(tensors: Any) -> Any:
    """Before Keras 3 one input, or output, was in a list, too."""
    return tensors[0] if isinstance(tensors, list) and len(tensors) == 1 else tensors


class GraphReader:
    """Makes the layers, and calls them in an order in which each call finds its inputs."""

    def __init__(self, reader: Any, entries: Any) -> None:
        self._reader = reader
        self._tensors: dict[tuple[str, int], list[Any]] = {}
        self._layers: dict[str, Any] = {}
        self._options: dict[str, dict[str, Any]] = {}
        self.is_old = False  # of Keras 1 or 2: calls are lists
        waiting = [each for entry in _dicts(entries, "layers") for each in self._add(entry)]
        self._call_all(waiting)

    def _add(self, entry: dict[str, Any]) -> Iterator[tuple[tuple[str, int], Any]]:
        """Make a layer; its calls."""
        name = entry.get("name") or (entry.get("config") or {}).get("name")
        if not isinstance(name, str) or name in self._layers:
            raise ModelFileError(f"layer {name!r}: names of layers are strings, each there once")
        if is_operation(entry):
            self._layers[name], self._options[name] = read_operation(entry)
        else:
            self._layers[name] = self._reader.read({key: entry[key] for key in entry if key != "build_config"})
            self._layers[name].name = name
        if isinstance(self._layers[name], InputLayer):
            self._tensors[name, 0] = [self._layers[name].output]
            return
        for i, node in enumerate(entry.get("inbound_nodes") or []):
            self.is_old |= isinstance(node, list)
            yield (name, i), node_arguments(node)

    def _call_all(self, waiting: list[tuple[tuple[str, int], Any]]) -> None:
        """Call what is ready, and then what waited for it. Raises ModelFileError where calls wait for each other."""
        nodes = dict(waiting)
        needs = {key: {place[:2] for place in _places(node)} for key, node in nodes.items()}
        for (name, i), each in needs.items():
            each |= {(name, i - 1)} if i else set()
        users: dict[tuple[str, int], list[tuple[str, int]]] = {}
        for key, each in needs.items():
            for need in each:
                users.setdefault(need, []).append(key)
        ready = [key for key, each in needs.items() if each <= self._tensors.keys()]
        left = needs.keys() - set(ready)
        for key in ready:  # it grows
            self._call(key, nodes[key])
            new = [user for user in users.get(key, ()) if user in left and needs[user] <= self._tensors.keys()]
            left -= set(new)
            ready += new
        if left:
            name, i = min(left)
            lacking = sorted(need[0] for need in needs[name, i] if need not in self._tensors)
            raise ModelFileError(f"call {i} of layer {name!r} waits for {lacking}, which never come")

    def _call(self, key: tuple[str, int], node: Any) -> None:
        args, kwargs = (self._filled(part) for part in node)
        kwargs = {name: value for name, value in kwargs.items() if value is not None}
        layer = self._layers[key[0]]
        self._tensors[key] = list(leaves(layer(*arguments(layer, args), **kwargs, **self._options.get(key[0], {}))))

    def _filled(self, value: Any) -> Any:
        place = _place(value)
        if place is not None:
            return self._tensor(place)
        if isinstance(value, dict) and "class_name" not in value:
            return {key: self._filled(each) for key, each in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(map(self._filled, value))
        return self._reader.read(value)

    def _tensor(self, place: tuple[str, int, int]) -> Any:
        made = self._tensors.get(place[:2], [])
        if not 0 <= place[2] < len(made):
            raise ModelFileError(f"there is no tensor {place[2]} of call {place[1]} of layer {place[0]!r}")
        return made[place[2]]

    def ends(self, structure: Any) -> Any:
        """The tensors of the model's inputs or outputs."""
        if _is_history(structure):
            return self._tensor((structure[0], structure[1], structure[2]))
        if isinstance(structure, dict):
            return {key: self.ends(each) for key, each in structure.items()}
        if isinstance(structure, list) and structure:
            return [self.ends(each) for each in structure]
        raise ModelFileError(f"the model's inputs or outputs are {structure!r}, expected [layer, call, tensor]")


def _dicts(values: Any, what: str) -> list[dict[str, Any]]:
    if not isinstance(values, list) or not all(isinstance(each, dict) for each in values):
        raise ModelFileError(f"{what} is no list of dicts")
    return values


def _is_history(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and [type(each) for each in value[:3]] == [str, int, int]


def _place(value: Any) -> tuple[str, int, int] | None:
    """The place of the tensor that a value of a node stands for."""
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        history: Any = (value.get("config") or {}).get("keras_history")
        if not _is_history(history):
            raise ModelFileError(f"a tensor's history is {history!r}, expected [layer, call, tensor]")
        return (history[0], history[1], history[2])
    return None


def _places(structure: Any) -> Iterator[tuple[str, int, int]]:
    place = _place(structure)
    if place is not None:
        yield place
    elif isinstance(structure, (dict, list, tuple)):
        for each in structure.values() if isinstance(structure, dict) else structure:
            yield from _places(each)


def node_arguments(node: Any) -> tuple[Any, dict[str, Any]]:
    """The arguments of a call: Keras 3's `args` and `kwargs`, or a list of [layer, call, tensor, kwargs] before it."""
    if isinstance(node, dict):
        args, kwargs = node.get("args", []), node.get("kwargs", {})
        if not isinstance(args, list) or not isinstance(kwargs, dict):
            raise ModelFileError(f"a call has the arguments {args!r} and {kwargs!r}, expected a list and a dict")
        return tuple(args), kwargs
    if _is_history(node):
        node = [node]
    if not isinstance(node, list) or not node or not all(_is_history(each) for each in node):
        raise ModelFileError(f"a call is {node!r:.200}, expected lists of [layer, call, tensor, arguments]")
    tensors = [_old_tensor(each) for each in node]
    kwargs = node[0][3] if len(node[0]) > 3 and isinstance(node[0][3], dict) else {}
    return (tensors if len(tensors) > 1 else tensors[0],), {key: _old_value(each) for key, each in kwargs.items()}


def _old_tensor(history: Any) -> dict[str, Any]:
    return {"class_name": "__keras_tensor__", "config": {"keras_history": list(history[:3])}}


def _old_value(value: Any) -> Any:
    return _old_tensor(value) if _is_history(value) else value
