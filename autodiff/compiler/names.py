"""Names in a program: those of the user's tensors, arguments and variables, and made-up ones for the rest."""

from __future__ import annotations

import builtins
import gc
import keyword
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import signature
from types import FrameType
from typing import Any

import numpy as np

from ..lines import is_engine
from ..node import Node
from ..tensor import Tensor

_DEEPEST = 4  # containers in containers that are looked into
_LONGEST = 1000
_RESERVED = {*keyword.kwlist, *dir(builtins), "np"}


@contextmanager
def noticing(suggest: Callable[[str, Any], None], note: Callable[[FrameType], None]) -> Iterator[None]:
    """Tell each function that returns inside the `with` block, and the names of variables in the user's own."""
    before, collects = sys.getprofile(), gc.isenabled()

    def look(frame: FrameType, event: str, arg: Any) -> None:
        if event == "return":
            note(frame)
            if not is_engine(frame):
                for name, value in _variables(frame):
                    suggest(name, value)

    gc.disable()  # what is called when objects are collected is none of the function's
    sys.setprofile(look)
    try:
        yield
    finally:
        _go_on(before)
        if collects:
            gc.enable()


def _go_on(profiler: Any) -> None:
    """Let a profiler that was at work go on; that of cProfile is no function, and sets itself."""
    if hasattr(profiler, "enable"):
        profiler.enable()
    else:
        sys.setprofile(profiler)


def _variables(frame: FrameType) -> Iterator[tuple[str, Any]]:
    """A function's own variables, those of functions around it, and the globals that it names, with what is in them."""
    globals_named = [(name, frame.f_globals[name]) for name in frame.f_code.co_names if name in frame.f_globals]
    for name, value in [*frame.f_locals.items(), *globals_named]:
        yield from inside(name, value)


def inside(name: str, value: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """The arrays and tensors in a value with their names: `params["W"]` is W, `weights[0]` is weights_0."""
    if isinstance(value, (Tensor, np.ndarray, np.random.Generator)):
        yield name, value
    elif isinstance(value, dict) and depth < _DEEPEST:
        for key, each in value.items():
            yield from inside(key if isinstance(key, str) else f"{name}_{key}", each, depth + 1)
    elif isinstance(value, (list, tuple)) and depth < _DEEPEST and len(value) < _LONGEST:
        for i, each in enumerate(value):
            yield from inside(f"{name}_{i}", each, depth + 1)


def argument_names(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Iterator[tuple[str, Any]]:
    """The names of the arrays in a call's arguments, from the function's parameters."""
    try:
        bound = signature(function).bind(*args, **kwargs).arguments
    except (TypeError, ValueError):
        bound = {f"argument_{i}": each for i, each in enumerate(args)} | kwargs
    for name, value in bound.items():
        yield from inside(name, value)


class Names:
    """Gives each node a name that no other has."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = _RESERVED | taken
        self._names: dict[Node, str] = {}

    def __call__(self, node: Node) -> str:
        if node not in self._names:
            self._names[node] = self.new(node.name or _made_up(node))
        return self._names[node]

    def new(self, wish: str) -> str:
        """The wish as a Python name, with a number where it is taken."""
        plain = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", wish)).strip("_") or "value"
        plain = f"_{plain}" if plain[0].isdigit() else plain
        name, count = plain, 1
        while name in self._taken:
            count += 1
            name = f"{plain}_{count}"
        self._taken.add(name)
        return name


def _made_up(node: Node) -> str:
    """The scope and what the node is: `hidden_tanh`."""
    what = node.primitive.name if node.primitive else "constant" if node.value is not None else "array"
    scope = node.scope.rpartition("/")[2]
    return f"{scope}_{what}" if scope else f"{what}_1"
