"""Reading gzip files that may be cut off, changed, or made to fill the memory."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from .errors import DataError


def decompress(path: Path, limit: int) -> bytes:
    """What a gzip file holds, of which no more than `limit` bytes are taken into memory.

    Raises DataError where the file is no gzip file, ends too early, fails its checksum, or holds more than `limit`.
    """
    try:
        with gzip.open(path) as stream:
            content = stream.read(limit + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} is not a sound gzip file: {error}. Put a fresh copy in its place.") from error
    if len(content) > limit:
        raise DataError(f"{path} holds more than the {limit} bytes that are expected: it is another file.")
    return content
