"""A program for any number of rows, from its texts for two."""

from __future__ import annotations

import re
from itertools import count

NUMBER = re.compile(r"(?<![\w.])(\d+)(?![\w.])")  # whole numbers that are no part of a name or of another number
ROWS = (5, 7)  # coprime, so that hardly another size is a multiple of both


def for_any_rows(first: str, second: str, name: str = "rows") -> str | None:
    """The text that is `first` for 5 rows and `second` for 7; None where they differ in more than numbers.

    `name` stands for the number of rows.

    >>> for_any_rows("h = x.reshape((5, 12))[:4]", "h = x.reshape((7, 12))[:6]")
    'h = x.reshape((rows, 12))[:rows - 1]'
    """
    pieces, others = NUMBER.split(first), NUMBER.split(second)
    if pieces[::2] != others[::2]:
        return None
    numbers = [_in_rows(int(a), int(b), name) for a, b in zip(pieces[1::2], others[1::2], strict=True)]
    if None in numbers:
        return None
    pieces[1::2] = map(str, numbers)
    return "".join(pieces)


def _in_rows(first: int, second: int, name: str) -> str | None:
    """The number as a multiple of the rows and a rest; None where it is none."""
    few, many = ROWS
    factor, left = divmod(second - first, many - few)
    if left or factor < 0:
        return None
    rest = first - factor * few
    if not factor:
        return str(rest)
    product = name if factor == 1 else f"{factor} * {name}"
    return product if not rest else f"{product} {'+' if rest > 0 else '-'} {abs(rest)}"


def unused(text: str) -> str:
    """A name for the number of rows that a text does not have yet.

    >>> unused("for rows in y:")
    'rows_2'
    """
    return next(name for i in count(1) if not names(text, name := f"rows_{i}" if i > 1 else "rows"))


def names(text: str, name: str) -> bool:
    """Whether a text has a name."""
    return re.search(rf"\b{name}\b", text) is not None
