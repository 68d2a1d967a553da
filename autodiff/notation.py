"""Operations and rules as mathematics: `σ · (1 − σ) · g`, in symbols or in numbers.

How an operation is written follows from the label in its declaration: a sign between its arguments
(`+`), before (`√`) or after (`²`) its argument, or around it (`|·|`), else the name of a function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .node import Literal, Node, behind
from .primitive import REGISTRY

# How tightly a sign binds: of two in a row the one with the higher rank comes first.
COMPARISON, SUM, REMAINDER, PRODUCT, MATRIX_PRODUCT, PREFIX, POWER, POSTFIX, ATOM = range(2, 11)
RANKS = {"∨": 0, "∧": 1, "+": SUM, "−": SUM, "//": REMAINDER, "%": REMAINDER, "·": PRODUCT, "/": PRODUCT}
RANKS |= dict.fromkeys("=≠<≤>≥", COMPARISON) | {"@": MATRIX_PRODUCT, "**": POWER}
LONGEST = 400  # of a text; what is longer is cut, before it doubles once more
_SIGNS_BEFORE = frozenset("√∛ΣΠ−+¬")
_SIGNS_AFTER = frozenset({"²", "ᵀ", "⁻¹", "⁺"})
CONSTANT = "const"
_SUPERSCRIPTS = str.maketrans("0123456789-.", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻·")
_SUBSCRIPTS = str.maketrans("0123456789-,", "₀₁₂₃₄₅₆₇₈₉₋,")


class Term(NamedTuple):
    """A piece of mathematics, and how tightly its outermost sign binds."""

    text: str
    rank: int = ATOM

    def inside(self, rank: int) -> str:
        """The text, in brackets where it binds less than its surroundings."""
        return self.text if self.rank >= rank else f"({self.text})"


Namer = Callable[[Node], Term | None]


def number(value: Any, digits: int = 3) -> Term:
    """A number with so many significant digits; a negative one is bracketed inside products."""
    if isinstance(value, (bool, np.bool_)):
        return Term("1" if value else "0")
    text = f"{float(value):.{digits}g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        power = str(int(exponent)).translate(_SUPERSCRIPTS)
        return Term(f"{mantissa} · 10{power}".replace("-", "−"), SUM if mantissa[0] == "-" else PRODUCT)
    return Term(text.replace("-", "−"), SUM if text[0] == "-" else ATOM)


def call(node: Node, args: Sequence[Term]) -> Term:
    """The node's operation applied to some terms."""
    label = node.primitive.label
    if _is_silent(node):
        return args[0]
    if len(args) == 2 and label in RANKS:
        return _between(node, *args)
    if len(args) == 1 and label in _SIGNS_BEFORE:
        return _before(node, args[0])
    if len(args) == 1 and label in _SIGNS_AFTER and _is_written_after(node):
        return Term(f"{args[0].inside(ATOM)}{label}", POSTFIX)
    if len(args) == 1 and "·" in label:
        return _around(label, args[0])
    if label == "[ ]":
        return Term(f"{args[0].inside(POSTFIX)}[{index_text((node.params or {}).get('index'))}]", POSTFIX)
    name = node.primitive.name if label in _SIGNS_AFTER else label
    return Term(f"{name}({', '.join(each.text for each in args)})")


def _is_silent(node: Node) -> bool:
    """Whether an operation changes no number and reads best unsaid."""
    if is_call(node, "astype"):
        return node.dtype.kind == "f"
    return is_call(node, "broadcast_to", "identity", "positive") or _is_squeeze(node)


def is_call(node: Node, *names: str) -> bool:
    """Whether a node was made by one of these primitives; a user's own may have the same name."""
    return node.primitive is not None and any(node.primitive is REGISTRY.get(name) for name in names)


def _is_squeeze(node: Node) -> bool:
    """Whether a reshape only adds or drops axes of length 1, or an index those of a single number."""
    source = node.inputs[0]
    if not is_call(node, "reshape", "getitem") or not isinstance(source, Node):
        return False
    before, after = ([side for side in each.shape if side != 1] for each in (source, node))
    return before == after and (is_call(node, "reshape") or not before)


def _before(node: Node, x: Term) -> Term:
    label = node.primitive.label
    if label not in "ΣΠ":
        return Term(f"{label}{x.inside(PREFIX)}", SUM if label == "−" else PREFIX)
    axis = (node.params or {}).get("axis")
    axes = "" if axis is None else ",".join(map(str, np.atleast_1d(axis))).translate(_SUBSCRIPTS)
    return Term(f"{label}{axes} {x.inside(PREFIX)}", PREFIX)


def _around(label: str, x: Term) -> Term:
    """`|x|` needs no brackets inside, `1/x` does."""
    if label[0] == label[-1]:
        return Term(label.replace("·", x.text))
    return Term(label.replace("·", x.inside(ATOM)), PRODUCT)


