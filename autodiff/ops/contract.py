"""Contractions: products of matrices, vectors and stacks, einsum, convolution."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dispatch import answers_for, answers_for_method, composed
from ..domains import Sample, Sampler
from ..primitive import linear, primitive
from .indexing import diagonal
from .indices import getitem, scatter
from .rearrange import flip, pad
from .reduce import sum
from .shape import broadcast_to, moveaxis, ravel, reshape, shaped, transpose


def T(x: Any) -> Any:
    """The last two axes exchanged."""
    return x.mT


def _run_matmul(x: Any, y: Any) -> Any:
    """For vectors and matrices `dot`: the same product, and half the overhead of `@`."""
    return x.dot(y) if x.ndim in (1, 2) and y.ndim in (1, 2) else np.matmul(x, y)


def _by_left(g: Any, x_shape: tuple[int, ...], y: Any) -> Any:
    if y.ndim == 1:
        return g[..., None] * y
    if len(x_shape) == 1:
        return (y @ g[..., None])[..., 0]
    return g @ T(y)


def _by_right(g: Any, x: Any, y_shape: tuple[int, ...]) -> Any:
    if x.ndim == 1:
        return x * g if len(y_shape) == 1 else x[:, None] * g[..., None, :]
    if len(y_shape) == 1:
        return (T(x) @ g[..., None])[..., 0]
    return T(x) @ g


_MATRICES = [
    ((2, 3), (3, 2)), ((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((2, 2, 3), (3, 1)), ((3,), (2, 3, 2)),
    ((2, 2, 3), (3,)), ((2, 1, 1, 3), (2, 3, 2)), ((0, 3), (3, 2)), ((2, 0), (0, 3)), ((1, 1), (1, 1)),
]  # fmt: skip


def matrices(s: Sampler) -> Sample:
    """Arrays that `@` multiplies: vectors, matrices, stacks that broadcast."""
    first, second = s.choice(_MATRICES)
    return (s.array(first), s.array(second)), {}


matmul = linear("matmul", _run_matmul, _by_left, _by_right, label="@", sample=matrices)


@answers_for(np.matmul)
def _matmul(x1: Any, x2: Any, **options: Any) -> Any:
    if options:
        raise TypeError(f"matmul: {', '.join(options)}= is not supported with tensors")
    return matmul(shaped(x1), shaped(x2))


@composed(np.dot, sample=lambda s: ((s.array((2, 3)), s.array(s.choice([(3,), (3, 2), (2, 3, 1)]))), {}))
def dot(a: Any, b: Any, out: None = None) -> Any:
    """`np.dot`."""
    a, b = shaped(a), shaped(b)
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    return matmul(a, b) if b.ndim <= 2 else tensordot(a, b, (-1, -2))


@composed(np.vdot, sample=lambda s: ((s.array((2, 3)), s.array((3, 2))), {}))
def vdot(a: Any, b: Any) -> Any:
    """`np.vdot`."""
    return matmul(ravel(a), ravel(b))


@composed(np.vecdot, np.linalg.vecdot, sample=lambda s: ((s.array((2, 3)), s.array((3,))), {}))
def vecdot(x1: Any, x2: Any, axis: int = -1) -> Any:
    """`np.vecdot`."""
    return sum(x1 * x2, axis)


@composed(np.inner, sample=lambda s: ((s.array((2, 3)), s.array(s.choice([(3,), (4, 3), (1, 2, 3)]))), {}))
def inner(a: Any, b: Any) -> Any:
    """`np.inner`."""
    a, b = shaped(a), shaped(b)
    return a * b if a.ndim == 0 or b.ndim == 0 else tensordot(a, b, (-1, -1))


@composed(np.outer, np.linalg.outer, sample=lambda s: ((s.array((2, 2)).ravel(), s.array((3,))), {}))
def outer(a: Any, b: Any, out: None = None) -> Any:
    """`np.outer`."""
    return reshape(ravel(a), (-1, 1)) * ravel(b)


answers_for_method(np.multiply, "outer")(lambda a, b: reshape(a, shaped(a).shape + (1,) * np.ndim(b)) * b)


@composed(np.trace, sample=lambda s: ((s.array((3, 2, 3)), s.integer(-1, 1)), {"axis1": 0, "axis2": s.choice([1, 2])}))
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: None = None) -> Any:
    """`np.trace`."""
    return sum(diagonal(a, offset, axis1, axis2), -1, dtype)


@composed(np.kron, sample=lambda s: ((s.array((2, 3)), s.array(s.choice([(2,), (2, 1), (1, 2, 2)]))), {}))
def kron(a: Any, b: Any) -> Any:
    """`np.kron`."""
    a, b = shaped(a), shaped(b)
    ndim = a.ndim if a.ndim > b.ndim else b.ndim
    first = (1,) * (ndim - a.ndim) + a.shape
    second = (1,) * (ndim - b.ndim) + b.shape
    spread = reshape(a, [side for each in first for side in (each, 1)])
    return reshape(
        spread * reshape(b, [side for each in second for side in (1, each)]),
        [m * n for m, n in zip(first, second, strict=True)],
    )


def _cross_sample(s: Sampler) -> Sample:
    return (s.array(s.choice([(3,), (2, 3), (1, 3)])), s.array((2, 3))), {}


@composed(np.cross, np.linalg.cross, sample=_cross_sample)
def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None) -> Any:
    """`np.cross` of vectors of three elements."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = moveaxis(shaped(a), axisa, -1), moveaxis(shaped(b), axisb, -1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise ValueError(f"cross: got vectors of {a.shape[-1]} and {b.shape[-1]} elements, expected 3")
    after, before = [1, 2, 0], [2, 0, 1]
    product = a[..., after] * b[..., before] - a[..., before] * b[..., after]
    return moveaxis(product, -1, axisc)


