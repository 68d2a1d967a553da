"""Primitives: what the engine can differentiate, each from one declaration.

A rule names what it needs, and the graph keeps exactly that:

- `g`, the cotangent (of a rule for reverse mode: always its first argument);
- `out`, the result; `x`, `y`, `z`, the arguments in their order; `xs`, all of them;
- `x_shape`, `y_shape`, `z_shape`, `shapes`; `position`, which argument the rule is for;
- `tracked`, how many arguments carry a gradient;
- a parameter of the primitive (`axis`, ...), by its name.

Rules use operators and the engine's own functions only. These take arrays as well as
tensors, so one rule computes a gradient at NumPy's speed and records one, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .context import state
from .domains import REALS, Domain, Sampling, elements
from .graph import Literal, Node
from .guard import freeze, frozen
from .tensor import Tensor

Rule = Callable[..., Any]
REGISTRY: dict[str, Primitive] = {}
_LETTERS = ("x", "y", "z")


class Edge(NamedTuple):
    """The way of a cotangent to one argument: its rule, and what finds the rule's needs in a node."""

    argument: int
    rule: Rule
    names: tuple[str, ...]
    needs: Callable[[Node, Sequence[Any]], Sequence[Any]]


class Plan(NamedTuple):
    """For one set of tracked arguments: what to keep (-1 for the result) and the edges."""

    keeps: tuple[int, ...]
    edges: tuple[Edge, ...]


class Primitive:
    """A function of arrays with a derivative; calling it with a tensor records it.

    `run(*arrays, **params)` computes it. `rules` has one entry for each argument, or
    one for all of them (`variadic`); None stands for an argument that is not differentiated.
    """

    def __init__(
        self,
        name: str,
        run: Callable[..., Any],
        rules: Sequence[Rule | None],
        *,
        kind: str = "general",
        label: str | None = None,
        sample: Sampling | None = None,
        arguments: Sequence[str] = _LETTERS,
        variadic: bool = False,
    ) -> None:
        self.name = name
        self.run = run
        self.rules = tuple(rules)
        self.kind = kind
        self.label = label or name
        self.sample = sample
        self.arguments = tuple(arguments)
        self.variadic = variadic
        self._plans: dict[tuple[int, int], Plan] = {}

    def __repr__(self) -> str:
        return f"<{self.kind} primitive {self.name}>"

    def __call__(self, *args: Any, **params: Any) -> Any:
        arrays, nodes = [], []
        tracked, bit = 0, 1
        found = False
        for each in args:
            if isinstance(each, Tensor):
                found = True
                node = each._node
                if node is not None and node.differentiable:
                    tracked |= bit
                arrays.append(each._array)
                nodes.append(node)
            else:
                arrays.append(each)
                nodes.append(None)
            bit <<= 1
        if not found:
            return self.run(*args, **params)
        out: Any
        try:
            out = self.run(*arrays, **params)
        except (ValueError, TypeError, IndexError) as error:
            raise _explained(error, self.name, arrays, params) from error
        if type(out) is not np.ndarray:
            if isinstance(out, tuple):  # a pair of tensors that stands for a complex one: it answers for itself
                return NotImplemented
            out = np.asarray(out)
        elif out.base is not None and not frozen(out.base):
            out = out.copy()  # a view of what a user can write to
        out.setflags(False)
        context = state.context
        if context.debugger is not None:
            context.debugger.ran(self, arrays, params, out)
        dtype = out.dtype
        if dtype.kind == "c":
            raise TypeError(f"{describe_call(self.name, arrays, params)} is complex; only real numbers are supported")
        if not tracked or not context.recording or dtype.kind != "f":
            return Tensor(out)
        # From here on the call is recorded: its inputs, and of the arrays just what the rules name.
        plan = self._plans.get((tracked, bit)) or self._make_plan(tracked, bit, len(args))
        inputs = tuple([_input(each) for each in args] if None in nodes else nodes)
        saved = [_keep(args[i], arrays[i]) if i >= 0 else freeze(out) for i in plan.keeps]
        node = Node(out.shape, dtype, True, self, inputs, params, plan, saved, context.scope)
        if context.debugger is not None:
            context.debugger.recorded(node, args, out)
        return Tensor(out, node)

    def rule(self, index: int) -> Rule | None:
        """The rule for the argument at `index`."""
        return self.rules[0] if self.variadic else self.rules[index]

    def _make_plan(self, tracked: int, key: int, count: int) -> Plan:
        rules = [(i, rule) for i in range(count) if tracked >> i & 1 and (rule := self.rule(i)) is not None]
        keeps = sorted({k for i, rule in rules for k in self._kept_for(i, rule, count)})
        resolve = _Resolver(self, keeps, count, tracked.bit_count())
        plan = Plan(
            tuple(keeps), tuple(Edge(i, rule, needs_of(rule), resolve.all(needs_of(rule), i)) for i, rule in rules)
        )
        self._plans[tracked, key] = plan
        return plan

    def _kept_for(self, index: int, rule: Rule, count: int) -> set[int]:
        """Which arrays a rule needs: positions of arguments, -1 for the result."""
        kept = set(range(count)) - {index} if self.kind == "linear" else set()
        for name in needs_of(rule):
            if name == "out":
                kept.add(-1)
            elif name == "xs":
                kept.update(range(count))
            elif name in self.arguments:
                kept.add(self.arguments.index(name))
        return kept


