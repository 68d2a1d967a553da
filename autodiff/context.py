"""What the engine is set to in this thread: whether it records, the scope, who looks on."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple


class Observer:
    """What the engine tells those who look on; here each hook does nothing."""

    def made(self, tensor: Any) -> None:
        """The user made a tensor with a node."""

    def ran(self, primitive: Any, arrays: Sequence[Any], params: dict[str, Any], out: Any) -> None:
        """A primitive was run."""

    def recorded(self, node: Any, args: Sequence[Any], out: Any) -> None:
        """The run became a node."""

    def passed(self, result: Any, primitive: Any, args: Sequence[Any], params: dict[str, Any]) -> None:
        """The run became none: its result carries no gradient."""

    def pulled(self, node: Any, edge: Any, g: Any, saved: Sequence[Any], part: Any) -> None:
        """A rule sent a cotangent along an edge."""


class Context(NamedTuple):
    """The engine's settings; a `with` block replaces them and puts the old ones back."""

    recording: bool = True
    scope: str = ""
    depth: int = 0  # how many transforms (grad, vjp, jvp, ...) are under way
    observers: tuple[Observer, ...] = ()  # of `debug`, `watch` and the like
    generators: dict[int, Any] | None = None  # random states met by `checkpoint`
    tracer: Any = None  # of `compile`, while it looks on


class _State(threading.local):
    context = Context()


state = _State()


@contextmanager
def using(**changes: Any) -> Iterator[Context]:
    """Replace some settings inside a `with` block, whatever happens in it."""
    before = state.context
    state.context = before._replace(**changes)
    try:
        yield state.context
    finally:
        state.context = before


def no_grad() -> Any:
    """Record nothing inside the `with` block (or in the decorated function).

    >>> w = ad.tensor([1.0, 2.0], requires_grad=True)
    >>> with ad.no_grad():
    ...     (w * 2).requires_grad
    False
    """
    return using(recording=False)


@contextmanager
def scope(name: str) -> Iterator[None]:
    """Name what is recorded inside the `with` block; scopes nest as `outer/inner`.

    >>> x = ad.tensor(1.0, requires_grad=True)
    >>> with ad.scope("hidden"):
    ...     y = np.tanh(x)
    >>> print(ad.Graph(y))
    a: float64 () parameter
    b: float64 () = tanh(a)  # hidden
    ∂b: float64 () = 1
    ∂a: float64 () = ∂b · (1 − b²)  # hidden
    """
    outer = state.context.scope
    with using(scope=f"{outer}/{name}" if outer else name):
        yield
