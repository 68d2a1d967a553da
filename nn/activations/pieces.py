"""Activation functions of pieces, straight lines but for `hard_silu` and `sparse_plus`, element by element."""

from __future__ import annotations

from typing import Any

import numpy as np

import autodiff as ad

from .registered import registry


@registry.add()
def linear(x: Any) -> Any:
    """x itself.

    >>> linear(np.array([-1.0, 2.0]))
    array([-1.,  2.])
    """
    return x


@registry.add()
def relu(x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    """x above `threshold`, and `negative_slope` · (x − threshold) up to there; nowhere more than `max_value`.

    Source: Nair and Hinton, 2010.

    >>> relu(np.array([-1.0, 2.0]))
    array([0., 2.])
    >>> relu(np.array([-1.0, 0.5, 2.0, 8.0]), negative_slope=0.1, max_value=6.0, threshold=1.0)
    array([-0.2 , -0.05,  2.  ,  6.  ])
    """
    if threshold == 0 and negative_slope == 0:
        rectified = ad.relu(x)
    else:
        below = negative_slope * (x - threshold) if negative_slope else 0
        rectified = np.where(x <= threshold, below, x)
    return rectified if max_value is None else np.minimum(rectified, max_value)


@registry.add()
def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """x, and `negative_slope` · x below 0; the lectures' slope is 0.01. Source: Maas et al., 2013.

    >>> leaky_relu(np.array([-1.0, 2.0]))
    array([-0.2,  2. ])
    """
    return ad.leaky_relu(x, negative_slope)


@registry.add()
def relu6(x: Any) -> Any:
    """x between 0 and 6, clipped there. Source: Krizhevsky, 2010, Convolutional Deep Belief Networks on CIFAR-10.

    >>> relu6(np.array([-1.0, 2.0, 8.0]))
    array([0., 2., 6.])
    """
    return ad.relu6(x)


@registry.add()
def hard_sigmoid(x: Any) -> Any:
    """relu6(x + 3) / 6: a sigmoid of three straight lines.

    >>> hard_sigmoid(np.array([-3.0, 0.0, 1.5]))
    array([0.  , 0.5 , 0.75])
    """
    return ad.hard_sigmoid(x)


@registry.add("hard_swish")
def hard_silu(x: Any) -> Any:
    """x · hard_sigmoid(x). Source: Howard et al., 2019, arXiv:1905.02244.

    >>> hard_silu(np.array([-3.0, 1.5, 3.0]))
    array([-0.   ,  1.125,  3.   ])
    """
    return x * ad.hard_sigmoid(x)


@registry.add()
def hard_tanh(x: Any) -> Any:
    """x between −1 and 1, clipped there.

    >>> hard_tanh(np.array([-2.0, 0.5]))
    array([-1. ,  0.5])
    """
    return np.clip(x, -1, 1)


@registry.add()
def hard_shrink(x: Any, threshold: float = 0.5) -> Any:
    """x where |x| > `threshold`, and 0 elsewhere.

    >>> hard_shrink(np.array([-2.0, 0.5, 1.0]))
    array([-2.,  0.,  1.])
    """
    return np.where(np.abs(x) <= threshold, 0, x)


@registry.add()
def soft_shrink(x: Any, threshold: float = 0.5) -> Any:
    """x moved by `threshold` towards 0, and 0 where |x| is no more than that.

    >>> soft_shrink(np.array([-2.0, 0.5, 1.0]))
    array([-1.5,  0. ,  0.5])
    """
    return np.maximum(x - threshold, 0) + np.minimum(x + threshold, 0)


@registry.add()
def threshold(x: Any, threshold: float, default_value: float) -> Any:
    """x where it is above `threshold`, and `default_value` elsewhere.

    >>> threshold(np.array([-2.0, 2.0]), 0.0, 20.0)
    array([20.,  2.])
    """
    return np.where(x <= threshold, default_value, x)


@registry.add()
def sparse_plus(x: Any) -> Any:
    """0 up to −1, (x + 1)² / 4 to 1, x from there: a smooth relu that is 0 where `sparse_sigmoid`, its slope, is.

    >>> sparse_plus(np.array([-2.0, 0.0, 2.0]))
    array([0.  , 0.25, 2.  ])
    """
    return np.where(x < 1, np.square(np.clip(x, -1, 1) + 1) / 4, x)


@registry.add()
def sparse_sigmoid(x: Any) -> Any:
    """0 up to −1, (x + 1) / 2 to 1, 1 from there.

    >>> sparse_sigmoid(np.array([-2.0, 0.0, 2.0]))
    array([0. , 0.5, 1. ])
    """
    return (np.clip(x, -1, 1) + 1) / 2


@registry.add()
def step(x: Any) -> Any:
    """1 where x ≥ 0 and 0 below, Heaviside's function: the perceptron's. Its derivative is 0, at 0 too.

    Gradients do not come through it: a perceptron learns by its own rule. Source: McCulloch and Pitts, 1943.

    >>> step(np.array([-2.0, 0.0, 2.0]))
    array([0., 1., 1.])
    """
    return np.heaviside(x, 1)


@registry.add()
def piecewise_linear(x: Any, lower: float = -0.5, upper: float = 0.5) -> Any:
    """0 up to `lower`, 1 from `upper`, and the straight line (x − lower) / (upper − lower) in between.

    Its derivative is 1 / (upper − lower) in between, and 0 elsewhere, at both kinks too. The default bounds
    give slope 1. Source: Haykin, Neural Networks, 1994. Raises ValueError if `lower` is not below `upper`.

    >>> piecewise_linear(np.array([-2.0, 0.0, 0.25, 2.0]))
    array([0.  , 0.5 , 0.75, 1.  ])
    """
    if not lower < upper:
        raise ValueError(f"piecewise_linear: lower is {lower} and upper {upper}, expected lower < upper")
    return (np.clip(x, lower, upper) - lower) / (upper - lower)
