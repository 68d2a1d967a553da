"""`x[index]` in terms of ONNX."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autodiff.ops.indices import MARK

from .equations import Shape
from .onnx_graph import Writing
from .rows import Size

_FAR = 2**63 - 1


def at(write: Writing, x: str, index: Any) -> str:
    """An index of whole numbers, slices, None and Ellipsis, and of arrays where they do not mix rows."""
    shape = operand_shape(write)
    parts = filled(index, len(shape))
    arrays = [each for each in parts if isinstance(each, np.ndarray)]
    if arrays:
        single = len(arrays) == 1 and arrays[0].dtype != bool and not any(_is_whole(each) for each in parts)
        return _along(write, x, parts) if single else _in_rows(write, x, parts, shape)
    return _new_axes(write, _dropped(write, _sliced(write, x, parts), parts), parts)


def gathered(write: Writing, x: str, places: str, index: Any) -> str:
    """An index with one tensor of whole numbers, along one axis, beside slices of everything."""
    parts = filled(index, len(operand_shape(write)))
    marked = [i for i, each in enumerate(parts) if isinstance(each, str) and each == MARK]
    if len(marked) != 1 or sum(map(_is_full, parts)) != len(parts) - 1:
        raise NotImplementedError("an index with a tensor beside more than full slices")
    return write("Gather", x, places, axis=marked[0])


def operand_shape(write: Writing) -> Shape:
    """The shape of what is indexed."""
    return write.shape_of(write.equation.inputs[0])


def filled(index: Any, count: int) -> list[Any]:
    """The parts of an index with a slice for each axis that it leaves out."""
    parts: list[Any] = list(index) if isinstance(index, tuple) and not isinstance(index, Size) else [index]
    taken = sum(each.ndim if _is_mask(each) else 1 for each in parts if each is not None and each is not Ellipsis)
    missing = [slice(None)] * (count - taken)
    place = next((i for i, each in enumerate(parts) if each is Ellipsis), len(parts))
    return [*parts[:place], *missing, *parts[place + 1 :]]


def _is_mask(part: Any) -> bool:
    return isinstance(part, np.ndarray) and part.dtype == bool


def _is_whole(part: Any) -> bool:
    return isinstance(part, (int, np.integer, Size))


def _is_full(part: Any) -> bool:
    return isinstance(part, slice) and part == slice(None)


def _sliced(write: Writing, x: str, parts: list[Any]) -> str:
    """Every axis from its start to its end; a whole number is a slice of length 1."""
    axes = [each for each in parts if each is not None]
    cut = {i: _bounds(each) for i, each in enumerate(axes) if not _is_full(each)}
    if not cut:
        return x
    starts, ends, steps = zip(*cut.values(), strict=True)
    operands = [write.sizes(starts), write.sizes(ends), np.array(list(cut), np.int64)]
    return write("Slice", x, *operands, *([] if set(steps) == {1} else [np.array(steps, np.int64)]))


def _bounds(part: Any) -> tuple[Any, Any, int]:
    """Start, end and step."""
    if _is_whole(part):
        return part, _FAR if part == -1 else _after(part), 1
    step = 1 if part.step is None else part.step
    start = part.start if part.start is not None else (0 if step > 0 else _FAR)
    end = part.stop if part.stop is not None else (_FAR if step > 0 else -_FAR)
    return start, end, step


def _after(place: Any) -> Any:
    return Size(place.factor, place.rest + 1) if isinstance(place, Size) else place + 1


def _dropped(write: Writing, x: str, parts: list[Any]) -> str:
    """Without the axes of whole numbers."""
    axes = [each for each in parts if each is not None]
    gone = [i for i, each in enumerate(axes) if _is_whole(each)]
    return write("Squeeze", x, np.array(gone, np.int64)) if gone else x


def _new_axes(write: Writing, x: str, parts: list[Any]) -> str:
    kept = [each for each in parts if not _is_whole(each)]
    new = [i for i, each in enumerate(kept) if each is None]
    return write("Unsqueeze", x, np.array(new, np.int64)) if new else x


def _along(write: Writing, x: str, parts: list[Any]) -> str:
    """An index with one array of whole numbers."""
    places = next(each for each in parts if isinstance(each, np.ndarray))
    plain = [slice(None) if each is places else each for each in parts]
    axes = [each for each in parts if each is not None]
    axis = next(i for i, each in enumerate(axes) if each is places)
    made = write("Gather", _sliced(write, x, plain), places.astype(np.int64), axis=axis)
    wide = [each for part in parts for each in ([slice(None)] * places.ndim if part is places else [part])]
    return _new_axes(write, made, wide)


def _in_rows(write: Writing, x: str, parts: list[Any], shape: Shape) -> str:
    """Any index that is the same in each row: the numbers of its places, where all but the rows is one axis."""
    axis = int(any(isinstance(side, Size) for side in shape))
    sizes = [side for side in shape[axis:] if isinstance(side, int)]
    if len(sizes) < len(shape) - axis or (axis and not _is_full(parts[0])) or not _is_fixed(parts):
        raise NotImplementedError("an index of arrays that picks rows")
    places = np.arange(math.prod(sizes)).reshape(sizes)
    found = places[tuple(parts[axis:])]
    if axis and not np.array_equal(np.stack([places, places])[tuple(parts)], np.stack([found, found])):
        raise NotImplementedError("an index of arrays that moves the rows from the first axis")
    flat = write("Reshape", x, np.array([-1, places.size] if axis else [-1]))
    return write("Gather", flat, found.astype(np.int64), axis=axis)


def _is_fixed(parts: list[Any]) -> bool:
    """Whether no part goes with the rows."""
    return not any(isinstance(each, Size) or (isinstance(each, slice) and _has_size(each)) for each in parts)


def _has_size(part: slice) -> bool:
    return any(isinstance(each, Size) for each in (part.start, part.stop, part.step))
