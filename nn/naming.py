"""Names that layers, models and optimizers get where the user gives none: dense, dense_1, dense_2, ..."""

from __future__ import annotations

from collections import Counter

from .registry import snake_case

_counts: Counter[str] = Counter()


def unique_name(kind: type | str) -> str:
    """The next free name for an object of a class.

    >>> from nn.utils import clear_session
    >>> clear_session(); unique_name("Dense"), unique_name("Dense")
    ('dense', 'dense_1')
    """
    base = snake_case(kind if isinstance(kind, str) else kind.__name__)
    _counts[base] += 1
    return base if _counts[base] == 1 else f"{base}_{_counts[base] - 1}"


def forget_names() -> None:
    """Let the counts begin anew."""
    _counts.clear()
