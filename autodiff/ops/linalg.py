"""Linear algebra on matrices and stacks of matrices: equations, inverses, products, powers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np

from ..dispatch import composed
from ..domains import NONZERO, Sample, Sampler, Sampling, Shape
from ..primitive import primitive
from . import piecewise as pw
from .contract import T, matmul, matrices, tensordot, trace
from .indexing import diagonal
from .indices import getitem
from .shape import expand_dims, reshape, shaped, transpose


@contextmanager
def singular_means(message: str) -> Iterator[None]:
    """Say what a singular matrix means for the call, in place of NumPy's "Singular matrix"."""
    try:
        yield
    except np.linalg.LinAlgError as error:
        raise np.linalg.LinAlgError(message) from error


def separated(s: Sampler, shape: Shape) -> Any:
    """Matrices with eigenvalues and singular values far apart, and no element near 0."""
    steps = np.eye(shape[-2], shape[-1]) * (2.0 + 2.0 * np.arange(shape[-1]))
    return s.array(shape, NONZERO) / 6 + steps


def regular_square(s: Sampler) -> Any:
    """A regular square matrix, or a stack of them."""
    side = s.integer(1, 3)
    return separated(s, (*s.choice([(), (2,), (1, 2)]), side, side))


def squares(**params: Any) -> Sampling:
    """Samples of one regular square matrix or a stack, with fixed parameters."""
    return lambda s: ((regular_square(s),), params)


def rectangle(s: Sampler) -> Sample:
    """One matrix of full rank, or a stack: high, wide or square."""
    return (separated(s, s.choice([(3, 2), (2, 3), (3, 3), (1, 2), (2, 3, 2), (1, 2, 2, 2)])),), {}


# Equations and inverses

_inv = primitive("inv", np.linalg.inv, lambda g, out: -(T(out) @ g @ T(out)), label="⁻¹", sample=squares())


@composed(np.linalg.inv, sample=squares())
def inv(a: Any) -> Any:
    """`np.linalg.inv`; raises LinAlgError where a matrix is singular."""
    return _inv(shaped(a))


_COLUMNS = [((3, 3), (3, 2)), ((2, 3, 3), (3, 1)), ((2, 2), (3, 2, 2)), ((2, 1, 2, 2), (3, 2, 1)), ((0, 2, 2), (2, 2))]


def _matrix_equation(s: Sampler) -> Sample:
    left, right = s.choice(_COLUMNS)
    return (separated(s, left), s.array(right)), {}


def _equation(s: Sampler) -> Sample:
    left, right = s.choice([*_COLUMNS, ((3, 3), (3,)), ((2, 3, 3), (3,))])
    return (separated(s, left), s.array(right)), {}


def _by_matrix(g: Any, out: Any, x: Any) -> Any:
    return -(solve(T(x), g) @ T(out))


def _by_columns(g: Any, x: Any) -> Any:
    return solve(T(x), g)


_solve = primitive("solve", np.linalg.solve, _by_matrix, _by_columns, sample=_matrix_equation)


@composed(np.linalg.solve, sample=_equation)
def solve(a: Any, b: Any) -> Any:
    """`np.linalg.solve`; `b` is one vector if it has one axis, else matrices, as in NumPy 2.

    >>> a = ad.tensor([[2.0, 0.0], [0.0, 4.0]], requires_grad=True)
    >>> np.linalg.solve(a, [2.0, 4.0]).sum().backward()
    >>> a.grad
    array([[-0.5 , -0.5 ],
           [-0.25, -0.25]])
    """
    a, b = shaped(a), shaped(b)
    return getitem(_solve(a, expand_dims(b, -1)), (..., 0)) if b.ndim == 1 else _solve(a, b)


def _size(shape: Sequence[int]) -> int:
    return int(np.prod(shape, dtype=int))


def _tensor_equation(s: Sampler) -> Sample:
    shape, axes = s.choice([((2, 2, 4), None), ((4, 2, 2), (0,))])
    return (reshape(separated(s, (4, 4)), shape), s.array((2, 2))), {"axes": axes}


@composed(np.linalg.tensorsolve, sample=_tensor_equation)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """`np.linalg.tensorsolve`."""
    a, b = shaped(a), shaped(b)
    if axes is not None:
        last = [i % a.ndim for i in axes]
        a = transpose(a, [i for i in range(a.ndim) if i not in last] + last)
    sides = a.shape[b.ndim :]
    if _size(sides) != b.size:
        raise ValueError(
            f"tensorsolve: {b.size} equations for {_size(sides)} unknowns of shape {sides}; expected as many"
        )
    return reshape(solve(reshape(a, (b.size, b.size)), reshape(b, -1)), sides)


