"""What a function finds outside: the variables around it and the globals that it names, as they are now.

Followed through the user's own functions that it calls by name. What is reached in another way (attributes
of objects, other modules) is not looked at.
"""

from __future__ import annotations

import dis
import functools
import sys
import sysconfig
from collections.abc import Callable, Hashable, Iterator
from types import CodeType, FunctionType, MethodType, ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from ..lines import ENGINE
from ..tensor import Tensor

_COMPARED = (bool, int, float, str, bytes, complex, type(None))
_SAME = (Tensor, np.ndarray, np.generic, np.random.Generator, FunctionType)
_MOST = 1000  # elements of a container that are looked at
_DEEPEST = 4  # containers in containers
_LIBRARIES = tuple({path for name, path in sysconfig.get_paths().items() if "lib" in name})


Place = tuple[Any, str | None]  # a cell, or a dict and a name in it


class Captures:
    """The outside of one function; `key` tells whether it is as before."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.places: list[Place] = []
        self._seen: set[int] = set()
        self._follow(function)

    def key(self) -> Hashable:
        """Equal as long as every name stands for the same number, array, tensor or function."""
        return tuple([key_of(_read(place)) for place in self.places])

    def held(self) -> list[Any]:
        """The values, to be kept: an identity counts only as long as its object lives."""
        return [_read(place) for place in self.places]

    def _follow(self, value: Any) -> None:
        """Note what a function finds outside, and go on with the functions in that."""
        if id(value) in self._seen:
            return
        self._seen.add(id(value))
        if isinstance(value, FunctionType) and not value.__code__.co_filename.startswith(ENGINE):
            for place in _places(value):
                self._note(place)
        elif isinstance(value, MethodType) and is_users(value.__self__):
            self._note(({"self": value.__self__}, "self"))
        for each in _functions_in(value):
            self._follow(each)

    def _note(self, place: Place) -> None:
        value = _read(place)
        if isinstance(value, (*_COMPARED, *_SAME)) or _is_small_container(value) or is_users(value):
            self.places.append(place)
        self._follow(value)


def _functions_in(value: Any) -> list[Any]:
    """Where functions may be in a value: a partial, a method, another compiled function, a container, a class."""
    if isinstance(value, functools.partial):
        return [value.func, *value.args, *value.keywords.values()]
    if _is_small_container(value):
        return list(value.values() if isinstance(value, dict) else value)
    if isinstance(value, FunctionType):
        return [*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()]
    if is_users(value):
        members = vars(type(value)).values()
        return [each.fget if isinstance(each, property) else each for each in members]
    if isinstance(value, type):
        return list(vars(value).values()) if not value.__module__.startswith(("builtins", "numpy")) else []
    return [each for name in ("__func__", "__wrapped__") if (each := getattr(value, name, None)) is not None]


def _places(function: FunctionType) -> Iterator[Place]:
    """Each variable around a function, and each global that it names."""
    for cell in function.__closure__ or ():
        yield cell, None
    for name in sorted(names_in(function.__code__)):
        if name in function.__globals__:
            yield function.__globals__, name


def _read(place: Place) -> Any:
    holder, name = place
    if name is not None:
        return holder.get(name)
    try:
        return holder.cell_contents
    except ValueError:  # not assigned yet
        return None


def names_in(code: CodeType) -> set[str]:
    """All globals that a function's code looks up, and those of functions inside of it."""
    own = {each.argval for each in dis.get_instructions(code) if each.opname == "LOAD_GLOBAL"}
    return own.union(*[names_in(each) for each in code.co_consts if isinstance(each, CodeType)])


def _is_small_container(value: Any) -> bool:
    return isinstance(value, (list, tuple, dict)) and len(value) <= _MOST


def key_of(value: Any) -> Hashable:
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, _COMPARED):
        return type(value), value
    if isinstance(value, (list, tuple, dict)) or is_users(value):
        return tuple([_leaf(each) for each in elements(value)])
    return id(value)


def _leaf(value: Any) -> Hashable:
    return key_of(value) if isinstance(value, _COMPARED) else value if isinstance(value, type) else id(value)


def elements(value: Any, depth: int = 0) -> Iterator[Any]:
    """What is in a container or an object, and in those in it, with the keys and types that hold it together."""
    inside = _inside(value) if depth <= _DEEPEST else None
    if inside is None:
        yield value
        return
    yield type(value)
    for name, each in inside:
        yield name
        yield from elements(each, depth + 1)


def _inside(value: Any) -> list[tuple[str, Any]] | None:
    """The parts of a container, the attributes of an object of a class that is the user's, None for anything else."""
    if isinstance(value, dict):
        return [(repr(key), each) for key, each in value.items()]
    if isinstance(value, (list, tuple)):
        return [("", each) for each in value]
    if not is_users(value):
        return None
    in_class = {name: each for kind in reversed(type(value).__mro__[:-1]) for name, each in vars(kind).items()}
    return [*sorted((name, id(each)) for name, each in in_class.items()), *vars(value).items()]


def is_users(value: Any) -> bool:
    """Whether a value is an object with attributes, of a class that is neither Python's nor a library's."""
    if isinstance(value, (*_COMPARED, *_SAME, type, ModuleType)) or not hasattr(value, "__dict__"):
        return False
    path = getattr(sys.modules.get(type(value).__module__), "__file__", None) or ""
    return isinstance(value, SimpleNamespace) or not path.startswith((*ENGINE, *_LIBRARIES))
