"""Tables of numbers in CSV files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .errors import DataError
from .gzipped import decompress

_WIDEST = 32  # characters a number may take, with its comma


def read_csv(path: Path, columns: tuple[str, ...], rows: int) -> Any:
    """A float64 array (rows, columns) from a gzip-compressed CSV file, whose first line names the columns.

    Raises DataError where the file has other columns, another number of rows, or holds what is not a finite number.
    """
    content = decompress(path, limit=_WIDEST * len(columns) * (rows + 1))
    head, *lines = content.decode("latin-1").replace("\r\n", "\n").rstrip("\n").split("\n")
    if head != ",".join(columns):
        raise DataError(f"{path} should begin with the line {','.join(columns)!r}, but begins with {head[:200]!r}.")
    if len(lines) != rows:
        raise DataError(f"{path} should have {rows} rows under its first line, but has {len(lines)}.")
    try:
        table = np.array([line.split(",") for line in lines], dtype=np.float64)
    except ValueError as error:
        raise DataError(f"{path} holds what is not a table of numbers: {error}") from error
    if table.shape != (rows, len(columns)) or not np.isfinite(table).all():
        raise DataError(f"{path} should hold {rows} rows of {len(columns)} finite numbers.")
    return table
