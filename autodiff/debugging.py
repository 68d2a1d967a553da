"""debug(): where each node was made, where the first NaN or inf was born, which line changed an array."""

from __future__ import annotations

import contextlib
import sys
import weakref
import zlib
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import Any

import numpy as np

from .context import Observer, state, using
from .dispatch import plain
from .guard import frozen
from .lines import here, is_engine, stack
from .node import Node
from .plan import Edge
from .primitive import Primitive
from .reverse import _part
from .tensor import Tensor
from .tree import leaves

_HINTS_BY_NAMES = {
    "log log2 log10": "it needs x > 0, and its slope 1/x overflows near 0. Clip x from below: "
    "np.clip(x, 1e-12, None); or use np.log1p for log(1 + x) and ad.log_softmax for the log of a softmax",
    "exp exp2 expm1 sinh cosh": "it overflows. Use ad.logsumexp or ad.log_softmax, or subtract the maximum first",
    "divide reciprocal ratio remainder fmod floor_divide": "the divisor is 0 or too near to it. "
    "Replace it before dividing: x / np.where(y == 0, 1, y)",
    "power float_power": "a negative base needs a whole exponent, a base of 0 an exponent that is not negative, "
    "and large powers overflow. Clip the base from below (np.maximum(x, 1e-12))",
    "inv solve slogdet cholesky": "the matrix is singular or nearly so. Add a small multiple of the unit matrix: "
    "a + 1e-6 * np.eye(n)",
    "log1p": "it needs x > -1. Clip x from below (np.clip(x, -1 + 1e-12, None))",
    "sqrt": "it needs x >= 0, and its slope overflows near 0. Clip x from below (np.maximum(x, 1e-12))",
    "arcsin arccos": "it needs x inside [-1, 1]. Write np.clip(x, -1, 1)",
    "arccosh": "it needs x >= 1. Write np.maximum(x, 1)",
    "arctanh": "it needs x inside (-1, 1). Clip it a little inside: np.clip(x, -1 + 1e-6, 1 - 1e-6)",
    "log_softmax": "a row that is -inf as a whole has no log_softmax. Leave at least one class unmasked",
}
HINTS = {name: hint for names, hint in _HINTS_BY_NAMES.items() for name in names.split()}


class NonFinite(FloatingPointError):
    """An operation, or its backward rule, made the first NaN or inf."""


class ChangedArray(RuntimeError):
    """An array that a recorded operation needs was changed before the backward pass."""


@contextlib.contextmanager
def debug() -> Iterator[None]:
    """Find mistakes inside the `with` block, or in a function decorated with `@ad.debug()`.

    - Each recorded node gets the file and line that made it, as `node.origin`.
    - The operation or backward rule that makes the first NaN or inf raises `NonFinite` (a
      FloatingPointError). What was not finite before is let pass: a mask of -inf is no mistake.
    - The backward pass raises `ChangedArray` (a RuntimeError) where an array that the graph
      needs was changed since. The line is exact, unless another tracer (a debugger, a coverage
      tool) is at work: then the two operations around it are named.

    Every line runs slower for it, and NumPy's own warnings about overflow and invalid values are
    off. Blocks nest; other threads are not affected.

    >>> x = ad.tensor([1.0, 0.0], requires_grad=True)
    >>> with ad.debug():
    ...     y = np.log(x)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    autodiff.debugging.NonFinite: log at ...:2 made the first inf: 0 NaN and 1 inf in float64 (2,)
      argument x: float64 (2,), 0 to 1
    Hint: it needs x > 0, and its slope 1/x overflows near 0. Clip x from below: ...
    """
    observers = state.context.observers
    debugger = next((each for each in observers if isinstance(each, Debugger)), None)
    if debugger is None:
        debugger = Debugger()
        observers += (debugger,)
    with using(observers=observers), np.errstate(all="ignore"), debugger.tracing():
        yield


class Watch:
    """An array or a tensor that the graph was recorded with: its fingerprint then, and where it changed."""

    def __init__(self, source: Any) -> None:
        self.source = source
        self.fingerprint = _fingerprint(source)
        self.changed: str | None = None

    def differs(self) -> bool:
        return _fingerprint(self.source) != self.fingerprint


