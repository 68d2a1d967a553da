"""Decompositions of matrices and stacks of matrices: Cholesky, eigenvalues, singular values, QR.

Decided once and tested:
- of a symmetric matrix NumPy reads one triangle; the gradient is by that triangle, and 0 in the other;
- eigen- and singular vectors of a repeated value can turn freely. What would be divided by
  a difference that is 0 to rounding counts as 0, so functions that do not depend on the
  choice of the vectors get their gradient, and no gradient becomes NaN.

A decomposition is one primitive: its results come packed in one array, one below the other.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..dispatch import composed, values
from ..domains import Sample, Sampler
from ..primitive import primitive
from . import piecewise as pw
from .contract import T
from .indexing import tril, triu
from .indices import getitem
from .joining import concatenate
from .linalg import rectangle, separated, singular_means, solve, squares
from .shape import shaped


def _rows(packed: Any, *counts: int) -> list[Any]:
    """The results that are packed one below the other, so many rows each."""
    ends = np.cumsum(counts)
    return [
        getitem(packed, (..., slice(int(end - count), int(end)), slice(None)))
        for count, end in zip(counts, ends, strict=True)
    ]


def _on_triangle(symmetric: Any, lower: bool) -> Any:
    """The gradient by one triangle, each element of which stands for its mirror image, too."""
    if lower:
        return tril(symmetric) + tril(T(symmetric), -1)
    return triu(symmetric) + triu(T(symmetric), 1)


def rounding(x: Any) -> Any:
    """What eigenvalues or singular values of matrices of this size may be wrong by."""
    greatest = np.max(np.abs(values(x)), axis=-1, keepdims=True, initial=0)
    return greatest * (x.shape[-1] * np.finfo(x.dtype).eps)


def _reciprocal(x: Any, zero: Any) -> Any:
    return pw.where(zero, 0, 1 / pw.where(zero, 1, x))


def _over_differences(x: Any, tolerance: Any) -> Any:
    """1 / (x_j − x_i) at (i, j), and 0 where they are the same to rounding; `x` is one row."""
    differences = x - T(x)
    return _reciprocal(differences, np.abs(values(differences)) <= tolerance)


# Cholesky


def _by_cholesky(g: Any, out: Any) -> Any:
    """The rule of Murray, Differentiation of the Cholesky decomposition (2016), section 3.1."""
    inner = tril(T(out) @ g) * (1 - 0.5 * np.eye(out.shape[-1], dtype=out.dtype))
    turned = solve(T(out), T(solve(T(out), T(inner))))
    return _on_triangle((turned + T(turned)) / 2, lower=True)


_cholesky = primitive("cholesky", np.linalg.cholesky, _by_cholesky, sample=squares())


@composed(np.linalg.cholesky, sample=lambda s: squares(upper=s.choice([False, True]))(s))
def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    """`np.linalg.cholesky`: reads the lower triangle, with `upper=True` the upper one.

    >>> ad.grad(lambda a: np.linalg.cholesky(a).sum())(np.array([[4.0, 2.0], [2.0, 5.0]]))
    array([[0.1875, 0.    ],
           [0.25  , 0.25  ]])
    """
    a = shaped(a)
    return T(_cholesky(T(a))) if upper else _cholesky(a)


# Eigenvalues of symmetric matrices


def _run_eigh(x: Any, lower: bool) -> Any:
    w, v = np.linalg.eigh(x, "L" if lower else "U")
    return np.concatenate([w[..., None, :], v], axis=-2)


def _by_eigenpairs(g: Any, out: Any, x_shape: tuple[int, ...], lower: bool) -> Any:
    """The rule of Giles, Collected matrix derivative results (2008), section 3.1."""
    side = x_shape[-1]
    w, v = _rows(out, 1, side)
    by_w, by_v = _rows(g, 1, side)
    over = _over_differences(w, rounding(w))
    turned = v @ (over * (T(v) @ by_v) + by_w * np.eye(side, dtype=bool)) @ T(v)
    return _on_triangle((turned + T(turned)) / 2, lower)


_eigh = primitive(
    "eigh", _run_eigh, _by_eigenpairs, label="eigh", sample=lambda s: squares(lower=s.choice([True, False]))(s)
)


class EighResult(NamedTuple):
    """Eigenvalues in ascending order, and eigenvectors as columns."""

    eigenvalues: Any
    eigenvectors: Any


def _either_triangle(s: Sampler) -> Sample:
    return squares(UPLO=s.choice(["L", "U"]))(s)


@composed(np.linalg.eigh, sample=_either_triangle)
def eigh(a: Any, UPLO: str = "L") -> EighResult:
    """`np.linalg.eigh`: reads the lower triangle, with `UPLO="U"` the upper one.

    The sign of an eigenvector is arbitrary: the gradient is for the one that NumPy returns.

    >>> a = ad.tensor([[2.0, 0.0], [0.0, 3.0]], requires_grad=True)
    >>> np.linalg.eigh(a).eigenvalues[1].backward()
    >>> a.grad
    array([[0., 0.],
           [0., 1.]])
    """
    if UPLO.upper() not in ("L", "U"):
        raise ValueError(f"eigh: UPLO is {UPLO!r}, expected 'L' or 'U'")
    a = shaped(a)
    packed = _eigh(a, lower=UPLO.upper() == "L")
    return EighResult(getitem(packed, (..., 0, slice(None))), getitem(packed, (..., slice(1, None), slice(None))))


@composed(np.linalg.eigvalsh, sample=_either_triangle)
def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """`np.linalg.eigvalsh`; the gradient needs the vectors, so it costs what `eigh` does."""
    return eigh(a, UPLO).eigenvalues


# Singular values


def _run_svd(x: Any) -> Any:
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return np.concatenate([u, s[..., None, :], np.swapaxes(vh, -1, -2)], axis=-2)


def _by_singular_triplets(g: Any, out: Any, x_shape: tuple[int, ...]) -> Any:
    """The rule of Townsend, Differentiating the singular value decomposition (2016)."""
    height, width = x_shape[-2:]
    u, s, v = _rows(out, height, 1, width)
    by_u, by_s, by_v = _rows(g, height, 1, width)
    tolerance = rounding(s)
    sums = s + T(s)
    over = _over_differences(s, tolerance) * _reciprocal(sums, np.abs(values(sums)) <= tolerance)
    turn_u, turn_v = T(u) @ by_u, T(v) @ by_v
    inner = over * (turn_u - T(turn_u)) * s + T(s) * (over * (turn_v - T(turn_v)))
    inverse_s = _reciprocal(s, np.abs(values(s)) <= tolerance)
    total = u @ (inner + by_s * np.eye(s.shape[-1], dtype=bool)) @ T(v)
    if height > width:
        total = total + ((by_u - u @ turn_u) * inverse_s) @ T(v)
    if width > height:
        total = total + u @ T((by_v - v @ turn_v) * inverse_s)
    return total


_svd = primitive("svd", _run_svd, _by_singular_triplets, sample=rectangle)


class SVDResult(NamedTuple):
    """Left singular vectors as columns, singular values in descending order, right ones as rows."""

    U: Any
    S: Any
    Vh: Any


def _svd_sample(s: Sampler) -> Sample:
    return rectangle(s)[0], {"full_matrices": False, "compute_uv": s.choice([True, False])}


@composed(np.linalg.svd, sample=_svd_sample)
def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    """`np.linalg.svd`; for matrices that are not square with `full_matrices=False`.

    The sign of a pair of singular vectors is arbitrary: the gradient is for the one that NumPy returns.

    >>> a = ad.tensor([[3.0, 0.0], [0.0, 4.0], [0.0, 0.0]], requires_grad=True)
    >>> np.linalg.svd(a, full_matrices=False).S[0].backward()
    >>> a.grad
    array([[0., 0.],
           [0., 1.],
           [0., 0.]])
    """
    a = shaped(a)
    if hermitian:
        raise TypeError("svd: hermitian=True is not supported with tensors; leave it out, or use np.linalg.eigh")
    if a.ndim >= 2 and compute_uv and full_matrices and a.shape[-1] != a.shape[-2]:
        raise TypeError(
            f"svd: got shape {a.shape}; of matrices that are not square, the vectors beyond the singular values "
            "are arbitrary and have no gradient. Write full_matrices=False"
        )
    packed, height = _svd(a), a.shape[-2]
    s = getitem(packed, (..., height, slice(None)))
    if not compute_uv:
        return s
    u = getitem(packed, (..., slice(None, height), slice(None)))
    return SVDResult(u, s, T(getitem(packed, (..., slice(height + 1, None), slice(None)))))


@composed(np.linalg.svdvals, sample=rectangle)
def svdvals(x: Any, /) -> Any:
    """`np.linalg.svdvals`; the gradient needs the vectors, so it costs what `svd` does."""
    return svd(x, compute_uv=False)


# QR


def _run_qr(x: Any) -> Any:
    return np.concatenate(np.linalg.qr(x), axis=-2)


def _by_factors(g: Any, out: Any, x_shape: tuple[int, ...]) -> Any:
    """The rule of Seeger et al., Auto-differentiating linear algebra (2017), for QR."""
    height, width = x_shape[-2:]
    q, r = _rows(out, height, width)
    by_q, by_r = _rows(g, height, width)
    inner = tril(r @ T(by_r) - T(by_q) @ q)
    with singular_means("qr: the gradient needs columns that are linearly independent, but R is singular"):
        return T(solve(r, T(by_q + q @ (inner + T(tril(inner, -1))))))


# For matrices that are no wider than high.
_qr = primitive(
    "qr",
    _run_qr,
    _by_factors,
    sample=lambda s: ((separated(s, s.choice([(3, 2), (3, 3), (1, 1), (2, 3, 2)])),), {}),
)


class QRResult(NamedTuple):
    """Orthonormal columns, and an upper triangular matrix."""

    Q: Any
    R: Any


@composed(np.linalg.qr, sample=lambda s: (rectangle(s)[0], {"mode": s.choice(["reduced", "r"])}))
def qr(a: Any, mode: str = "reduced") -> Any:
    """`np.linalg.qr` in the modes "reduced" and "r".

    The derivative needs linearly independent columns (of a wide matrix, the first ones that
    make a square). Raises LinAlgError in the backward pass where they are not.

    >>> q, r = np.linalg.qr(ad.tensor([[3.0, 1.0], [4.0, 2.0]], requires_grad=True))
    >>> q.shape, r.shape
    ((2, 2), (2, 2))
    """
    if mode not in ("reduced", "r"):
        raise TypeError(f"qr: mode {mode!r} is not supported with tensors; write mode='reduced' or mode='r'")
    a = shaped(a)
    height, width = a.shape[-2:]
    if width > height:
        q, left = qr(getitem(a, (..., slice(None, height))))
        r = concatenate([left, T(q) @ getitem(a, (..., slice(height, None)))], -1)
    else:
        q, r = _rows(_qr(a), height, width)
    return r if mode == "r" else QRResult(q, r)
