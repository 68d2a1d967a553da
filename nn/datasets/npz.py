"""NPZ, NumPy's archives of arrays: a ZIP file with a .npy file for each."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .errors import DataError

_LONGEST_HEADER = 10_000  # bytes; NumPy's own limit


def read_npz(path: Path, arrays: Mapping[str, tuple[tuple[int, ...], str]]) -> dict[str, Any]:
    """The arrays of these names, each with its shape and dtype, from an NPZ file.

    They are known before, so no more memory is taken than they need, whatever the file says; nothing is unpickled.
    Raises DataError where the file holds anything else.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return {name: _member(archive, name, shape, np.dtype(dtype)) for name, (shape, dtype) in arrays.items()}
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    # zipfile has no one error for what is not a sound archive: a changed byte may raise any of a dozen.
    except Exception as error:
        raise DataError(f"{path} is not a sound NPZ file ({error!r}). Put a fresh copy in its place.") from error


def _member(archive: zipfile.ZipFile, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    nbytes = math.prod(shape) * dtype.itemsize
    with archive.open(f"{name}.npy") as stream:
        content = io.BytesIO(stream.read(nbytes + _LONGEST_HEADER))
    told, is_fortran = _header(content)
    if told != (shape, dtype) or is_fortran:
        raise DataError(f"the array {name!r} should be {dtype} {shape}, but is {told[1]} {told[0]}.")
    values = content.read()
    if len(values) != nbytes:
        raise DataError(f"the array {name!r} should have {nbytes} bytes, but has {len(values)}.")
    return np.frombuffer(values, dtype).reshape(shape).copy()


def _header(content: io.BytesIO) -> tuple[tuple[tuple[int, ...], Any], bool]:
    """The shape and the dtype that a .npy file says it has, and whether it is in Fortran's order."""
    version = np.lib.format.read_magic(content)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, is_fortran, dtype = read(content, max_header_size=_LONGEST_HEADER)
    return (shape, dtype), is_fortran
