"""The first call, made twice: eagerly, and by the program; both must agree."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from ..tensor import Tensor
from ..tree import leaves
from .executable import Executable, tensors

_FACTOR = 1000  # of the effect of rounding the inputs, within which a difference is rounding, too


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
    expected += [each.grad for each in tensors(program.traced.gradients, found)]
    pairs = [(f"result {i}", *pair) for i, pair in enumerate(zip(results, expected, strict=True))]
    for leaf, got, wanted in zip(sources, inputs, program.inputs(found), strict=True):
        if leaf in program.variables:
            pairs.append((f"what it assigns to {leaf.name or 'a variable'}", got, wanted))
        elif isinstance(got, np.random.Generator) and repr(got.bit_generator.state) != repr(wanted.bit_generator.state):
            return output, _other_state(function)
    different = [i for i, (_, got, wanted) in enumerate(pairs) if not _is_close(_array(got), _array(wanted))]
    if different:
        spread = _spread(program, found)
        for i in different:
            what, got, wanted = pairs[i]
            if not _is_within(_array(got), _array(wanted), spread[i]):
                return output, _difference(got, wanted, what, function)
    return output, None


def _spread(program: Executable, found: list[Any]) -> list[Any]:
    """How far results and variables move when all inputs are rounded otherwise: where they cancel, by all they are."""
    runs = []
    for share in (0.0, 1.0):
        inputs = [_rounded(_copied(each, True), share) for each in program.inputs(found)]
        results, _ = _results(program, inputs)
        pairs = zip(program.program.inputs, inputs, strict=True)
        runs.append([*results, *(each for leaf, each in pairs if leaf in program.variables)])
    with np.errstate(invalid="ignore"):
        return [np.abs(np.subtract(a, b, dtype=float)) for a, b in zip(*runs, strict=True)]


def _rounded(value: Any, share: float) -> Any:
    """Floats with their last digit up or down."""
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f" or not share:
        return value
    signs = np.random.default_rng(0).choice([-share, share], value.shape)
    return np.asarray(value * (1 + np.finfo(value.dtype).eps * signs), value.dtype)  # of 0-d arrays, too


def _is_within(got: Any, wanted: Any, spread: Any) -> bool:
    """Whether rounding alone can explain a difference: it is not many times as far as another rounding leads."""
    if got.shape != wanted.shape or got.dtype != wanted.dtype:
        return False
    with np.errstate(invalid="ignore"):
        far = np.abs(np.subtract(got, wanted, dtype=float))
    return bool(np.max(far, initial=0) <= _FACTOR * np.max(spread, initial=0))


def _results(program: Executable, inputs: list[Any]) -> tuple[tuple[Any, ...], Exception | None]:
    """What the program returns, or why it does not: where the function fails, too, its own error counts."""
    try:
        return program.results(*inputs), None
    except Exception as error:
        return (), error


def _other_state(function: Callable[..., Any]) -> CompileError:
    """A generator that is made inside begins anew at each call; the program would go on with one."""
    return CompileError(
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


def _array(value: Any) -> Any:
    return np.asarray(value._array if isinstance(value, Tensor) else value)


def _difference(got: Any, wanted: Any, what: str, function: Callable[..., Any]) -> CompileError:
    name = _name_of(function)
    return CompileError(
        f"{name}: compiled and eager differ in {what}: {_shown(_array(got))} compiled, {_shown(_array(wanted))} eager. "
        f"Does {name} change an array in place (write x = x + 1), or use values that NumPy calls did not compute? "
        "ad.compile(f, check=False) leaves the comparison out"
    )


def _is_close(first: Any, second: Any) -> bool:
    """Passes may reorder sums: half of the digits must agree, relative to the greatest element."""
    if first.shape != second.shape or first.dtype != second.dtype:
        return False
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
