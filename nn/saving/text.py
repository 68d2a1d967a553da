"""Models without weights as text: JSON, and YAML as the lectures have it."""

from __future__ import annotations

import json
from typing import Any

from ..limits import at_most
from ..registration import custom_object_scope
from .archive import CONFIG
from .errors import ModelFileError, reading
from .objects import Reader, serialize_keras_object

WEIGHTS = 2**32  # bytes that the weights of a model may take of which nothing but a text is known


def config_of(model: Any) -> dict[str, Any]:
    """A model as a dict that JSON knows: its class and its config, and the arguments of `compile`."""
    config = serialize_keras_object(model)
    compiled = model.get_compile_config() if model.objectives is not None else None
    return {**config, **({"compile_config": compiled} if compiled else {})}


def to_json(model: Any, **options: Any) -> str:
    """The model's layers and their settings as JSON; `options` are those of json.dumps."""
    return json.dumps(config_of(model), **options)


def to_yaml(model: Any, **options: Any) -> str:
    """The model's layers and their settings as YAML; `options` are those of yaml.safe_dump."""
    told = json.loads(to_json(model))
    return str(_yaml().safe_dump(told, **{"sort_keys": False, **options}))


def model_from_json(json_string: str, custom_objects: dict[str, Any] | None = None) -> Any:
    """The model of a text that `to_json` gave, here or in Keras, with new weights.

    Raises ModelFileError, a ValueError, for what is no model, or names what is not known.

    >>> import nn
    >>> model = nn.Sequential([nn.Input(shape=(3,)), nn.layers.Dense(2)])
    >>> nn.models.model_from_json(model.to_json()).count_params()
    8
    """
    with reading("model_from_json"):
        _check(json_string)
        return _model(json.loads(json_string), custom_objects)


def model_from_yaml(yaml_string: str, custom_objects: dict[str, Any] | None = None) -> Any:
    """The model of a text that `to_yaml` gave, with new weights; tags that make objects are refused.

    Raises ModelFileError, a ValueError, for what is no model, or names what is not known.
    """
    with reading("model_from_yaml"):
        _check(yaml_string)
        loader = _yaml().SafeLoader
        for token in _yaml().scan(yaml_string, Loader=loader):
            if isinstance(token, (_yaml().AliasToken, _yaml().AnchorToken)):
                raise ModelFileError("the text refers to parts of itself, which models do not")
        return _model(_yaml().load(yaml_string, Loader=loader), custom_objects)


def model_from_config(config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
    """The model of a dict with the keys 'class_name' and 'config'."""
    with reading("model_from_config"):
        return _model(config, custom_objects)


def _check(text: Any) -> None:
    if not isinstance(text, str):
        raise ModelFileError(f"got {type(text).__name__}, expected a text")
    if len(text) > CONFIG:
        raise ModelFileError(f"the text has {len(text):,} characters, more than {CONFIG:,}")


def _model(config: Any, custom_objects: dict[str, Any] | None) -> Any:
    reader = Reader(custom_objects)
    with at_most(WEIGHTS):
        model = made_model(config, reader, compiled=True)
    reader.tell()
    return model


def made_model(config: Any, reader: Reader, compiled: bool) -> Any:
    """A model of the dict that a file or a text holds, compiled where it was."""
    from ..models.model import Model

    if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
        raise ModelFileError("there is no model in it: expected a dict with the keys 'class_name' and 'config'")
    with custom_object_scope(reader.custom):
        model = reader.read(config)
        if not isinstance(model, Model):
            raise ModelFileError(f"it holds a {type(model).__name__}, expected a model")
        told = config.get("compile_config")
        if compiled and isinstance(told, dict) and told:
            model.compile_from_config(told, reader)
    return model


def _yaml() -> Any:
    try:
        import yaml
    except ImportError:
        raise ImportError("YAML needs PyYAML: write `pip install autodiff-nn[files]`, or take to_json") from None
    return yaml