class Kept(list[Any]):
    """What a node has saved, with watches by position; they go when the node is consumed."""

    watches: dict[int, Watch]


class Debugger(Observer):
    """Looks on, and at Python's line tracing."""

    def __init__(self) -> None:
        # What a user can write to without tricks; a watch lives as long as a node holds it.
        self._open: weakref.WeakValueDictionary[tuple[int, int], Watch] = weakref.WeakValueDictionary()
        self._line = here()  # the latest that was seen to run

    def ran(self, primitive: Primitive, arrays: Sequence[Any], params: dict[str, Any], out: Any) -> None:
        """Judge a result."""
        if not self._is_tracing():
            self._look(here())
        # A rule may pass through an infinity (as 1 / (1 + x²) does); `pulled` judges what it returns.
        if _is_born(out, (arrays, params)) and not any(frame.f_code is _part.__code__ for frame in stack()):
            operands = [(_argument(primitive, i), each) for i, each in enumerate(arrays)]
            raise NonFinite(_birth(primitive, _placed(primitive, here(), state.context.scope), out, operands))

    def made(self, tensor: Tensor) -> None:
        """Note the line of a tensor that the user makes."""
        tensor._ensure_node().origin = here()

    def recorded(self, node: Node, args: Sequence[Any], out: Any) -> None:
        """Note a node's line, and watch the arrays that it needs."""
        node.origin = here()
        sources = {i: out if i < 0 else _source(args[i]) for i in node.plan.keeps}
        kept = Kept(node.saved or ())
        kept.watches = {i: self._watch(each) for i, each in sources.items() if isinstance(each, (np.ndarray, Tensor))}
        node.saved = kept

    def pulled(self, node: Node, edge: Edge, g: Any, saved: Sequence[Any], part: Any) -> None:
        """Compare what the node needs with its fingerprints, and judge what its rule returned."""
        for position, watch in getattr(node.saved, "watches", {}).items():
            if watch.differs():
                self._look(here())
                raise ChangedArray(_change(node, position, watch, self._line))
        if _is_born(plain(part), (g, saved, node.params)):
            operands = [("cotangent g", g)]
            operands += [(_argument(node.primitive, i), each) for i, each in zip(node.plan.keeps, saved, strict=True)]
            made = _placed(node.primitive, node.origin, node.scope)
            where = f"the backward rule of {made} for {_argument(node.primitive, edge.argument)}"
            raise NonFinite(_birth(node.primitive, where, plain(part), operands))

    def _watch(self, source: Any) -> Watch:
        """A watch, shared by all nodes that met the same array with the same values."""
        watch = Watch(source)
        if not isinstance(source, Tensor) and frozen(source):
            return watch
        key = id(source), watch.fingerprint
        found = self._open.get(key)
        if found is None or found.changed is not None:
            found = self._open[key] = watch
        return found

    def _look(self, line: str) -> None:
        """Blame changes since the last look on the line that has just run; `line` comes next."""
        for watch in list(self._open.values()):
            if watch.changed is None and not frozen(plain(watch.source)) and watch.differs():
                watch.changed = f"at {self._line}" if self._is_tracing() else f"between {self._line} and {line}"
        self._line = line

    def _is_tracing(self) -> bool:
        return sys.gettrace() == self._trace

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        """Called by Python when a line is about to run, and around calls."""
        if is_engine(frame):
            return None
        self._look(here(frame.f_back if event == "return" else frame))
        return self._trace

    @contextlib.contextmanager
    def tracing(self) -> Iterator[None]:
        """Follow lines, in calls to come and in those under way; another tracer is left in its place."""
        if sys.gettrace() is not None:
            yield
            return
        before = [(frame, frame.f_trace) for frame in stack() if not is_engine(frame)]
        sys.settrace(self._trace)
        for frame, _ in before:
            frame.f_trace = self._trace
        try:
            yield
        finally:
            if self._is_tracing():
                sys.settrace(None)
            for frame, trace in before:
                if frame.f_trace == self._trace:
                    frame.f_trace = trace


# Births


