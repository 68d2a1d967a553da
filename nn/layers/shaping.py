"""Layers that only change shapes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..settings import image_data_format
from .checks import check_rank, misfit
from .layer import Layer, registry


@registry.add()
class Flatten(Layer):
    """Each example as one row: (batch, ...) becomes (batch, features); the dtype stays.

    With `data_format="channels_first"` the second axis varies fastest, as Keras has it.

    >>> import nn
    >>> nn.layers.Flatten()(np.zeros((2, 28, 28))).shape
    (2, 784)
    """

    min_ndim = 1

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = checked_format(self, data_format)

    def call(self, inputs: Any) -> Any:
        if self.data_format == "channels_first" and inputs.ndim > 2:
            inputs = np.moveaxis(inputs, 1, -1)
        return inputs.reshape(inputs.shape[0], math.prod(inputs.shape[1:]))


def checked_format(layer: Layer, data_format: str | None) -> str:
    """The order of an image's axes. Raises ValueError for an unknown one."""
    if data_format not in (None, "channels_last", "channels_first"):
        raise misfit(layer, f"got data_format={data_format!r}, expected 'channels_last' or 'channels_first'")
    return data_format or image_data_format()


@registry.add()
class Reshape(Layer):
    """Each example in another shape: (batch, ...) becomes (batch, *target_shape), of which one may be -1.

    Raises ValueError for two -1, and where an example has another number of elements.

    >>> import nn
    >>> nn.layers.Reshape((2, -1))(np.zeros((5, 6))).shape
    (5, 2, 3)
    """

    min_ndim = 1

    def __init__(self, target_shape: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target_shape = tuple(target_shape)
        if self.target_shape.count(-1) > 1:
            raise misfit(self, f"got target_shape={self.target_shape}, expected at most one -1")

    def call(self, inputs: Any) -> Any:
        size = math.prod(inputs.shape[1:])
        rest = math.prod(side for side in self.target_shape if side != -1)
        free = size // rest if rest else 0
        shape = [free if side == -1 else side for side in self.target_shape]
        if math.prod(shape) != size:
            raise misfit(
                self,
                f"makes {self.target_shape}, {'a multiple of ' if -1 in self.target_shape else ''}{rest} elements, "
                f"of each example; got shape {inputs.shape}, {size} elements an example",
            )
        return inputs.reshape(inputs.shape[0], *shape)


@registry.add()
class Permute(Layer):
    """The axes of each example in another order; `dims` counts them from 1, the batch stays first.

    Raises ValueError where `dims` is no order of 1, 2, ..., or the inputs have another number of axes.

    >>> import nn
    >>> nn.layers.Permute((2, 1))(np.zeros((5, 3, 4))).shape
    (5, 4, 3)
    """

    def __init__(self, dims: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise misfit(self, f"got dims={self.dims}, expected each of 1, ..., {len(self.dims)} once; 0 is the batch")

    def build(self, input_shape: Any) -> None:
        check_rank(self, input_shape, len(self.dims) + 1)

    def call(self, inputs: Any) -> Any:
        check_rank(self, inputs.shape, len(self.dims) + 1)
        return np.transpose(inputs, (0, *self.dims))


@registry.add()
class RepeatVector(Layer):
    """Each row `n` times: (batch, features) becomes (batch, n, features).

    Raises ValueError where `n` is no positive whole number, or the inputs are no rows.

    >>> import nn
    >>> nn.layers.RepeatVector(3)(np.zeros((5, 2))).shape
    (5, 3, 2)
    """

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
            raise misfit(self, f"got n={n!r}, expected a whole number above 0")
        self.n = int(n)

    def build(self, input_shape: Any) -> None:
        check_rank(self, input_shape, 2)

    def call(self, inputs: Any) -> Any:
        check_rank(self, inputs.shape, 2)
        rows, features = inputs.shape
        return np.broadcast_to(inputs[:, np.newaxis], (rows, self.n, features))
