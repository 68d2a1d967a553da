"""A compiled function as a part of what is differentiated: one node, whose rule is compiled, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..context import state, using
from ..node import Node
from ..primitive import Primitive
from ..reverse import sweep
from ..tensor import Tensor, is_tracked
from ..tree import leaves, map_leaves
from .executable import Executable
from .program import Captured
from .signature import replaced


def wanted(program: Executable, found: Sequence[Any]) -> list[Tensor]:
    """The tensors that a call's gradient goes to: those passed that require one, then those captured."""
    if not state.context.recording or program.has_effects:
        return []
    captured = [source.value for source in program.program.inputs.values() if isinstance(source, Captured)]
    tracked = [each for each in (*found, *captured) if is_tracked(each)]
    return list(dict.fromkeys(tracked))


class Call:
    """One call of a compiled function that carries a gradient."""

    def __init__(
        self, name: str, program: Executable, pull: Callable[..., Any], arguments: Any, found: list[Any]
    ) -> None:
        self._name = name
        self._program = program
        self._pull = pull
        self._arguments = arguments
        self._found = found
        self._tensors = wanted(program, found)
        self._latest: tuple[Any, list[Any]] | None = None

    def output(self) -> Any:
        """The function's result, tied to one node for the whole call."""
        primitive = Primitive(self._name, self._run, [_rule(self)], variadic=True)
        packed = primitive(*self._tensors)
        parts = self._unpacked(packed)
        return map_leaves(lambda each: next(parts) if _is_float(each) else each, self._result)

    def _run(self, *arrays: Any) -> Any:
        """All float results in one array."""
        self._result = self._program(self._found)
        self._floats = [each for each in leaves(self._result) if _is_float(each)]
        return np.concatenate([np.ravel(_array(each)) for each in self._floats])

    def _unpacked(self, packed: Any) -> Iterator[Any]:
        start = 0
        for each in self._floats:
            size = int(np.size(_array(each)))
            yield packed[start : start + size].reshape(np.shape(_array(each))).astype(_array(each).dtype)
            start += size

    def pulled(self, g: Any, tensors: Sequence[Any]) -> list[Any]:
        """The cotangents of all tensors; computed for the first, and kept until the next g."""
        if self._latest is None or self._latest[0] is not g:
            self._latest = (g, self._pulled(g, tensors))
        return self._latest[1]

    def _pulled(self, g: Any, tensors: Sequence[Any]) -> list[Any]:
        create_graph = isinstance(g, Tensor)
        values = [each if isinstance(each, Tensor) else _leaf(each) for each in tensors]
        known = dict(zip(map(id, self._tensors), values, strict=True))
        args, kwargs = replaced(self._arguments, iter([known.get(id(each), each) for each in self._found]))
        passed = {id(each) for each in self._found}
        inner = [value for each, value in zip(self._tensors, values, strict=True) if id(each) in passed]
        captured = [each for each in self._tensors if id(each) not in passed]
        with _as_then(captured, known), using(recording=create_graph):
            parts: list[Any] = self._pull(inner, captured, args, kwargs, list(self._unpacked(g)))
            return parts


def _rule(call: Call) -> Callable[..., Any]:
    return lambda g, xs, position: call.pulled(g, xs)[position]


def pullback(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function of arguments and cotangents that returns the cotangents of some tensors."""

    def pull(inner: list[Any], captured: list[Any], args: Any, kwargs: Any, gs: list[Any]) -> list[Any]:
        with using(recording=True):
            output = function(*args, **kwargs)
        given = iter(gs)
        pairs = [(each, next(given)) for each in leaves(output) if _is_float(each)]
        seeds = [(each._ensure_node(), g) for each, g in pairs if is_tracked(each)]
        nodes = [each._ensure_node() for each in (*inner, *captured)]
        found = sweep(seeds, nodes)
        return [found[node] if node in found else np.zeros(node.shape, node.dtype) for node in nodes]

    pull.__name__ = f"d_{getattr(function, '__name__', 'function')}"
    return pull


def _is_float(value: Any) -> bool:
    return isinstance(value, (Tensor, np.ndarray, np.generic)) and value.dtype.kind == "f"


def _array(value: Any) -> Any:
    return value._array if isinstance(value, Tensor) else value


def _leaf(array: Any) -> Tensor:
    made = Tensor(np.asarray(array))
    made._node = Node(made.shape, made.dtype)
    return made


@contextmanager
def _as_then(captured: list[Tensor], values: dict[int, Any]) -> Iterator[None]:
    """Captured tensors with the values that they had at the call."""
    now = [each._array for each in captured]
    try:
        for each in captured:
            each._array = _array(values[id(each)])
        yield
    finally:
        for each, array in zip(captured, now, strict=True):
            each._array = array
