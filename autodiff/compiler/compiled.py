"""compile(): a function that is traced once for each kind of call, and from then on runs the emitted program."""

from __future__ import annotations

import functools
import keyword
import os
import re
import threading
import warnings
from collections.abc import Callable, Hashable
from pathlib import Path
from types import MethodType
from typing import Any

from ..context import state
from ..graph import Graph
from .calls import trace
from .captures import Captures
from .checking import compared
from .executable import Executable
from .kernels import usable
from .program import Captured
from .quick import MISS, Quick, is_possible
from .report import Report
from .signature import Signature

_MOST = 8  # programs that are kept of one function
_MOST_MET = 64  # sizes that are remembered, in case they come again


class Compiled:
    """A compiled function; see `ad.compile`."""

    def __init__(self, function: Callable[..., Any], check: bool, backend: str) -> None:
        functools.update_wrapper(self, function)
        self._name = _function_name(getattr(function, "__name__", type(function).__name__))
        self._function = function
        self._check = check
        self._backend = usable(backend)
        self._programs: dict[Hashable, list[Executable]] = {}  # several where gradients are there or not
        self._latest: Executable | None = None
        self._captures = Captures(function)
        self._traced = 0
        self._structures: set[Hashable] = set()  # that have been traced, in one size or another
        self._met: set[Hashable] = set()  # sizes that came once, and were run eagerly
        self._lock = threading.RLock()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        latest = self._latest
        if latest is not None and latest.quick is not None and not kwargs:
            with self._lock:
                result = latest.quick.call(args)
            if result is not MISS:
                return result
        return self._look_up(args, kwargs)

    def __get__(self, owner: Any, kind: Any = None) -> Any:
        """As a method: bound to the object that it is looked up on."""
        return self if owner is None else MethodType(self, owner)

    def _look_up(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The long way into a program: by the key of the call."""
        if state.context.tracer is not None:  # inside another compiled function: a part of that one
            return self._function(*args, **kwargs)
        signature = Signature((args, kwargs))
        with self._lock:
            key = self._key(signature)
            known = self._programs.get(key, ())
            program = next((each for each in known if each.is_valid(signature.leaves)), None)
            if program is None:
                return self._first(key, signature, args, kwargs)
            self._latest = program
            if program.overlaps(signature.leaves) or program.carries_gradient(signature.leaves):
                return self._function(*args, **kwargs)
            self._make_quick(program, args, kwargs)
            return program(signature.leaves)

    def _make_quick(self, program: Executable, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Give a program its short way in, or bring it up to date."""
        if program.quick is None and is_possible(program, args, kwargs):
            program.quick = Quick(program, self._captures, args, state.context.recording)
        if program.quick is not None:
            program.quick.refresh()

    def _first(self, key: Hashable, signature: Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The first call of its kind; a new size of a known kind is only worth a program when it comes again."""
        if self._structure(signature) in self._structures and key not in self._met:
            if len(self._met) > _MOST_MET:
                self._met.clear()
            self._met.add(key)
            return self._function(*args, **kwargs)
        found = signature.leaves
        program = Executable(trace(self._function, args, kwargs, signature, self._captures), self._name, self._backend)
        self._count()
        if len(self._structures) > _MOST_MET:
            self._structures.clear()
        self._structures.add(self._structure(signature))
        if program.overlaps(found):  # a write to one argument changes another: only Python knows when
            return self._function(*args, **kwargs)
        if not self._check and not program.carries_gradient(found):
            self._keep(program, args, kwargs)
            return program(found)
        output, error = compared(program, self._function, args, kwargs, found)
        if error is not None:
            raise error
        program.hand_out.learn(output)
        self._keep(program, args, kwargs)
        return output

    def _key(self, signature: Signature) -> Hashable:
        return signature.key, self._captures.key(), self._captures.key_of(signature.opaque)

    def _structure(self, signature: Signature) -> Hashable:
        return signature.structure, self._captures.key(), self._captures.key_of(signature.opaque)

    def _keep(self, program: Executable, args: Any, kwargs: Any) -> None:
        """Enter a program; of too many the oldest goes. What the call changed by itself is as it will be next time."""
        signature = Signature((args, kwargs))
        key = self._key(signature)
        program.held = self._captures.held(signature.opaque)
        program.bake(self._captures, signature.opaque)
        self._programs[key] = [program, *self._programs.pop(key, ())[:_MOST]]
        self._latest = program
        if len(self._programs) > _MOST:
            del self._programs[next(iter(self._programs))]

    def _count(self) -> None:
        """Warn when a function is traced again and again."""
        self._traced += 1
        if self._traced == _MOST + 1:
            warnings.warn(
                f"{self._name} was traced {self._traced} times, because its arguments differ in shapes, dtypes, "
                "structure, or in the values of Python numbers. Pass numbers that change as arrays "
                "(np.float32(rate)), and pad batches to few sizes",
                stacklevel=5,
            )

    def _program(self) -> Executable:
        if self._latest is None:
            raise RuntimeError(f"{self._name} was not called yet: the program is made at the first call")
        return self._latest

    @property
    def source(self) -> str:
        """The program of the latest call: a module that needs only NumPy, and Numba where that is the backend."""
        return self._program().source.text

    @property
    def graph(self) -> Graph:
        """The program of the latest call as a graph, to print and to draw."""
        return self._program().report.stages[-1].graph

    @property
    def captured(self) -> dict[str, Any]:
        """What the program of the latest call takes beside arguments, by its names in `source`: tensors and arrays.

        >>> w = ad.tensor([1.0, 2.0])
        >>> double = ad.compile(lambda x: x * w)
        >>> _ = double(np.ones(2))
        >>> double.captured
        {'w': tensor([1., 2.])}
        """
        program = self._program()
        names = program.source.parameters()
        sources = program.program.inputs.values()
        return {name: each.value for name, each in zip(names, sources, strict=True) if isinstance(each, Captured)}

    def report(self) -> Report:
        """What the passes did to the program of the latest call; print it."""
        return self._program().report

    def export(self, path: str | os.PathLike[str]) -> None:
        """Write the program of the latest call as a module that needs only NumPy.

        Its function takes arrays in the order of `source`, writes into those of variables, and returns the
        results. Raises TypeError where the program calls a function whose text does not stand by itself.
        """
        source = self._program().source
        if source.foreign:
            raise TypeError(
                f"{self._name}.export: the program calls {', '.join(source.foreign)}, which uses more than its own "
                "text and NumPy; write it as a module-level function of NumPy calls"
            )
        Path(path).write_text(source.text, encoding="utf-8")


def _function_name(name: str) -> str:
    """A name that a function can have, also for a lambda."""
    plain = re.sub(r"\W+", "_", name).strip("_")
    is_free = plain.isidentifier() and not keyword.iskeyword(plain) and plain not in ("np", "math", "numba")
    return plain if is_free else "program"


def compile(function: Callable[..., Any] | None = None, *, backend: str = "numpy", check: bool = True) -> Any:
    """`function` as a program of straight-line NumPy, derived from one call: to read, to export, and to run fast.

    `function` takes arrays, tensors, numbers and nested lists, tuples and dicts of them. It may differentiate,
    assign to tensors, draw from generators that it is given, and run under `no_grad`. The first call of its
    kind runs it twice, traced and eagerly, and compares (`check=False`: traced only). Other shapes, dtypes,
    structures, Python numbers, and other values of what it names outside, make another program; tensors and
    arrays from outside are read at each call. Returned arrays are the caller's own; variables are written in
    place. `backend="numba"` (extra `fast`) makes kernels of what lies between matrix products.

    Outside is all that can be reached from the function and from globals that the code which runs names:
    containers, defaults, variables around functions, and the attributes that this code names. More than 10,000
    values are not looked at: a warning tells which. What NumPy alone computes from an array outside (`array[0] * 2`)
    makes another program when the array changes, up to 8192 bytes; that of a larger array stays as it was, and so
    does a choice that Python makes by an array which the program reads as well (`if array[0] > 0`).

    The result has `.source`, `.graph`, `.report()` and `.export(path)`, can be drawn with `ad.draw`, and can be
    differentiated: then it runs as Python, so rather compile the gradient. Side effects of Python (printing,
    counting) happen only while it is traced. A size of arguments that comes for the first time after others runs
    eagerly, and gets a program when it comes again. Raises TypeError where the function asks for values of what
    is traced (`bool(t)`, `t.item()`), changes a list or dict that it gets, or leaves a tensor of its own in a list
    or an attribute outside, and RuntimeError where the program and the function disagree.

    >>> @ad.compile
    ... def slope(x):
    ...     return ad.grad(lambda x: np.sum(np.tanh(x) ** 2))(x)
    >>> slope(np.array([0.5, 1.0]))
    array([0.72686198, 0.63970001])
    >>> print(slope.source)
    import numpy as np
    <BLANKLINE>
    def slope(x):
        tanh = np.tanh(x)                                                         # float64 (2,)
        d_x = 2 * tanh * (1 - tanh ** 2)                                          # float64 (2,)
        return d_x
    <BLANKLINE>
    """
    if backend not in ("numpy", "numba"):
        raise ValueError(f"compile: backend is {backend!r}, expected 'numpy' or 'numba'")
    if function is None:
        return functools.partial(compile, backend=backend, check=check)
    if not callable(function):
        raise TypeError(f"compile: got {function!r}, expected a function")
    return Compiled(function, check, backend)