@composed(np.tensordot, sample=lambda s: s.choice([_tensordot_over_two, _tensordot_over_named])(s))
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """`np.tensordot`: one matrix product."""
    a, b = shaped(a), shaped(b)
    if isinstance(axes, (int, np.integer)):
        axes = list(range(a.ndim - int(axes), a.ndim)), list(range(int(axes)))
    over = [[each] if isinstance(each, (int, np.integer)) else list(each) for each in axes]
    over_a, over_b = [i % a.ndim for i in over[0]], [i % b.ndim for i in over[1]]
    if [a.shape[i] for i in over_a] != [b.shape[i] for i in over_b]:
        raise ValueError(f"tensordot: axes {over_a} of {a.shape} and {over_b} of {b.shape} differ in length")
    rest_a = [i for i in range(a.ndim) if i not in over_a]
    rest_b = [i for i in range(b.ndim) if i not in over_b]
    inner_size = int(np.prod([a.shape[i] for i in over_a], dtype=int))
    outer_a, outer_b = [a.shape[i] for i in rest_a], [b.shape[i] for i in rest_b]
    left = reshape(transpose(a, rest_a + over_a), (int(np.prod(outer_a, dtype=int)), inner_size))
    right = reshape(transpose(b, over_b + rest_b), (inner_size, int(np.prod(outer_b, dtype=int))))
    return reshape(matmul(left, right), outer_a + outer_b)


def _tensordot_over_two(s: Sampler) -> Sample:
    return (s.array((2, 3, 2)), s.array((3, 2, 2))), {}


def _tensordot_over_named(s: Sampler) -> Sample:
    return (s.array((2, 3, 2)), s.array((2, 3)), s.choice([([0, 1], [0, 1]), (1, -1), (0, 0)])), {}


# Einstein's summation

_SUBSCRIPTS = [
    ("ij,jk->ik", (2, 3), (3, 2)), ("ij,jk", (2, 3), (3, 2)), ("ii->i", (3, 3)), ("ii", (3, 3)), ("ij->", (2, 3)),
    ("ij->j", (2, 3)), ("...i,...i->...", (2, 3), (3,)), ("i...,i->...", (2, 3), (2,)), ("...ij->...ji", (2, 2, 3)),
    ("i,j,k->kji", (2,), (3,), (2,)), ("ij,ij,j->i", (2, 3), (2, 3), (3,)), ("iij->j", (2, 2, 3)), ("ba", (2, 3)),
    ("ij,kl->i", (2, 3), (2, 2)), ("iijj->ij", (2, 2, 3, 3)), ("ij,j->ij", (2, 3), (1,)),
]  # fmt: skip


def _einsum_sample(s: Sampler) -> Sample:
    subscripts, *shapes = s.choice(_SUBSCRIPTS)
    return (subscripts, *(s.array(shape) for shape in shapes)), {}


def _explicit(subscripts: str, ndims: list[int]) -> str:
    """Subscripts with the output spelled out and capital letters in place of an ellipsis."""
    subscripts = subscripts.replace(" ", "")
    terms, arrow, result = subscripts.partition("->")
    letters = set(terms) - set(",.")
    spare = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if c not in letters]
    wide = [
        ndim - len(term.replace("...", "")) for term, ndim in zip(terms.split(","), ndims, strict=True) if "..." in term
    ]
    ellipsis = "".join(spare[: np.max(wide)]) if wide else ""
    if not arrow:
        result = ("..." if wide else "") + "".join(sorted(c for c in letters if terms.count(c) == 1))
    named = [
        term.replace("...", ellipsis[len(ellipsis) - (ndim - len(term.replace("...", ""))) :] if "..." in term else "")
        for term, ndim in zip(terms.split(","), ndims, strict=True)
    ]
    return ",".join(named) + "->" + result.replace("...", ellipsis)


