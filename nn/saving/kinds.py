"""What files may name: the registries of this package, by the modules that Keras writes beside the names.

The module in a file is a label that picks one of these; nothing is ever imported by it.
"""

from __future__ import annotations

from typing import Any

from .. import activations, constraints, initializers, layers, losses, metrics, optimizers, regularizers
from ..layers.operation import Operation
from ..optimizers import schedules
from ..registration import get_registered_name, get_registered_object
from ..registry import Registry
from .errors import ModelFileError

KINDS: dict[str, Registry] = {
    "keras.layers": layers.registry,
    "keras.initializers": initializers.registry,
    "keras.regularizers": regularizers.registry,
    "keras.constraints": constraints.registry,
    "keras.optimizers": optimizers.registry,
    "keras.optimizers.schedules": schedules.registry,
    "keras.losses": losses.registry,
    "keras.metrics": metrics.registry,
    "keras.activations": activations.registry,
}
_MODELS = {"Sequential": "keras", "Functional": "keras.src.models.functional"}
HIDDEN = (Operation,)  # declared as layers, and never made by their name; files have their functions


def is_declared(declared: Any) -> bool:
    """Whether a function or a class is one of this package's."""
    return any(declared in registry for registry in KINDS.values())


def labels_of(kind: type) -> dict[str, Any]:
    """What Keras writes beside a config: the module, the name of the class, and that by which it is registered."""
    name = class_name(kind)
    if name in _MODELS:
        registered = name if name == "Functional" else None
        return {"module": _MODELS[name], "class_name": name, "registered_name": registered}
    for module, registry in KINDS.items():
        if kind in registry:
            return {"module": module, "class_name": name, "registered_name": None}
    return {"module": None, "class_name": name, "registered_name": get_registered_name(kind)}


def class_name(kind: type) -> str:
    """The name that files have for a class: a model between inputs and outputs is a `Functional`."""
    from ..models.model import Model

    return "Functional" if kind is Model else kind.__name__


def find_class(entry: dict[str, Any], registry: Registry | None, custom: dict[str, Any]) -> Any:
    """The class that an entry of a file names. Raises ModelFileError where none is known by its name."""
    name, registered = entry["class_name"], entry.get("registered_name")
    for each in (registered, name):
        found = get_registered_object(each, custom) if isinstance(each, str) else None
        if isinstance(found, type):
            return found
    label = entry.get("module")
    picked = registry or (KINDS.get(label) if isinstance(label, str) else None)
    for each in [picked] if picked is not None else KINDS.values():
        try:
            found = each.find(name)
        except ValueError:
            continue
        if isinstance(found, type) and found not in HIDDEN:
            return found
    raise ModelFileError(
        f"the class {name!r} is not known here; a class of your own must be registered before loading: "
        f"@nn.saving.register_keras_serializable(), or custom_objects={{{name!r}: ...}}"
    )


def find_function(name: Any, custom: dict[str, Any]) -> Any:
    """The function that a file names. Raises ModelFileError where none is registered by this name."""
    found = get_registered_object(name, custom) if isinstance(name, str) else None
    for module in ("keras.activations", "keras.losses", "keras.metrics"):
        if found is None and isinstance(name, str):
            try:
                found = KINDS[module].find(name)
            except ValueError:
                continue
    if found is None or not callable(found):
        raise ModelFileError(
            f"the function {name!r} is not known here; files hold no code: register your function before loading, by "
            f"@nn.saving.register_keras_serializable(), or custom_objects={{{name!r}: ...}}"
        )
    return found
