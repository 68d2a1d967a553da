"""IDX, the format of MNIST: two zero bytes, a code for the type, the number of axes, their sizes, the values.

The sizes are big-endian numbers of four bytes. The format is described on MNIST's page, http://yann.lecun.com/exdb/mnist.
"""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any

import numpy as np

from .errors import DataError
from .gzipped import decompress

_BYTES = 8  # the code for values that are unsigned bytes


def read_idx(path: Path, shape: tuple[int, ...]) -> Any:
    """A uint8 array of this shape from a gzip-compressed IDX file.

    The shape is known before, so no more memory is taken than the array needs, whatever the file says.
    Raises DataError where the file holds anything else.
    """
    header = struct.pack(f">HBB{len(shape)}I", 0, _BYTES, len(shape), *shape)
    content = decompress(path, limit=len(header) + math.prod(shape))
    if content[: len(header)] != header:
        raise DataError(f"{path} should hold an IDX array of bytes, {shape}, but {_described(content)}.")
    if len(content) < len(header) + math.prod(shape):
        raise DataError(f"{path} is cut off: {len(content)} bytes of {len(header) + math.prod(shape)}.")
    return np.frombuffer(content, np.uint8, offset=len(header)).reshape(shape).copy()


def _described(content: bytes) -> str:
    """What the head of a file says that it holds."""
    ndim = content[3] if len(content) > 3 else 0
    if content[:3] != bytes([0, 0, _BYTES]) or len(content) < 4 + 4 * ndim:
        return f"it begins with the bytes {content[:4].hex(' ') or '(none)'}"
    return f"its header says {struct.unpack_from(f'>{ndim}I', content, 4)}"
