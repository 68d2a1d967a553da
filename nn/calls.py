"""What holds while layers are called: the mode, the names around, and the losses that they add."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from autodiff import Tensor


class Calls(threading.local):
    """The state of one thread."""

    def __init__(self) -> None:
        self.training = False
        self.names: tuple[str, ...] = ()
        self.losses: list[Any] | None = None  # of the step under way
        self.watchers: tuple[Any, ...] = ()  # called with each layer and its outputs
        self.masks: WeakKeyDictionary[Tensor, Any] = WeakKeyDictionary()


calls = Calls()


@contextmanager
def calling(**changes: Any) -> Iterator[Calls]:
    """Replace some of the state inside a `with` block."""
    before = {name: getattr(calls, name) for name in changes}
    vars(calls).update(changes)
    try:
        yield calls
    finally:
        vars(calls).update(before)


def mask_of(value: Any) -> Any:
    """Which time steps of a batch count, as booleans; None for all."""
    return calls.masks.get(value) if isinstance(value, Tensor) else None


def set_mask(value: Any, mask: Any) -> Any:
    """Say which time steps of a batch count; returns the value."""
    if mask is not None and isinstance(value, Tensor):
        calls.masks[value] = mask
    return value
