"""The rule of an edge, looked at: run once on tensors that have names, and read off the record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from . import ops
from .context import using
from .node import Literal, Node
from .notation import Term, call, written
from .observing import Recorder
from .plan import Edge, shape_of
from .tensor import Tensor

LONGEST = 60  # of a rule's text; what is longer gets a name instead


class Rules:
    """The rules of a graph's edges as mathematics; like edges are run once."""

    def __init__(self) -> None:
        self._texts: dict[Any, Callable[[Mapping[str, Term]], Term]] = {}

    def text(self, node: Node, edge: Edge, names: Mapping[str, Term] | None = None) -> str:
        """A rule in terms of `g`, of the function's own sign, and of the names of what it takes.

        >>> x = ad.tensor(1.0, requires_grad=True)
        >>> node = ad.Graph(np.tanh(x)).nodes[-1]
        >>> Rules().text(node, node.plan.edges[0])
        'g · (1 − tanh²)'
        """
        key = _key(node, edge)
        if key not in self._texts:
            self._texts[key] = _reader(node, edge)
        known = default_names(node) | dict(names or {})
        return self._texts[key]({"out": _own_sign(node, known)} | known).text


def argument_names(node: Node, names: Mapping[Node, str]) -> dict[str, Term]:
    """The arguments of a rule by the names that a graph prints."""
    pairs = zip(node.primitive.arguments, node.inputs, strict=False)
    return {letter: written(each, lambda known: Term(names[known])) for letter, each in pairs}


def default_names(node: Node) -> dict[str, Term]:
    """What the parts of a rule are called: arguments by the user's names, the result by its function."""
    names = {"g": Term("g")}
    for letter, each in zip(node.primitive.arguments, node.inputs, strict=False):
        named = isinstance(each, Node) and each.name
        names[letter] = Term(named or letter) if not isinstance(each, (int, float)) else written(each, lambda _: None)
    return names


def _own_sign(node: Node, names: Mapping[str, Term]) -> Term:
    """`tanh` for the result of tanh, `√x` for that of a root."""
    sign = node.primitive.label
    if (sign.isalpha() and not sign.isascii()) or (len(sign) > 1 and sign.replace("_", "").isalnum()):
        return Term(sign)
    return call(node, [names[node.primitive.arguments[0]]]) if len(node.inputs) == 1 else Term("out")


def _key(node: Node, edge: Edge) -> Any:
    what = [each if isinstance(each, (int, float)) else (each.shape, each.dtype) for each in node.inputs]
    return node.plan, edge.argument, id(node.primitive), tuple(what), repr(node.params)


def _reader(node: Node, edge: Edge) -> Callable[[Mapping[str, Term]], Term]:
    """A function that writes the rule with other names."""
    traced = trace(node, edge, _stand_in(node), _stand_ins(node))

    def read(names: Mapping[str, Term]) -> Term:
        if traced is not None:
            term = written(traced, lambda each: names.get(each.name or ""))
            if len(term.text) <= LONGEST:
                return term
        what = ", ".join(names[name].text for name in ("g", *edge.names) if name in names)
        return Term(f"{node.primitive.name}′({what})")

    return read


def trace(node: Node, edge: Edge, g: Any, saved: list[Any]) -> Any:
    """The record of one rule, down to tensors named `g`, `out`, `x`, ...: its node, or a number.

    None where the rule does not run on stand-ins, or is a whole pass (of a checkpoint).
    """
    if not node.primitive.rules:
        return None
    named = [_named(value, _letter(node, position)) for position, value in zip(node.plan.keeps, saved, strict=True)]
    try:
        with using(observers=(Recorder(),), recording=False), np.errstate(all="ignore"):
            part = edge.rule(_named(g, "g"), *edge.needs(node, named))
            shape = shape_of(node.inputs[edge.argument])
            if np.shape(part) != shape:
                part = ops.unbroadcast(part, shape)
    except (ValueError, TypeError, ArithmeticError, np.linalg.LinAlgError):
        return None
    if not isinstance(part, Tensor):
        return Literal(np.shape(part), np.asarray(part).dtype) if np.any(part) else 0
    return part._ensure_node()


def _named(value: Any, name: str) -> Any:
    if isinstance(value, (int, float)):
        return value
    made = Tensor(np.asarray(value))
    made.name = name
    made._ensure_node().value = made._array
    return made


def _letter(node: Node, position: int) -> str:
    if position < 0:
        return "out"
    return node.primitive.arguments[position] if position < len(node.primitive.arguments) else f"x{position}"


def _stand_in(value: Any) -> Any:
    """Halves (off the ends of most domains) or matrices that have an inverse: a rule reads the same for all values."""
    if isinstance(value, (int, float)):
        return value
    if value.dtype.kind != "f":
        return np.ones(value.shape, value.dtype)
    halves = np.full(value.shape, 0.5, value.dtype)
    square = halves.ndim >= 2 and halves.shape[-1] == halves.shape[-2]
    return halves + np.eye(halves.shape[-1], dtype=halves.dtype) if square else halves


def _stand_ins(node: Node) -> list[Any]:
    """What stands for the arrays that the node saved."""
    sources = [node if position < 0 else node.inputs[position] for position in node.plan.keeps]
    return [_stand_in(each) for each in sources]
