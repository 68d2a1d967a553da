"""What networks need: smooth steps, activations, softmax."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..dispatch import answers_for, composed
from ..domains import NONZERO, OPEN_UNIT, REALS, Sample, Sampler, elements
from ..primitive import elementwise, primitive
from . import elementwise as el
from . import piecewise as pw
from .reduce import spread, sum
from .shape import floats

_SELU_ALPHA = 1.6732632423543772
_SELU_SCALE = 1.0507009873554805

# Smooth steps


def _run_sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)) without overflow, and exact far out on both sides."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


sigmoid = elementwise("sigmoid", _run_sigmoid, lambda g, out: out * (1 - out) * g, label="σ")


def _run_softplus(x: Any) -> Any:
    return np.logaddexp(x, 0)


softplus = elementwise("softplus", _run_softplus, lambda x: sigmoid(x))


def _run_erf(x: Any) -> Any:
    x = np.asarray(x)
    values = np.reshape([math.erf(each) for each in x.ravel()], x.shape)
    return values.astype(x.dtype) if x.dtype.kind == "f" else values


erf = elementwise("erf", _run_erf, lambda x: 2 / math.sqrt(math.pi) * el.exp(-(x * x)))


def _by_difference(x: Any, y: Any) -> Any:
    """The share of exp(x) in exp(x) + exp(y); a half where both are the same infinity."""
    same = (x == y) & pw.isinf(x)
    return sigmoid(pw.where(same, 0, x) - pw.where(same, 0, y))


logaddexp = elementwise("logaddexp", np.logaddexp, lambda x, y: _by_difference(x, y), lambda x, y: _by_difference(y, x))
logaddexp2 = elementwise(
    "logaddexp2",
    np.logaddexp2,
    lambda x, y: _by_difference(el.LN2 * x, el.LN2 * y),
    lambda x, y: _by_difference(el.LN2 * y, el.LN2 * x),
)
answers_for(np.logaddexp)(logaddexp)
answers_for(np.logaddexp2)(logaddexp2)


@composed(sample=elements(REALS))
def log_sigmoid(x: Any) -> Any:
    """log sigmoid(x), exact for large negative x."""
    return -softplus(-x)


# Activations. At a kink the subgradient of least norm: the gentler of the two slopes.


def _run_relu(x: Any) -> Any:
    return np.maximum(x, 0)


# A product with the mask takes a sixth of the time of np.where.
relu = elementwise("relu", _run_relu, lambda g, out: g * (out > 0), domains=[NONZERO])


@composed(sample=elements(NONZERO))
def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """x above 0, and `negative_slope` times x below.

    >>> ad.leaky_relu(np.array([-1.0, 2.0]))
    array([-0.2,  2. ])
    """
    return pw.where(x > 0, x, negative_slope * x)


@composed(sample=elements(NONZERO))
def relu6(x: Any) -> Any:
    """x between 0 and 6, clipped there."""
    return pw.clip(x, 0, 6)


@composed(sample=elements(NONZERO))
def elu(x: Any, alpha: float = 1.0) -> Any:
    """x above 0, and alpha · (exp x − 1) below (Clevert et al., 2015); the slope at 0 is 1."""
    return pw.where(x < 0, alpha * el.expm1(pw.minimum(x, 0)), x)


@composed(sample=elements(NONZERO))
def selu(x: Any) -> Any:
    """The scaled elu that keeps mean 0 and variance 1 (Klambauer et al., 2017)."""
    return _SELU_SCALE * elu(x, _SELU_ALPHA)


@composed(sample=elements(REALS))
def gelu(x: Any, approximate: bool = False) -> Any:
    """x times the normal distribution function (Hendrycks and Gimpel, 2016), or its approximation by tanh."""
    if approximate:
        return 0.5 * x * (1 + el.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * (1 + erf(x / math.sqrt(2)))


@composed(sample=elements(REALS))
def silu(x: Any) -> Any:
    """x · sigmoid(x), also called swish."""
    return x * sigmoid(x)


@composed(sample=elements(REALS))
def mish(x: Any) -> Any:
    """x · tanh(softplus(x)) (Misra, 2019)."""
    return x * el.tanh(softplus(x))


@composed(sample=elements(NONZERO))
def softsign(x: Any) -> Any:
    """x / (1 + |x|)."""
    return x / (1 + pw.absolute(x))


@composed(sample=elements(OPEN_UNIT))
def hard_sigmoid(x: Any) -> Any:
    """A sigmoid of three straight lines, relu6(x + 3) / 6."""
    return relu6(x + 3) / 6


# Softmax


def _over_axis(s: Sampler) -> Sample:
    return (s.array((2, 3)),), {"axis": s.choice([0, 1, -1])}


def _over_any_axis(s: Sampler) -> Sample:
    return (s.array((2, 3)),), {"axis": s.axis(2), "keepdims": s.choice([False, True])}


def _shift(x: Any, axis: Any) -> Any:
    """The greatest elements, 0 in place of an infinity."""
    greatest = np.maximum.reduce(x, axis=axis, keepdims=True)
    return np.where(np.isfinite(greatest), greatest, 0)


def _bounded(x: Any, axis: Any) -> Any:
    """x less its greatest elements, or less the least number where all are −inf; then exp x adds up to 1 or more."""
    return x - np.maximum.reduce(x, axis=axis, keepdims=True, initial=np.finfo(x.dtype).min)


def _total(e: Any, axis: Any) -> Any:
    """The sum of exp x, which is below 1 where all x are −inf only: then 1 stands in its place."""
    return np.maximum(np.add.reduce(e, axis=axis, keepdims=True), 1)


def _run_softmax(x: Any, axis: Any) -> Any:
    e = np.exp(_bounded(x, axis))
    return e / _total(e, axis)


def _log_total(x: Any, axis: Any) -> Any:
    """log Σ exp x of numbers whose greatest is 0; −inf where all are −inf."""
    with np.errstate(divide="ignore"):
        return np.log(np.add.reduce(np.exp(x), axis=axis, keepdims=True))


def _run_logsumexp(x: Any, axis: Any, keepdims: bool) -> Any:
    shift = _shift(x, axis)
    result = _log_total(x - shift, axis) + shift
    return result if keepdims else result.reshape(np.add.reduce(x, axis=axis).shape)


def _run_log_softmax(x: Any, axis: Any) -> Any:
    """The greatest comes off before the logarithm goes on: far from 0 their sum would lose digits."""
    x = _bounded(x, axis)
    return x - np.log(_total(np.exp(x), axis))


_softmax = primitive(
    "softmax",
    _run_softmax,
    lambda g, out, axis: out * (g - sum(g * out, axis, keepdims=True)),
    sample=_over_axis,
)
_logsumexp = primitive(
    "logsumexp",
    _run_logsumexp,
    lambda g, x, axis: spread(g, x.shape, axis) * _softmax(x, axis=axis),
    sample=_over_any_axis,
)
_log_softmax = primitive(
    "log_softmax",
    _run_log_softmax,
    lambda g, out, axis: g - el.exp(out) * sum(g, axis, keepdims=True),
    sample=_over_axis,
)


@composed(sample=_over_axis)
def softmax(x: Any, axis: Any = -1) -> Any:
    """exp x over its sum along `axis`; a row that is masked out whole (all −inf) gives zeros.

    >>> ad.softmax(np.array([0.0, 1e4]))
    array([0., 1.])
    """
    return _softmax(floats(x), axis=axis)


@composed(sample=_over_any_axis)
def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """log Σ exp x along `axis`, without overflow.

    >>> float(ad.logsumexp(np.array([1e4, 1e4])))
    10000.69314718056
    """
    return _logsumexp(floats(x), axis=axis, keepdims=keepdims)


@composed(sample=_over_axis)
def log_softmax(x: Any, axis: Any = -1) -> Any:
    """log softmax(x), exact where softmax itself would be 0."""
    return _log_softmax(floats(x), axis=axis)
