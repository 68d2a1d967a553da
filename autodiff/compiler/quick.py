"""The short way into a program: one function that tests whether a call is like the last one, and runs it.

Looking a call up takes longer than a small program. So each program gets a function of its own, written out:
it compares the arguments, and what the function finds outside, with what they were, fetches the inputs, runs
the program and wraps the results. Where anything differs it gives up, and the call is looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from typing import Any

import numpy as np

from ..context import state
from ..tensor import Tensor, is_tracked
from .captures import Captures
from .executable import Executable, writable
from .program import Argument, Captured, Gradient

MISS = object()
_STATIC = (bool, int, str, type(None))
_CONTAINERS = (list, tuple)


class Quick:
    """Writes the function for one program, which has it, and keeps it up to date."""

    def __init__(self, program: Executable, captures: Captures, args: Sequence[Any], recording: bool) -> None:
        self._program, self._traced, self._written = program.program, program.traced, program.variables
        self._captures = captures
        self._names: dict[str, Any] = {
            "np": np, "state": state, "Tensor": Tensor, "MISS": MISS, "run": program.run,
            "hand_out": program.hand_out, "ndarray": np.ndarray, "baked": program.baked, "__name__": __name__,
        }  # fmt: skip
        self._values: dict[str, Any] = {}  # the arguments, and what is in those that are lists or tuples
        lines = [*self._tests(args, recording)]
        self._arguments = [name for name, each in self._values.items() if not isinstance(each, _STATIC)]
        lines += [*self._inputs(), *self._outputs()]
        text = "def call(args):\n" + "\n".join(f"    {line}" for line in lines)
        exec(text, self._names)
        self.call: Callable[[tuple[Any, ...]], Any] = self._names.pop("call")
        self._values.clear()  # they are the caller's

    def refresh(self) -> None:
        """Take note of what stands outside now, and of the arrays that variables have now."""
        self._names["is_current"] = self._captures.now.is_current
        for name, tensor in self._variables():
            self._names[f"{name}_array"] = writable(tensor)

    def _tests(self, args: Sequence[Any], recording: bool) -> Iterator[str]:
        yield "context = state.context"
        yield f"if context.tracer is not None or context.recording is not {recording}: return MISS"
        yield from self._taken_apart("args", tuple(args))
        if self._values:
            yield f"if {' or '.join(map(self._differs, self._values))}: return MISS"
        yield f"if {' or '.join(['not is_current()', *self._gradients()])}: return MISS"
        if self._names["baked"]:
            yield "if any(read() != value for read, value in baked): return MISS"

    def _taken_apart(self, name: str, value: Any) -> Iterator[str]:
        """Lines that give names to all that is in a list or tuple."""
        if type(value) not in _CONTAINERS:
            self._values[name] = value
            return
        yield f"if type({name}) is not {type(value).__name__} or len({name}) != {len(value)}: return MISS"
        names = [f"{name}_{i}" for i in range(len(value))]
        if names:
            yield f"{', '.join(names)}, = {name}"
        for inner, each in zip(names, value, strict=True):
            yield from self._taken_apart(inner, each)

    def _differs(self, name: str) -> str:
        """Whether an argument is another than it was, as a piece of text."""
        value = self._values[name]
        if isinstance(value, _STATIC):
            self._names[f"was_{name}"] = value
            return f"{name} is not was_{name}"
        self._names[f"dtype_{name}"] = value.dtype
        array, kind = (f"{name}._array", "Tensor") if isinstance(value, Tensor) else (name, "ndarray")
        tests = [f"type({name}) is not {kind}", f"{array}.dtype is not dtype_{name}", f"{array}.shape != {value.shape}"]
        if kind == "Tensor":
            tests.append(f"{name}.requires_grad or {name}.name != {value.name!r}")
            before = [other for other in takewhile(name.__ne__, self._values) if self._is_tensor(other)]
            tests += [f"({name} is {other}) is not {value is self._values[other]}" for other in before]
        return " or ".join(tests)

    def _is_tensor(self, name: str) -> bool:
        return isinstance(self._values[name], Tensor)

    def _gradients(self) -> Iterator[str]:
        for i, source in enumerate(self._traced.empty):
            if isinstance(source, Captured):
                self._names[f"node_of_{i}"] = source.value
                yield f"node_of_{i}._node.grad is not None or not node_of_{i}._node.differentiable"

    def _variables(self) -> Iterator[tuple[str, Tensor]]:
        for i, (leaf, source) in enumerate(self._program.inputs.items()):
            if isinstance(source, Captured) and isinstance(source.value, Tensor) and leaf in self._written:
                yield f"t{i}", source.value

    def _inputs(self) -> Iterator[str]:
        """The program's inputs; a variable must have the array that can be written to."""
        variables = [name for name, _ in self._variables()]
        if variables:
            yield f"if {' or '.join(f'{name}._array is not {name}_array' for name in variables)}: return MISS"
        texts = [self._input(i, source) for i, source in enumerate(self._program.inputs.values())]
        yield f"results = run({', '.join(texts)})"

    def _input(self, i: int, source: Any) -> str:
        if isinstance(source, Argument):
            name = self._arguments[source.place]
            return f"{name}._array" if self._is_tensor(name) else name
        self._names[f"t{i}"] = source.value
        return f"t{i}._array" if isinstance(source.value, Tensor) else f"t{i}"

    def _outputs(self) -> Iterator[str]:
        traced = self._traced
        if traced.returned == [True] and traced.output == 0 and traced.bare == [False] and self._is_pure:
            yield "array = np.asarray(results)"
            yield "array.setflags(False)"
            yield "return Tensor(array)"
        else:
            single = len(self._program.results) == 1
            yield f"return hand_out({'(results,)' if single else 'results'}, [{', '.join(self._arguments)}])"

    @property
    def _is_pure(self) -> bool:
        return not (self._traced.gradients or self._traced.cleared)


def is_possible(program: Executable, args: Sequence[Any], kwargs: dict[str, Any]) -> bool:
    """Whether all arguments are arrays, constant tensors and plain values, none of which the program writes to.

    They may stand in lists and tuples.
    """
    sources, flat = program.program.inputs, list(_flat(args))
    return (
        not kwargs
        and all(isinstance(each, (*_STATIC, np.ndarray, Tensor)) for each in flat)
        and not any(map(is_tracked, flat))
        and not program.carries_gradient(flat)
        and not any(isinstance(sources[leaf], Argument) for leaf in program.variables)
        and not any(isinstance(source, Gradient) for source in sources.values())
    )


def _flat(value: Any) -> Iterator[Any]:
    """What is in lists and tuples, in order."""
    if type(value) in _CONTAINERS:
        for each in value:
            yield from _flat(each)
    else:
        yield value