def _einsum_by(g: Any, position: int, xs: list[Any], shapes: list[tuple[int, ...]], subscripts: str) -> Any:
    """The gradient by one operand: g and the other operands, contracted to its subscripts."""
    terms, _, result = subscripts.partition("->")
    listed = terms.split(",")
    own, shape = listed[position], shapes[position]
    others = [x for i, x in enumerate(xs) if i != position]
    other_terms = [term for i, term in enumerate(listed) if i != position]
    unique = "".join(dict.fromkeys(own))
    known = "".join(c for c in unique if c in result + "".join(other_terms))
    part = _einsum(g, *others, subscripts=",".join([result, *other_terms]) + "->" + known)
    sides = {c: shape[own.index(c)] for c in unique}
    part = reshape(part, [part.shape[known.index(c)] if c in known else 1 for c in unique])
    part = _fit(part, tuple(sides[c] for c in unique))
    if len(unique) == len(own):
        return part
    grids = np.meshgrid(*(np.arange(sides[c]) for c in unique), indexing="ij")
    places = dict(zip(unique, grids, strict=True))
    return scatter(part, index=tuple(places[c] for c in own), shape=shape)


def _fit(part: Any, shape: tuple[int, ...]) -> Any:
    """Broadcast or sum a part to an operand's shape: einsum lets sides of 1 stretch."""
    axes = tuple(i for i, (have, want) in enumerate(zip(part.shape, shape, strict=True)) if want == 1 != have)
    return broadcast_to(sum(part, axes, keepdims=True) if axes else part, shape)


def _run_einsum(*xs: Any, subscripts: str) -> Any:
    return np.einsum(subscripts, *xs, optimize=len(xs) > 2)


_einsum = primitive(
    "einsum",
    _run_einsum,
    lambda g, position, xs, shapes, subscripts: _einsum_by(g, position, xs, shapes, subscripts),
    variadic=True,
    sample=lambda s: (
        (s.array((2, 3)), s.array((3, 2))),
        {"subscripts": s.choice(["ij,jk->ik", "ij,ji->", "ij,kl->l"])},
    ),
)


@composed(np.einsum, sample=_einsum_sample)
def einsum(subscripts: Any, *operands: Any, out: None = None, optimize: Any = True) -> Any:
    """`np.einsum` by subscripts: ellipses, diagonals, an output that is left out."""
    if not isinstance(subscripts, str):
        raise TypeError("einsum: with tensors write the subscripts as a string, as in np.einsum('ij,jk->ik', a, b)")
    listed = [shaped(each) for each in operands]
    return _einsum(*listed, subscripts=_explicit(subscripts, [each.ndim for each in listed]))


# Convolution of sequences


@composed(np.convolve, sample=lambda s: s.choice([_short_kernel, _long_kernel])(s))
def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """`np.convolve`, as a product with a matrix of windows."""
    a, v = ravel(a), ravel(v)
    if v.size > a.size:
        a, v = v, a
    pads = {"full": (v.size - 1, v.size - 1), "same": (v.size // 2, (v.size - 1) // 2), "valid": (0, 0)}
    if mode not in pads:
        raise ValueError(f"convolve: mode is {mode!r}, expected 'full', 'same' or 'valid'")
    before, after = pads[mode]
    if mode == "same":
        before, after = v.size - 1 - (v.size - 1) // 2, (v.size - 1) // 2
    padded = pad(a, (before, after))
    windows = np.arange(padded.size - v.size + 1)[:, None] + np.arange(v.size)
    return matmul(getitem(padded, windows), flip(v))


def _short_kernel(s: Sampler) -> Sample:
    return (s.array((5,)), s.array((s.integer(1, 4),))), {"mode": s.choice(["full", "same", "valid"])}


def _long_kernel(s: Sampler) -> Sample:
    return (s.array((2,)), s.array((4,))), {"mode": s.choice(["full", "same", "valid"])}


@composed(np.correlate, sample=_short_kernel)
def correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    """`np.correlate`."""
    turned = convolve(a, flip(ravel(v)), mode)
    return turned if np.size(a) >= np.size(v) or mode == "full" else flip(convolve(v, flip(ravel(a)), mode))
