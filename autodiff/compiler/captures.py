"""What a function finds outside, as it is now: every value that its code names, and all that lies in those.

A trace tells which code runs. From the function, and from the globals that this code names, everything is
looked into: containers, variables around functions, defaults, and those attributes of objects, classes and
modules that the code names. Code that looks attributes up by text (`getattr`, `vars`) names all of them.
"""

from __future__ import annotations

import dis
import functools
import os
import sys
import sysconfig
import warnings
from array import array as number_array
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from gc import get_referents
from itertools import chain
from operator import is_
from types import CellType, CodeType, FrameType, FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import Any

import numpy as np

from ..guard import frozen
from ..lines import is_engine, is_engine_file
from ..tensor import Tensor

_MOST = 10_000  # values that are looked at
_SMALL = 8192  # bytes of an array that are compared
_ABSENT = object()
_SIMPLE = {bool, int, float, complex, str, bytes, type(None), type(...)}
_READ = (Tensor, np.ndarray, np.random.Generator, bytearray, number_array)  # their values are no part of a key
_SIZED = (list, dict, set, deque)
_FIXED = (tuple, frozenset)
_BY_PARTS = {*_SIZED, *_FIXED, functools.partial, MethodType, CellType}
_OPEN = (*_SIZED, *_FIXED, functools.partial, staticmethod, classmethod, MethodType, CellType)
_BY_TEXT = {"getattr", "hasattr", "vars", "__dict__", "__getattribute__", "attrgetter"}
_TO_PYTHON = {"float", "int", "bool", "item", "tolist"}
_STANDARD = sysconfig.get_path("stdlib") + os.sep


class Captures:
    """The outside of one function; `key` tells whether it is as before."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._codes: dict[tuple[int, int], CodeType] = {}
        self._names = {"__wrapped__"}
        self._places: dict[tuple[int, str], tuple[Any, str]] = {}
        self._has_warned = False
        self.look()

    def note(self, frame: FrameType) -> None:
        """Code that runs, and what it names."""
        code, around = frame.f_code, frame.f_globals
        if (id(code), id(around)) in self._codes:
            return
        self._codes[id(code), id(around)] = code
        if not _is_users(frame):
            return
        self._names |= {code.co_name, *code.co_names, *_texts_in(code.co_consts)}
        if dis.opmap["MATCH_CLASS"] in code.co_code[::2]:  # looks attributes up by what the class lists
            self._names.add("getattr")
        for name in code.co_names:
            holder = around if name in around else sys.modules
            if name in holder:
                self._places[id(holder), name] = (holder, name)

    def key(self) -> Hashable:
        """The same object as long as nothing changed; equal as long as every name stands for the same values."""
        if not self.now.is_current():
            self.look()
        return self._key

    def key_of(self, values: Sequence[Any]) -> Hashable:
        """The same for values that are passed."""
        return tuple(self._walk([], values).key) if values else ()

    def held(self, passed: Sequence[Any]) -> list[Any]:
        """All that can be reached, to be kept: an identity counts only as long as its object lives."""
        return [*self.now.kept, *self._walk([], passed).kept]

    @property
    def makes_numbers(self) -> bool:
        """Whether the code turns something into Python's numbers."""
        return not _TO_PYTHON.isdisjoint(self._names)

    def look(self) -> None:
        """Take note of what is there now."""
        self.now = self._walk(list(self._places.values()), [self._function])
        self._key: Hashable = tuple(self.now.key)

    def _walk(self, places: list[tuple[Any, str]], values: Sequence[Any]) -> _Walk:
        walk = _Walk(places, values, self._names, {id(code) for code in self._codes.values()})
        if walk.left_out and not self._has_warned:
            self._has_warned = True
            what = ", ".join(f"a {type(each).__name__} of {len(get_referents(each))}" for each in walk.left_out)
            warnings.warn(
                f"{getattr(self._function, '__name__', 'the function')} finds more than {_MOST} values outside. "
                f"Changes in {what} go unnoticed in its programs. Pass what it needs as arrays",
                stacklevel=6,
            )
        return walk


