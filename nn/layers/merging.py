"""Layers of several inputs: sums, products, and the like, element by element; inputs side by side; dot products."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .checks import misfit
from .layer import Layer, registry
from .normalization import unit_length


class Merge(Layer):
    """Inputs of shapes that go together, made one by a function of two.

    Where one has fewer axes, they come after the batch. Whole numbers among floats become floats. A time step
    counts if it does in one of the inputs, where all have masks. Raises ValueError for what is no list, and for
    shapes that do not go together.
    """

    supports_masking = True
    least = 1
    most: float = math.inf

    def build(self, input_shape: Any) -> None:
        self._check(input_shape)

    def call(self, inputs: Any) -> Any:
        shapes = [each.shape for each in inputs] if isinstance(inputs, (list, tuple)) else inputs.shape
        self._check(shapes)
        rank = max(map(len, shapes))
        return self.merged([_with_rank(each, rank) for each in alike(inputs, self.dtype)])

    def merged(self, inputs: list[Any]) -> Any:
        """One array of several."""
        return functools.reduce(self.pair, inputs)

    def pair(self, first: Any, second: Any) -> Any:
        """One array of two."""
        raise NotImplementedError

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        masks = previous_mask if isinstance(previous_mask, (list, tuple)) else [previous_mask]
        return None if any(each is None for each in masks) else functools.reduce(np.logical_or, masks)

    def _check(self, shapes: Any) -> None:
        self._check_count(shapes)
        rank = max(map(len, shapes))
        full = [(*shape[:1], *[1] * (rank - len(shape)), *shape[1:]) for shape in shapes]
        for sides in zip(*full, strict=True):
            if len({side for side in sides if side not in (None, 1)}) > 1:
                raise misfit(self, f"expects inputs of shapes that go together; got {named(shapes)}")

    def _check_count(self, shapes: Any) -> None:
        is_list = isinstance(shapes, (list, tuple)) and all(isinstance(each, tuple) for each in shapes)
        if not is_list or not self.least <= len(shapes) <= self.most:
            count = "2" if self.most == 2 else f"{self.least} or more"
            got = f"{len(shapes)}" if is_list else f"one of shape {shapes}"
            raise misfit(self, f"expects a list of {count} inputs, such as [a, b]; got {got}")


def named(shapes: Sequence[Any]) -> str:
    """Shapes in messages: input 0 of shape (2, 3), input 1 of shape (4,)."""
    return ", ".join(f"input {i} of shape {shape}" for i, shape in enumerate(shapes))


def alike(inputs: Sequence[Any], dtype: str) -> list[Any]:
    """Inputs of one dtype: where one has floats, all have."""
    has_floats = any(each.dtype.kind == "f" for each in inputs)
    return [each.astype(dtype) if has_floats and each.dtype.kind != "f" else each for each in inputs]


def _with_rank(x: Any, rank: int) -> Any:
    missing = rank - x.ndim
    return x.reshape(x.shape[0], *[1] * missing, *x.shape[1:]) if missing else x


@registry.add()
class Add(Merge):
    """The sum of the inputs.

    >>> import nn
    >>> nn.layers.Add()([np.ones((1, 2)), np.ones((1, 2))]).numpy()
    array([[2., 2.]], dtype=float32)
    """

    def pair(self, first: Any, second: Any) -> Any:
        return first + second


@registry.add()
class Subtract(Merge):
    """The first input less the second."""

    least = most = 2

    def pair(self, first: Any, second: Any) -> Any:
        return first - second


@registry.add()
class Multiply(Merge):
    """The product of the inputs, element by element."""

    def pair(self, first: Any, second: Any) -> Any:
        return first * second


@registry.add()
class Average(Merge):
    """The mean of the inputs, in floats."""

    computes_floats = True

    def merged(self, inputs: list[Any]) -> Any:
        return functools.reduce(lambda first, second: first + second, inputs) / len(inputs)


@registry.add()
class Maximum(Merge):
    """The greatest of the inputs, element by element."""

    def pair(self, first: Any, second: Any) -> Any:
        return np.maximum(first, second)


@registry.add()
class Minimum(Merge):
    """The least of the inputs, element by element."""

    def pair(self, first: Any, second: Any) -> Any:
        return np.minimum(first, second)


@registry.add()
class Concatenate(Merge):
    """The inputs one after the other along `axis`; in all other axes they have the same sizes.

    Along time, masks are put after each other too. Raises ValueError that names inputs that do not fit.

    >>> import nn
    >>> nn.layers.Concatenate()([np.ones((2, 3)), np.ones((2, 5))]).shape
    (2, 8)
    """

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs: Any) -> Any:
        self._check([each.shape for each in inputs] if isinstance(inputs, (list, tuple)) else inputs.shape)
        return np.concatenate(alike(inputs, self.dtype), axis=self.axis)

    def _check(self, shapes: Any) -> None:
        self._check_count(shapes)
        first = shapes[0]
        for i, shape in enumerate(shapes[1:], 1):
            if len(shape) != len(first) or not all(map(_may_be_same, self._others(first), self._others(shape))):
                raise misfit(
                    self,
                    f"puts inputs side by side along axis {self.axis}, in all others they must have the same size; "
                    f"got input 0 of shape {first} and input {i} of shape {shape}",
                )

    def _others(self, shape: tuple[int | None, ...]) -> list[int | None]:
        if not -len(shape) <= self.axis < len(shape):
            raise misfit(self, f"has no axis {self.axis} in inputs of shape {shape}")
        return [side for i, side in enumerate(shape) if i != self.axis % len(shape)]

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        masks = previous_mask if isinstance(previous_mask, (list, tuple)) else [previous_mask]
        if all(each is None for each in masks):
            return None
        rank = next(each.ndim for each in masks if each is not None)
        masks = [np.ones(x.shape[:rank], bool) if m is None else m for x, m in zip(inputs, masks, strict=True)]
        axis = self.axis % inputs[0].ndim
        return np.concatenate(masks, axis=axis) if axis < rank else functools.reduce(np.logical_or, masks)


def _may_be_same(first: int | None, second: int | None) -> bool:
    return first is None or second is None or first == second


@registry.add()
class Dot(Merge):
    """For each example the sum of products of two inputs along an axis of each; `normalize` makes them cosines.

    `axes` is one for both, or a pair. The other axes stay, those of the first input first; without any there is
    one number: (batch, 1). Raises ValueError where the sizes along these axes differ.

    >>> import nn
    >>> nn.layers.Dot(axes=1)([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])]).numpy()
    array([[11.]], dtype=float32)
    """

    least = most = 2

    def __init__(self, axes: int | Sequence[int], normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        is_pair = isinstance(axes, (list, tuple)) and len(axes) == 2 and all(isinstance(each, int) for each in axes)
        if not isinstance(axes, int) and not is_pair:
            raise misfit(self, f"got axes={axes!r}, expected a whole number, or a pair of them")
        self.axes, self.normalize = axes if isinstance(axes, int) else tuple(axes), normalize
        self.computes_floats = normalize

    def call(self, inputs: Any) -> Any:
        self._check([each.shape for each in inputs] if isinstance(inputs, (list, tuple)) else inputs.shape)
        first, second = (
            np.moveaxis(x, axis, -1) for x, axis in zip(alike(inputs, self.dtype), self._pair(), strict=True)
        )
        if self.normalize:
            first, second = unit_length(first, -1), unit_length(second, -1)
        batch, size = first.shape[0], first.shape[-1]
        rest = (*first.shape[1:-1], *second.shape[1:-1])
        rows = first.reshape(batch, math.prod(first.shape[1:-1]), size)
        columns = np.swapaxes(second.reshape(batch, math.prod(second.shape[1:-1]), size), 1, 2)
        return (rows @ columns).reshape(batch, *(rest or (1,)))

    def _pair(self) -> tuple[int, int]:
        first, second = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        return first, second

    def _check(self, shapes: Any) -> None:
        self._check_count(shapes)
        sizes = []
        for shape, axis in zip(shapes, self._pair(), strict=True):
            if not -len(shape) < axis < len(shape) or axis % len(shape) == 0:
                raise misfit(self, f"multiplies along axis {axis}, not the batch's; got {named(shapes)}")
            sizes.append(shape[axis])
        if not (_may_be_same(*sizes) and _may_be_same(shapes[0][0], shapes[1][0])):
            raise misfit(self, f"multiplies along axes {self._pair()}, of the same size; got {named(shapes)}")

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        return None


def add(inputs: Any, **kwargs: Any) -> Any:
    """The sum of the inputs; see Add.

    >>> import nn
    >>> nn.layers.add([nn.layers.Input(shape=(3,)), nn.layers.Input(shape=(3,))])
    <KerasTensor shape=(None, 3), dtype=float32>
    """
    return Add(**kwargs)(inputs)


def subtract(inputs: Any, **kwargs: Any) -> Any:
    """The first input less the second; see Subtract."""
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Any, **kwargs: Any) -> Any:
    """The product of the inputs; see Multiply."""
    return Multiply(**kwargs)(inputs)


def average(inputs: Any, **kwargs: Any) -> Any:
    """The mean of the inputs; see Average."""
    return Average(**kwargs)(inputs)


def maximum(inputs: Any, **kwargs: Any) -> Any:
    """The greatest of the inputs; see Maximum."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Any, **kwargs: Any) -> Any:
    """The least of the inputs; see Minimum."""
    return Minimum(**kwargs)(inputs)


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """The inputs one after the other; see Concatenate."""
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs: Any, axes: Any = -1, **kwargs: Any) -> Any:
    """Sums of products of two inputs; see Dot."""
    return Dot(axes=axes, **kwargs)(inputs)
