"""Objects as plain dicts in Keras 3's form, and back; only classes that are known beforehand come back."""

from __future__ import annotations

import inspect
import logging
from typing import Any

import numpy as np

from ..metrics import MeanMetricWrapper
from ..registration import get_registered_name
from ..registry import Registry, accepted
from .errors import ModelFileError
from .kinds import find_class, find_function, is_declared, labels_of
from .old import modern

_PACKAGE = __name__.partition(".")[0]
log = logging.getLogger("nn")
_LARGEST = 2**31 - 1  # of whole numbers in configs: dimensions and counts


def serialize_keras_object(value: Any) -> Any:
    """An object, a function or a plain value as JSON knows it: an object as its class's name and its config.

    Raises TypeError for what no file can hold.

    >>> import nn
    >>> serialize_keras_object(nn.regularizers.L2(0.5))["config"]
    {'l2': 0.5}
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, dict):
        return {key: serialize_keras_object(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [serialize_keras_object(each) for each in value]
    if isinstance(value, np.ndarray):
        return {"class_name": "__numpy__", "config": {"value": value.tolist(), "dtype": value.dtype.name}}
    if isinstance(value, slice):
        config = {"start": value.start, "stop": value.stop, "step": value.step}
        return {"class_name": "__slice__", "config": serialize_keras_object(config)}
    if value is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.dtype):
        return value.name
    if hasattr(value, "get_config") and not isinstance(value, type):
        return _entry(value)
    if callable(value):
        return function_entry(value)
    raise TypeError(f"a model file cannot hold {value!r}; let get_config() tell it by numbers, strings and lists")


def function_entry(function: Any) -> dict[str, Any]:
    """A function by its name. Raises ValueError for a lambda, which has none."""
    name = get_registered_name(function) if hasattr(function, "__name__") else "<lambda>"
    if name == "<lambda>":
        raise ValueError(
            f"{function!r} has no name, and files hold no code: write it as a function with "
            "@nn.saving.register_keras_serializable(), or as a layer of your own"
        )
    return {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}


def _entry(value: Any) -> dict[str, Any]:
    labels = labels_of(type(value))
    config = {key: _labelled(each, getattr(value, key, None)) for key, each in value.get_config().items()}
    build_config = value.get_build_config() if hasattr(value, "get_build_config") else None
    return {**labels, "config": config, **({"build_config": build_config} if build_config else {})}


def _labelled(told: Any, held: Any) -> Any:
    """A value of a config with Keras' labels, which follow from the object that the attribute holds."""
    if isinstance(told, dict) and "module" in told:
        return told
    if _is_entry(told) and type(held).__name__ == told["class_name"]:
        return _entry(held)
    if _is_entry(told) and told["class_name"] not in _SPECIAL:  # of an object that the attribute does not show
        labels = labels_of(find_class(told, None, {}))
        return {**labels, "config": {key: _labelled(each, None) for key, each in told["config"].items()}}
    if isinstance(told, str) and inspect.isroutine(held) and told == held.__name__:
        return told if is_declared(held) else function_entry(held)
    if isinstance(told, (list, tuple)) and isinstance(held, (list, tuple)) and len(told) == len(held):
        return [_labelled(each, one) for each, one in zip(told, held, strict=True)]
    return serialize_keras_object(told)


def _is_entry(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("class_name"), str) and "config" in value


def deserialize_keras_object(config: Any, custom_objects: dict[str, Any] | None = None, **kwargs: Any) -> Any:
    """What `serialize_keras_object` was given; only of classes and functions that are known, or in `custom_objects`.

    What is an object already stays. `safe_mode` and others of Keras' arguments change nothing: nothing unsafe is read.
    Raises ModelFileError, a ValueError, for what is not known.

    >>> import nn
    >>> deserialize_keras_object({"class_name": "L2", "config": {"l2": 0.5}}).get_config()
    {'l2': 0.5}
    """
    return Reader(custom_objects).read(config)


