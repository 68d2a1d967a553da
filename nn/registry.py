"""What can be asked for by name: one registry for each kind of thing, filled by its declarations."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable
from typing import Any, TypeVar

from .registration import find_custom, get_registered_object

Declared = TypeVar("Declared", bound=Callable[..., Any])


class Registry:
    """Functions and classes of one kind, by their names, in any spelling that Keras takes.

    >>> fruits = Registry("fruit")
    >>> @fruits.add("passionfruit")
    ... def maracuja(): ...
    >>> fruits.get("PassionFruit") is maracuja
    True
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._exact: dict[str, Any] = {}
        self._loose: dict[str, Any] = {}

    def add(self, *aliases: str) -> Callable[[Declared], Declared]:
        """A decorator that declares a function or a class by its own name and by others."""

        def declare(declared: Declared) -> Declared:
            for name in (declared.__name__, *aliases):
                self._exact[name] = declared
                self._loose.setdefault(_plain(name), declared)
            return declared

        return declare

    def names(self) -> list[str]:
        """All names, the aliases too."""
        return sorted(self._exact)

    def __contains__(self, declared: Any) -> bool:
        """Whether a function or a class was declared here."""
        return any(each is declared for each in self._exact.values())

    def find(self, name: str) -> Any:
        """The function or class of a name, here or registered. Raises ValueError that tells close names."""
        declared = self._exact.get(name) or self._loose.get(_plain(name))
        found = get_registered_object(name) or declared or find_custom(name)
        if found is None:
            close = difflib.get_close_matches(name, self._exact, 3)
            hint = f"did you mean {' or '.join(map(repr, close))}?" if close else f"known are {', '.join(self.names())}"
            raise ValueError(f"{name!r} is no {self.kind}; {hint}")
        return found

    def get(self, identifier: Any) -> Any:
        """What a name, a config, a class, a function or an object stands for; None stays None.

        A name of a class makes an object with its defaults. Raises ValueError for unknown names, and
        TypeError for what is none of these.
        """
        if identifier is None:
            return None
        if isinstance(identifier, str):
            identifier = self.find(identifier)
        if isinstance(identifier, dict):
            return self.from_config(identifier)
        if inspect.isclass(identifier):
            return identifier()
        if callable(identifier) or hasattr(identifier, "get_config"):
            return identifier
        raise TypeError(f"got {identifier!r}, expected a name, a config, a function or an object of a {self.kind}")

    def to_config(self, value: Any) -> Any:
        """A function as its name, an object as a dict of its class and its config."""
        if value is None or isinstance(value, (str, dict)):
            return value
        if hasattr(value, "get_config"):
            return {"class_name": type(value).__name__, "config": value.get_config()}
        return getattr(value, "__name__", type(value).__name__)

    def from_config(self, config: Any) -> Any:
        """What `to_config` was given."""
        if not isinstance(config, dict):
            return self.get(config)
        if "class_name" not in config:
            raise ValueError(f"a config of a {self.kind} has the keys 'class_name' and 'config', got {sorted(config)}")
        return self.find(config["class_name"]).from_config(config.get("config", {}))


def _plain(name: str) -> str:
    """`MeanSquaredError`, `mean_squared_error` and `Mean Squared Error` are one name."""
    return re.sub(r"[\W_]", "", name).lower()


def snake_case(name: str) -> str:
    """The name that Keras derives from a class: `BatchNormalization` is `batch_normalization`.

    >>> snake_case("ReLU"), snake_case("GRUCell"), snake_case("Conv2D")
    ('re_lu', 'gru_cell', 'conv2d')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


class Configured:
    """An object that tells what it was made with: its config holds the attributes named as its parameters."""

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same object, as plain values."""
        return {name: plain(getattr(self, name)) for name in accepted(type(self)) if hasattr(self, name)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """An object made of a config, as `get_config` gives it."""
        return cls(**config)


def accepted(kind: type) -> list[str]:
    """The arguments that make an object of a class: its own, and with `**kwargs` those of the class before."""
    names: list[str] = []
    for each in [each for each in kind.__mro__ if "__init__" in vars(each) and each is not object]:
        found = list(inspect.signature(vars(each)["__init__"]).parameters.values())[1:]
        named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        names = [*[one.name for one in found if one.kind in named], *names]
        if not any(one.kind is inspect.Parameter.VAR_KEYWORD for one in found):
            break
    return list(dict.fromkeys(names))


def plain(value: Any) -> Any:
    """A value as configs hold it: objects as their configs, functions as their names, arrays as lists."""
    if hasattr(value, "get_config"):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(plain, value))
    if hasattr(value, "tolist"):
        return value.tolist()
    if callable(value):
        return getattr(value, "__name__", repr(value))
    return value
