"""Operations and rules as mathematics: `σ · (1 − σ) · g`, in symbols or in numbers.

How an operation is written follows from the label in its declaration: a sign between its arguments
(`+`), before (`√`) or after (`²`) its argument, or around it (`|·|`), else the name of a function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .node import Literal, Node

# How tightly a sign binds: of two in a row the one with the higher rank comes first.
RANKS = {"∨": 0, "∧": 0, "=": 1, "≠": 1, "<": 1, "≤": 1, ">": 1, "≥": 1, "+": 2, "−": 2}
RANKS |= {"·": 3, "/": 3, "//": 3, "%": 3, "@": 4, "**": 6}
SUM, PRODUCT, MATRIX_PRODUCT, PREFIX, POWER, ATOM = 2, 3, 4, 5, 6, 7
_SIGNS_BEFORE = frozenset("√∛ΣΠ−+¬")
_SIGNS_AFTER = frozenset("²ᵀ⁻¹⁺")
_SUPERSCRIPTS = str.maketrans("0123456789-.", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻·")
_SUBSCRIPTS = str.maketrans("0123456789-,", "₀₁₂₃₄₅₆₇₈₉₋,")


class Term(NamedTuple):
    """A piece of mathematics, and how tightly its outermost sign binds."""

    text: str
    rank: int = ATOM

    def inside(self, rank: int) -> str:
        """The text, in brackets where it binds less than its surroundings."""
        return self.text if self.rank >= rank else f"({self.text})"


def number(value: Any, digits: int = 3) -> Term:
    """A number with so many significant digits; a negative one is bracketed inside products."""
    if isinstance(value, (bool, np.bool_)):
        return Term("1" if value else "0")
    text = f"{float(value):.{digits}g}" if abs(value) < 1e16 or np.isinf(value) else f"{float(value):.0e}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        power = str(int(exponent)).translate(_SUPERSCRIPTS)
        return Term(f"{mantissa} · 10{power}".replace("-", "−"), SUM if mantissa[0] == "-" else PRODUCT)
    return Term(text.replace("-", "−"), SUM if text[0] == "-" else ATOM)


def call(node: Node, args: Sequence[Term]) -> Term:
    """The node's operation applied to some terms."""
    label, params = node.primitive.label, node.params or {}
    if node.primitive.name in SILENT or _is_squeeze(node):
        return args[0]
    if len(args) == 2 and label in RANKS:
        return _between(label, *args)
    if len(args) == 1 and label[0] in _SIGNS_BEFORE:
        return _before(node, args[0])
    if len(args) == 1 and set(label) <= _SIGNS_AFTER and _is_written_after(node):
        return Term(f"{args[0].inside(ATOM)}{label}", POWER)
    if len(args) == 1 and "·" in label:
        return Term(label.replace("·", args[0].inside(ATOM)), ATOM if label[0] == label[-1] else PRODUCT)
    if label == "[ ]":
        return Term(f"{args[0].inside(POWER)}[{index_text(params.get('index'))}]", POWER)
    name = node.primitive.name if set(label) <= _SIGNS_AFTER else label
    return Term(f"{name}({', '.join(each.text for each in args)})")


# What moves no number to another value and reads best unsaid.
SILENT = frozenset({"astype", "broadcast_to", "identity", "positive"})


def _is_squeeze(node: Node) -> bool:
    """Whether a reshape only adds or drops axes of length 1, or an index those of a single number."""
    source = node.inputs[0]
    if node.primitive.name not in ("reshape", "getitem") or not isinstance(source, Node):
        return False
    before, after = ([side for side in each.shape if side != 1] for each in (source, node))
    return before == after and (node.primitive.name == "reshape" or not before)


def _before(node: Node, x: Term) -> Term:
    label = node.primitive.label
    if label not in "ΣΠ":
        return Term(f"{label}{x.inside(PREFIX)}", SUM if label == "−" else PREFIX)
    axis = (node.params or {}).get("axis")
    axes = "" if axis is None else ",".join(map(str, np.atleast_1d(axis))).translate(_SUBSCRIPTS)
    return Term(f"{label}{axes} {x.inside(PREFIX)}", PREFIX)


def _between(label: str, x: Term, y: Term) -> Term:
    rank = RANKS[label]
    if label == "**":
        return _power(x, y)
    if label == "·" and x == y:
        return Term(f"{x.inside(ATOM)}²", POWER)
    if label == "@":
        return Term(f"{x.inside(rank)} {y.inside(rank + 1)}", rank)
    associative = label in "+·∧∨"
    return Term(f"{x.inside(rank)} {label} {y.inside(rank if associative else rank + 1)}", rank)


def _power(x: Term, y: Term) -> Term:
    if y.text.replace("−", "-").translate(_SUPERSCRIPTS) != y.text and y.text.lstrip("−").isdigit():
        return Term(x.inside(ATOM) + y.text.replace("−", "-").translate(_SUPERSCRIPTS), POWER)
    return Term(f"{x.inside(ATOM)}^{y.inside(ATOM)}", POWER)


def _is_written_after(node: Node) -> bool:
    """Whether a transposition exchanges the last two axes, as the sign ᵀ says; other signs always fit."""
    if node.primitive.label != "ᵀ":
        return True
    axes = (node.params or {}).get("axes")
    ndim = len(node.shape)
    return ndim < 3 if axes is None else list(axes) == [*range(ndim - 2), ndim - 1, ndim - 2]


def index_text(index: Any) -> str:
    """An index as NumPy writes it: `1:, …`."""
    parts = index if isinstance(index, tuple) else (index,)
    return ", ".join(map(_index_part, parts))


def _index_part(part: Any) -> str:
    if isinstance(part, slice):
        bounds = ["" if each is None else str(each) for each in (part.start, part.stop)]
        return ":".join(bounds + ([] if part.step is None else [str(part.step)]))
    if part is None:
        return "new"
    return str(part) if isinstance(part, (int, np.integer)) else "…"


def written(value: Any, name: Callable[[Node], Term | None]) -> Term:
    """A recorded result as mathematics, down to the nodes that `name` knows.

    >>> x = ad.tensor(1.0, requires_grad=True, name="x")
    >>> written(((1 - x * x) / 2)._node, lambda node: Term("x") if node.name else None).text
    '(1 − x²) / 2'
    """
    if isinstance(value, (int, float, np.generic)):
        return number(value)
    if isinstance(value, Literal):
        return Term("const")
    known = name(value)
    if known is not None:
        return known
    if value.primitive is None:
        return _constant(value.value)
    guarded = unguarded(value)
    if guarded is not None:
        return written(guarded, name)
    args = zip(value.inputs, value.arguments or value.inputs, strict=True)
    return call(value, [_constant(kept) if isinstance(each, Literal) else written(each, name) for each, kept in args])


def _constant(array: Any) -> Term:
    """An array that a rule made up: `const`, if it says no more."""
    if np.size(array) == 1 and isinstance(array, np.ndarray):
        return number(array.item())
    is_one_hot = np.ndim(array) == 2 and np.isin(array, (0, 1)).all() and (np.sum(array, axis=1) == 1).all()
    return Term("one_hot" if is_one_hot else "const")


def unguarded(node: Node) -> Any:
    """The branch that a `where` took, if its condition was computed on the way and was the same everywhere.

    Rules guard their edge values so: `where(x == 0, 0, g / x)` is g / x where no x is 0.
    """
    if node.primitive.name != "where":
        return None
    condition, chosen, other = node.inputs
    if not isinstance(condition, Node) or condition.primitive is None or condition.value is None:
        return None
    if condition.value.size and condition.value.all():
        return chosen
    return None if condition.value.any() else other
