"""An array in a line or two: its numbers where they are few, else their range and a tiny histogram."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..notation import number

FEW = 12
BARS = "▁▂▃▄▅▆▇█"


def shape_text(value: Any) -> str:
    """`float64 (2, 3)`, as in printed graphs."""
    return f"{value.dtype} {value.shape}"


def lines(array: Any) -> list[str]:
    """What to show of an array.

    >>> lines(np.array([[0.5, -1.25], [3.0, 0.0]]))
    ['[0.5  −1.25]', '[3  0]']
    >>> lines(np.linspace(0, 1, 100) ** 2)
    ['0 … 1  █▄▃▃▂▂▂▂']
    """
    array = np.asarray(array)
    if array.size == 0:
        return ["empty"]
    if array.size <= FEW and array.ndim <= 2:
        return rows(array)
    if array.dtype.kind == "b":
        return [f"{np.count_nonzero(array)} of {array.size} are true"]
    return [_range(array)]


def rows(array: Any) -> list[str]:
    """All numbers of a matrix, a vector or a scalar, a line for each row."""
    return [_row(row) for row in (array.reshape(-1, array.shape[-1]) if array.ndim else [array])]


def _row(row: Any) -> str:
    if row.ndim == 0:
        return number(row[()], 4).text
    return f"[{'  '.join(number(each).text for each in row)}]"


def _range(array: Any) -> str:
    finite = array[np.isfinite(array)].astype(float)
    flaws = array.size - finite.size
    if finite.size == 0:
        return f"{flaws} NaN or inf"
    if finite.min() == finite.max():
        text = f"all {number(finite.min()).text}"
    else:
        text = f"{number(finite.min()).text} … {number(finite.max()).text}  {histogram(finite)}"
    return f"{text}  {flaws} NaN or inf" if flaws else text


def histogram(values: Any, bins: int = 8) -> str:
    """The distribution of finite numbers as a row of bars, from the least to the greatest."""
    low, high = float(values.min()), float(values.max())
    if not np.isfinite(high - low) or high == low:
        return ""
    places = np.minimum(((values - low) / (high - low) * bins).astype(int), bins - 1)
    counts = np.bincount(places.ravel(), minlength=bins)
    return "".join(BARS[int(np.ceil(8 * count / counts.max())) - 1] if count else " " for count in counts)


def size_of(array: Any) -> float:
    """The root of the mean square: how large a gradient is, whatever its shape."""
    finite = np.asarray(array, dtype=float)
    scale = float(np.max(np.abs(finite), initial=0.0))
    if not np.isfinite(scale) or scale == 0.0:
        return scale
    return scale * float(np.sqrt(np.mean(np.square(finite / scale))))
