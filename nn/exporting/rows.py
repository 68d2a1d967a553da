"""A program for any number of rows, from those for two."""

from __future__ import annotations

import re
from itertools import count
from typing import Any, NamedTuple

import numpy as np

NUMBER = re.compile(r"(?<![\w.])(\d+)(?![\w.])")  # whole numbers that are no part of a name or of another number
ROWS = (5, 7)  # coprime, so that hardly another size is a multiple of both


class Size(NamedTuple):
    """A whole number that goes with the rows: `factor` of them, and a rest.

    >>> print(Size(2, -1).text())
    2 * rows - 1
    """

    factor: int
    rest: int

    def text(self, name: str = "rows") -> str:
        product = name if self.factor == 1 else f"{self.factor} * {name}"
        return product if not self.rest else f"{product} {'+' if self.rest > 0 else '-'} {abs(self.rest)}"


def size(first: int, second: int) -> int | Size | None:
    """The number that is `first` for 5 rows and `second` for 7; None where it is no multiple of them and a rest."""
    few, many = ROWS
    factor, left = divmod(second - first, many - few)
    if left or factor < 0:
        return None
    return Size(factor, first - factor * few) if factor else first


def common(first: Any, second: Any) -> Any:
    """The value for any number of rows: one for 5 and one for 7, with sizes where their numbers differ.

    Raises ValueError where they differ in more.

    >>> common((5, 12), (7, 12))
    (Size(factor=1, rest=0), 12)
    """
    if isinstance(first, slice) and isinstance(second, slice):
        return slice(*common((first.start, first.stop, first.step), (second.start, second.stop, second.step)))
    if isinstance(first, (tuple, list)) and type(first) is type(second) and len(first) == len(second):
        return type(first)([common(a, b) for a, b in zip(first, second, strict=True)])
    if _is_whole(first) and _is_whole(second) and (found := size(int(first), int(second))) is not None:
        return found if first != second else first
    if _is_same(first, second):
        return first
    raise ValueError(f"{first!r} for {ROWS[0]} rows, {second!r} for {ROWS[1]}")


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _is_same(first: Any, second: Any) -> bool:
    """Whether two values are one, where NaN is NaN."""
    if isinstance(first, np.ndarray) and isinstance(second, np.ndarray):
        return first.dtype == second.dtype and np.array_equal(first, second, equal_nan=first.dtype.kind in "fc")
    return type(first) is type(second) and bool(first == second or (first != first and second != second))


def for_any_rows(first: str, second: str, name: str = "rows") -> str | None:
    """The text that is `first` for 5 rows and `second` for 7; None where they differ in more than numbers.

    `name` stands for the number of rows.

    >>> for_any_rows("h = x.reshape((5, 12))[:4]", "h = x.reshape((7, 12))[:6]")
    'h = x.reshape((rows, 12))[:rows - 1]'
    """
    pieces, others = NUMBER.split(first), NUMBER.split(second)
    if pieces[::2] != others[::2]:
        return None
    sizes = [size(int(a), int(b)) for a, b in zip(pieces[1::2], others[1::2], strict=True)]
    if None in sizes:
        return None
    pieces[1::2] = [each.text(name) if isinstance(each, Size) else str(each) for each in sizes]
    return "".join(pieces)


def unused(text: str) -> str:
    """A name for the number of rows that a text does not have yet.

    >>> unused("for rows in y:")
    'rows_2'
    """
    return next(name for i in count(1) if not names(text, name := f"rows_{i}" if i > 1 else "rows"))


def names(text: str, name: str) -> bool:
    """Whether a text has a name."""
    return re.search(rf"\b{name}\b", text) is not None