def _flaws(value: Any) -> tuple[int, int]:
    """How many NaN and how many infinities a value has."""
    array = np.asarray(plain(value))
    return (int(np.isnan(array).sum()), int(np.isinf(array).sum())) if array.dtype.kind == "f" else (0, 0)


def _is_born(out: Any, sources: Any) -> bool:
    """Whether the first NaN is in `out`, or the first inf: there is none in the sources.

    An infinity may come of an infinity or a NaN, a NaN only of a NaN: inf - inf is a birth.
    """
    if out.dtype.kind != "f" or np.isfinite(out).all():
        return False
    known = [_flaws(each) for each in leaves(sources) if isinstance(each, (np.ndarray, np.generic, float, Tensor))]
    if _flaws(out)[0]:
        return not any(nans for nans, _ in known)
    return not any(nans or infinities for nans, infinities in known)


def _birth(primitive: Primitive, where: str, out: Any, operands: Sequence[tuple[str, Any]]) -> str:
    nans, infinities = _flaws(out)
    lines = [
        f"{where} made the first {'NaN' if nans else 'inf'}: {nans} NaN and {infinities} inf in {out.dtype} {out.shape}"
    ]
    lines += [f"  {name}: {_describe(value)}" for name, value in operands if value is not None]
    return "\n".join([*lines, f"Hint: {HINTS.get(primitive.name) or _general(out, bool(nans))}"])


def _general(out: Any, is_nan: bool) -> str:
    if is_nan:
        return "NaN comes of 0/0, 0 * inf, inf - inf or inf/inf. Look for a 0 or an inf in the ranges above"
    largest = f"{out.dtype}, {np.finfo(out.dtype).max:.2g}"
    return f"the result is beyond the largest {largest}. Scale the operands down, or stay off infinite slopes"


def _describe(value: Any) -> str:
    """An operand in words: `float64 (2, 3), 0 to 1.5, 1 inf`."""
    if not isinstance(value, (np.ndarray, np.generic, Tensor)):
        return repr(value)
    array = np.asarray(plain(value))
    nans, infinities = _flaws(array)
    finite = array[np.isfinite(array)]
    extent = f"{finite.min():.6g} to {finite.max():.6g}" if finite.size else "no finite element"
    counts = [f"{count} {what}" for count, what in ((nans, "NaN"), (infinities, "inf")) if count]
    return ", ".join([f"{array.dtype} {array.shape}", extent, *counts])


def _placed(primitive: Primitive, line: str | None, scope: str) -> str:
    """An operation in words: `log at train.py:12 in 'hidden'`."""
    return f"{primitive.name} at {line or 'a line outside of ad.debug()'}{f' in {scope!r}' if scope else ''}"


def _argument(primitive: Primitive, index: int) -> str:
    """What an argument is called in messages; -1 stands for the result."""
    if index < 0:
        return "result"
    named = not primitive.variadic and index < len(primitive.arguments)
    return f"argument {primitive.arguments[index] if named else index}"


# Changes


def _source(value: Any) -> Any:
    """What to watch of an argument: a tensor the user made may get another array, so the tensor itself."""
    return value._array if isinstance(value, Tensor) and not value._is_leaf() else value


def _fingerprint(source: Any) -> int:
    return zlib.crc32(np.ascontiguousarray(plain(source)).data)


def _change(node: Node, position: int, watch: Watch, here: str) -> str:
    source = watch.source
    name = f" {source.name!r}" if isinstance(source, Tensor) and source.name else ""
    needed = f"{_argument(node.primitive, position)}{name}, {source.dtype} {source.shape}"
    changed = watch.changed or f"between {node.origin} and {here}"
    if isinstance(source, Tensor):
        advice = "Change .data after backward(), or compute the result again after the change"
    elif any(source is each for each in node.saved or ()):
        advice = "The graph shares this array, so gradients would be wrong: leave it read-only and change a copy"
    else:
        advice = "Write x = x + 1 instead of x += 1, or pass a copy: x.copy()"
    made = _placed(node.primitive, node.origin, node.scope)
    return f"{made} needs its {needed}, which was changed {changed}, before backward. {advice}"
