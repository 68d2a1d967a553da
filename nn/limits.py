"""How much memory may be taken while a file is read: asked before it is taken."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from autodiff.tree import leaves

ELEMENTS = 2**28  # of what a layer gets, or gives, for three rows
_LEFT: ContextVar[int | None] = ContextVar("bytes_left", default=None)


class TooLarge(ValueError):
    """More memory was asked for than a file has a right to."""


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """Let weights that are made within a `with` block take this many bytes, and layers a bounded number of elements."""
    token = _LEFT.set(size)
    try:
        yield
    finally:
        _LEFT.reset(token)


def take(what: str, shape: Sequence[int], dtype: Any) -> None:
    """Take the bytes of a weight. Raises TooLarge where fewer are left."""
    left = _LEFT.get()
    if left is None:
        return
    if any(not isinstance(side, (int, np.integer)) or side < 0 for side in shape):
        raise TooLarge(f"{what} would have shape {tuple(shape)}")
    size = math.prod(map(int, shape)) * np.dtype(dtype).itemsize
    if size > left:
        raise TooLarge(f"{what} of shape {tuple(shape)} takes {size:,} bytes, and there are {max(left, 0):,} for it")
    _LEFT.set(left - size)


def check_call(layer: Any, args: Any, kwargs: Any, call: Any) -> None:
    """Raise TooLarge where a layer gets or gives too much for three rows. What it gives is found with none."""
    if _LEFT.get() is None:
        return
    from .symbolic import zeros_like

    _check(f"the input of layer {layer.name!r}", (args, kwargs))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of means of nothing
        try:
            outputs = call(*zeros_like(args, 0), **zeros_like(kwargs, 0))
        except Exception:  # some operations know no empty arrays; the call itself says what is wrong with others
            return
    _check(f"the output of layer {layer.name!r}", outputs)


def _check(what: str, structure: Any) -> None:
    for each in leaves(structure):
        shape = getattr(each, "shape", ())
        if math.prod(side or 3 for side in shape) > ELEMENTS:
            raise TooLarge(f"{what} would have shape {tuple(shape)}")
