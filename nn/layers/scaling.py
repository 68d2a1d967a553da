"""Scaling of data: by numbers that are given, or found in the data beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autodiff import Tensor

from ..settings import epsilon
from .affine import along, listed, positive_axes
from .checks import misfit
from .layer import Layer, registry


@registry.add()
class Rescaling(Layer):
    """x · scale + offset: numbers, or lists along the last axis; whole numbers become floats.

    >>> import nn
    >>> nn.layers.Rescaling(1 / 255)(np.array([[0, 255]], dtype=np.uint8)).numpy()
    array([[0., 1.]], dtype=float32)
    """

    supports_masking = True
    computes_floats = True

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale, self.offset = scale, offset

    def call(self, inputs: Any) -> Any:
        scaled = inputs * np.asarray(self.scale, inputs.dtype)
        return scaled + np.asarray(self.offset, inputs.dtype) if np.any(self.offset) else scaled


@registry.add()
class Normalization(Layer):
    """(x − mean) / √variance, of the data that `adapt` has seen, or of numbers given; with `invert` the way back.

    Mean and variance are kept for each place along `axis`, one or several, None for one number each.
    `adapt` may come before or after the model's `compile`. Weights, all not trainable: mean, variance, count
    (of the examples seen). Deviations below 1e-7 count as that. Raises ValueError where only one of mean and
    variance is given.

    >>> import nn
    >>> layer = nn.layers.Normalization()
    >>> layer.adapt(np.array([[1.0, 10.0], [3.0, 30.0]]))
    >>> layer(np.array([[2.0, 30.0]])).numpy()
    array([[0., 1.]], dtype=float32)
    """

    supports_masking = True
    computes_floats = True

    def __init__(
        self, axis: int | Sequence[int] | None = -1, mean: Any = None, variance: Any = None, invert: bool = False,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        if (mean is None) != (variance is None):
            raise misfit(self, f"got mean={mean!r} and variance={variance!r}, expected both or none")
        self.axis = () if axis is None else tuple(listed(axis))
        self.input_mean, self.input_variance, self.invert = mean, variance, invert
        self._shape: tuple[int, ...] | None = None  # of what is kept, to go with inputs

    def build(self, input_shape: Any) -> None:
        axes = positive_axes(self, self.axis, input_shape)
        sizes = [self.needs_size(input_shape, axis - len(input_shape)) for axis in axes]
        self._shape = tuple(along(axes, input_shape))
        if self.input_mean is None:
            self.adapt_mean = self.add_weight(sizes, "zeros", name="mean", trainable=False)
            self.adapt_variance = self.add_weight(sizes, "ones", name="variance", trainable=False)
            self.count = self.add_weight((), "zeros", dtype="int32", name="count", trainable=False)

    @property
    def mean(self) -> Any:
        """The mean, in a shape that goes with inputs."""
        return self._kept("mean")

    @property
    def variance(self) -> Any:
        """The variance, in a shape that goes with inputs."""
        return self._kept("variance")

    def _kept(self, name: str) -> Any:
        if self._shape is None:
            raise AttributeError(f"{self.name}.{name}: there is none yet; call adapt, or the layer")
        if self.input_mean is None:
            return getattr(self, f"adapt_{name}").reshape(*self._shape)
        return np.broadcast_to(np.asarray(getattr(self, f"input_{name}"), self.dtype), self._shape)

    def call(self, inputs: Any) -> Any:
        deviation = np.maximum(np.sqrt(self.variance), epsilon())
        return inputs * deviation + self.mean if self.invert else (inputs - self.mean) / deviation

    def adapt(self, data: Any) -> None:
        """Take mean and variance from data: an array, a list of rows, or what gives batches of them, one by one.

        What was seen before is forgotten. Raises ValueError where mean and variance were given, where there is
        no data, and where the shape is another than the layer was built for.
        """
        if self.input_mean is not None:
            raise misfit(self, "has its mean and variance given: there is nothing to adapt")
        batches = _batches(data)
        first = next(batches, None)
        if first is None or not first.size:
            raise misfit(self, "is to adapt to data without a row")
        self.ensure_built(first.shape)
        count, mean, squares = self._moments(first)
        rows = len(first)
        for batch in batches:
            count, mean, squares = _combined((count, mean, squares), self._moments(batch))
            rows += len(batch)
        self.adapt_mean.assign(mean)
        self.adapt_variance.assign(squares / count)
        self.count.assign(rows)

    def _moments(self, batch: np.ndarray[Any, Any]) -> tuple[int, Any, Any]:
        """How many numbers each mean is of, the means, and the sums of squared distances from them, in float64."""
        axes = positive_axes(self, self.axis, batch.shape)
        sizes = tuple(batch.shape[axis] for axis in axes)
        if sizes != self.adapt_mean.shape:
            raise misfit(
                self, f"was built for {self.adapt_mean.shape} along axis {self.axis}; data has shape {batch.shape}"
            )
        rest = tuple(i for i in range(batch.ndim) if i not in axes)
        mean = batch.mean(axis=rest, keepdims=True, dtype=np.float64)
        squares = np.square(batch - mean).sum(axis=rest)
        return batch.size // max(mean.size, 1), mean.reshape(sizes), squares

    def get_config(self) -> dict[str, Any]:
        """The mean and variance that were given, as lists; those from data are weights."""
        given = {"mean": self.input_mean, "variance": self.input_variance}
        plain = {name: None if value is None else np.asarray(value).tolist() for name, value in given.items()}
        return {**super().get_config(), **plain}


def _batches(data: Any) -> Iterator[np.ndarray[Any, Any]]:
    """The batches of data, one for an array or a list; of tuples (x, y) the x."""
    if isinstance(data, Tensor):
        data = data.numpy()
    if isinstance(data, (list, tuple)) or hasattr(data, "__array__"):
        yield np.asarray(data)
        return
    for each in data:
        x = each[0] if isinstance(each, tuple) else each
        yield x.numpy() if isinstance(x, Tensor) else np.asarray(x)


def _combined(first: tuple[int, Any, Any], second: tuple[int, Any, Any]) -> tuple[int, Any, Any]:
    """The moments of two sets together (Chan et al., 1979)."""
    (m, mean, squares), (n, other, others) = first, second
    distance = other - mean
    return m + n, mean + distance * (n / (m + n)), squares + others + distance**2 * (m * n / (m + n))
