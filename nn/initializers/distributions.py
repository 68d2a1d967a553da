"""Initializers that draw random numbers, of one distribution for all shapes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..random import generator
from ..settings import standard_dtype
from .registered import Initializer, Shape, registry


class Random(Initializer):
    """Draws in float64 and rounds: a seed gives the same numbers in each dtype."""

    def __init__(self, seed: int | None = None) -> None:
        if seed is not None and not (isinstance(seed, (int, np.integer)) and seed >= 0):
            raise ValueError(f"{type(self).__name__}: seed is {seed!r}, expected a whole number from 0 on, or None")
        self.seed = seed
        self._unseeded = generator() if seed is None else None

    def __call__(self, shape: Shape, dtype: Any = None) -> Any:
        dtype = np.dtype(standard_dtype(dtype))
        if dtype.kind != "f":
            raise ValueError(f"{type(self).__name__}: dtype is {dtype}, expected one of floats, such as 'float32'")
        return np.asarray(self._draw(self._unseeded or generator(self.seed), tuple(shape))).astype(dtype)

    def _draw(self, numbers: np.random.Generator, shape: tuple[int, ...]) -> Any:
        raise NotImplementedError


def truncated_normal(numbers: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Standard normal numbers within ±2: those outside, one in 22, are drawn again."""
    drawn = np.asarray(numbers.standard_normal(shape))
    while np.any(outside := np.abs(drawn) > 2):
        drawn[outside] = numbers.standard_normal(np.count_nonzero(outside))
    return drawn


@registry.add("normal")
class RandomNormal(Random):
    """Normal numbers of a mean and a standard deviation.

    >>> RandomNormal(seed=0)((2,))
    array([ 0.00628651, -0.00660524], dtype=float32)
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.mean, self.stddev = mean, stddev

    def _draw(self, numbers: np.random.Generator, shape: tuple[int, ...]) -> Any:
        return self.mean + self.stddev * numbers.standard_normal(shape)


@registry.add("uniform")
class RandomUniform(Random):
    """Numbers between `minval` and `maxval`, all equally likely.

    >>> RandomUniform(0.0, 1.0, seed=0)((2,))
    array([0.6369617 , 0.26978672], dtype=float32)
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.minval, self.maxval = minval, maxval

    def _draw(self, numbers: np.random.Generator, shape: tuple[int, ...]) -> Any:
        return self.minval + (self.maxval - self.minval) * numbers.random(shape)


@registry.add()
class TruncatedNormal(Random):
    """Normal numbers, none of them further than two `stddev` from `mean`; they vary by 0.88 `stddev`.

    >>> bool(np.all(np.abs(TruncatedNormal(stddev=1.0)((1000,))) <= 2))
    True
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.mean, self.stddev = mean, stddev

    def _draw(self, numbers: np.random.Generator, shape: tuple[int, ...]) -> Any:
        return self.mean + self.stddev * truncated_normal(numbers, shape)


@registry.add("OrthogonalInitializer")
class Orthogonal(Random):
    """`gain` times a random matrix with orthonormal columns, or rows if it is wider than high.

    More axes than two count as rows, but for the last. The matrix is the Q of a normal matrix, with the
    signs that make all rotations equally likely. Source: Saxe et al., 2013, arXiv:1312.6120. Raises
    ValueError for fewer than two axes.

    >>> q = Orthogonal()((3, 2), dtype="float64")
    >>> bool(np.allclose(q.T @ q, np.eye(2)))
    True
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        super().__init__(seed)
        self.gain = gain

    def _draw(self, numbers: np.random.Generator, shape: tuple[int, ...]) -> Any:
        if len(shape) < 2:
            raise ValueError(f"Orthogonal: got the shape {shape}, expected one of two axes or more")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        q, r = np.linalg.qr(numbers.standard_normal((max(rows, columns), min(rows, columns))))
        q = q * np.where(np.diag(r) < 0, -1, 1)
        return self.gain * (q if rows >= columns else q.T).reshape(shape)
