"""Complex numbers as pairs of real tensors: what Fourier transforms give and take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..dispatch import Function, answers_for, composed, concrete, plain, values
from ..domains import NONZERO, Sample, Sampler
from . import elementwise as el
from . import piecewise as pw
from .indices import getitem
from .rearrange import flip, roll
from .reduce import mean, sum
from .shape import broadcast_arrays, floats, ravel, reshape, shaped, transpose

PAIRS: dict[Any, Callable[..., Any]] = {}


class Complex(NamedTuple):
    """The real and the imaginary part of complex numbers: two tensors (or arrays) of one shape.

    Takes part in + - * / with pairs, real tensors, arrays and numbers, real and complex ones; stands
    on the left of a tensor. Answers to np.abs, np.angle, np.conj, np.real, np.imag, the transforms of
    np.fft, and indexing. Unpacks as `real, imag = z`. Raises TypeError for NumPy's other functions.

    >>> z = np.fft.rfft(ad.tensor([1.0, 2.0, 4.0, 3.0]))
    >>> (z * 2j).numpy()
    array([ 0.+20.j, -2. -6.j,  0. +0.j])
    """

    real: Any
    imag: Any

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self.real.shape
        return shape

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The complex dtype of `numpy()`."""
        return np.result_type(self.real.dtype, self.imag.dtype, np.complex64)

    def numpy(self) -> np.ndarray[Any, Any]:
        """The values, as a complex array of their own."""
        return numbers(concrete(self.real, "z.numpy()"), concrete(self.imag, "z.numpy()"))

    def conj(self) -> Complex:
        return Complex(self.real, -self.imag)

    def __repr__(self) -> str:
        return f"Complex({np.array2string(numbers(*map(plain, self)), separator=', ', prefix='Complex(')})"

    def __getitem__(self, index: Any) -> Complex:
        return Complex(getitem(self.real, index), getitem(self.imag, index))

    def __add__(self, other: Any) -> Any:
        return _by_parts(el.add, self, pair(other))

    def __sub__(self, other: Any) -> Any:
        return _by_parts(el.subtract, self, pair(other))

    def __mul__(self, other: Any) -> Any:
        if _is_real(other):
            return Complex(self.real * other, self.imag * other)
        return _multiply(self, pair(other))

    def __truediv__(self, other: Any) -> Any:
        if _is_real(other):
            return Complex(self.real / other, self.imag / other)
        return _divide(self, pair(other))

    def __radd__(self, other: Any) -> Any:
        return pair(other) + self

    def __rsub__(self, other: Any) -> Any:
        return pair(other) - self

    def __rmul__(self, other: Any) -> Any:
        return self * other

    def __rtruediv__(self, other: Any) -> Any:
        return pair(other) / self

    def __neg__(self) -> Complex:
        return Complex(-self.real, -self.imag)

    def __pos__(self) -> Complex:
        return self

    def __eq__(self, other: Any) -> Any:
        other = pair(other)
        return pw.logical_and(pw.equal(self.real, other.real), pw.equal(self.imag, other.imag))

    def __ne__(self, other: Any) -> Any:
        return pw.logical_not(self == other)

    def __abs__(self) -> Any:
        return el.hypot(self.real, self.imag)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        raise TypeError(
            "a complex pair cannot become an array here: its gradient would be lost. For the values write "
            "z.numpy(); with a real tensor t write z * t, z + t, -z + t or z / t, the pair first"
        )

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs:
            raise TypeError(f"np.{ufunc.__name__}: {', '.join(kwargs) or method} is not supported with complex pairs")
        return _answer(ufunc, ufunc.__name__)(*args)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return _answer(function, function.__name__)(*args, **kwargs)


def numbers(real: Any, imag: Any) -> np.ndarray[Any, Any]:
    """Two arrays as one of complex numbers."""
    z = np.empty(real.shape, np.result_type(real.dtype, imag.dtype, np.complex64))
    z.real, z.imag = real, imag
    return z


# What to write for the functions that complex numbers are most often given to.
_ADVICE = {
    "exp": "Complex(np.exp(z.real) * np.cos(z.imag), np.exp(z.real) * np.sin(z.imag))",
    "log": "Complex(np.log(np.abs(z)), np.angle(z))",
    "power": "z * z",
    "square": "z * z",
    "vdot": "np.sum(np.conj(z) * w)",
    "rfft": "np.fft.fft(z)",
    "hfft": "np.fft.irfft(np.conj(z), norm='forward')",
}


