"""HDF5 files as Keras 1, 2 and 3 write them to names that end in `.h5`: the config in attributes, weights by layer."""

from __future__ import annotations

import json
import logging
import warnings
from typing import Any

from autodiff.tree import map_leaves

from .. import losses
from ..variables import Variable
from .errors import ModelFileError
from .hdf5 import Group, write_names
from .slots import arranged

log = logging.getLogger("nn")


def weights_of(layer: Any) -> list[Variable]:
    """A layer's weights in the order of these files: what is trained first."""
    return [*layer.trainable_weights, *layer.non_trainable_weights]


def write_layers(file: Any, model: Any, labels: dict[str, str]) -> None:
    """Write the weights of a model, layer by layer."""
    file.attrs.update(labels)
    write_names(file, "layer_names", [layer.name for layer in model.layers])
    for layer in model.layers:
        _write(file.create_group(layer.name), [(v.path, v) for v in weights_of(layer)])
    _write(file.create_group("top_level_model_weights"), [(v.path, v) for v in _of_model(model)])


def _of_model(model: Any) -> list[Variable]:
    """The variables that no layer of the model has."""
    inside = {id(v) for layer in model.layers for v in layer.weights}
    return [v for v in weights_of(model) if id(v) not in inside]


def write_optimizer(file: Any, optimizer: Any) -> None:
    """Write the variables of an optimizer."""
    _write(file.create_group("optimizer_weights"), [(v.path, v) for v in optimizer.variables])


def _write(group: Any, weights: list[tuple[str, Variable]]) -> None:
    names: list[str] = []
    for name, variable in weights:
        number = sum(each == name or each.startswith(f"{name}__") for each in names)
        names.append(f"{name}__{number}" if number else name)  # two layers in one may be called alike
        group.create_dataset(names[-1], data=variable.numpy())
    write_names(group, "weight_names", names)


class LegacyReader:
    """Reads such a file: the config, the weights, the compiled state and the optimizer's."""

    def __init__(self, file: Any) -> None:
        self.root = Group(file)
        self.weights = self.root.group("model_weights") if "model_weights" in self.root else self.root

    def config(self) -> Any:
        """The config of the model. Raises ModelFileError where the file has weights only."""
        text = self.root.text("model_config")
        if text is None:
            raise ModelFileError("there is no model in the file, only weights; make the model, and call load_weights")
        return json.loads(text)

    def training_config(self) -> dict[str, Any] | None:
        """The arguments of `compile`, in Keras 3's form."""
        text = self.root.text("training_config")
        return None if text is None else _modern_training(json.loads(text))

    def read(self, model: Any, by_name: bool = False, skip_mismatch: bool = False) -> None:
        """Assign all weights, in the order of the layers or by their names; those that have none do not count."""
        stored = {name: self._names(name) for name in self.weights.listed("layer_names")}
        pairs = self._by_name(model, stored) if by_name else self._in_order(model, stored, skip_mismatch)
        found: list[tuple[Variable, Any]] = []
        for layer, variables, name in pairs:
            try:
                found += self._layer(layer, variables, name, stored[name])
            except ModelFileError as error:
                if not skip_mismatch:
                    raise
                warnings.warn(f"skipped: {error}", stacklevel=2)
        for variable, value in [*found, *self._top_level(model)]:
            variable.assign(value)

    def _names(self, layer: str) -> list[str]:
        return self.weights.group(layer).listed("weight_names")

    def _by_name(self, model: Any, stored: dict[str, list[str]]) -> list[tuple[Any, list[Variable], str]]:
        return [(each, weights_of(each), each.name) for each in model.layers if each.name in stored and each.weights]

    def _in_order(
        self, model: Any, stored: dict[str, list[str]], skip_mismatch: bool
    ) -> list[tuple[Any, list[Variable], str]]:
        layers = [each for each in model.layers if each.weights]
        names = [name for name, weights in stored.items() if weights]
        if len(layers) != len(names):
            raise ModelFileError(f"the model has {len(layers)} layers with weights, the file {len(names)}: {names}")
        return [(layer, weights_of(layer), name) for layer, name in zip(layers, names, strict=True)]

    def _layer(self, layer: Any, variables: list[Variable], name: str, names: list[str]) -> list[tuple[Variable, Any]]:
        if len(variables) != len(names):
            raise ModelFileError(
                f"layer {layer.name!r} has {len(variables)} weights, the file {len(names)} for it: {names}"
            )
        group = self.weights.group(name)
        return [(v, group.array(each, v.shape)) for v, each in zip(variables, names, strict=True)]

    def _top_level(self, model: Any) -> list[tuple[Variable, Any]]:
        """Variables of the model itself, which Keras 3 files beside those of the layers."""
        group = self.weights.find("top_level_model_weights")
        variables = _of_model(model)
        names = group.listed("weight_names") if group is not None else []
        if group is None or len(names) != len(variables):
            return []
        return [(v, group.array(each, v.shape)) for v, each in zip(variables, names, strict=True)]

    def read_optimizer(self, model: Any) -> None:
        """Assign the optimizer's variables, in whichever order the file has them."""
        group = self.root.find("optimizer_weights")
        names = group.listed("weight_names") if group is not None else []
        if group is None or not names:
            return
        optimizer = model.optimizer
        if len(names) > 2 and not optimizer.built:
            optimizer.build(model.trainable_variables)
        pairs = arranged(optimizer, names)
        if pairs is None:
            warnings.warn(
                f"the file's {len(names)} variables are not those of {type(optimizer).__name__}: it begins anew",
                stacklevel=2,
            )
            return
        found = [(variable, group.array(name, variable.shape)) for variable, name in pairs]
        for variable, value in found:
            variable.assign(value)


def _modern_training(config: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `compile`; before Keras 3 the optimizer had a key of its own, and losses other forms."""
    config = dict(config)
    optimizer = config.pop("optimizer_config", None)
    config.pop("sample_weight_mode", None)
    told = {"optimizer": optimizer, **config}
    for key in ("metrics", "weighted_metrics"):
        told[key] = _metrics(told.get(key))
    return told


def _metrics(given: Any) -> Any:
    """Keras 2 wrote the wrapper that it made of a name: the name is enough."""
    if isinstance(given, list):
        return [_metrics(each) for each in given]
    if isinstance(given, dict) and given.get("class_name") == "MeanMetricWrapper":
        config = given.get("config") or {}
        return config.get("name") or config.get("fn")
    return given


def training_config(model: Any, config: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `compile` as these files have them."""
    config = dict(config)
    optimizer = config.pop("optimizer")
    told = {key: optimizer[key] for key in ("class_name", "config")} if isinstance(optimizer, dict) else optimizer
    return {**config, "loss": map_leaves(_full_name, config.get("loss")), "optimizer_config": told}


def _full_name(loss: Any) -> Any:
    """A loss by the name of its function: Keras 3 does not find 'mse' in these files, not even in its own."""
    return losses.registry.find(loss).__name__ if isinstance(loss, str) and loss in losses.registry.names() else loss
