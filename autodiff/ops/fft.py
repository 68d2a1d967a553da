"""Fourier transforms of real tensors, and of complex numbers as pairs of them.

The primitives are unscaled; they take and give real and imaginary parts packed in one
array, along a first axis of length 2. As they are linear, so are their gradients: each
transform is the other one's transpose, but for the frequencies that a real transform
leaves out because they are conjugates of others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ..dispatch import answers_for, composed
from ..domains import Sample, Sampler, Sampling
from ..primitive import linear
from .complex import Complex, numbers, pair, takes_pairs
from .indices import getitem
from .joining import stack
from .rearrange import pad, roll
from .shape import floats


def _packed(z: Any) -> Any:
    return np.stack([z.real, z.imag])


def _counts(g: Any, n: int, axis: int) -> Any:
    """How often each frequency of a real transform stands for itself and a conjugate: once or twice."""
    counts = np.full(n // 2 + 1, 2, g.dtype)
    counts[:: n // 2 if n % 2 == 0 else counts.size] = 1
    return counts.reshape((-1,) + (1,) * (-1 - axis))


# Axes count from the end, where packing changes nothing.


def _by_signal(g: Any, x_shape: tuple[int, ...], axis: int) -> Any:
    n = x_shape[axis]
    return _irfft(g / _counts(g, n, axis), n=n, axis=axis)


def _by_half_spectrum(g: Any, n: int, axis: int) -> Any:
    return _rfft(g, axis=axis) * _counts(g, n, axis)


def _by_spectrum(g: Any, axis: int, inverse: bool) -> Any:
    return _fft(g, axis=axis, inverse=not inverse)


def _signal(s: Sampler) -> Sample:
    return (s.array((s.integer(1, 5), s.integer(1, 4))),), {"axis": s.choice([-1, -2])}


def _half_spectrum(s: Sampler) -> Sample:
    n = s.integer(1, 6)
    axis = s.choice([-1, -2])
    shape = (2, 3, n // 2 + 1) if axis == -1 else (2, n // 2 + 1, 3)
    return (s.array(shape),), {"n": n, "axis": axis}


def _spectrum(s: Sampler) -> Sample:
    return (s.array((2, 3, s.integer(1, 5))),), {"axis": s.choice([-1, -2]), "inverse": s.choice([False, True])}


def _run_rfft(x: Any, axis: int) -> Any:
    return _packed(np.fft.rfft(x, axis=axis))


def _run_irfft(x: Any, n: int, axis: int) -> Any:
    return np.fft.irfft(numbers(*x), n, axis, "forward")


def _run_fft(x: Any, axis: int, inverse: bool) -> Any:
    z = numbers(*x)
    return _packed(np.fft.ifft(z, None, axis, "forward") if inverse else np.fft.fft(z, None, axis))


_rfft = linear("rfft", _run_rfft, _by_signal, sample=_signal)
_irfft = linear("irfft", _run_irfft, _by_half_spectrum, sample=_half_spectrum)
_fft = linear("fft", _run_fft, _by_spectrum, sample=_spectrum)


def _pack(a: Any) -> Any:
    """A pair, or the pair of real numbers or a complex array, in one array."""
    return stack(pair(a))


def _unpack(packed: Any) -> Complex:
    return Complex(getitem(packed, 0), getitem(packed, 1))


def _scaled(x: Any, n: int, norm: str | None, inverse: bool) -> Any:
    """An unscaled transform, scaled as `norm` says."""
    directions = {None: inverse, "backward": inverse, "forward": not inverse}
    if norm == "ortho":
        return x / float(np.sqrt(n))
    if norm not in directions:
        raise ValueError(f"fft: norm is {norm!r}, expected None, 'backward', 'ortho' or 'forward'")
    return x / n if directions[norm] else x


def _fitted(x: Any, size: int, axis: int) -> Any:
    """`x` cut off, or filled up with zeros, at the end of an axis counted from the end."""
    if x.shape[axis] >= size:
        return x if x.shape[axis] == size else getitem(x, (..., slice(size), *[slice(None)] * (-1 - axis)))
    widths = [(0, 0)] * x.ndim
    widths[axis] = (0, size - x.shape[axis])
    return pad(x, widths)


def _points(n: int | None, default: int) -> int:
    """The length of a transform."""
    n = default if n is None else int(n)
    if n < 1:
        raise ValueError(f"fft: a transform of {n} points was asked for, expected at least 1")
    return n


_NORMS = [None, "backward", "ortho", "forward"]


def _real_sample(s: Sampler) -> Sample:
    return (s.array((3, 4)),), {
        "n": s.choice([None, 1, 2, 3, 4, 5]),
        "axis": s.choice([0, 1, -1]),
        "norm": s.choice(_NORMS),
    }


def _of_pairs(sample: Sampling) -> Sampling:
    """The same samples with an imaginary part."""

    def with_imaginary(s: Sampler) -> Sample:
        (x,), params = sample(s)
        return (Complex(x, s.array(x.shape)),), params

    return with_imaginary


@answers_for(np.fft.rfft)
@composed(sample=_real_sample)
def rfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: None = None) -> Complex:
    """`np.fft.rfft` of a real tensor: a `Complex` pair.

    >>> x = ad.tensor([1.0, 2.0, 4.0, 3.0], requires_grad=True)
    >>> np.abs(np.fft.rfft(x))[0].backward()
    >>> x.grad
    array([1., 1., 1., 1.])
    """
    a = floats(a)
    axis = normalize_axis_index(axis, a.ndim) - a.ndim
    n = _points(n, a.shape[axis])
    return _unpack(_scaled(_rfft(_fitted(a, n, axis), axis=axis), n, norm, inverse=False))


@takes_pairs(np.fft.irfft)
@answers_for(np.fft.irfft)
@composed(sample=_of_pairs(_real_sample))
def irfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: None = None) -> Any:
    """`np.fft.irfft` of a pair: a real tensor of `n` points, by default 2 · (frequencies − 1).

    >>> x = ad.tensor([1.0, 2.0, 4.0])
    >>> np.fft.irfft(np.fft.rfft(x), n=3).numpy().round(12)
    array([1., 2., 4.])
    """
    packed = _pack(a)
    axis = normalize_axis_index(axis, packed.ndim - 1) - packed.ndim + 1
    n = _points(n, 2 * (packed.shape[axis] - 1))
    return _scaled(_irfft(_fitted(packed, n // 2 + 1, axis), n=n, axis=axis), n, norm, inverse=True)


def _transform(a: Any, n: int | None, axis: int, norm: str | None, inverse: bool) -> Complex:
    packed = _pack(a)
    axis = normalize_axis_index(axis, packed.ndim - 1) - packed.ndim + 1
    n = _points(n, packed.shape[axis])
    return _unpack(_scaled(_fft(_fitted(packed, n, axis), axis=axis, inverse=inverse), n, norm, inverse))


@takes_pairs(np.fft.fft)
@answers_for(np.fft.fft)
@composed(sample=_of_pairs(_real_sample))
def fft1(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: None = None) -> Complex:
    """`np.fft.fft` of a pair or of a real tensor: a pair."""
    return _transform(a, n, axis, norm, inverse=False)


@takes_pairs(np.fft.ifft)
@answers_for(np.fft.ifft)
@composed(sample=_of_pairs(_real_sample))
def ifft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: None = None) -> Complex:
    """`np.fft.ifft` of a pair or of a real tensor: a pair."""
    return _transform(a, n, axis, norm, inverse=True)


# Several axes


def _sides(a: Any, s: Any, axes: Any) -> list[tuple[Any, int]]:
    """For each axis to transform its length, None for the one it has."""
    ndim = a.ndim if isinstance(a, Complex) else np.ndim(a)
    if axes is None:
        axes = range(ndim) if s is None else range(ndim - len(s), ndim)
    lengths = [None] * len(axes) if s is None else [None if each == -1 else each for each in s]
    if len(lengths) != len(axes) or not lengths:
        raise ValueError(f"fft: s={s} and axes={tuple(axes)}, expected one length for each of one or more axes")
    return list(zip(lengths, axes, strict=True))


def _over(transform: Any, a: Any, sides: Sequence[tuple[Any, int]], norm: str | None) -> Any:
    for n, axis in sides:
        a = transform(a, n, axis, norm)
    return a


def _real_grid(s: Sampler) -> Sample:
    lengths, axes = s.choice([(None, None), ((2, 5), (0, 1)), ((3, 3), (1, 0)), ((4,), (1,))])
    return (s.array((3, 4)),), {"s": lengths, "axes": axes, "norm": s.choice(_NORMS)}


@answers_for(np.fft.rfftn)
@composed(sample=_real_grid)
def rfftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None, out: None = None) -> Complex:
    """`np.fft.rfftn` of a real tensor: a pair."""
    *rest, (n, axis) = _sides(a, s, axes)
    spectrum: Complex = _over(fft1, rfft(a, n, axis, norm), rest, norm)
    return spectrum


@takes_pairs(np.fft.irfftn)
@answers_for(np.fft.irfftn)
@composed(sample=_of_pairs(_real_grid))
def irfftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None, out: None = None) -> Any:
    """`np.fft.irfftn` of a pair: a real tensor."""
    *rest, (n, axis) = _sides(a, s, axes)
    return irfft(_over(ifft, a, rest, norm), n, axis, norm)


@takes_pairs(np.fft.fftn)
@answers_for(np.fft.fftn)
@composed(sample=_of_pairs(_real_grid))
def fftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None, out: None = None) -> Any:
    """`np.fft.fftn` of a pair or of a real tensor: a pair."""
    return _over(fft1, a, _sides(a, s, axes), norm)


@takes_pairs(np.fft.ifftn)
@answers_for(np.fft.ifftn)
@composed(sample=_of_pairs(_real_grid))
def ifftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None, out: None = None) -> Any:
    """`np.fft.ifftn` of a pair or of a real tensor: a pair."""
    return _over(ifft, a, _sides(a, s, axes), norm)


def _over_last_two(transform: Callable[..., Any]) -> Callable[..., Any]:
    """A transform over several axes, by default the last two."""

    def answer(a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None, out: None = None) -> Any:
        return transform(a, s, axes, norm)

    return answer


answers_for(np.fft.rfft2)(_over_last_two(rfftn))
for _numpy, _transform_n in ((np.fft.irfft2, irfftn), (np.fft.fft2, fftn), (np.fft.ifft2, ifftn)):
    takes_pairs(_numpy)(answers_for(_numpy)(_over_last_two(_transform_n)))


# Frequencies in another order


def _shifted(x: Any, axes: Any, sign: int) -> Any:
    if isinstance(x, Complex):
        return Complex(*(_shifted(part, axes, sign) for part in x))
    axes = normalize_axis_tuple(range(x.ndim) if axes is None else axes, x.ndim)
    return roll(x, [sign * (x.shape[axis] // 2) for axis in axes], axes)


def _shift_sample(s: Sampler) -> Sample:
    return (s.array((3, 4)),), {"axes": s.choice([None, 0, -1, (0, 1)])}


@takes_pairs(np.fft.fftshift)
@composed(np.fft.fftshift, sample=_shift_sample)
def fftshift(x: Any, axes: Any = None) -> Any:
    """`np.fft.fftshift`, of a pair or of a real tensor."""
    return _shifted(x, axes, 1)


@takes_pairs(np.fft.ifftshift)
@composed(np.fft.ifftshift, sample=_shift_sample)
def ifftshift(x: Any, axes: Any = None) -> Any:
    """`np.fft.ifftshift`, of a pair or of a real tensor."""
    return _shifted(x, axes, -1)
