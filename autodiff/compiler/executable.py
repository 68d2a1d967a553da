"""A program that runs: its text compiled, its inputs fetched, its results handed out."""

from __future__ import annotations

import ast
import itertools
import linecache
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..context import state
from ..tensor import Tensor, is_tracked
from ..tree import leaves, refill
from .calls import Traced
from .captures import Captures, reader, root
from .kernels import compiled
from .passes.pipeline import simplified
from .program import Argument, Captured, Gradient, Source
from .report import Report
from .source import write

_numbers = itertools.count(1)


class Executable:
    """The program for one kind of call."""

    def __init__(self, traced: Traced, name: str, backend: str) -> None:
        self.traced = traced
        self.quick: Any = None  # the short way in
        self.held: Any = None  # objects whose identity the program was made for
        self.hand_out = HandingOut(traced)
        self.baked: list[tuple[Callable[[], bytes], bytes]] = []  # what is in arrays that NumPy alone computed with
        start = time.perf_counter()
        stages = simplified(traced.program, backend)
        self.program = stages[-1].program
        self.source = write(self.program, name, backend)
        self.report = Report(stages, traced.equations, self.source, traced.seconds + time.perf_counter() - start)
        given = {**self.source.foreign, **compiled(self.source.kernels)}
        self.run = loaded(self.source.text, self.source.function, given)
        self.has_effects = bool(self.program.writes or traced.gradients or traced.cleared)
        self.captured = [
            (leaf, source.value)
            for leaf, source in self.program.inputs.items()
            if isinstance(source, Captured) and isinstance(source.value, Tensor)
        ]
        self.variables = {leaf for leaf, _ in self.program.writes}
        self._fetch = [_fetcher(source, leaf in self.variables) for leaf, source in self.program.inputs.items()]

    def is_valid(self, found: list[Any]) -> bool:
        """Whether tensors have, and require, gradients as they did when the program was made."""
        is_empty = all(each._node is not None and each._node.grad is None for each in tensors(self.traced.empty, found))
        is_full = all(
            _finder(source.of)(found)._node.grad is not None
            for source in self.program.inputs.values()
            if isinstance(source, Gradient)
        )
        is_same = all(read() == value for read, value in self.baked)
        known = all(each.requires_grad == leaf.differentiable for leaf, each in self.captured)
        return is_empty and is_full and is_same and known

    def bake(self, outside: Captures, passed: Sequence[Any]) -> None:
        """Note what is in small arrays outside that the program does not read: NumPy alone may have computed by it."""
        read = {id(root(each.value)) for each in self.traced.program.inputs.values() if isinstance(each, Captured)}
        reached = {id(root(each)) for each in outside.held(passed)}
        reads_all = not (self.traced.bakes or outside.makes_numbers or read - reached)
        self.baked = [
            (take, take())
            for each in outside.held(passed)
            if (take := reader(each)) is not None and not (reads_all and id(root(each)) in read)
        ]

    def carries_gradient(self, found: list[Any]) -> bool:
        """Whether a gradient leads from the results to tensors outside; then what Python does must be recorded."""
        pairs = zip(self.program.results, self.traced.bare, strict=False)
        has_results = any(node.dtype.kind == "f" and not bare for node, bare in pairs)
        is_step = self.has_effects and self.traced.swept  # which uses up what it records
        if not state.context.recording or is_step or not (has_results and self.traced.carries):
            return False
        return any(map(is_tracked, (*found, *(tensor for _, tensor in self.captured))))

    def overlaps(self, found: list[Any]) -> bool:
        """Whether an array that the program writes to shares memory with another argument."""
        written = [
            source.place
            for leaf, source in self.program.inputs.items()
            if leaf in self.variables and isinstance(source, Argument)
        ]
        arrays = [each if isinstance(each, np.ndarray) else getattr(each, "_array", None) for each in found]
        return any(
            i != j and arrays[j] is not None and np.may_share_memory(arrays[i], arrays[j])
            for i in written
            for j in range(len(arrays))
        )

    def inputs(self, found: list[Any]) -> list[Any]:
        """The arrays and generators that the program takes."""
        return [fetch(found) for fetch in self._fetch]

    def __call__(self, found: list[Any]) -> Any:
        return self.hand_out(self.results(*[fetch(found) for fetch in self._fetch]), found)

    def results(self, *inputs: Any) -> tuple[Any, ...]:
        """What the program returns, as a tuple also where it is one."""
        made = self.run(*inputs)
        return (made,) if len(self.program.results) == 1 else made


