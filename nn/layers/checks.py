"""What layers say when inputs do not fit: the layer, what it expects, what it got, and what to write."""

from __future__ import annotations

from typing import Any

from autodiff import Tensor


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


def title(layer: Any) -> str:
    """A layer in messages: Dense 'hidden'."""
    return f"{type(layer).__name__} {layer.name!r}"


def explained(error: Exception, layer: Any, args: tuple[Any, ...]) -> Exception:
    """The error with the layer and the shapes that it got, once."""
    if getattr(error, "told", False) or type(error) not in (ValueError, TypeError, IndexError):
        return error
    shapes = ", ".join(str(each.shape) for each in args if hasattr(each, "shape")) or "no arrays"
    made = type(error)(f"{title(layer)}, called with shape {shapes}: {error}")
    made.told = True  # type: ignore[attr-defined]  # so that the layers around do not add themselves
    return made