def _between(node: Node, x: Term, y: Term) -> Term:
    label = node.primitive.label
    rank = RANKS[label]
    if label == "**":
        return _power(x, y)
    if label == "·" and x == y and _is_square(node, x):
        return Term(f"{x.inside(ATOM)}²", POSTFIX)
    if label == "@":
        return Term(f"{x.inside(rank)} {y.inside(rank + 1)}", rank)
    # The left side may bind as loosely as the sign; the right side only where brackets change nothing.
    left = x.inside(rank + 1 if rank == COMPARISON else rank)
    strict = (PRODUCT if rank == REMAINDER else rank) + 1
    right = y.inside(rank if label in "+·∧∨" and y.text[0] != "−" else strict)
    return Term(f"{left} {label} {right}", rank)


def _is_square(node: Node, x: Term) -> bool:
    """Whether equal texts are equal numbers: two tensors may have one name, and constants have none."""
    first, second = node.inputs
    made = all(isinstance(each, Node) and each.primitive is not None for each in node.inputs)
    return first is second or (made and CONSTANT not in x.text)


def _power(x: Term, y: Term) -> Term:
    if y.text.replace("−", "-").translate(_SUPERSCRIPTS) != y.text and y.text.lstrip("−").isdecimal():
        return Term(x.inside(ATOM) + y.text.replace("−", "-").translate(_SUPERSCRIPTS), POSTFIX)
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
    if part is Ellipsis:
        return "…"
    return str(part) if isinstance(part, (int, np.integer)) else "indices"


def branch_taken(node: Node) -> int | None:
    """Which argument of a `where` it took everywhere, if its condition was computed on the way."""
    condition = node.inputs[0] if is_call(node, "where") else None
    if not isinstance(condition, Node) or condition.primitive is None or node.arguments is None:
        return None
    values = np.asarray(node.arguments[0])
    if values.size and values.all():
        return 1
    return None if values.any() else 2


def edge_passed(node: Node) -> int | None:
    """The branch that a rule takes off the edges it guards, `where(x == 0, 0, g / x)`, whatever the numbers are."""
    condition = node.inputs[0] if is_call(node, "where") else None
    return branch_taken(node) if isinstance(condition, Node) and _is_edge(condition) else None


def _is_edge(condition: Node) -> bool:
    """Whether a condition holds for single numbers only: an equation, or one that is a part of it."""
    parts = [_is_edge(each) for each in condition.inputs if isinstance(each, Node)]
    if is_call(condition, "bitwise_and", "logical_and"):
        return any(parts)
    if is_call(condition, "bitwise_or", "logical_or"):
        return all(parts)
    return is_call(condition, "equal", "isnan", "isinf")


def written(value: Any, name: Namer, branch: Callable[[Node], int | None] = branch_taken) -> Term:
    """A recorded result as mathematics, down to the nodes that `name` knows.

    Of a `where` only the branch is shown that `branch` tells, by default the one taken everywhere.

    >>> x = ad.tensor(1.0, requires_grad=True, name="x")
    >>> written(((1 - x * x) / 2)._node, lambda node: Term("x") if node.name else None).text
    '(1 − x²) / 2'
    """
    terms: dict[Node, Term] = {}
    for node in behind([value] if isinstance(value, Node) else [], lambda each: name(each) is not None):
        made = name(node) or _made(node, terms, branch)
        terms[node] = made if len(made.text) <= LONGEST else Term("…")
    return _argument(None, value, value, terms)


def _made(node: Node, terms: Mapping[Node, Term], branch: Callable[[Node], int | None]) -> Term:
    """A node that has no name, by the terms of what it was made from."""
    if node.primitive is None:
        return _constant(node.value)
    pairs = zip(node.inputs, node.arguments or node.inputs, strict=True)
    args = [_argument(node, each, kept, terms) for each, kept in pairs]
    taken = branch(node)
    return call(node, args) if taken is None else args[taken]


def _argument(user: Node | None, value: Any, kept: Any, terms: Mapping[Node, Term]) -> Term:
    """One argument; that a number stands for many goes unsaid only where they are not put together."""
    if isinstance(value, Literal):
        return _constant(kept)
    if not isinstance(value, Node):
        return number(value)
    if user is not None and user.primitive.kind != "elementwise" and is_call(value, "broadcast_to"):
        return Term(f"broadcast_to({terms[value].text})")
    return terms[value]


def _constant(array: Any) -> Term:
    """An array that a rule made up: `const`, if it says no more."""
    if not isinstance(array, np.ndarray):
        return Term(CONSTANT)
    if array.size == 1:
        return number(array.item())
    is_one_hot = np.ndim(array) == 2 and np.isin(array, (0, 1)).all() and (np.sum(array, axis=1) == 1).all()
    return Term("one_hot" if is_one_hot else CONSTANT)
