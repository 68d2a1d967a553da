"""Models in files, in Keras' formats, both ways; a file cannot run code, and a broken one is one kind of error."""

from importlib import import_module
from typing import Any

from ..registration import CustomObjectScope as CustomObjectScope
from ..registration import custom_object_scope as custom_object_scope
from ..registration import get_custom_objects as get_custom_objects
from ..registration import get_registered_name as get_registered_name
from ..registration import get_registered_object as get_registered_object
from ..registration import register_keras_serializable as register_keras_serializable
from .errors import ModelFileError as ModelFileError

_HOMES = {
    "clone_model": "cloning",
    "deserialize_keras_object": "objects",
    "load_model": "files",
    "load_weights": "files",
    "model_from_config": "text",
    "model_from_json": "text",
    "model_from_yaml": "text",
    "save_model": "files",
    "save_weights": "files",
    "serialize_keras_object": "objects",
}


def __getattr__(name: str) -> Any:
    """What reads and writes is imported when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
