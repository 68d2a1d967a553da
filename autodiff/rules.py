"""The rule of an edge, looked at: run once on tensors that have names, and read off the record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from . import ops
from .context import using
from .node import Literal, Node, behind
from .notation import Term, call, edge_passed, number, written
from .observing import Recorder
from .plan import Edge, shape_of
from .primitive import is_declared
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

    def compares(self, node: Node, edge: Edge) -> bool:
        """Whether a rule has pieces, as that of relu has."""
        neutral = {letter_of(node, i): Term("x") for i in range(len(node.inputs))}
        return not set("<>≤≥").isdisjoint(self.text(node, edge, neutral))


def argument_names(node: Node, names: Mapping[Node, str]) -> dict[str, Term]:
    """The arguments of a rule by the names that a graph prints."""
    pairs = enumerate(node.inputs)
    return {letter_of(node, i): written(each, lambda known: Term(names[known])) for i, each in pairs}


def default_names(node: Node) -> dict[str, Term]:
    """What the parts of a rule are called: arguments by the users' names, else by letters."""
    names = {letter_of(node, i): _default_name(letter_of(node, i), each) for i, each in enumerate(node.inputs)}
    return names | {"g": Term("g")}


def _default_name(letter: str, value: Any) -> Term:
    if isinstance(value, (int, float)):
        return number(value)
    return Term(value.name if isinstance(value, Node) and value.name else letter)


def _own_sign(node: Node, names: Mapping[str, Term]) -> Term:
    """`tanh` for the result of tanh, `√x` for that of a root."""
    sign = node.primitive.label
    if sign == "σ" or (len(sign) > 1 and sign.replace("_", "").isalnum()):
        return Term(sign)
    return call(node, [names[letter_of(node, 0)]]) if len(node.inputs) == 1 else Term("out")


def letter_of(node: Node, position: int) -> str:
    """What a rule calls an argument, or the result, at -1."""
    if position < 0:
        return "out"
    return node.primitive.arguments[position] if position < len(node.primitive.arguments) else f"x{position}"


def _key(node: Node, edge: Edge) -> Any:
    return node.plan, edge.argument, id(node.primitive), *map(_fixed, node.inputs), _fixed(node.params)


def _fixed(value: Any) -> Any:
    """What a rule may depend on, as something that can be compared and looked up."""
    if isinstance(value, (Node, Literal)):
        return value.shape, value.dtype
    if isinstance(value, dict):
        return tuple([(key, _fixed(each)) for key, each in value.items()])
    if isinstance(value, (tuple, list)):
        return tuple(map(_fixed, value))
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype, value.tobytes()
    return repr(value)


def _reader(node: Node, edge: Edge) -> Callable[[Mapping[str, Term]], Term]:
    """A function that writes the rule with other names; a user's rule only if it reads the same for other numbers."""
    is_ours = is_declared(node.primitive)
    branch = edge_passed if is_ours else lambda each: None
    traces = [
        trace(node, edge, _stand_in(node, x), _stand_ins(node, x)) for x in ((0.5,) if is_ours else (0.5, 2.5, -1.5))
    ]

    def read(names: Mapping[str, Term]) -> Term:
        term, *others = [_text(traced, names, branch) for traced in traces]
        if term is not None and all(each == term for each in others):
            return term
        what = ", ".join(names[name].text for name in ("g", *edge.names) if name in names)
        return Term(f"{node.primitive.name}′({what})")

    return read


def _text(traced: Traced | None, names: Mapping[str, Term], branch: Callable[[Node], int | None]) -> Term | None:
    """A traced rule with these names, if it is short enough to be read."""
    if traced is None:
        return None
    part, letters = traced
    term = written(part, lambda each: names[letters[each]] if each in letters else None, branch)
    return term if len(term.text) <= LONGEST and "…" not in term.text.replace("[…", "") else None


class Traced(NamedTuple):
    """The record of one rule: the node of what it returned (or 0), and what its own tensors are called."""

    part: Any
    letters: dict[Node, str]


def trace(node: Node, edge: Edge, g: Any, saved: list[Any]) -> Traced | None:
    """Run a rule on tensors of its own.

    None where it fails on them (stand-ins may be no values that the user's rule expects), where it is a
    whole pass (of a checkpoint), or where what it returns does not come of `g` by recorded operations.
    """
    if not node.primitive.rules:
        return None
    cotangent = _observed(g)
    kept = [value if isinstance(value, (int, float)) else _observed(value) for value in saved]
    generators: dict[int, Any] = {}
    try:
        with using(observers=(Recorder(),), recording=False, generators=generators), np.errstate(all="ignore"):
            part = edge.rule(cotangent, *edge.needs(node, kept))
            shape = shape_of(node.inputs[edge.argument])
            if np.shape(part) != shape:
                part = ops.unbroadcast(part, shape)
    except Exception:  # stand-ins may be no values that a user's rule expects: it may raise anything
        return None
    finally:
        for generator, before in generators.values():
            generator.bit_generator.state = before
    if not isinstance(part, Tensor):
        is_zero = is_declared(node.primitive) and not np.any(part)
        return Traced(0, {}) if is_zero else None
    pairs = zip(node.plan.keeps, kept, strict=True)
    letters = {each._ensure_node(): letter_of(node, i) for i, each in pairs if isinstance(each, Tensor)}
    letters[cotangent._ensure_node()] = "g"
    return Traced(part._ensure_node(), letters) if cotangent._node in behind([part._ensure_node()]) else None


def _observed(value: Any) -> Tensor:
    """A tensor of its own for an array."""
    made = Tensor(np.asarray(value))
    made._ensure_node().value = made._array
    return made


def _stand_in(value: Any, fill: float) -> Any:
    """One number everywhere, or a matrix that has an inverse: a rule reads the same for all numbers."""
    if isinstance(value, (int, float)):
        return value
    if value.dtype.kind != "f":
        return np.ones(value.shape, value.dtype)
    filled = np.full(value.shape, fill, value.dtype)
    square = filled.ndim >= 2 and filled.shape[-1] == filled.shape[-2]
    return filled + np.eye(filled.shape[-1], dtype=filled.dtype) if square else filled


def _stand_ins(node: Node, fill: float) -> list[Any]:
    """What stands for the arrays that the node saved."""
    sources = [node if position < 0 else node.inputs[position] for position in node.plan.keeps]
    return [_stand_in(each, fill) for each in sources]
