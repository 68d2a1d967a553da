"""Classes and functions of the user's own that files may name: only what was registered is ever found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Declared = TypeVar("Declared", bound=Callable[..., Any])

_registered: dict[str, Any] = {}
_scoped: ContextVar[dict[str, Any] | None] = ContextVar("custom_objects", default=None)


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable[[Declared], Declared]:
    """A decorator that lets files name a class or a function: 'package>name', as in Keras.

    Raises ValueError for a class without `get_config`, and for a name that is taken by something else.

    >>> @register_keras_serializable("school")
    ... def double(x):
    ...     return 2 * x
    >>> get_registered_name(double), get_registered_object("school>double") is double
    ('school>double', True)
    """

    def register(declared: Declared) -> Declared:
        if isinstance(declared, type) and not hasattr(declared, "get_config"):
            raise ValueError(f"register_keras_serializable: {declared.__name__} has no method get_config(self)")
        full = f"{package}>{name or declared.__name__}"
        known = _registered.get(full)
        if known is not None and _place(known) != _place(declared):
            raise ValueError(f"register_keras_serializable: {full!r} is {known!r} already; give another name=")
        _registered[full] = declared
        return declared

    return register


def _place(declared: Any) -> tuple[Any, Any]:
    """Where a thing is written; a cell of a notebook that runs again writes it again."""
    return getattr(declared, "__module__", None), getattr(declared, "__qualname__", None)


@contextmanager
def custom_object_scope(objects: dict[str, Any]) -> Iterator[None]:
    """Let files, and strings, name these classes and functions within a `with` block.

    >>> with custom_object_scope({"double": lambda x: 2 * x}):
    ...     get_registered_object("double")(3)
    6
    """
    token = _scoped.set({**(_scoped.get() or {}), **(objects or {})})
    try:
        yield
    finally:
        _scoped.reset(token)


CustomObjectScope = custom_object_scope


def get_custom_objects() -> dict[str, Any]:
    """All that is registered, by name; what is added to this dict is registered."""
    return _registered


def get_registered_name(declared: Any) -> str:
    """The name by which a class or a function is registered, else its own."""
    return next((name for name, each in _registered.items() if each is declared), declared.__name__)


def get_registered_object(name: str, custom_objects: dict[str, Any] | None = None) -> Any:
    """What is registered by a name, None if nothing is. The nearest scope counts first."""
    for known in (custom_objects, _scoped.get(), _registered):
        if known and name in known:
            return known[name]
    return None


def find_custom(name: str) -> Any:
    """What a name stands for, written with its package or without: 'school>double' or 'double'."""
    exact = get_registered_object(name)
    if exact is not None or ">" in name:
        return exact
    return next((each for known, each in _registered.items() if known.partition(">")[2] == name), None)