class _Resolver:
    """Turns a name in a rule into a function that finds it in a node."""

    def __init__(self, primitive: Primitive, keeps: list[int], count: int, tracked: int) -> None:
        self.arguments = primitive.arguments
        self.place = {position: place for place, position in enumerate(keeps)}
        self.count = count
        self.tracked = tracked

    def all(self, names: Sequence[str], index: int) -> Callable[[Node, Sequence[Any]], Sequence[Any]]:
        """What finds all that a rule names; the common case of one without a loop."""
        needs = [self.one(name, index) for name in names]
        if len(names) == 1:
            (need,) = needs
            return lambda node, saved: (need(node, saved),)
        return lambda node, saved: [need(node, saved) for need in needs]

    def one(self, name: str, index: int) -> Callable[[Node, Sequence[Any]], Any]:
        if name == "out" or name in self.arguments:
            place = self.place[-1 if name == "out" else self.arguments.index(name)]
            return lambda node, saved: saved[place]
        if name == "xs":
            places = [self.place[i] for i in range(self.count)]
            return lambda node, saved: [saved[i] for i in places]
        if name.removesuffix("_shape") in self.arguments:
            position = self.arguments.index(name.removesuffix("_shape"))
            return lambda node, saved: shape_of(node.inputs[position])
        if name == "shapes":
            return lambda node, saved: [shape_of(each) for each in node.inputs]
        if name == "position":
            return lambda node, saved: index
        if name == "tracked":
            return lambda node, saved: self.tracked
        return lambda node, saved: node.params[name]  # type: ignore[index]


def needs_of(rule: Rule) -> tuple[str, ...]:
    """What a rule names after the cotangent."""
    needs: tuple[str, ...] = getattr(rule, "needs", None) or names_of(rule)[1:]
    return needs


def names_of(function: Any) -> tuple[str, ...]:
    names: tuple[str, ...] = function.__code__.co_varnames[: function.__code__.co_argcount]
    return names


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape of a node, a literal or a number."""
    return value.shape if isinstance(value, (Node, Literal)) else np.shape(value)


def _input(value: Any) -> Any:
    """What a node remembers of an argument."""
    if isinstance(value, Tensor):
        return value._node or value._ensure_node()
    if isinstance(value, (int, float)):
        return value
    array = np.asarray(value)
    return Literal(array.shape, array.dtype)


def _keep(value: Any, array: Any) -> Any:
    """An argument as the graph may keep it: nothing that a user can write to."""
    if isinstance(value, Tensor):
        return array if frozen(array) else value._kept()
    if isinstance(array, (int, float)):
        return array
    copy = np.array(array)
    copy.setflags(write=False)
    return copy


def describe_call(name: str, arrays: Sequence[Any], params: dict[str, Any]) -> str:
    """A call in words: `matmul(float64 (3, 4), float64 (5, 2))`."""
    shown = [f"{a.dtype} {a.shape}" if isinstance(a, (np.ndarray, np.generic)) else repr(a) for a in arrays]
    shown += [f"{key}={value!r}" for key, value in params.items() if value is not None and value is not False]
    return f"{name}({', '.join(shown)})"


def _explained(error: Exception, name: str, arrays: Sequence[Any], params: dict[str, Any]) -> Exception:
    """NumPy's error with the call, its shapes and dtypes put in front."""
    known = (np.linalg.LinAlgError, np.exceptions.AxisError, IndexError, ValueError, TypeError)
    kind = next(each for each in known if isinstance(error, each))
    hint = ""
    if any(word in str(error) for word in ("broadcast", "mismatch", "aligned")):
        hint = ". The shapes do not fit: check for a missing transpose, reshape or keepdims=True"
    return kind(f"{describe_call(name, arrays, params)}: {error}{hint}")


# The declarators


def elementwise(
    name: str,
    run: Callable[..., Any],
    *partials: Rule | float | None,
    label: str | None = None,
    domains: Sequence[Domain] = (),
    sample: Sampling | None = None,
) -> Primitive:
    """Declare a function that works element by element by its partial derivatives.

    A partial is a function of what it names, or a number. One that names `g` is the
    whole product with the cotangent; elementwise, that serves both modes.
    """
    sample = sample or elements(*(domains or [REALS] * len(partials)))
    return register(
        Primitive(name, run, [_scaled(p) for p in partials], kind="elementwise", label=label, sample=sample)
    )


def _scaled(partial: Rule | float | None) -> Rule | None:
    """The rule `g * partial`."""
    if partial is None:
        return None
    if not callable(partial):
        factor = partial
        if factor == 1:
            return lambda g: g
        return (lambda g: -g) if factor == -1 else (lambda g: zeros_like(g))
    if names_of(partial)[:1] == ("g",):
        return partial

    def rule(g: Any, *values: Any) -> Any:
        return g * partial(*values)

    rule.needs = names_of(partial)  # type: ignore[attr-defined]
    return rule


def zeros_like(g: Any) -> Any:
    """Zeros of the shape and dtype of a tensor or an array."""
    return np.zeros(g.shape, g.dtype)


def linear(
    name: str, run: Callable[..., Any], *transposes: Rule | None, label: str | None = None, sample: Sampling
) -> Primitive:
    """Declare a function that is linear in each differentiable argument by its transposes."""
    return register(Primitive(name, run, transposes, kind="linear", label=label, sample=sample))


def primitive(
    name: str,
    run: Callable[..., Any],
    *rules: Rule | None,
    label: str | None = None,
    sample: Sampling,
    variadic: bool = False,
) -> Primitive:
    """Declare any other function by a rule for each argument; forward mode transposes the rules."""
    return register(Primitive(name, run, rules, kind="general", label=label, sample=sample, variadic=variadic))


def register(made: Primitive) -> Primitive:
    """Enter a primitive in the table that tests, drawings and benchmarks go through."""
    if made.name in REGISTRY:
        raise ValueError(f"a primitive named {made.name!r} is declared already")
    if made.sample is None:
        raise ValueError(f"primitive {made.name!r} needs domains or a sample, so that tests can call it")
    REGISTRY[made.name] = made
    return made
