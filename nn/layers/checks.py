"""What layers say when inputs do not fit: the layer, what it expects, what it got, and what to write."""

from __future__ import annotations

from typing import Any

from autodiff import Tensor
from autodiff.tree import leaves


def check_inputs(layer: Any, args: tuple[Any, ...]) -> None:
    """Raise ValueError where the inputs have too few axes, or other sizes than the layer was built for."""
    if not args or not isinstance(args[0], Tensor):
        return
    shape = args[0].shape
    if len(shape) < layer.min_ndim:
        fix = "; for a single row write x[np.newaxis]" if len(shape) == layer.min_ndim - 1 else ""
        raise ValueError(
            f"{title(layer)} expects {layer.min_ndim} axes or more, the batch first; got shape {shape}{fix}"
        )
    for axis, size in layer._axes.items():
        if not -len(shape) <= axis < len(shape):
            raise misfit(layer, f"expects {size} features on axis {axis}; got shape {shape}, without this axis")
        if shape[axis] != size:
            expected = ["*"] * len(shape)
            expected[axis] = str(size)
            raise ValueError(f"{title(layer)} expects ({', '.join(expected)}), got {shape}{_fix(layer, shape, size)}")


def _fix(layer: Any, shape: tuple[int, ...], size: int) -> str:
    rest = 1
    for side in shape[1:]:
        rest *= side
    if len(shape) > 2 and rest == size:
        return "; add Flatten() before it"
    return f"; it was built for {size} features"


def check_rank(layer: Any, shape: tuple[int | None, ...], count: int) -> None:
    """Raise ValueError where inputs have another number of axes."""
    if len(shape) != count:
        raise misfit(layer, f"expects {count} axes, the batch first; got shape {shape}")


def misfit(layer: Any, problem: str) -> ValueError:
    """The error for what a layer was given, told in full: nothing is to be added on its way."""
    made = ValueError(f"{title(layer)} {problem}")
    made.told = True  # type: ignore[attr-defined]  # see `explained`
    return made


def title(layer: Any) -> str:
    """A layer in messages: Dense 'hidden'."""
    return f"{type(layer).__name__} {layer.name!r}"


def is_told(error: Exception) -> bool:
    """Whether an error says all that there is to say, or is of a kind of its own."""
    return getattr(error, "told", False) or type(error) not in (ValueError, TypeError, IndexError)


def explained(error: Exception, layer: Any, args: tuple[Any, ...]) -> Exception:
    """The error with the layer and the shapes that it got."""
    shapes = ", ".join(str(each.shape) for each in leaves(args) if hasattr(each, "shape")) or "no arrays"
    made = type(error)(f"{title(layer)}, called with shape {shapes}: {error}")
    made.told = True  # type: ignore[attr-defined]  # so that the layers around do not add themselves
    return made
