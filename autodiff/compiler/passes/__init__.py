"""Passes: each takes a program and gives one that computes the same with less."""

from __future__ import annotations

from collections.abc import Callable

from ..program import Program
from .broadcasts import narrowed
from .common import shared
from .constants import folded
from .identities import simplified
from .lowering import lowered
from .outer import spread
from .products import multiplied
from .rows import in_rows
from .scaling import scaled
from .sums import summed

Pass = Callable[[Program], Program]

# Once the first has taken primitives apart, these keep every bit, and go round until nothing changes.
EXACT: dict[str, Pass] = {
    "algebraic identities": simplified,
    "constant folding": folded,
    "broadcasts put off": narrowed,
    "transposes into products": multiplied,
    "common subexpressions": shared,
}
# These reorder arithmetic, so that results agree to rounding.
REORDERING: dict[str, Pass] = {
    "factors moved to small operands": scaled,
    "sums as products": summed,
    "columns times rows": spread,
}
# What NumPy computes faster so; kernels do not need it.
NUMPY: dict[str, Pass] = {"numbers as rows": in_rows}

__all__ = ["EXACT", "NUMPY", "REORDERING", "Pass", "lowered"]