class _Walk:
    """One look at all that can be reached: a key of its values, and what tells that they were not exchanged."""

    def __init__(self, places: Any, values: Sequence[Any], names: set[str], codes: set[int]) -> None:
        self.key: list[Hashable] = []
        self.kept: list[Any] = []
        self.left_out: list[Any] = []
        self._names = names
        self._all = not _BY_TEXT.isdisjoint(names)
        self._codes = codes
        self._met: dict[int, int] = {}
        self._places: dict[tuple[int, str], tuple[Callable[..., Any], str]] = {}
        self._open: list[Any] = []
        self._waiting = list(values)
        for holder, name in places:
            self._note(holder.get, holder, name)
        while self._waiting:
            self._look(self._waiting.pop())
        self._readers = list(self._places.values())
        self._sized = [each for each in self._open if isinstance(each, _SIZED)]
        self._dicts = [each for each in self._sized if isinstance(each, dict)]
        self._sizes = list(map(len, self._sized))
        self._keys = list(chain.from_iterable(self._dicts))
        self._seen = [get(name, _ABSENT) for get, name in self._readers] + get_referents(*self._open)

    def is_current(self) -> bool:
        """Whether all that was seen is still the same: by identity, without a look into it."""
        now = [get(name, _ABSENT) for get, name in self._readers] + get_referents(*self._open)
        return (
            len(now) == len(self._seen)
            and all(map(is_, now, self._seen))
            and (not self._sized or list(map(len, self._sized)) == self._sizes)
            and (not self._dicts or all(map(is_, chain.from_iterable(self._dicts), self._keys)))
        )

    def _look(self, value: Any) -> None:
        kind = type(value)
        if kind in _SIMPLE:
            self.key.append((kind, repr(value) if kind in (float, complex) else value))  # 0.0 is not −0.0
            return
        if isinstance(value, np.generic):
            self.key.append((kind, value.tobytes()))
            return
        if id(value) in self._met:
            self.key.append(self._met[id(value)])
            return
        self._met[id(value)] = len(self._met)
        self.kept.append(value)
        self.key.append((kind, None if kind in _BY_PARTS else id(value)))
        if isinstance(value, _READ):
            return
        parts = self._parts_of(value)
        if len(self.kept) + len(parts) > _MOST:
            self.left_out.append(value)
            return
        self.key.append(len(parts))
        self._waiting += parts
        if isinstance(value, FunctionType):
            for name in [name for name in ("__code__", "__defaults__") if parts and getattr(value, name)]:
                self._note(functools.partial(getattr, value), value, name)
        elif not isinstance(value, (*_FIXED, MethodType)) and (parts or isinstance(value, _SIZED)):
            self._open.append(value)
        self._look_at_attributes(value)

    def _parts_of(self, value: Any) -> list[Any]:
        """All that a value holds, apart from attributes."""
        if isinstance(value, FunctionType):
            has_run = id(value.__code__) in self._codes
            return [*(value.__closure__ or ()), value.__kwdefaults__, value.__name__] if has_run else []
        if isinstance(value, dict):
            return [*value, *value.values()]
        if isinstance(value, (list, tuple, deque)):
            return list(value)
        if isinstance(value, (type, ModuleType, CodeType)):
            return []
        is_pythons = _own(value) is not None or hasattr(type(value), "__slots__")
        return get_referents(value) if isinstance(value, _OPEN) or not is_pythons else []

    def _look_at_attributes(self, value: Any) -> None:
        """The attributes that the code names: the object's own, those in slots, those of its class."""
        own = _own(value)
        layers: list[tuple[Any, Any]] = [(value, own)] if isinstance(own, dict) else []
        if layers and self._all and not isinstance(value, ModuleType):
            self._waiting.append(own)  # also what is not there yet
        if isinstance(value, ModuleType):
            layers = [] if _is_library(value.__name__) else layers
        else:
            classes = (*(value.__mro__ if isinstance(value, type) else ()), *type(value).__mro__)
            layers += [(each, vars(each)) for each in classes if not _is_library(each.__module__)]
        for i, (_, layer) in enumerate(layers):
            for name in [name for name in layer if self._is_named(name, value)]:
                if isinstance(layer[name], MemberDescriptorType):
                    self._note(functools.partial(getattr, value), value, name)
                for holder, each in layers[: i + 1]:  # what comes before may hide it later
                    self._note(each.get, holder, name)

    def _is_named(self, name: Any, value: Any) -> bool:
        return name in self._names or (self._all and not isinstance(value, ModuleType) and not name.startswith("__"))

    def _note(self, get: Callable[..., Any], holder: Any, name: str) -> None:
        """A place where a value is found by its name."""
        if (id(holder), name) not in self._places:
            self._places[id(holder), name] = (get, name)
            value = get(name, _ABSENT)
            self.key.append(name)
            self._waiting.append(value)


def _is_users(frame: FrameType | None) -> bool:
    """Whether code is the user's, or a library's that the user's calls."""
    while frame is not None and not is_engine(frame) and _is_library(str(frame.f_globals.get("__name__"))):
        frame = frame.f_back
    return frame is not None and not is_engine(frame)


def _own(value: Any) -> Any:
    """A value's own attributes, without a call of its `__getattr__`."""
    try:
        return object.__getattribute__(value, "__dict__")
    except AttributeError:
        return None


def _texts_in(constants: Any) -> Iterator[str]:
    for each in constants:
        if isinstance(each, str):
            yield each
        elif isinstance(each, tuple):
            yield from _texts_in(each)


def root(value: Any) -> Any:
    """The array whose memory another looks at."""
    while isinstance(value, np.ndarray) and value.base is not None:
        value = value.base
    return value


def reader(value: Any) -> Callable[[], bytes] | None:
    """What reads all of an array: None for a large one, where nobody can write, and for what is no array."""
    if isinstance(value, (bytearray, number_array)):
        return functools.partial(bytes, value) if len(value) <= _SMALL else None
    is_small = isinstance(value, np.ndarray) and value.nbytes <= _SMALL and value.dtype.kind in "fiubc"
    return value.tobytes if is_small and not frozen(value) else None


@functools.lru_cache(maxsize=1024)
def _is_library(module: str) -> bool:
    """Whether a module is Python's or the engine's own: nobody changes what is in it."""
    path = getattr(sys.modules.get(module), "__file__", None)
    if path is None:
        return module in sys.builtin_module_names or module.startswith("namedtuple_")
    return is_engine_file(path) or (path.startswith(_STANDARD) and "-packages" not in path)


def names_in(code: CodeType) -> set[str]:
    """All globals that a function's code looks up, and those of functions inside of it."""
    own = {each.argval for each in dis.get_instructions(code) if each.opname == "LOAD_GLOBAL"}
    return own.union(*[names_in(each) for each in code.co_consts if isinstance(each, CodeType)])
