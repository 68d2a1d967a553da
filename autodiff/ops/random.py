"""Random numbers from an explicit generator; gradients flow through their parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..context import state
from . import piecewise as pw
from .shape import shaped


def _used(generator: Any) -> np.random.Generator:
    """The generator, checked; where `checkpoint` must draw the same numbers again its state is noted.

    In a trace one that writes its draws down takes its place.
    """
    if not isinstance(generator, np.random.Generator):
        raise TypeError(f"expected a generator such as np.random.default_rng(seed), got {type(generator).__name__}")
    met = state.context.generators
    if met is not None and id(generator) not in met:
        met[id(generator)] = (generator, generator.bit_generator.state)
    tracer = state.context.tracer
    return generator if tracer is None else tracer.generator(generator)


def _dtype(*parameters: Any) -> Any:
    """The dtype of a sample: that of its parameters, float64 for plain numbers."""
    dtype = np.result_type(*(each.dtype for each in parameters if hasattr(each, "dtype")), np.float32)
    return dtype if any(hasattr(each, "dtype") for each in parameters) else np.dtype(np.float64)


def _size(size: Any, *parameters: Any) -> Any:
    return np.broadcast_shapes(*(np.shape(each) for each in parameters)) if size is None else size


def normal(generator: np.random.Generator, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    """Normal samples, loc + scale · ε (Kingma and Welling, 2013), in the dtype of loc and scale.

    >>> ad.normal(np.random.default_rng(0), size=2)
    array([ 0.12573022, -0.13210486])
    """
    dtype = _dtype(loc, scale)
    noise = _used(generator).standard_normal(_size(size, loc, scale), dtype=dtype)
    return loc + scale * noise


def uniform(generator: np.random.Generator, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
    """Uniform samples from [low, high), in the dtype of low and high.

    >>> ad.uniform(np.random.default_rng(0), size=2)
    array([0.63696169, 0.26978671])
    """
    noise = _used(generator).random(_size(size, low, high), dtype=_dtype(low, high))
    return low + (high - low) * noise


def dropout(x: Any, rate: float, generator: np.random.Generator) -> Any:
    """`x` with a share `rate` of its elements 0 and the others divided by 1 − rate (Srivastava et al., 2014).

    >>> ad.dropout(np.ones(4), 0.5, np.random.default_rng(0))
    array([2., 0., 0., 0.])
    """
    if not 0 <= rate < 1:
        raise ValueError(f"dropout: rate is {rate}, expected a number in [0, 1)")
    x = shaped(x)
    draws = _used(generator).random(x.shape, dtype=np.float32 if x.dtype.itemsize <= 4 else np.float64)
    return pw.where(draws >= rate, x / (1 - rate), 0)
