"""Activation functions in which the elements along an axis belong together."""

from __future__ import annotations

from typing import Any

import numpy as np

import autodiff as ad

from ..calls import set_logits
from .registered import registry


@registry.add()
def softmax(x: Any, axis: int | tuple[int, ...] = -1) -> Any:
    """eˣ / Σ eˣ along `axis`: probabilities. Rows of −inf alone, masked out whole, give zeros.

    >>> softmax(np.array([[0.0, 0.0], [0.0, 1e4]]))
    array([[0.5, 0.5],
           [0. , 1. ]])
    """
    probabilities = ad.softmax(x, axis=axis)
    return set_logits(probabilities, x, "softmax") if axis == -1 else probabilities


@registry.add()
def log_softmax(x: Any, axis: int | tuple[int, ...] = -1) -> Any:
    """log softmax(x), exact where softmax itself is 0.

    >>> log_softmax(np.array([0.0, 1e4]))
    array([-10000.,      0.])
    """
    return ad.log_softmax(x, axis=axis)


@registry.add()
def sparsemax(x: Any, axis: int = -1) -> Any:
    """max(x − τ, 0), τ such that it adds up to 1 along `axis`: probabilities, some of them exactly 0.

    It is the point of the simplex that is nearest to x. Keras 3.15 gives other numbers where its sum falls
    short of 1. Source: Martins and Astudillo, 2016, arXiv:1602.02068, algorithm 1.

    >>> sparsemax(np.array([1.0, 1.0, 0.5, -1.0]))
    array([0.5, 0.5, 0. , 0. ])
    """
    x = np.moveaxis(x, axis, -1)
    x = x - np.max(x, axis=-1, keepdims=True)
    descending = np.flip(np.sort(x, axis=-1), -1)
    ranks = np.arange(1, x.shape[-1] + 1, dtype=x.dtype)
    above = 1 + ranks * descending > np.cumsum(descending, axis=-1)
    count = np.sum(above, axis=-1, keepdims=True, dtype=x.dtype)
    tau = (np.sum(np.where(above, descending, 0), axis=-1, keepdims=True) - 1) / count
    return np.moveaxis(np.maximum(x - tau, 0), -1, axis)


@registry.add()
def glu(x: Any, axis: int = -1) -> Any:
    """a σ(b), a and b the halves of x along `axis`, which comes out half as long.

    Raises ValueError for an odd length. Source: Dauphin et al., 2016, arXiv:1612.08083.

    >>> glu(np.array([1.0, 2.0, 0.0, 1e4]))
    array([0.5, 2. ])
    """
    if x.shape[axis] % 2:
        raise ValueError(f"glu: axis {axis} of x has {x.shape[axis]} elements, expected an even number, for two halves")
    value, gate = np.split(x, 2, axis=axis)
    return value * ad.sigmoid(gate)
