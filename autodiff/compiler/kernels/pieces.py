"""Which matrix products are better computed a few rows at a time: the rows are used while they are in the cache."""

from __future__ import annotations

import math

from ...node import Node
from ...primitive import REGISTRY

LARGE = 2**19  # bytes, of which a product does not stay in the cache until it is used
SMALL = 2**17  # bytes that do; and those of an operand that is read again for each piece


def rows_of_piece(product: Node) -> int | None:
    """How many rows to compute at a time, such that no row is left over; None where all at once is as good."""
    if product.primitive is not REGISTRY["matmul"] or len(product.shape) != 2:
        return None
    if _nbytes(product) < LARGE or _nbytes(product.inputs[1]) > SMALL:
        return None
    rows, columns = product.shape
    most = SMALL // (columns * product.dtype.itemsize)
    return max((each for each in range(16, most + 1) if rows % each == 0), default=None)


def _nbytes(node: Node) -> int:
    return math.prod(node.shape) * node.dtype.itemsize
