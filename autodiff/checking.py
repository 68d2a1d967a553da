"""Gradients held against finite differences: right, wrong (and which operation), or a kink here."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .context import Observer, using
from .forward import jvp
from .primitive import Primitive, describe_call
from .tensor import Tensor
from .transforms import vjp
from .tree import leaves, map_leaves

Arrays = list[Any]
_STEP = 1e-4


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

    Up to `order`, in reverse and in forward mode, for each array of floats among the arguments,
    contracted with random directions, so that the cost does not grow with the size. The report's verdict
    is "right"; or "kink" where the one-sided differences disagree and the engine's value lies
    between them; or "not finite" where the differences are not. A wrong derivative raises GradientError,
    whose report names the first operation with a wrong rule.

    >>> ad.check_grads(lambda x: np.sum(np.tanh(x)), (np.array([0.5, -1.0]),)).verdict
    'right'
    >>> ad.check_grads(np.abs, (np.array([0.0]),), order=1).verdict
    'kink'
    """
    args = [map_leaves(_plain, arg) for arg in args]
    generator = np.random.default_rng(seed)
    checks = _checks(_flattened(function, args), _floats(args), order, rtol, generator)
    verdicts = [check.verdict for check in checks]
    if "wrong" in verdicts:
        raise GradientError(Report(checks, "wrong", _culprit(function, args, rtol, generator)))
    return Report(checks, next((each for each in ("not finite", "kink") if each in verdicts), "right"))


def _plain(value: Any) -> Any:
    return value.numpy() if isinstance(value, Tensor) else value


def _is_float(value: Any) -> bool:
    return bool(np.asarray(_plain(value)).dtype.kind == "f")


def _floats(args: Any) -> Arrays:
    """The floats among nested arguments, in float64."""
    return [np.asarray(each, dtype=np.float64) for each in leaves(args) if _is_float(each)]


def _flattened(function: Callable[..., Any], args: Sequence[Any]) -> Callable[..., Arrays]:
    """`function` from its float arguments to the list of its float results; other arguments stay."""

    def call(*values: Any) -> Arrays:
        remaining = iter(values)
        filled = map_leaves(lambda each: next(remaining) if _is_float(each) else each, list(args))
        return [each for each in leaves(function(*filled)) if _is_float(each)]

    return call


def _checks(
    function: Callable[..., Arrays], point: Arrays, order: int, rtol: float, generator: np.random.Generator
) -> tuple[Check, ...]:
    """The comparisons of all orders: each order checks the gradient that the one before has checked."""
    checks: list[Check] = []
    for k in range(1, order + 1):
        values, pull = vjp(function, *point)
        cotangent = [_direction(y, generator) for y in values]
        pulled = pull(cotangent)
        for i, x in enumerate(point):
            direction = [np.zeros_like(each) for each in point]
            direction[i] = _direction(x, generator) * _scale(x)
            along = _Line(function, point, direction, cotangent)
            tangents = jvp(function, point, direction)[1]
            checks.append(along.compare(k, "reverse", _dot(pulled, direction), rtol))
            checks.append(along.compare(k, "forward", _dot(cotangent, tangents), rtol))
        function = _gradient(function, cotangent)
    return tuple(checks)


def _gradient(function: Callable[..., Arrays], cotangent: Arrays) -> Callable[..., Arrays]:
    return lambda *values: list(vjp(function, *values)[1](cotangent))


def _direction(like: Any, generator: np.random.Generator) -> Any:
    """Random numbers away from 0."""
    shape = np.shape(_plain(like))
    return np.asarray(generator.choice([-1.0, 1.0], shape) * generator.uniform(0.5, 1.5, shape))


def _scale(x: Any) -> Any:
    """How far to step for each element: in proportion to small ones, and not below the rounding of large ones."""
    size = np.abs(x)
    return np.where(size < 1, np.where(size == 0, 1.0, size), np.maximum(1.0, 1e-6 * size))


def _dot(first: Sequence[Any], second: Sequence[Any]) -> float:
    return float(sum(np.sum(_plain(a) * _plain(b)) for a, b in zip(first, second, strict=True)))


class _Line:
    """The function along a line through the point, as a number of one variable."""

    def __init__(self, function: Callable[..., Arrays], point: Arrays, direction: Arrays, cotangent: Arrays) -> None:
        self._function, self._point, self._direction, self._cotangent = function, point, direction, cotangent
        values = [np.asarray(_plain(each)) for each in function(*point)]
        size = max((np.finfo(y.dtype).eps * np.max(np.abs(y), initial=0.0) for y in values), default=0.0)
        self._noise = 10 * float(size) * math.sqrt(sum(y.size for y in values)) / _STEP

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
        if not np.isfinite(differences):
            return Check(order, mode, engine, differences, "not finite")
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


class _Calls(Observer):
    """Collects the calls of primitives while a function runs."""

    def __init__(self) -> None:
        self.calls: list[tuple[Primitive, list[Any], dict[str, Any]]] = []

    def ran(self, primitive: Primitive, arrays: Sequence[Any], params: dict[str, Any], out: Any) -> None:
        self.calls.append((primitive, list(arrays), params))


def _culprit(
    function: Callable[..., Any], args: Sequence[Any], rtol: float, generator: np.random.Generator
) -> str | None:
    """The first operation whose own derivative is wrong, in words."""
    collector = _Calls()
    with using(observers=(collector,)):
        vjp(_flattened(function, args), *_floats(args))
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