def unsupported(name: str) -> TypeError:
    """The error for a function that does not take pairs, with what to write instead."""
    advice = _ADVICE.get(
        name, f"Complex(np.{name}(z.real), np.{name}(z.imag)) where that is meant, or + - * / and np.abs"
    )
    return TypeError(
        f"np.{name} does not take complex pairs. The nearest supported spelling is {advice}; "
        "for the values without a gradient write z.numpy()"
    )


def _answer(function: Any, name: str) -> Callable[..., Any]:
    if function not in PAIRS:
        raise unsupported(name)
    return PAIRS[function]


def takes_pairs(*functions: Any) -> Callable[[Function], Function]:
    """Let the decorated function answer when NumPy's function is called with a pair."""

    def enter(function: Function) -> Function:
        PAIRS.update(dict.fromkeys(functions, function))
        return function

    return enter


def pair(x: Any) -> Complex:
    """Any numbers as a pair: of a real tensor, array or number the imaginary part is 0."""
    if isinstance(x, Complex):
        return x
    if isinstance(x, (bool, int, float)):
        return Complex(x, 0)
    if isinstance(x, complex):
        return Complex(x.real, x.imag)
    x = shaped(x)
    if x.dtype.kind == "c":
        return Complex(x.real, x.imag)
    x = floats(x)
    return Complex(x, np.zeros(x.shape, x.dtype))


def _is_real(x: Any) -> bool:
    return not isinstance(x, (Complex, complex)) and shaped(x).dtype.kind != "c"


def _of_one_shape(real: Any, imag: Any) -> Complex:
    return Complex(*broadcast_arrays(real, imag))


def _by_parts(function: Any, first: Complex, second: Complex) -> Complex:
    return _of_one_shape(function(first.real, second.real), function(first.imag, second.imag))


def _multiply(z: Complex, w: Complex) -> Complex:
    (a, b), (c, d) = z, w
    return Complex(a * c - b * d, a * d + b * c)


def _divide(z: Complex, w: Complex) -> Complex:
    """z · conj(w) / |w|², scaled by the larger part of w so that no square overflows."""
    (a, b), (c, d) = z, w
    scale = np.maximum(np.abs(values(c)), np.abs(values(d)))
    c, d = c / scale, d / scale
    square = (c * c + d * d) * scale
    return Complex((a * c + b * d) / square, (b * c - a * d) / square)


def _each_part(function: Any) -> Callable[..., Complex]:
    """A linear function of real numbers, for both parts."""
    return lambda z, *args, **kwargs: Complex(*(function(part, *args, **kwargs) for part in z))


PAIRS.update(
    {
        np.add: lambda z, w: pair(z) + w,
        np.subtract: lambda z, w: pair(z) - w,
        np.multiply: lambda z, w: pair(z) * w,
        np.divide: lambda z, w: pair(z) / w,
        np.negative: lambda z: -z,
        np.positive: lambda z: z,
        np.absolute: abs,
        np.sum: _each_part(sum),
        np.mean: _each_part(mean),
        np.reshape: _each_part(reshape),
        np.ravel: _each_part(ravel),
        np.transpose: _each_part(transpose),
        np.roll: _each_part(roll),
        np.flip: _each_part(flip),
        np.copy: _each_part(pw.copy),
        np.shape: lambda z: z.shape,
        np.ndim: lambda z: z.ndim,
        np.iscomplexobj: lambda z: True,
        np.isrealobj: lambda z: False,
    }
)


def _nonzero(s: Sampler) -> Sample:
    return (s.array(s.shape(), NONZERO),), {}


@takes_pairs(np.real)
@composed(np.real, sample=_nonzero)
def real(val: Any) -> Any:
    """`np.real`, of a pair or of a real tensor."""
    return pw.identity(pair(val).real)


@takes_pairs(np.imag)
@answers_for(np.imag)
def imag(val: Any) -> Any:
    """`np.imag`; of a real tensor an array of zeros."""
    return pair(val).imag


@takes_pairs(np.conjugate)
@composed(np.conjugate, sample=_nonzero)
def conjugate(x: Any) -> Any:
    """`np.conj`, of a pair or of a real tensor."""
    return x.conj() if isinstance(x, Complex) else pw.identity(x)


@takes_pairs(np.angle)
@composed(np.angle, sample=_nonzero)
def angle(z: Any, deg: bool = False) -> Any:
    """`np.angle`; at 0 its derivative is 0."""
    z = pair(z)
    radians = el.arctan2(z.imag, z.real)
    return el.rad2deg(radians) if deg else radians
