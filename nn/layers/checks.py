"""What layers say when inputs do not fit: the layer, what it expects, what it got, and what to write."""

from __future__ import annotations

import math
from typing import Any

from autodiff import Tensor
from autodiff.lines import raised_at
from autodiff.tree import leaves

from ..symbolic import KerasTensor


def check_inputs(layer: Any, args: tuple[Any, ...]) -> None:
    """Raise ValueError where the inputs have too few axes, or other sizes than the layer was built for."""
    if not args or not isinstance(args[0], (Tensor, KerasTensor)):
        return
    shape = args[0].shape
    if len(shape) < layer.min_ndim:
        fix = (
            "; for a single row write x[np.newaxis], for a single feature x[:, np.newaxis]"
            if len(shape) == layer.min_ndim - 1
            else ""
        )
        raise misfit(layer, f"expects {layer.min_ndim} axes or more, the batch first; got shape {shape}{fix}")
    for axis, size in layer._axes.items():
        if not -len(shape) <= axis < len(shape):
            raise misfit(layer, f"expects {size} features on axis {axis}; got shape {shape}, without this axis")
        if shape[axis] not in (size, None):
            expected = ["*"] * len(shape)
            expected[axis] = str(size)
            raise misfit(layer, f"expects ({', '.join(expected)}), got {shape}{_fix(shape, size)}")


def _fix(shape: tuple[Any, ...], size: int) -> str:
    if len(shape) > 2 and None not in shape[1:] and math.prod(shape[1:]) == size:
        return "; add Flatten() before it"
    return f"; it was built for {size} features"


def check_rank(layer: Any, shape: tuple[int | None, ...], count: int) -> None:
    """Raise ValueError where inputs have another number of axes."""
    if len(shape) != count:
        raise misfit(layer, f"expects {count} axes, the batch first; got shape {shape}")


def misfit(layer: Any, problem: str) -> ValueError:
    """The error for what a layer was given, told in full: nothing is to be added on its way."""
    made = ValueError(f"{title(layer)} {problem}")
    made.told = True  # type: ignore[attr-defined]  # see `explain`
    return made


def title(layer: Any) -> str:
    """A layer in messages: Dense 'hidden'."""
    return f"{type(layer).__name__} {layer.name!r}"


def explain(error: Exception, layer: Any, args: tuple[Any, ...]) -> None:
    """Say in an error, once, the user's line, and the layer with the shapes that it got."""
    if hasattr(error, "line") or type(error) not in (ValueError, TypeError, IndexError):
        return
    made: Any = error
    made.line = raised_at(error)  # the layers around do not add themselves
    shapes = ", ".join(str(each.shape) for each in leaves(args) if hasattr(each, "shape")) or "no arrays"
    called = "" if getattr(error, "told", False) else f"{title(layer)}, called with shape {shapes}: "
    made.args = (f"{made.line}: {called}{error}",)
