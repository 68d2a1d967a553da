"""Determinants of matrices and stacks of matrices, and their logarithms."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..dispatch import composed, surely, values
from ..primitive import primitive
from . import piecewise as pw
from .contract import T
from .decompositions import svd
from .indexing import diagonal
from .indices import getitem
from .linalg import inv, singular_means, squares
from .reduce import sum
from .scans import prod
from .shape import expand_dims, shaped

# From this ratio of the least to the greatest singular value on, quotients by a determinant lose digits.
_NEARLY_SINGULAR = 1e-4


def _others(s: Any, excluded: Any) -> Any:
    """Products of singular values, less those that a mask over the last axis excludes."""
    return prod(pw.where(excluded, 1, s), -1)


def _orientation(u: Any, vh: Any) -> Any:
    """The product of the determinants of two orthogonal matrices: 1 or -1, as a constant."""
    return np.sign(np.linalg.det(values(u)) * np.linalg.det(values(vh)))[..., None, None]


def _run_cofactor(x: Any) -> Any:
    u, s, vh = np.linalg.svd(x)
    without_one = np.prod(np.where(np.eye(x.shape[-1], dtype=bool), 1, s[..., None, :]), -1)
    orientation = np.sign(np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    return orientation * (u * without_one[..., None, :]) @ vh


def _by_minors(g: Any, x: Any) -> Any:
    """The derivative of the cofactors by products of all but two singular values, right for singular matrices.

    Cofactors turn with the matrix, so the formula for a diagonal matrix is enough.
    """
    u, s, vh = svd(x, full_matrices=False)
    one = np.eye(x.shape[-1], dtype=bool)
    without_two = _others(s[..., None, None, :], one[:, None] | one) * ~one
    turned = T(u) @ g @ T(vh)
    on_diagonal = expand_dims(sum(without_two * expand_dims(diagonal(turned, 0, -2, -1), -2), -1), -1) * one
    return _orientation(u, vh) * (u @ (on_diagonal - without_two * T(turned)) @ vh)


def _by_cofactors(g: Any, out: Any, x: Any) -> Any:
    """As cofactors are det(x)·x⁻ᵀ; by minors where the determinant is too small to divide by.

    Both are the same function. The first has derivatives of every order, the second is
    right for singular matrices, and its own derivatives need distinct singular values.
    """
    s = np.linalg.svd(values(x), compute_uv=False)
    regular = s.min(-1, initial=np.inf) > _NEARLY_SINGULAR * s.max(-1, initial=0)
    regular = regular[..., None, None]
    inverse_T = out / pw.where(regular, expand_dims(det(x), (-2, -1)), 1)
    quotients = sum(inverse_T * g, (-2, -1), keepdims=True) * out - out @ T(g) @ inverse_T
    return quotients if surely(regular) else pw.where(regular, quotients, _by_minors(g, x))


# The gradient of det. Its values come of singular values, so that they are right for singular matrices.
cofactor = primitive("cofactor", _run_cofactor, _by_cofactors, sample=squares())

_det = primitive("det", np.linalg.det, lambda g, x: expand_dims(g, (-2, -1)) * cofactor(x), sample=squares())


@composed(np.linalg.det, sample=squares())
def det(a: Any) -> Any:
    """`np.linalg.det`; its gradient, the matrix of cofactors, is right for singular matrices, too.

    >>> ad.grad(np.linalg.det)(np.array([[1.0, 2.0], [2.0, 4.0]])).round(12)
    array([[ 4., -2.],
           [-2.,  1.]])
    """
    return _det(shaped(a))


class SlogdetResult(NamedTuple):
    """The sign of a determinant, and the logarithm of its absolute value."""

    sign: Any
    logabsdet: Any


def _by_log_determinant(g: Any, x: Any) -> Any:
    with singular_means("slogdet: log|det| of a singular matrix is -inf and has no gradient; add to a's diagonal"):
        return expand_dims(getitem(g, 1), (-2, -1)) * T(inv(x))


def _run_slogdet(x: Any) -> Any:
    return np.stack(np.linalg.slogdet(x))


_slogdet = primitive(
    "slogdet",
    _run_slogdet,
    _by_log_determinant,
    label="log|det|",
    sample=squares(),
)


@composed(np.linalg.slogdet, sample=squares())
def slogdet(a: Any) -> SlogdetResult:
    """`np.linalg.slogdet`; the sign has derivative 0. The gradient of a singular matrix raises LinAlgError."""
    packed = _slogdet(shaped(a))
    return SlogdetResult(getitem(packed, 0), getitem(packed, 1))