@composed(np.linalg.tensorinv, sample=lambda s: ((reshape(separated(s, (4, 4)), (4, 2, 2)),), {"ind": 1}))
def tensorinv(a: Any, ind: int = 2) -> Any:
    """`np.linalg.tensorinv`."""
    a = shaped(a)
    if ind <= 0:
        raise ValueError(f"tensorinv: ind={ind}, expected a number of axes from 1 up")
    rows, columns = a.shape[:ind], a.shape[ind:]
    return reshape(inv(reshape(a, (_size(rows), _size(columns)))), (*columns, *rows))


def _by_pseudoinverse(g: Any, out: Any, x: Any) -> Any:
    """The rule of Golub and Pereyra (1973, formula 4.12), transposed."""
    g_T, out_T = T(g), T(out)
    outside = (g_T - x @ (out @ g_T)) @ out @ out_T
    within = out_T @ out @ (g_T - g_T @ out @ x)
    return outside + within - out_T @ g @ out_T


_pinv = primitive("pinv", np.linalg.pinv, _by_pseudoinverse, label="⁺", sample=rectangle)


@composed(np.linalg.pinv, sample=rectangle)
def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """`np.linalg.pinv`, for `hermitian=False`.

    The pseudoinverse jumps where the rank changes. The derivative at a matrix
    without full rank is that along matrices of the same rank.
    """
    if hermitian:
        raise TypeError("pinv: hermitian=True is not supported with tensors; leave it out, the result is the same")
    return _pinv(shaped(a), rcond=rtol if rcond is None else rcond)


# Products


@composed(np.linalg.matrix_power, sample=lambda s: ((regular_square(s), s.choice([0, 1, 2, 3, 5, -1, -2])), {}))
def matrix_power(a: Any, n: int) -> Any:
    """`np.linalg.matrix_power`, by repeated squaring."""
    a = shaped(a)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise np.linalg.LinAlgError(f"matrix_power: got shape {a.shape}, expected square matrices")
    if n < 0:
        return matrix_power(inv(a), -n)
    if n == 0:
        return pw.where(False, a, np.eye(a.shape[-1], dtype=a.dtype))
    if n == 1:
        return pw.identity(a)
    half = matrix_power(a, n // 2)
    return half @ half @ a if n % 2 else half @ half


_CHAINS = [((2, 3), (3, 1), (1, 2)), ((3,), (3, 2), (2, 3), (3, 2), (2,)), ((2, 3), (3, 2)), ((3,), (3, 2), (2, 1))]


@composed(np.linalg.multi_dot, sample=lambda s: (([s.array(shape) for shape in s.choice(_CHAINS)],), {}))
def multi_dot(arrays: Any, *, out: None = None) -> Any:
    """`np.linalg.multi_dot`: a product of matrices in the order that costs least."""
    listed = [shaped(each) for each in arrays]
    if len(listed) < 2 or any(each.ndim != 2 for each in listed[1:-1]):
        raise ValueError(f"multi_dot: got shapes {[each.shape for each in listed]}, expected two or more matrices")
    ends = (listed[0].shape[0] if listed[0].ndim == 2 else 1, listed[-1].shape[1] if listed[-1].ndim == 2 else 1)
    sides = (ends[0], *(each.shape[0] for each in listed[1:]), ends[1])

    @cache
    def best(first: int, last: int) -> tuple[int, int]:
        """The cost of multiplying the matrices first to last, and behind which one to split."""
        if first == last:
            return 0, first
        return min(
            (best(first, k)[0] + best(k + 1, last)[0] + sides[first] * sides[k + 1] * sides[last + 1], k)
            for k in range(first, last)
        )

    def multiply(first: int, last: int) -> Any:
        if first == last:
            return listed[first]
        k = best(first, last)[1]
        return matmul(multiply(first, k), multiply(k + 1, last))

    return multiply(0, len(listed) - 1)


@composed(np.linalg.matmul, sample=matrices)
def _linalg_matmul(x1: Any, x2: Any, /) -> Any:
    return matmul(shaped(x1), shaped(x2))


@composed(np.linalg.tensordot, sample=lambda s: ((s.array((2, 3)), s.array((3, 2))), {"axes": s.choice([0, 1])}))
def _linalg_tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    return tensordot(x1, x2, axes)


@composed(np.linalg.diagonal, sample=lambda s: ((s.array((2, 3, 4)),), {"offset": s.integer(-1, 1)}))
def _linalg_diagonal(x: Any, /, *, offset: int = 0) -> Any:
    return diagonal(x, offset, -2, -1)


@composed(np.linalg.trace, sample=lambda s: ((s.array((2, 3, 4)),), {"offset": s.integer(-1, 1)}))
def _linalg_trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    return trace(x, offset, -2, -1, dtype)
