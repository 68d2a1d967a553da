"""Convolution and pooling of images, by windows and one matrix product; channels last, as in Keras."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..dispatch import composed
from ..domains import Sample, Sampler
from ..primitive import Primitive, linear
from .contract import matmul
from .rearrange import pad
from .reduce import max, sum
from .shape import reshape, shaped

Pair = tuple[int, int]


def _pair(value: Any, name: str) -> Pair:
    """An integer or a pair of positive integers, as a pair."""
    first, second = (value, value) if isinstance(value, (int, np.integer)) else value
    if first < 1 or second < 1:
        raise ValueError(f"{name} is {value}, expected positive integers")
    return int(first), int(second)


def _slices(offset: Pair, count: Pair, strides: Pair) -> tuple[slice, ...]:
    """The pixels that one place of the window meets."""
    return (slice(None), *(slice(o, o + (n - 1) * s + 1, s) for o, n, s in zip(offset, count, strides, strict=True)))


def _run_windows(x: Any, size: Pair, strides: Pair, dilation: Pair) -> Any:
    axes: Any = (1, 2)
    span = [(k - 1) * d + 1 for k, d in zip(size, dilation, strict=True)]
    view = np.lib.stride_tricks.sliding_window_view(x, span, axis=axes)
    view = view[:, :: strides[0], :: strides[1], :, :: dilation[0], :: dilation[1]]
    return np.moveaxis(view, 3, 5)


def _run_overlap(x: Any, size: Pair, strides: Pair, dilation: Pair, shape: tuple[int, ...]) -> Any:
    out = np.zeros(shape, x.dtype)
    for i in range(size[0]):
        for j in range(size[1]):
            out[_slices((i * dilation[0], j * dilation[1]), x.shape[1:3], strides)] += x[:, :, :, i, j]
    return out


def _windows_sample(s: Sampler) -> Sample:
    options = {
        "size": s.choice([(2, 2), (1, 3)]),
        "strides": s.choice([(1, 1), (2, 1)]),
        "dilation": s.choice([(1, 1), (2, 1)]),
    }
    return (s.array((1, 4, 5, 2)),), options


windows = linear(
    "windows",
    _run_windows,
    lambda g, x_shape, size, strides, dilation: overlap(
        g, size=size, strides=strides, dilation=dilation, shape=x_shape
    ),
    sample=_windows_sample,
)
overlap: Primitive = linear(
    "overlap",
    _run_overlap,
    lambda g, size, strides, dilation: windows(g, size=size, strides=strides, dilation=dilation),
    sample=lambda s: (
        (s.array((1, 3, 4, 2, 2, 1)),),
        {"size": (2, 2), "strides": (1, 1), "dilation": (1, 1), "shape": (1, 4, 5, 1)},
    ),
)


def _padded(x: Any, size: Pair, strides: Pair, dilation: Pair, padding: str, fill: float = 0) -> Any:
    """The image with a border, for padding "same"; odd rests go to the end, as in Keras."""
    if padding == "valid":
        return x
    if padding != "same":
        raise ValueError(f"padding is {padding!r}, expected 'valid' or 'same'")
    border = [(0, 0)]
    for side, k, s, d in zip(x.shape[1:3], size, strides, dilation, strict=True):
        rest = (-(-side // s) - 1) * s + (k - 1) * d + 1 - side
        rest = rest if rest > 0 else 0
        border.append((rest // 2, rest - rest // 2))
    return pad(x, [*border, (0, 0)], constant_values=fill)


def _check_image(name: str, x: Any, size: Sequence[int], padding: str) -> None:
    if x.ndim != 4:
        raise ValueError(f"{name}: images have shape {x.shape}, expected (number, height, width, channels)")
    if padding == "valid" and (x.shape[1] < size[0] or x.shape[2] < size[1]):
        raise ValueError(f"{name}: a window of {size} does not fit in images of {x.shape[1:3]}; use padding='same'")


def _conv_sample(s: Sampler) -> Sample:
    options = {
        "strides": s.choice([1, 2, (1, 2)]),
        "padding": s.choice(["valid", "same"]),
        "dilation": s.choice([1, 2]),
    }
    return (s.array((2, 5, 4, 2)), s.array((s.choice([1, 2, 3]), 2, 2, 3))), options


@composed(sample=_conv_sample)
def conv2d(x: Any, kernel: Any, strides: Any = 1, padding: str = "valid", dilation: Any = 1) -> Any:
    """The convolution (unflipped) of images (number, height, width, channels) with a kernel
    (height, width, channels, filters).

    >>> ad.conv2d(np.ones((1, 3, 3, 1)), np.ones((2, 2, 1, 1)))[0, :, :, 0]
    array([[4., 4.],
           [4., 4.]])
    """
    x, kernel = shaped(x), shaped(kernel)
    size = kernel.shape[:2]
    strides, dilation = _pair(strides, "strides"), _pair(dilation, "dilation")
    _check_image("conv2d", x, [(k - 1) * d + 1 for k, d in zip(size, dilation, strict=True)], padding)
    if kernel.ndim != 4 or kernel.shape[2] != x.shape[3]:
        raise ValueError(
            f"conv2d: kernel {kernel.shape} for images {x.shape}, expected (height, width, {x.shape[3]}, filters)"
        )
    x = _padded(x, size, strides, dilation, padding)
    seen = windows(x, size=size, strides=strides, dilation=dilation)
    rows = reshape(seen, (int(np.prod(seen.shape[:3], dtype=int)), int(np.prod(seen.shape[3:], dtype=int))))
    return reshape(matmul(rows, reshape(kernel, (-1, kernel.shape[3]))), (*seen.shape[:3], kernel.shape[3]))


def _pool_sample(s: Sampler) -> Sample:
    return (s.distinct((1, 4, 5, 2)),), {"size": s.choice([2, (3, 2)]), "padding": s.choice(["valid", "same"])}


def _pooled(name: str, x: Any, size: Any, strides: Any, padding: str, fill: float) -> Any:
    size = _pair(size, "size")
    strides = size if strides is None else _pair(strides, "strides")
    _check_image(name, x, size, padding)
    return windows(_padded(x, size, strides, (1, 1), padding, fill), size=size, strides=strides, dilation=(1, 1))


@composed(sample=_pool_sample)
def max_pool2d(x: Any, size: Any = 2, strides: Any = None, padding: str = "valid") -> Any:
    """The greatest element of each window; strides are the window's size unless given."""
    return max(_pooled("max_pool2d", shaped(x), size, strides, padding, -np.inf), (3, 4))


@composed(sample=_pool_sample)
def avg_pool2d(x: Any, size: Any = 2, strides: Any = None, padding: str = "valid") -> Any:
    """The mean of each window; a border put on by padding "same" does not count."""
    x = shaped(x)
    seen = _pooled("avg_pool2d", x, size, strides, padding, 0)
    inside = _pooled("avg_pool2d", np.ones((1, *x.shape[1:3], 1), x.dtype), size, strides, padding, 0)
    return sum(seen, (3, 4)) / np.sum(inside, (3, 4))
