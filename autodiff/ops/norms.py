"""Norms of vectors and matrices, and condition numbers.

Decided once and tested: at a kink the gradient is the subgradient of least norm that
the parts give, so 0 for the norm of zeros; the greatest of equal elements share it evenly.
"""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from ..dispatch import composed, values
from ..domains import Sample, Sampler
from . import elementwise as el
from . import piecewise as pw
from .decompositions import rounding, svdvals
from .linalg import inv, separated, squares
from .reduce import axes_of, kept_shape, max, min, sum
from .shape import floats, moveaxis, reshape

_VECTOR_ORDERS = [None, 2, 1, 0, -1, -2, 3, 2.5, 0.5, np.inf, -np.inf]
_MATRIX_ORDERS = [None, "fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf]


def _vector_norm(x: Any, order: Any, axis: Any) -> Any:
    """The norm along one axis, or along several as if they were one."""
    if order is None or order == 2:
        return el.sqrt(sum(el.square(x), axis))
    if isinstance(order, str):
        raise ValueError(f"norm: ord={order!r} is for matrices, got vectors; expected None, inf, -inf or a number")
    if order == np.inf:
        return max(pw.absolute(x), axis)
    if order == -np.inf:
        return min(pw.absolute(x), axis)
    if order == 0:
        return sum(pw.absolute(pw.sign(x)), axis)
    if order == 1:
        return sum(pw.absolute(x), axis)
    return sum(pw.absolute(x) ** float(order), axis) ** (1 / float(order))


def _singular(x: Any) -> Any:
    """The singular values; those that are 0 to rounding have no gradient, as |·| at 0."""
    s = svdvals(x)
    return pw.where(values(s) <= rounding(s), 0, s)


def _matrix_norm(x: Any, order: Any) -> Any:
    """The norm over the last two axes."""
    if order in (None, "fro", "f"):
        return el.sqrt(sum(el.square(x), (-2, -1)))
    if order == "nuc":
        return sum(_singular(x), -1)
    if order not in (2, -2, 1, -1, np.inf, -np.inf):
        raise ValueError(f"norm: ord={order!r} is no norm of matrices; expected one of {_MATRIX_ORDERS}")
    extreme = max if order > 0 else min
    if builtins.abs(order) == 2:
        return extreme(_singular(x), -1)
    return extreme(sum(pw.absolute(x), -2 if builtins.abs(order) == 1 else -1), -1)


def _norm_sample(s: Sampler) -> Sample:
    ndim = s.integer(1, 3)
    x = separated(s, (2, 3, 2)[:ndim]) if ndim > 1 else s.distinct((3,))
    axis = s.choice([*range(-ndim, ndim)] + [(0, 1), (-1, 0)] * (ndim > 1) + [None] * (ndim < 3))
    matrix = ndim == 2 if axis is None else isinstance(axis, tuple)
    order = s.choice(_MATRIX_ORDERS if matrix else _VECTOR_ORDERS)
    return (x, order), {"axis": axis, "keepdims": s.choice([False, True])}


@composed(np.linalg.norm, sample=_norm_sample)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """`np.linalg.norm`, of every order.

    Raises ValueError for an order that vectors or matrices do not have.

    >>> x = ad.tensor([3.0, 4.0], requires_grad=True)
    >>> np.linalg.norm(x).backward()
    >>> x.grad
    array([0.6, 0.8])
    """
    x = floats(x)
    axes = axes_of(axis, x.ndim)
    if axis is None and (ord is None or (ord in ("f", "fro") and x.ndim == 2)):
        result = _vector_norm(x, None, axes)
    elif len(axes) == 1:
        result = _vector_norm(x, ord, axes)
    elif len(axes) == 2:
        result = _matrix_norm(moveaxis(x, axes, (-2, -1)), ord)
    else:
        raise ValueError(f"norm: got {len(axes)} axes with ord={ord!r}, expected one or two; name them with axis=")
    return reshape(result, kept_shape(x.shape, axes)) if keepdims else result


def _vector_sample(s: Sampler) -> Sample:
    axis = s.choice([None, 0, -1, (0, 2)])
    return (s.distinct((2, 3, 2)),), {
        "axis": axis,
        "keepdims": s.choice([False, True]),
        "ord": s.choice(_VECTOR_ORDERS[1:]),
    }


@composed(np.linalg.vector_norm, sample=_vector_sample)
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """`np.linalg.vector_norm`."""
    x = floats(x)
    result = _vector_norm(x, ord, axes_of(axis, x.ndim))
    return reshape(result, kept_shape(x.shape, axis)) if keepdims else result


def _matrix_sample(s: Sampler) -> Sample:
    return (separated(s, (2, 3, 2)),), {"keepdims": s.choice([False, True]), "ord": s.choice(_MATRIX_ORDERS[1:])}


@composed(np.linalg.matrix_norm, sample=_matrix_sample)
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """`np.linalg.matrix_norm`."""
    return norm(x, ord, (-2, -1), keepdims)


@composed(np.linalg.cond, sample=lambda s: squares(p=s.choice(_MATRIX_ORDERS))(s))
def cond(x: Any, p: Any = None) -> Any:
    """`np.linalg.cond`; of a singular matrix inf for p=None and 2, else LinAlgError from its inverse."""
    x = floats(x)
    if p not in (None, 2, -2):
        return matrix_norm(x, ord=p) * matrix_norm(inv(x), ord=p)
    s = svdvals(x)
    greatest, least = max(s, -1), min(s, -1)
    with np.errstate(divide="ignore"):
        return least / greatest if p == -2 else greatest / least
