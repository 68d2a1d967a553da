"""Initializers: their numbers differ from Keras' by design, their distributions must not."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

import nn

from .cases import Piece
from .kinds import pieces

SHAPE = (300, 100)
# A right initializer is found to differ once in a thousand times; with nn's and Keras' seeds given, always or never.
LEVEL = 1e-3
LEVELS = np.linspace(0, 1, 201)  # of the quantiles that are kept
SEED = 1


class Drawn(NamedTuple):
    """What is kept of a sample: its moments, and quantiles at even steps from the least value to the greatest."""

    mean: float
    stddev: float
    quantiles: Any


def initializers() -> Iterator[Piece]:
    """All of nn, with a seed where they take one."""
    for piece in pieces("initializers", nn.initializers.registry):
        yield piece._replace(options={**piece.options, **({"seed": SEED} if is_random(piece) else {})})


def is_random(piece: Piece) -> bool:
    """Whether an initializer draws its numbers."""
    return hasattr(getattr(nn.initializers, piece.name)(), "seed")


def drawn(library: Any, piece: Piece) -> Any:
    """A sample of an initializer, sorted."""
    return np.sort(np.asarray(piece.make(library)(SHAPE, dtype="float32"), float), axis=None)


def kept(sample: Any) -> Drawn:
    """What is compared of a sample, and small enough to be recorded."""
    return Drawn(float(sample.mean()), float(sample.std()), np.quantile(sample, LEVELS))


def distance(sample: Any, quantiles: Any) -> float:
    """The Kolmogorov-Smirnov statistic: the largest gap between a sorted sample's shares and those of quantiles.

    >>> distance(np.linspace(0, 1, 1001), np.linspace(0, 1, 201)) < 0.002
    True
    >>> distance(np.linspace(0.5, 1.5, 1001), np.linspace(0, 1, 201)).__round__(2)
    0.5
    """
    theirs = np.interp(sample, quantiles, np.linspace(0, 1, len(quantiles)))
    ours = np.arange(1, sample.size + 1) / sample.size
    return float(np.maximum(np.abs(ours - theirs), np.abs(ours - 1 / sample.size - theirs)).max())


def critical(size: int, level: float = LEVEL) -> float:
    """The distance that two samples of `size` numbers of one distribution exceed with probability `level`.

    √(−ln(level / 2) / 2) · √(2 / size), for large samples (Smirnov, 1948).

    >>> round(critical(30_000, 0.05), 4)
    0.0111
    """
    return math.sqrt(-math.log(level / 2) / 2) * math.sqrt(2 / size)


def of_keras() -> dict[str, Drawn]:
    """What live Keras draws, by the initializer."""
    import keras

    return {str(piece): kept(drawn(keras, piece)) for piece in initializers() if piece.exists(keras)}
