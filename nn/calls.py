"""What holds while layers are called: the mode, the names around, and the losses that they add."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autodiff import Tensor


class Notes:
    """What is known of some tensors, by identity, as long as they live."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[weakref.ref[Tensor], Any]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def get(self, tensor: Tensor) -> Any:
        """What was noted, None where nothing was."""
        known = self._known.get(id(tensor))
        return None if known is None else known[1]

    def set(self, tensor: Tensor, value: Any) -> None:
        key = id(tensor)
        self._known[key] = (weakref.ref(tensor, lambda _: self._known.pop(key, None)), value)


class Calls(threading.local):
    """The state of one thread."""

    def __init__(self) -> None:
        self.training = False
        self.names: tuple[str, ...] = ()
        self.losses: Any = None  # a list for those of the step under way
        self.watchers: tuple[Any, ...] = ()  # called with each layer and its outputs
        self.masks = Notes()
        self.logits = Notes()


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
        calls.masks.set(value, mask)
    return value


def logits_of(value: Any, function: str) -> Any:
    """The logits that a function, "softmax" or "sigmoid", made probabilities of, if that is known; else None.

    Losses are exact by them, but only by those of their own function.
    """
    made_by, logits = (calls.logits.get(value) if isinstance(value, Tensor) else None) or (None, None)
    return logits if made_by == function else None


def set_logits(value: Any, logits: Any, function: str) -> Any:
    """Note the logits of probabilities, and what made these of them; returns the probabilities."""
    if isinstance(value, Tensor) and isinstance(logits, Tensor):
        calls.logits.set(value, (function, logits))
    return value
