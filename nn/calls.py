"""What holds while layers are called: the mode, the names around, and the losses that they add."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import ref

from autodiff import Tensor


class Masks:
    """The masks of tensors, as long as these live; by identity, because == of tensors compares their elements."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[ref[Tensor], Any]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def __getitem__(self, value: Tensor) -> Any:
        return self._kept[id(value)][1] if id(value) in self._kept else None

    def __setitem__(self, value: Tensor, mask: Any) -> None:
        key, kept = id(value), self._kept
        kept[key] = (ref(value, lambda _: kept.pop(key, None)), mask)


class Calls(threading.local):
    """The state of one thread."""

    def __init__(self) -> None:
        self.training = False
        self.names: tuple[str, ...] = ()
        self.losses: list[Any] | None = None  # of the step under way
        self.watchers: tuple[Any, ...] = ()  # called with each layer and its outputs
        self.masks = Masks()


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
    return calls.masks[value] if isinstance(value, Tensor) else None


def set_mask(value: Any, mask: Any) -> Any:
    """Say which time steps of a batch count; returns the value."""
    if mask is not None and isinstance(value, Tensor):
        calls.masks[value] = mask
    return value
