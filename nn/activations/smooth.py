"""Activation functions without kinks, element by element; elu and selu have one at 0 for some alpha."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autodiff as ad

from ..calls import set_logits
from .registered import registry

_SELU_ALPHA = 1.6732632423543772
_SELU_SCALE = 1.0507009873554805


def _near(x: Any) -> Any:
    """x no further out than ±30, where exp(−x²/2) is 0 beside 1: there powers of x cannot overflow."""
    return np.clip(x, -30, 30)


@registry.add()
def sigmoid(x: Any) -> Any:
    """σ(x) = 1 / (1 + e⁻ˣ), the logistic function, from 0 to 1; its derivative is σ (1 − σ).

    >>> sigmoid(np.array([0.0, -1e4]))
    array([0.5, 0. ])
    """
    return set_logits(ad.sigmoid(x), x, "sigmoid")


@registry.add()
def log_sigmoid(x: Any) -> Any:
    """log σ(x) = −softplus(−x), exact where σ(x) itself is 0.

    >>> log_sigmoid(np.array([-1e4]))
    array([-10000.])
    """
    return ad.log_sigmoid(x)


@registry.add()
def tanh(x: Any) -> Any:
    """(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ) = 2σ(2x) − 1, from −1 to 1; its derivative is 1 − tanh².

    >>> tanh(np.array([0.0, 1e4]))
    array([0., 1.])
    """
    return np.tanh(x)


@registry.add()
def tanh_shrink(x: Any) -> Any:
    """x − tanh x; near 0, where that is x³/3, it is exact to a rounding of x, not of the result.

    >>> tanh_shrink(np.array([0.0, 1e4]))
    array([   0., 9999.])
    """
    return x - np.tanh(x)


@registry.add()
def softplus(x: Any) -> Any:
    """log(1 + eˣ), a smooth relu; its derivative is σ(x). Source: Dugas et al., 2001.

    >>> softplus(np.array([-1e4, 1e4]))
    array([    0., 10000.])
    """
    return ad.softplus(x)


@registry.add()
def squareplus(x: Any, b: float = 4) -> Any:
    """(x + √(x² + b)) / 2, a smooth relu without exponentials. Source: Barron, 2021, arXiv:2112.11687.

    Computed for x < 0 as b / 2 / (√(x² + b) − x), which loses no digits.

    >>> squareplus(np.array([0.0, -1e8]))
    array([1.e+00, 1.e-08])
    """
    root = math.sqrt(b)
    negative = np.where(x < 0, x, -1)
    below = b / 4 / (0.5 * np.hypot(negative, root) - 0.5 * negative)
    return np.where(x < 0, below, 0.5 * x + 0.5 * np.hypot(x, root))


@registry.add()
def softsign(x: Any) -> Any:
    """x / (1 + |x|), from −1 to 1, slower than tanh. Source: Turian et al., 2009.

    >>> softsign(np.array([-1.0, 3.0]))
    array([-0.5 ,  0.75])
    """
    return ad.softsign(x)


@registry.add()
def exponential(x: Any) -> Any:
    """eˣ: infinite, with NumPy's warning, above 88.7 in float32 and above 709.7 in float64.

    >>> exponential(np.array([0.0, -1e4]))
    array([1., 0.])
    """
    return np.exp(x)


@registry.add()
def gaussian(x: Any) -> Any:
    """e^(−x²), from 0 to 1, the bell curve among the lectures' functions; its derivative is −2x e^(−x²).

    >>> gaussian(np.array([0.0, 1.0, 1e30]))
    array([1.        , 0.36787944, 0.        ])
    """
    return np.exp(-np.square(_near(x)))


@registry.add()
def gelu(x: Any, approximate: bool = False) -> Any:
    """x Φ(x), Φ the normal distribution function. Source: Hendrycks and Gimpel, 2016, arXiv:1606.08415.

    Exact, it is x/2 (1 + erf(x/√2)), whose erf NumPy does not have: it runs through Python, element by
    element. The approximation, x/2 (1 + tanh u) = x σ(2u) with u = √(2/π) (x + 0.044715 x³), is many times
    faster, and off by less than 0.0005.

    >>> gelu(np.array([0.0, 1.0])), gelu(np.array([0.0, 1.0]), approximate=True)
    (array([0.        , 0.84134475]), array([0.        , 0.84119199]))
    """
    near = _near(x)
    if approximate:
        return x * ad.sigmoid(math.sqrt(8 / math.pi) * near * (1 + 0.044715 * np.square(near)))
    return x * (0.5 + 0.5 * ad.erf(near / math.sqrt(2)))


@registry.add("swish")
def silu(x: Any) -> Any:
    """x σ(x), also called swish. Source: Ramachandran et al., 2017, arXiv:1710.05941.

    >>> silu(np.array([0.0, 1.0]))
    array([0.        , 0.73105858])
    """
    return ad.silu(x)


@registry.add()
def mish(x: Any) -> Any:
    """x tanh(softplus(x)). Source: Misra, 2019, arXiv:1908.08681.

    >>> mish(np.array([0.0, 1.0]))
    array([0.        , 0.86509839])
    """
    return ad.mish(x)


@registry.add()
def elu(x: Any, alpha: float = 1.0) -> Any:
    """x, and alpha (eˣ − 1) below 0. Source: Clevert et al., 2015, arXiv:1511.07289.

    Its derivative is 1 for x ≥ 0, as the lectures have it, and alpha eˣ below.

    >>> elu(np.array([-1.0, 2.0]))
    array([-0.63212056,  2.        ])
    """
    return np.where(x < 0, alpha * np.expm1(np.minimum(x, 0)), x)


@registry.add()
def selu(x: Any) -> Any:
    """λ elu(x, α), α = 1.6733 and λ = 1.0507, which keeps mean 0 and variance 1.

    Its derivative is λ for x ≥ 0, as the lectures have it, and λ α eˣ below. It wants weights from
    `LecunNormal`. Source: Klambauer et al., 2017, arXiv:1706.02515.

    >>> selu(np.array([-1.0, 2.0]))
    array([-1.11133074,  2.10140197])
    """
    return _SELU_SCALE * elu(x, _SELU_ALPHA)


@registry.add()
def celu(x: Any, alpha: float = 1.0) -> Any:
    """x, and alpha (e^(x/alpha) − 1) below 0: an elu of slope 1 at 0 for every alpha.

    Source: Barron, 2017, arXiv:1704.07483.

    >>> celu(np.array([-1.0, 2.0]), alpha=2.0)
    array([-0.78693868,  2.        ])
    """
    return alpha * elu(x / alpha)
