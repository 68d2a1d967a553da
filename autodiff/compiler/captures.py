"""What a function finds outside: the variables around it and the globals that it names, as they are now.

Followed through the user's own functions that it calls by name. What is reached in another way (attributes
of objects, other modules) is not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from ..lines import ENGINE
from ..tensor import Tensor

_COMPARED = (bool, int, float, str, bytes, complex, type(None))
_SAME = (Tensor, np.ndarray, np.generic, np.random.Generator, FunctionType)
_MOST = 64  # elements of a container that are looked at


Place = tuple[Any, str | None]  # a cell, or a dict and a name in it


class Captures:
    """The outside of one function; `key` tells whether it is as before."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.places: list[Place] = []
        self._seen: set[int] = set()
        self._follow(function)

    def key(self) -> Hashable:
        """Equal as long as every name stands for the same number, array, tensor or function."""
        return tuple([_key(_read(place)) for place in self.places])

    def held(self) -> list[Any]:
        """The values, to be kept: an identity counts only as long as its object lives."""
        return [_read(place) for place in self.places]

    def _follow(self, function: Any) -> None:
        function = _unwrapped(function)
        if not isinstance(function, FunctionType) or id(function) in self._seen:
            return
        if function.__code__.co_filename.startswith(ENGINE):
            return
        self._seen.add(id(function))
        for place in _places(function):
            value = _read(place)
            if isinstance(value, (*_COMPARED, *_SAME)) or _is_small_container(value):
                self.places.append(place)
            self._follow(value)


def _unwrapped(function: Any) -> Any:
    """The Python function in a partial, a method, or another compiled function."""
    while not isinstance(function, FunctionType):
        inside = [getattr(function, name, None) for name in ("func", "__func__", "__wrapped__")]
        function = next((each for each in inside if each is not None), None)
        if function is None:
            return None
    return function


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
    """All names that a function's code looks up outside, and those of functions inside of it."""
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    return set(code.co_names).union(*map(names_in, inner))


def _is_small_container(value: Any) -> bool:
    return isinstance(value, (list, tuple, dict)) and len(value) <= _MOST


def _key(value: Any) -> Hashable:
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, _COMPARED):
        return type(value), value
    if isinstance(value, (list, tuple)):
        return tuple([_element(each) for each in value])
    if isinstance(value, dict):
        return tuple([(repr(key), _element(each)) for key, each in value.items()])
    return id(value)


def _element(value: Any) -> Hashable:
    return _key(value) if isinstance(value, _COMPARED) else id(value)

