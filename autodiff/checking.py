"""Gradients held against finite differences: right, wrong here, or a kink here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .context import using
from .forward import jvp
from .primitive import Primitive, describe_call
from .tensor import Tensor
from .transforms import vjp
from .tree import leaves, map_leaves

Arrays = list[Any]
_STEP = 1e-4
_FLOOR = 1e-9  # what rounding leaves of a difference quotient, relative to the terms in it


class Check(NamedTuple):
    """One comparison: a directional derivative by the engine and by differences."""

    order: int
    mode: str
    engine: float
    differences: float
    verdict: str

    def __str__(self) -> str:
        numbers = f"engine {self.engine:+.10e}  differences {self.differences:+.10e}"
        return f"order {self.order}  {self.mode:7s}  {numbers}  {self.verdict}"


class Report(NamedTuple):
    """All comparisons of one `check_grads`, their verdict, and the operation to blame if one is."""

    checks: tuple[Check, ...]
    verdict: str
    operation: str | None = None

    def __str__(self) -> str:
        blame = f" here: {self.operation}" if self.operation else ""
        return "\n".join([f"{self.verdict}{blame}", *map(str, self.checks)])


class GradientError(AssertionError):
    """A derivative disagrees with finite differences; `.report` has the numbers."""

    def __init__(self, report: Report) -> None:
        super().__init__(str(report))
        self.report = report


def check_grads(
    function: Callable[..., Any], args: Sequence[Any], order: int = 2, rtol: float = 1e-5, seed: int = 0
) -> Report:
    """Hold the derivatives of `function` at `args` against finite differences, in float64.

    Up to `order`, in reverse and in forward mode, contracted with random directions, so that the
    cost does not grow with the size. The report's verdict is "right", or "kink" where the one-sided
    differences disagree and the engine's value lies between them. A wrong derivative raises
    GradientError, whose report names the first operation with a wrong rule.

    >>> ad.check_grads(lambda x: np.sum(np.tanh(x)), (np.array([0.5, -1.0]),)).verdict
    'right'
    >>> ad.check_grads(np.abs, (np.array([0.0]),), order=1).verdict
    'kink'
    """
    flat = [np.asarray(each, dtype=np.float64) for each in leaves([map_leaves(_plain, arg) for arg in args])]
    generator = np.random.default_rng(seed)
    checks = _checks(_flattened(function, args), flat, order, rtol, generator)
    verdicts = {check.verdict for check in checks}
    if "wrong" in verdicts:
        raise GradientError(Report(checks, "wrong", _culprit(function, args, rtol, generator)))
    return Report(checks, "kink" if "kink" in verdicts else "right")


def _plain(value: Any) -> Any:
    return value.numpy() if isinstance(value, Tensor) else value


def _flattened(function: Callable[..., Any], args: Sequence[Any]) -> Callable[..., Arrays]:
    """`function` from a list of arrays to the list of its float results."""

    def call(*values: Any) -> Arrays:
        remaining = iter(values)
        results = leaves(function(*map_leaves(lambda _: next(remaining), list(args))))
        return [each for each in results if np.asarray(_plain(each)).dtype.kind == "f"]

    return call


def _checks(
    function: Callable[..., Arrays], point: Arrays, order: int, rtol: float, generator: np.random.Generator
) -> tuple[Check, ...]:
    """The comparisons of all orders: each order checks the gradient that the one before has checked."""
    checks: list[Check] = []
    for k in range(1, order + 1):
        direction = [_direction(x, generator) for x in point]
        values, tangents = jvp(function, point, direction)
        cotangent = [_direction(y, generator) for y in values]
        along = _Line(function, point, direction, cotangent)
        pulled = vjp(function, *point)[1](cotangent)
        checks.append(along.compare(k, "reverse", _dot(pulled, direction), rtol))
        checks.append(along.compare(k, "forward", _dot(cotangent, tangents), rtol))
        function = _gradient(function, cotangent)
    return tuple(checks)


def _gradient(function: Callable[..., Arrays], cotangent: Arrays) -> Callable[..., Arrays]:
    return lambda *values: list(vjp(function, *values)[1](cotangent))


def _direction(like: Any, generator: np.random.Generator) -> Any:
    """Random numbers away from 0, as large as the array's own."""
    shape = np.shape(like)
    size = np.max(np.abs(_plain(like)), initial=1.0)
    signs = generator.choice([-1.0, 1.0], shape)
    return np.asarray(signs * generator.uniform(0.5, 1.5, shape) * (size if np.isfinite(size) else 1.0))


