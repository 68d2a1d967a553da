"""The short way into a program: one function that tests whether a call is like the last one, and runs it.

Looking a call up takes longer than a small program. So each program gets a function of its own, written out:
it compares the arguments, and what the function finds outside, with what they were, fetches the inputs, runs
the program and wraps the results. Where anything differs it gives up, and the call is looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..context import state
from ..tensor import Tensor, is_tracked
from .captures import Captures
from .executable import Executable, writable
from .program import Argument, Captured, Gradient

MISS = object()
_STATIC = (bool, int, str, type(None))


class Quick:
    """Writes the function for one program, which has it, and keeps it up to date."""

    def __init__(self, program: Executable, captures: Captures, args: Sequence[Any], recording: bool) -> None:
        self._program, self._traced, self._written = program.program, program.traced, program.variables
        self._captures = captures
        self._names: dict[str, Any] = {
            "np": np, "state": state, "Tensor": Tensor, "MISS": MISS, "run": program.run,
            "hand_out": program.hand_out, "ndarray": np.ndarray, "baked": program.baked, "__name__": __name__,
        }  # fmt: skip
        self._arguments = self._named_arguments(args)
        self._tensors = {f"a{i}" for i, each in enumerate(args) if isinstance(each, Tensor)}
        lines = [*self._tests(args, recording), *self._inputs(), *self._outputs()]
        text = "def call(args):\n" + "\n".join(f"    {line}" for line in lines)
        exec(text, self._names)
        self.call: Callable[[tuple[Any, ...]], Any] = self._names.pop("call")

    def refresh(self) -> None:
        """Take note of what stands outside now, and of the arrays that variables have now."""
        self._names["is_current"] = self._captures.now.is_current
        for name, tensor in self._variables():
            self._names[f"{name}_array"] = writable(tensor)

    def _named_arguments(self, args: Sequence[Any]) -> dict[int, str]:
        """The arguments that are leaves, by their place among all leaves."""
        places = [i for i, each in enumerate(args) if not isinstance(each, _STATIC)]
        return {place: f"a{i}" for place, i in enumerate(places)}

    def _tests(self, args: Sequence[Any], recording: bool) -> Iterator[str]:
        yield "context = state.context"
        wrong = [f"len(args) != {len(args)}", "context.tracer is not None", f"context.recording is not {recording}"]
        yield f"if {' or '.join(wrong)}: return MISS"
        if args:
            yield f"{', '.join(f'a{i}' for i in range(len(args)))}, = args"
            yield f"if {' or '.join(self._differs(i, args) for i in range(len(args)))}: return MISS"
        yield f"if {' or '.join(['not is_current()', *self._gradients()])}: return MISS"
        if self._names["baked"]:
            yield "if any(read() != value for read, value in baked): return MISS"

    def _differs(self, i: int, args: Sequence[Any]) -> str:
        """Whether an argument is another than it was, as a piece of text."""
        value = args[i]
        if isinstance(value, _STATIC):
            self._names[f"was_{i}"] = value
            return f"a{i} is not was_{i}"
        self._names[f"dtype_{i}"] = value.dtype
        array, kind = (f"a{i}._array", "Tensor") if isinstance(value, Tensor) else (f"a{i}", "ndarray")
        tests = [f"type(a{i}) is not {kind}", f"{array}.dtype is not dtype_{i}", f"{array}.shape != {value.shape}"]
        if kind == "Tensor":
            tests.append(f"a{i}.requires_grad or a{i}.name != {value.name!r}")
            tests += [f"(a{i} is a{j}) is not {value is args[j]}" for j in range(i) if isinstance(args[j], Tensor)]
        return " or ".join(tests)

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
            return f"{name}._array" if name in self._tensors else name
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
            leaves = ", ".join(self._arguments[place] for place in sorted(self._arguments))
            yield f"return hand_out({'(results,)' if single else 'results'}, [{leaves}])"

    @property
    def _is_pure(self) -> bool:
        return not (self._traced.gradients or self._traced.cleared)


def is_possible(program: Executable, args: Sequence[Any], kwargs: dict[str, Any]) -> bool:
    """Whether all arguments are arrays, constant tensors and plain values, none of which the program writes to."""
    sources = program.program.inputs
    return (
        not kwargs
        and all(isinstance(each, (*_STATIC, np.ndarray, Tensor)) for each in args)
        and not any(map(is_tracked, args))
        and not program.carries_gradient(list(args))
        and not any(isinstance(sources[leaf], Argument) for leaf in program.variables)
        and not any(isinstance(source, Gradient) for source in sources.values())
    )
