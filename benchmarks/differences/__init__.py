"""The engine held against finite differences: what these can tell, what they cost, and what checks by them find.

`python -m benchmarks.differences [--quick]` writes out/benchmarks/differences.html and differences.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..report import Section
from . import accuracy, checking, speed

TITLE = "Finite differences"


def sections(quick: bool) -> Iterator[Section]:
    for question in (accuracy, speed, checking):
        yield from question.sections(quick)