def _dot(first: Sequence[Any], second: Sequence[Any]) -> float:
    return float(sum(np.sum(_plain(a) * _plain(b)) for a, b in zip(first, second, strict=True)))


class _Line:
    """The function along a line through the point, as a number of one variable."""

    def __init__(self, function: Callable[..., Arrays], point: Arrays, direction: Arrays, cotangent: Arrays) -> None:
        self._function, self._point, self._direction, self._cotangent = function, point, direction, cotangent
        self._noise = _FLOOR * (1.0 + abs(self._at(0.0))) / _STEP * 1e-3

    def _at(self, t: float) -> float:
        return _dot(
            self._cotangent, self._function(*[x + t * d for x, d in zip(self._point, self._direction, strict=True)])
        )

    def central(self) -> float:
        """Central differences, extrapolated once: the error falls with the fourth power of the step."""
        fine, coarse = (((self._at(h) - self._at(-h)) / (2 * h)) for h in (_STEP, 2 * _STEP))
        return (4 * fine - coarse) / 3

    def jump(self, h: float) -> tuple[float, float]:
        """The slopes to the left and to the right."""
        middle = self._at(0.0)
        return (middle - self._at(-h)) / h, (self._at(h) - middle) / h

    def compare(self, order: int, mode: str, engine: float, rtol: float) -> Check:
        differences = self.central()
        tolerance = rtol * max(abs(engine), abs(differences)) + self._noise
        if abs(engine - differences) <= tolerance:
            return Check(order, mode, engine, differences, "kink" if self._is_kink(tolerance) else "right")
        left, right = sorted(self.jump(_STEP / 10))
        between = left - tolerance <= engine <= right + tolerance
        return Check(order, mode, engine, differences, "kink" if between and self._is_kink(tolerance) else "wrong")

    def _is_kink(self, tolerance: float) -> bool:
        """Whether the slopes on both sides stay apart as the step shrinks; where smooth, they meet."""
        wide, narrow = (abs(np.subtract(*self.jump(h))) for h in (_STEP, _STEP / 10))
        return bool(narrow > 0.5 * wide and narrow > 10 * tolerance)


class _Calls:
    """Collects the calls of primitives while a function runs."""

    def __init__(self) -> None:
        self.calls: list[tuple[Primitive, list[Any], dict[str, Any]]] = []

    def ran(self, primitive: Primitive, arrays: list[Any], params: dict[str, Any], out: Any) -> None:
        self.calls.append((primitive, list(arrays), params))

    def recorded(self, node: Any, args: Any, out: Any) -> None:
        """Nothing to do: calls are collected whether recorded or not."""

    def pulled(self, node: Any, edge: Any, g: Any, saved: Any, part: Any) -> None:
        """Nothing to do."""


def _culprit(
    function: Callable[..., Any], args: Sequence[Any], rtol: float, generator: np.random.Generator
) -> str | None:
    """The first operation whose own derivative is wrong, in words."""
    collector = _Calls()
    with using(debugger=collector):
        vjp(_flattened(function, args), *leaves([map_leaves(_plain, arg) for arg in args]))
    for primitive, arrays, params in collector.calls:
        places = [i for i, each in enumerate(arrays) if isinstance(each, np.ndarray) and each.dtype.kind == "f"]
        local = _local(primitive, arrays, params, places)
        if any(check.verdict == "wrong" for check in _checks(local, [arrays[i] for i in places], 1, rtol, generator)):
            return describe_call(primitive.name, arrays, params)
    return None


def _local(primitive: Primitive, arrays: list[Any], params: dict[str, Any], places: list[int]) -> Callable[..., Arrays]:
    def call(*values: Any) -> Arrays:
        filled = list(arrays)
        for i, value in zip(places, values, strict=True):
            filled[i] = value
        return [primitive(*filled, **params)]

    return call