class Reader:
    """Makes objects of what a file holds, and notes what it leaves out."""

    def __init__(self, custom_objects: dict[str, Any] | None = None) -> None:
        self.custom = custom_objects or {}
        self.unknown: dict[str, None] = {}

    def read(self, value: Any, registry: Registry | None = None) -> Any:
        """An object for an entry, a list or a dict of such, a plain value as it is."""
        if isinstance(value, list):
            return [self.read(each, registry) for each in value]
        if not isinstance(value, dict):
            return value
        if not isinstance(value.get("class_name"), str):
            return {key: self.read(each, registry) for key, each in value.items()}
        return self._special(value) if value["class_name"] in _SPECIAL else self._object(value, registry)

    def _special(self, entry: dict[str, Any]) -> Any:
        name, config = entry["class_name"], entry.get("config", {})
        if name == "function":
            return find_function(config, self.custom)
        if name == "__lambda__":
            raise ModelFileError(
                "the file holds a Python function as code, which is never run: write it as a function with "
                "@nn.saving.register_keras_serializable() and save the model again"
            )
        if not isinstance(config, dict):
            raise ModelFileError(f"an entry {name!r} has the config {config!r}, expected a dict")
        return _SPECIAL[name](config)

    def _object(self, entry: dict[str, Any], registry: Registry | None) -> Any:
        entry = modern(entry)
        kind, config = find_class(entry, registry, self.custom), entry.get("config")
        if not isinstance(config, dict):
            raise ModelFileError(f"the config of {entry['class_name']!r} is {config!r}, expected a dict")
        _check_numbers(entry["class_name"], config)
        made = self._made(kind, config)
        build_config = entry.get("build_config")
        if isinstance(build_config, dict) and hasattr(made, "build_from_config"):
            made.build_from_config(build_config)
        return made

    def _made(self, kind: Any, config: dict[str, Any]) -> Any:
        from ..models.model import Model
        from .functional import connected, is_graph

        if issubclass(kind, Model) and is_graph(config):
            return connected(self, kind, config)
        config = {key: self.read(each) for key, each in config.items()}
        return self._from(kind, config)

    def _from(self, kind: Any, config: dict[str, Any]) -> Any:
        """An object of a class; what its arguments do not know is left out, and noted."""
        known = self._known(kind)
        if known is None:
            return kind.from_config(config)
        left = {key: config.pop(key) for key in [*config] if key not in known}
        for key, value in left.items():
            if key not in _NAMED and value not in (None, False, [], {}):
                self.unknown[f"{kind.__name__}.{key} = {value!r}"[:200]] = None
        made = kind.from_config(config)
        if isinstance(left.get("name"), str):
            made.name = left["name"]
        return made

    def _known(self, kind: Any) -> set[str] | None:
        """The arguments of a class, None where it reads its config itself."""
        from ..models.sequential import Sequential

        if issubclass(kind, Sequential):
            return {"layers", "name", "build_input_shape", "trainable"}
        writer = next(each for each in kind.__mro__ if "from_config" in vars(each))
        if writer.__module__.partition(".")[0] != _PACKAGE or writer is MeanMetricWrapper:
            return None
        return {*accepted(kind), "input_shape", "batch_input_shape", "input_dim"}

    def tell(self) -> None:
        """Tell the log what was left out."""
        if self.unknown:
            log.warning("left out what is not known here: %s", "; ".join(self.unknown))


_NAMED = ("name", "trainable", "dtype")


def _check_numbers(name: str, config: dict[str, Any]) -> None:
    for key, value in config.items():
        values = value if isinstance(value, list) else [value]
        if key != "seed" and any(isinstance(each, int) and abs(each) > _LARGEST for each in values):
            raise ModelFileError(f"{name}: {key} is {value!r:.50}, which is no size that anything has")


def _array(config: dict[str, Any]) -> Any:
    dtype = np.dtype(str(config["dtype"]))
    if dtype.kind not in "fiub":
        raise ModelFileError(f"an array of {dtype.name} is no array of numbers")
    return np.array(config["value"], dtype)


def _slice(config: dict[str, Any]) -> slice:
    parts = [config.get(name) for name in ("start", "stop", "step")]
    if any(part is not None and not isinstance(part, int) for part in parts):
        raise ModelFileError(f"a slice has the parts {parts}, expected whole numbers")
    return slice(*parts)


def _policy(config: dict[str, Any]) -> str:
    name = config.get("name")
    if name not in ("float16", "float32", "float64"):
        raise ModelFileError(
            f"the dtype policy {name!r} is not known here: layers compute in the dtype of their weights, 'float32', "
            "'float64' or 'float16'; save the model with one of these"
        )
    return str(name)


_SPECIAL: dict[str, Any] = {
    "function": None, "__lambda__": None, "__numpy__": _array, "__slice__": _slice, "DTypePolicy": _policy,
    "__tuple__": lambda config: tuple(config["items"]), "__ellipsis__": lambda config: Ellipsis,
}  # fmt: skip
