"""Primitives: what the engine can differentiate, each from one declaration.

Rules use operators and the engine's own functions only. These take arrays as well as
tensors, so one rule computes a gradient at NumPy's speed and records one, too. What a rule
may name is told in `plan.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .context import state
from .domains import REALS, Domain, Sampling, elements
from .guard import freeze, frozen, frozen_copy
from .node import Literal, Node
from .plan import Plan, Rule, make_plan, names_of
from .tensor import Tensor

REGISTRY: dict[str, Primitive] = {}
_LETTERS = ("x", "y", "z")


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
        context = state.context
        if context.tracer is not None:
            arrays = context.tracer.meet(args)
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
        for observer in context.observers:
            observer.ran(self, arrays, params, out)
        dtype = out.dtype
        if dtype.kind == "c":
            raise TypeError(f"{describe_call(self.name, arrays, params)} is complex; only real numbers are supported")
        if not tracked or not context.recording or dtype.kind != "f":
            made = Tensor(out)
            for observer in context.observers:
                observer.passed(made, self, args, params)
            return made
        # From here on the call is recorded: its inputs, and of the arrays just what the rules name.
        plan = self._plans.get((tracked, bit)) or self._plan(tracked, bit, len(args))
        inputs = tuple([input_of(each) for each in args] if None in nodes else nodes)
        saved = [_keep(args[i], arrays[i]) if i >= 0 else freeze(out) for i in plan.keeps]
        node = Node(out.shape, dtype, True, self, inputs, params, plan, saved, context.scope)
        for observer in context.observers:
            observer.recorded(node, args, out)
        return Tensor(out, node)

    def rule(self, index: int) -> Rule | None:
        """The rule for the argument at `index`."""
        return self.rules[0] if self.variadic else self.rules[index]

    def plan(self, tracked: int, count: int) -> Plan:
        """The plan for a call with `count` arguments, of which those whose bits are set are tracked."""
        return self._plans.get((tracked, 1 << count)) or self._plan(tracked, 1 << count, count)

    def _plan(self, tracked: int, key: int, count: int) -> Plan:
        """A plan, made at the first call of its kind."""
        rules = {i: rule for i in range(count) if tracked >> i & 1 and (rule := self.rule(i)) is not None}
        plan = make_plan(rules, self.arguments, count, tracked.bit_count(), self.kind == "linear")
        self._plans[tracked, key] = plan
        return plan


def input_of(value: Any) -> Any:
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
    return frozen_copy(array)


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


def is_declared(made: Primitive) -> bool:
    """Whether a primitive is one of the table; a user's own may have the same name."""
    return REGISTRY.get(made.name) is made


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
        special: dict[float, Rule] = {1: lambda g: g, -1: lambda g: -g, 0: lambda g: np.zeros(g.shape, g.dtype)}
        return special.get(partial) or (lambda g: g * partial)
    if names_of(partial)[:1] == ("g",):
        return partial

    def rule(g: Any, *values: Any) -> Any:
        return g * partial(*values)

    rule.needs = names_of(partial)  # type: ignore[attr-defined]  # a function takes attributes
    return rule


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
