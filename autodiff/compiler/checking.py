"""The first call, made twice: eagerly, and by the program; both must agree."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from ..tensor import Tensor
from ..tree import leaves
from .executable import Executable


class CompileError(RuntimeError):
    """A compiled function does not compute what the function itself computes."""


def compared(
    program: Executable, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], found: list[Any]
) -> tuple[Any, Exception | None]:
    """The function's own result, and what is wrong with the program's, which changes copies of variables."""
    sources = list(program.program.inputs)
    inputs = [
        _copied(each, leaf in program.variables) for leaf, each in zip(sources, program.inputs(found), strict=True)
    ]
    results, error = _results(program, inputs)
    output = function(*args, **kwargs)
    if error is not None:
        return output, error
    expected = [each for each, kind in zip(leaves(output), program.traced.returned, strict=True) if kind is True]
    expected += [each.grad for each in program.tensors(program.traced.gradients, found)]
    try:
        for i, (got, wanted) in enumerate(zip(results, expected, strict=True)):
            _compare(got, wanted, f"result {i}", function)
        for leaf, got, wanted in zip(sources, inputs, program.inputs(found), strict=True):
            if isinstance(got, np.random.Generator):
                _compare_states(got, wanted, function)
            elif leaf in program.variables:
                _compare(got, wanted, f"what it assigns to {leaf.name or 'a variable'}", function)
    except CompileError as differs:
        return output, differs
    return output, None


def _results(program: Executable, inputs: list[Any]) -> tuple[tuple[Any, ...], Exception | None]:
    """What the program returns, or why it does not: where the function fails, too, its own error counts."""
    try:
        return program.results(*inputs), None
    except Exception as error:
        return (), error


def _compare_states(got: Any, wanted: Any, function: Callable[..., Any]) -> None:
    """A generator that is made inside begins anew at each call; the program would go on with one."""
    if repr(got.bit_generator.state) != repr(wanted.bit_generator.state):
        raise CompileError(
            f"{_name_of(function)}: a generator was not drawn from as in the trace. Does {_name_of(function)} make a "
            "generator of its own? Pass one as an argument"
        )


def _name_of(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", "the function")


def _copied(value: Any, is_variable: bool) -> Any:
    """A generator and what the program writes to, as the program may change it."""
    if isinstance(value, np.random.Generator):
        return copy.deepcopy(value)
    return np.array(value) if is_variable else value


def _compare(got: Any, wanted: Any, what: str, function: Callable[..., Any]) -> None:
    """Passes may reorder sums: half of the digits must agree, relative to the greatest element."""
    first, second = (np.asarray(each._array if isinstance(each, Tensor) else each) for each in (got, wanted))
    if first.shape == second.shape and first.dtype == second.dtype and _is_close(first, second):
        return
    name = _name_of(function)
    raise CompileError(
        f"{name}: compiled and eager differ in {what}: {_shown(first)} compiled, {_shown(second)} eager. Does {name} "
        "change an array in place (write x = x + 1), or use values that NumPy calls did not compute? "
        "ad.compile(f, check=False) leaves the comparison out"
    )


def _is_close(first: Any, second: Any) -> bool:
    if first.dtype.kind != "f":
        return bool(np.array_equal(first, second))
    finite = np.isfinite(second)
    if not np.array_equal(first[~finite], second[~finite], equal_nan=True):
        return False
    scale = np.max(np.abs(second[finite]), initial=0)
    with np.errstate(invalid="ignore"):
        return bool(np.all(np.abs(first - second)[finite] <= np.sqrt(np.finfo(first.dtype).eps) * scale))


def _shown(array: Any) -> str:
    text = np.array2string(array, threshold=6, precision=6)
    return f"{array.dtype} {array.shape} {text}"
