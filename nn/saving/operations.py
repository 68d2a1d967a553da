"""Functions that were called on symbolic tensors, by the names that Keras' files have for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import activations
from ..layers.operation import Operation
from ..symbolic import _item
from .errors import ModelFileError

_MODULE = "keras.src.ops.numpy"
# Whose arguments are tensors and numbers, element by element.
_PLAIN = """abs absolute arccos arccosh arcsin arcsinh arctan arctan2 arctanh ceil cos cosh divide equal exp expm1 floor
greater greater_equal less less_equal log log10 log1p log2 logaddexp logical_and logical_not logical_or matmul maximum
minimum multiply negative not_equal power round sign sin sinh sqrt square subtract tan tanh true_divide where add
logical_xor mod reciprocal"""
# The others: NumPy's names of the arguments after the tensors, in NumPy's order, with Keras' names.
_WITH: dict[str, dict[str, str]] = {
    "sum": {"axis": "axis", "keepdims": "keepdims"}, "mean": {"axis": "axis", "keepdims": "keepdims"},
    "max": {"axis": "axis", "keepdims": "keepdims"}, "min": {"axis": "axis", "keepdims": "keepdims"},
    "prod": {"axis": "axis", "keepdims": "keepdims"}, "var": {"axis": "axis", "keepdims": "keepdims"},
    "std": {"axis": "axis", "keepdims": "keepdims"},
    "reshape": {"shape": "newshape"}, "transpose": {"axes": "axes"}, "squeeze": {"axis": "axis"},
    "expand_dims": {"axis": "axis"}, "concatenate": {"axis": "axis"}, "stack": {"axis": "axis"},
    "clip": {"a_min": "x_min", "a_max": "x_max"}, "swapaxes": {"axis1": "axis1", "axis2": "axis2"},
}  # fmt: skip
_ACTIVATIONS = ("relu", "sigmoid", "softplus", "softsign", "silu", "elu", "selu", "gelu", "log_sigmoid")


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


_NUMPY = {_camel(name): getattr(np, name) for name in (*_PLAIN.split(), *_WITH)}
_BY_NAME: dict[str, Any] = {**_NUMPY, "GetItem": _item, "Amax": np.max, "Amin": np.min}
_NN = {_camel(name): getattr(activations, name) for name in _ACTIVATIONS}
_FUNCTIONS = {**_NN, **_BY_NAME}
_NAMES = {id(function): name for name, function in {**_FUNCTIONS, **_NUMPY}.items()}


def operation_entry(layer: Operation, args: Any, kwargs: dict[str, Any]) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """The entry of a function's call, and the arguments that are left for the call.

    Raises ValueError for a function that Keras' files have no name for.
    """
    name = _NAMES.get(id(layer.function))
    if name is None:
        function = getattr(layer.function, "__name__", layer.function)
        raise ValueError(
            f"operation {layer.name!r}: the function {function!r} on symbolic tensors cannot be saved; "
            "write a layer of your own that calls it"
        )
    config, args = _split(layer, name, args, dict(kwargs))
    module = "keras.src.ops.nn" if name in _NN else _MODULE
    return {
        "module": module, "class_name": name, "config": {"name": layer.name, **config}, "registered_name": name,
    }, args  # fmt: skip


def _split(layer: Operation, name: str, args: Any, kwargs: dict[str, Any]) -> tuple[dict[str, Any], tuple[Any, ...]]:
    names = _WITH.get(layer.function.__name__, {})
    if name == "GetItem":
        return {}, (args[0], kwargs.pop("index", args[-1]))
    given = dict(zip(names, args[1:], strict=False)) if names else {}
    given.update({key: kwargs.pop(key) for key in [*kwargs] if key in names})
    if name == "Reshape":
        given["shape"] = given["shape"] if isinstance(given["shape"], (tuple, list)) else (given["shape"],)
    if any(value is not None for value in kwargs.values()):
        raise ValueError(f"operation {layer.name!r}: its arguments {sorted(kwargs)} cannot be saved")
    return {names[key]: value for key, value in given.items()}, args[:1] if names else args


def is_operation(entry: dict[str, Any]) -> bool:
    """Whether an entry names a function, not a layer; without a module where its config has no `trainable`."""
    module, config = entry.get("module"), entry.get("config")
    if isinstance(module, str):
        return module.startswith("keras.src.ops.")
    return entry.get("class_name") in _FUNCTIONS and isinstance(config, dict) and "trainable" not in config


def read_operation(entry: dict[str, Any]) -> tuple[Operation, dict[str, Any]]:
    """The layer of an entry, and what its function is called with besides."""
    name, config = entry.get("class_name"), dict(entry.get("config") or {})
    function = _FUNCTIONS.get(str(name))
    if function is None:
        raise ModelFileError(f"the operation {name!r} is not known here")
    names = {keras: own for own, keras in _WITH.get(function.__name__, {}).items()}
    options = {names[key]: value for key, value in config.items() if key in names and value is not None}
    options = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
    return Operation(function, name=config.get("name")), options


def arguments(layer: Any, args: Any) -> Any:
    """The arguments of a call; JSON has lists for the tuples of an index."""
    if isinstance(layer, Operation) and layer.function is _item and len(args) == 2 and isinstance(args[1], list):
        return args[0], tuple(args[1])
    return args