class HandingOut:
    """The function's result from those of the program; gradients go to their tensors."""

    def __init__(self, traced: Traced) -> None:
        self._traced = traced
        self._numbers = list(traced.bare)  # results that are NumPy's numbers where they have no axes

    def learn(self, output: Any) -> None:
        """Note which results of an eager call are arrays, though they have no axes."""
        computed = [each for each, kind in zip(leaves(output), self._traced.returned, strict=True) if kind is True]
        self._numbers = [not isinstance(each, np.ndarray) for each in computed]

    def __call__(self, results: tuple[Any, ...], found: list[Any]) -> Any:
        traced = self._traced
        count = len(traced.bare)
        for tensor, g in zip(tensors(traced.gradients, found), results[count:], strict=True):
            tensor._node.grad = np.asarray(g)
        for tensor in tensors(traced.cleared, found):
            tensor._node.grad = None
        handed = map(_handed, results[:count], traced.bare, self._numbers)
        return refill(traced.output, self._merged(handed, found))

    def _merged(self, computed: Iterator[Any], found: list[Any]) -> Iterator[Any]:
        """The leaves of the result: computed, as they always are, or inputs themselves."""
        others = iter(self._traced.others)
        for source in self._traced.returned:
            if isinstance(source, bool):
                yield next(computed) if source else next(others)
            else:
                yield _finder(source)(found)


def tensors(sources: list[Argument | Captured], found: list[Any]) -> list[Any]:
    """The tensors among the arguments, and outside, that are the sources."""
    return [_finder(each)(found) for each in sources]


def _handed(value: Any, bare: bool, is_number: bool) -> Any:
    if bare:
        array = np.asarray(value)
        return array[()] if is_number and array.ndim == 0 else array
    array = np.asarray(value)
    array.setflags(write=False)
    return Tensor(array)


def loaded(text: str, function: str, given: dict[str, Any]) -> Callable[..., Any]:
    """A function from a program's text, with the functions that are there already; tracebacks show its lines."""
    filename = f"<{function} {next(_numbers)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    tree = ast.parse(text, filename)
    tree.body = [each for each in tree.body if getattr(each, "name", None) not in given]
    namespace: dict[str, Any] = dict(given)
    exec(compile(tree, filename, "exec"), namespace)
    made: Callable[..., Any] = namespace.pop(function)
    weakref.finalize(made, linecache.cache.pop, filename, None)
    return made


def _fetcher(source: Source, is_variable: bool) -> Callable[[list[Any]], Any]:
    """What finds an input: among the call's arguments, in a tensor, or where it always is."""
    if isinstance(source, Argument):
        place = source.place
        return lambda found: _array(found[place], is_variable)
    if isinstance(source, Gradient):
        tensor = _finder(source.of)
        return lambda found: _array(tensor(found)._node.grad, False)
    value = source.value
    if isinstance(value, Tensor):
        return (lambda found: writable(value)) if is_variable else lambda found: value._array
    return lambda found: value


def _finder(source: Argument | Captured) -> Callable[[list[Any]], Any]:
    if isinstance(source, Argument):
        place = source.place
        return lambda found: found[place]
    value = source.value
    return lambda found: value


def _array(value: Any, is_variable: bool) -> Any:
    if isinstance(value, Tensor):
        return writable(value) if is_variable else value._array
    return np.asarray(value) if isinstance(value, np.generic) else value


def writable(tensor: Tensor) -> Any:
    """A tensor's array, which the program writes into."""
    if not tensor._array.flags.writeable:
        tensor._array = tensor._array.copy()
        if tensor._node is not None:
            tensor._node.tensor = None  # others can write to it: what it holds later is not what was recorded
    return tensor._array
