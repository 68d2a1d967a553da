"""Frames and series, as pandas has them, as arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..settings import floatx


def is_frame(data: Any) -> bool:
    """Whether data are a frame or a series: rows with an index, which has no part in what is computed."""
    return hasattr(data, "iloc") and hasattr(data, "to_numpy")


def values_of(data: Any, what: str) -> np.ndarray[Any, Any]:
    """The rows as an array: of whole numbers or booleans where all columns hold such, else of floats; NaN for NA.

    Raises ValueError that names the columns that hold no numbers, and shows one of their values.
    """
    columns = list(_columns(data))
    wrong = [(name, column) for name, column in columns if column.dtype.kind not in "fiub"]
    if wrong:
        raise ValueError(_told(wrong, what, is_series=len(data.shape) == 1))
    kinds = {column.dtype.kind for _, column in columns}
    if data.isna().to_numpy().any():
        return np.asarray(data.to_numpy(dtype=floatx(), na_value=np.nan))
    return np.asarray(data.to_numpy(dtype=floatx() if "f" in kinds else bool if kinds == {"b"} else np.int64))


def _columns(data: Any) -> Iterator[tuple[Any, Any]]:
    """Each column with its name; several may have one name."""
    if len(data.shape) == 1:
        yield data.name, data
    else:
        for i, name in enumerate(data.columns):
            yield name, data.iloc[:, i]


def _told(wrong: list[tuple[Any, Any]], what: str, is_series: bool) -> str:
    shown = [_shown(name, column, is_series) for name, column in wrong]
    if all(_holds_numbers(column) for _, column in wrong):
        return f"{what}: {', '.join(shown)}: pandas keeps these numbers as objects; write {what} = {what}.astype(float)"
    fix = f"number its classes: pandas.factorize({what})[0]" if is_series else f"drop it, or pandas.get_dummies({what})"
    return f"{what}: no numbers in {', '.join(shown)}; {fix}"


def _shown(name: Any, column: Any, is_series: bool) -> str:
    """A column by its name, with its dtype and one of its values."""
    known = column.dropna()
    example = f", such as {known.iloc[0]!r}" if len(known) else ""
    return f"{'the series' if is_series else 'column'} {name!r} ({column.dtype}{example})"


def _holds_numbers(column: Any) -> bool:
    return column.dtype.kind == "O" and all(isinstance(each, (bool, int, float, np.number)) for each in column.dropna())
