"""Initializers whose variance follows from the shape, so that signals keep their size from layer to layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .distributions import Random, truncated_normal
from .registered import Shape, registry

Axes = Sequence[int] | None

# The standard deviation of a standard normal variable that is cut off at ±2: √(1 − 4 φ(2) / (2 Φ(2) − 1)).
_TRUNCATED_STDDEV = 0.87962566103423978


def compute_fans(shape: Shape, input_axes: Axes = None, output_axes: Axes = None) -> tuple[int, int]:
    """How many inputs reach a unit, and how many units an input reaches.

    The last two axes are inputs and outputs; those before them, of a convolution's kernel, count for both.

    >>> compute_fans((784, 10)), compute_fans((3, 3, 16, 32)), compute_fans((5,))
    ((784, 10), (144, 288), (5, 5))
    """
    if input_axes is not None and output_axes is not None:
        return math.prod(shape[i] for i in input_axes), math.prod(shape[i] for i in output_axes)
    if len(shape) < 2:
        return math.prod(shape), math.prod(shape)
    field = math.prod(shape[:-2])
    return field * shape[-2], field * shape[-1]


class _Scaled(Random):
    """Random numbers of mean 0 and variance scale / n, n the fan of `mode`, drawn from `distribution`."""

    scale: float
    mode: str
    distribution: str

    def __init__(self, seed: int | None = None, input_axes: Axes = None, output_axes: Axes = None) -> None:
        super().__init__(seed)
        if (input_axes is None) != (output_axes is None):
            raise ValueError(f"{type(self).__name__}: give both input_axes and output_axes, or none of them")
        self.input_axes, self.output_axes = input_axes, output_axes

    def _draw(self, numbers: np.random.Generator, shape: tuple[int, ...]) -> Any:
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        stddev = math.sqrt(self.scale / max(1, fan))
        if self.distribution == "uniform":
            return math.sqrt(3) * stddev * (2 * numbers.random(shape) - 1)
        if self.distribution == "untruncated_normal":
            return stddev * numbers.standard_normal(shape)
        return stddev / _TRUNCATED_STDDEV * truncated_normal(numbers, shape)


@registry.add()
class VarianceScaling(_Scaled):
    """Random numbers of mean 0 and variance scale / n, so that signals keep their size from layer to layer.

    n is 'fan_in', 'fan_out' or 'fan_avg', see `compute_fans`; `distribution` is 'truncated_normal' (also
    called 'normal'), 'untruncated_normal' or 'uniform'. Raises ValueError for others.

    >>> VarianceScaling(2.0, mode="fan_avg", distribution="uniform")((300, 100)).shape
    (300, 100)
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
        input_axes: Axes = None,
        output_axes: Axes = None,
    ) -> None:
        super().__init__(seed, input_axes, output_axes)
        distribution = {"normal": "truncated_normal"}.get(distribution.lower(), distribution.lower())
        if scale <= 0:
            raise ValueError(f"VarianceScaling: scale is {scale}, expected a number above 0")
        _check_one_of("mode", mode, ("fan_in", "fan_out", "fan_avg"))
        _check_one_of("distribution", distribution, ("truncated_normal", "untruncated_normal", "uniform"))
        self.scale, self.mode, self.distribution = scale, mode, distribution


def _check_one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f"VarianceScaling: {name} is {value!r}, expected one of {', '.join(map(repr, known))}")


@registry.add()
class GlorotUniform(_Scaled):
    """Uniform numbers of variance 2 / (fan_in + fan_out), Keras' default (Glorot and Bengio, 2010).

    >>> round(float(GlorotUniform(seed=0)((300, 100)).max()), 2)
    0.12
    """

    scale, mode, distribution = 1.0, "fan_avg", "uniform"


@registry.add()
class GlorotNormal(_Scaled):
    """Truncated normal numbers of variance 2 / (fan_in + fan_out), for tanh (Glorot and Bengio, 2010).

    >>> round(float(GlorotNormal(seed=0)((100, 100)).std()), 2)
    0.1
    """

    scale, mode, distribution = 1.0, "fan_avg", "truncated_normal"


@registry.add()
class HeUniform(_Scaled):
    """Uniform numbers of variance 2 / fan_in, for relu (He et al., 2015, arXiv:1502.01852).

    >>> round(float(HeUniform(seed=0)((24, 1000)).max()), 2)
    0.5
    """

    scale, mode, distribution = 2.0, "fan_in", "uniform"


@registry.add()
class HeNormal(_Scaled):
    """Truncated normal numbers of variance 2 / fan_in, for relu (He et al., 2015, arXiv:1502.01852).

    >>> round(float(HeNormal(seed=0)((50, 1000)).std()), 2)
    0.2
    """

    scale, mode, distribution = 2.0, "fan_in", "truncated_normal"


@registry.add()
class LecunUniform(_Scaled):
    """Uniform numbers of variance 1 / fan_in (LeCun et al., 1998, Efficient BackProp).

    >>> round(float(LecunUniform(seed=0)((12, 1000)).max()), 2)
    0.5
    """

    scale, mode, distribution = 1.0, "fan_in", "uniform"


@registry.add()
class LecunNormal(_Scaled):
    """Truncated normal numbers of variance 1 / fan_in, for selu (LeCun et al., 1998, Efficient BackProp).

    >>> round(float(LecunNormal(seed=0)((25, 1000)).std()), 2)
    0.2
    """

    scale, mode, distribution = 1.0, "fan_in", "truncated_normal"
