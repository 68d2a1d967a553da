"""Random programs, run by the engine and by a naive one side by side; after each step all their values agree.

A write into an array changes what later operations see, never a recorded result or its gradient.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, precondition, rule

import autodiff as ad
from autodiff.context import Context, state

from . import naive
from .naive import Value


class Twin(NamedTuple):
    """One thing on both sides: a tensor and a value, or a user's array and its mirror."""

    real: Any
    naive: Any


LIMIT = 20.0  # greater results are dropped: nothing overflows, and rounding stays far below the tolerance
SHAPES = [(), (1,), (0,), (3,), (2, 1), (2, 3)]
NUMBERS = [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0]
UNARY = {
    "negative": lambda x: [-1.0],
    "square": lambda x: [2 * x],
    "absolute": lambda x: [(x > 0) * 1.0 - (x < 0)],
    "sin": lambda x: [np.cos(x)],
    "tanh": lambda x: [np.cosh(x) ** -2.0],
    "floor": lambda x: [0.0],
}
BINARY = {
    "add": lambda x, y: (1.0, 1.0),
    "subtract": lambda x, y: (1.0, -1.0),
    "multiply": lambda x, y: (y, x),
}
MOVES: dict[str, list[Callable[[Any], Any]]] = {
    "reshape": [lambda x: x.reshape(-1), lambda x: x.reshape(3, -1), lambda x: np.reshape(x, (1, *x.shape))],
    "transpose": [lambda x: x.T, lambda x: np.swapaxes(x, 0, -1), lambda x: np.transpose(x, (1, 0))],
    "broadcast_to": [lambda x: np.broadcast_to(x, (2, 3)), lambda x: np.broadcast_to(x, (2, *x.shape))],
    "identity": [np.copy],
}
INDICES: list[Any] = [
    0, -1, ..., None, slice(1, None), slice(None, None, -1), (..., 0), (slice(None), None), [0, 0], [1, 0, 1], [[0, -1]],
    (slice(None), [0, 0, 2]), ([0, 1, 0], 0), np.array([True, False, True]), slice(0, 0),
]  # fmt: skip
VIEWS: list[Callable[[Any], Any]] = [
    lambda a: a[...], lambda a: a[::-1], lambda a: a[:1], lambda a: a.T, lambda a: a.reshape(-1)[1:],
]  # fmt: skip
CUTS = [ad.Tensor.detach, ad.stop_gradient]


def drawn(shape: tuple[int, ...], seed: int) -> np.ndarray:
    return np.random.default_rng(seed).choice(NUMBERS, shape)


def as_value(each: Any) -> Value:
    return each if isinstance(each, Value) else Value(np.array(each))


def close(real: Any, expected: Any) -> None:
    scale = np.max(np.abs(expected), initial=1.0)
    np.testing.assert_allclose(real, expected, rtol=1e-9, atol=1e-9 * scale)
    assert real.shape == expected.shape


leaves, results, arrays = Bundle("leaves"), Bundle("results"), Bundle("arrays")
tensors = leaves | results
written_to = leaves | leaves | leaves | results
seeds = st.integers(0, 99)
numbers = st.sampled_from(NUMBERS).map(lambda number: Twin(number, np.array(number)))
operands = tensors | arrays | numbers


class Programs(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[ExitStack] = []
        self.contexts = [state.context]
        self.twins: list[Twin] = []

    def teardown(self) -> None:
        while self.blocks:
            self.leave()
        assert state.context == Context()

    def enter_twin(self, real: Any, value: Value) -> Twin:
        twin = Twin(real, value)
        self.twins.append(twin)
        return twin

    def both(self, real: Callable[..., Any], expected: Callable[..., Value], *args: Twin) -> Any:
        """One operation on both sides: the results agree, or both refuse and nothing has changed."""
        try:
            value = expected(*[as_value(each.naive) for each in args])
        except (ValueError, IndexError, TypeError) as error:
            with pytest.raises(type(error)):
                real(*[each.real for each in args])
            return multiple()
        tensor = real(*[each.real for each in args])
        assert isinstance(tensor, ad.Tensor)
        assert tensor.dtype == np.float64
        close(tensor.numpy(), value.array)
        if np.max(np.abs(value.array), initial=0) > LIMIT:
            return multiple()
        # Rounding may differ; ties must not: both sides go on from the same values.
        array = tensor.numpy()
        if state.context.recording:
            value.array = array
        else:
            value = Value(array)
        value.scope = state.context.scope
        return self.enter_twin(tensor, value)

    # Making things

    @initialize(target=leaves, seed=seeds)
    def first(self, seed: int) -> Twin:
        return self.enter_twin(ad.tensor(drawn((3,), seed), requires_grad=True), Value(drawn((3,), seed), True))

    @rule(target=arrays, shape=st.sampled_from(SHAPES), seed=seeds)
    def array(self, shape: tuple[int, ...], seed: int) -> Twin:
        return Twin(np.asarray(drawn(shape, seed)), np.asarray(drawn(shape, seed)))

    @rule(target=leaves, source=arrays, requires=st.booleans())
    def tensor(self, source: Twin, requires: bool) -> Twin:
        return self.enter_twin(ad.tensor(source.real, requires), Value(source.naive.copy(), requires))

    @rule(target=arrays, twin=written_to, view=st.sampled_from(VIEWS))
    def view_of_data(self, twin: Twin, view: Callable[[Any], Any]) -> Any:
        """A view of a leaf's data reaches the leaf; one of a result's data is read-only."""
        try:
            mirror = view(twin.naive.array)
        except IndexError:
            return multiple()
        if twin.naive.edges:
            mirror = mirror.copy()
            mirror.flags.writeable = False
        return Twin(view(twin.real.data), mirror)

    # Operations

    @rule(target=results, name=st.sampled_from(sorted(UNARY)), x=tensors)
    def unary(self, name: str, x: Twin) -> Any:
        run = getattr(np, name)
        return self.both(run, lambda a: naive.elementwise(name, run, UNARY[name], a), x)

    @rule(target=results, name=st.sampled_from(sorted(BINARY)), x=tensors, y=operands, swap=st.booleans())
    def binary(self, name: str, x: Twin, y: Twin, swap: bool) -> Any:
        return self.combined(name, *((y, x) if swap else (x, y)))

    def combined(self, name: str, *args: Twin) -> Any:
        run = getattr(np, name)
        return self.both(run, lambda a, b: naive.elementwise(name, run, BINARY[name], a, b), *args)

    @rule(target=results, name=st.sampled_from(["add", "multiply"]), x=tensors)
    def reuse(self, name: str, x: Twin) -> Any:
        return self.combined(name, x, x)

    @rule(target=results, name=st.sampled_from(["maximum", "minimum"]), x=tensors, y=operands, swap=st.booleans())
    def extreme(self, name: str, x: Twin, y: Twin, swap: bool) -> Any:
        run, sign = getattr(np, name), 1 if name == "maximum" else -1
        expected = lambda *args: naive.elementwise(name, run, naive.larger(args, sign), *args)  # noqa: E731 (one line)
        return self.both(run, expected, *((y, x) if swap else (x, y)))

    @rule(target=results, condition=operands, x=tensors, y=operands)
    def where(self, condition: Twin, x: Twin, y: Twin) -> Any:
        mask = as_value(condition.naive).array > 0
        run = lambda a, b: np.where(condition.real > 0, a, b)  # noqa: E731 (one line)
        expected = lambda a, b: naive.elementwise(  # noqa: E731 (one expression)
            "where", lambda p, q: np.where(mask, p, q), lambda p, q: (mask * 1.0, ~mask * 1.0), a, b
        )
        return self.both(run, expected, x, y)

    @rule(
        target=results, name=st.sampled_from(["sum", "max"]), x=tensors,
        axis=st.sampled_from([None, 0, -1, 1, (0, 1), 2]), keepdims=st.booleans(),
    )  # fmt: skip
    def reduce(self, name: str, x: Twin, axis: Any, keepdims: bool) -> Any:
        run = lambda a: getattr(np, name)(a, axis=axis, keepdims=keepdims)  # noqa: E731 (one line)
        return self.both(run, lambda a: naive.reduced(name, a, axis, keepdims), x)

    @rule(target=results, move=st.sampled_from([(n, run) for n in MOVES for run in MOVES[n]]), x=tensors)
    def rearrange(self, move: tuple[str, Callable[[Any], Any]], x: Twin) -> Any:
        return self.both(move[1], lambda a: naive.moved(move[0], a, move[1]), x)

    @rule(target=results, index=st.sampled_from(INDICES), x=tensors)
    def index(self, index: Any, x: Twin) -> Any:
        return self.both(lambda a: a[index], lambda a: naive.moved("getitem", a, lambda b: b[index]), x)

    @rule(target=results, index=st.sampled_from(INDICES), x=tensors, y=operands, add=st.booleans())
    def write_at(self, index: Any, x: Twin, y: Twin, add: bool) -> Any:
        run = lambda a, b: ad.at(a)[index].add(b) if add else ad.at(a)[index].set(b)  # noqa: E731 (one line)
        return self.both(run, lambda a, b: naive.written(a, index, b, "add" if add else "where"), x, y)

    @rule(target=results, x=tensors, y=tensors | arrays, swap=st.booleans())
    def matmul(self, x: Twin, y: Twin, swap: bool) -> Any:
        return self.both(np.matmul, naive.matmul, *((y, x) if swap else (x, y)))

    @rule(target=results, x=tensors, y=tensors | arrays)
    def join(self, x: Twin, y: Twin) -> Any:
        return self.both(lambda a, b: np.concatenate([a, b, a]), lambda a, b: naive.joined(a, b, a), x, y)

    @rule(target=results, cut=st.sampled_from(CUTS), x=tensors)
    def cut(self, cut: Callable[[Any], Any], x: Twin) -> Any:
        return self.both(cut, lambda a: Value(a.array), x)

    # Writes

    def write(self, twin: Twin, change: Callable[[Any], None], real: Any, mirror: Any) -> None:
        """One write on both sides; one into a result is refused and names the operation."""
        if getattr(twin.naive, "edges", None):
            words = twin.naive.name + (f" in '{twin.naive.scope}'" if twin.naive.scope else "")
            with pytest.raises(ValueError, match=f"{re.escape(words)} of shape"):
                change(real())
        elif not mirror().flags.writeable:
            with pytest.raises(ValueError, match=r"result of \w+|read-only"):
                change(real())
        else:
            change(real())
            change(mirror())

    @rule(twin=arrays, number=st.sampled_from(NUMBERS))
    def write_array(self, twin: Twin, number: float) -> None:
        self.write(twin, lambda a: a.__setitem__((slice(0, 1),) * a.ndim, number), lambda: twin.real, lambda: twin.naive)

    @rule(twin=written_to, number=st.sampled_from(NUMBERS), whole=st.booleans())
    def write_data(self, twin: Twin, number: float, whole: bool) -> None:
        def change(array: np.ndarray) -> None:
            if whole:
                array -= number
                np.clip(array, -2.0, 2.0, out=array)
            else:
                array[(slice(0, 1),) * array.ndim] = number

        self.write(twin, change, lambda: twin.real.data, lambda: twin.naive.array)

    @rule(twin=written_to, number=st.sampled_from(NUMBERS))
    def decrease_data(self, twin: Twin, number: float) -> None:
        """What an optimizer writes, `leaf.data -= ...`: the property is read, changed and set."""
        if twin.naive.edges:
            with pytest.raises(ValueError, match=twin.naive.name):
                twin.real.data -= number
        elif np.max(np.abs(twin.naive.array), initial=0) < LIMIT / 2:
            twin.real.data -= number
            twin.naive.array -= number

    @rule(twin=written_to, source=arrays)
    def replace_data(self, twin: Twin, source: Twin) -> None:
        """From now on the leaf shares the user's array, unless that is read-only."""
        if twin.naive.edges or twin.naive.array.shape != source.naive.shape:
            with pytest.raises(ValueError, match="data"):
                twin.real.data = source.real
        else:
            twin.real.data = source.real
            twin.naive.array = source.naive if source.naive.flags.writeable else source.naive.copy()

    @rule(twin=tensors, number=st.sampled_from([0.0, 2.0]))
    def write_grad(self, twin: Twin, number: float) -> None:
        if twin.naive.grad is not None:
            twin.real.grad *= number
            twin.naive.grad = twin.naive.grad * number

    # Blocks

    @rule(name=st.sampled_from(["", "a", "b"]))
    def enter(self, name: str) -> None:
        """A no_grad block, or a scope where there is a name."""
        block = ExitStack()
        block.enter_context(ad.scope(name) if name else ad.no_grad())
        self.blocks.append(block)
        self.contexts.append(state.context)
        assert state.context.recording == (bool(name) and self.contexts[-2].recording)

    @precondition(lambda self: self.blocks)
    @rule()
    def leave(self) -> None:
        self.blocks.pop().close()
        self.contexts.pop()

    @rule(x=tensors, name=st.sampled_from(["", "a"]))
    def fail_inside(self, x: Twin, name: str) -> None:
        with pytest.raises(ValueError, match="reshape"), ad.scope(name) if name else ad.no_grad():
            x.real.reshape(7, 11)

    # Gradients

    @rule(twin=tensors)
    def require(self, twin: Twin) -> None:
        """For a leaf that requires a gradient already this changes nothing."""
        if twin.naive.edges:
            with pytest.raises(ValueError, match="requires_grad"):
                twin.real.requires_grad = True
        else:
            twin.real.requires_grad = True
            twin.naive.requires = twin.naive.keeps = True

    @rule(twin=tensors)
    def retain(self, twin: Twin) -> None:
        if twin.naive.requires:
            twin.real.retain_grad()
            twin.naive.keeps = True
        else:
            with pytest.raises(ValueError, match="retain_grad"):
                twin.real.retain_grad()

    @rule(twin=tensors, seed=seeds, retain=st.booleans())
    def backward(self, twin: Twin, seed: int, retain: bool) -> None:
        g = np.asarray(drawn(twin.naive.array.shape, seed))
        if not twin.naive.requires:
            with pytest.raises(RuntimeError, match="no recorded operation"):
                twin.real.backward(g)
        elif not any(each.doubtful for each in naive.cotangents(twin.naive, g)):
            try:
                naive.backward(twin.naive, g, retain)
            except RuntimeError as error:
                with pytest.raises(RuntimeError, match=f"^({error}): .* consumed"):
                    twin.real.backward(g, retain_graph=retain)
            else:
                twin.real.backward(g, retain_graph=retain)
                g[...] = 99  # nobody keeps the cotangent

    @rule(twin=tensors, wanted=st.lists(tensors, min_size=1, max_size=3), seed=seeds)
    def gradients(self, twin: Twin, wanted: list[Twin], seed: int) -> None:
        """By leaves and by results, without a trace in any grad."""
        g = np.asarray(drawn(twin.naive.array.shape, seed))
        found = naive.cotangents(twin.naive, g)
        wanted = [each for each in wanted if each.naive.requires]
        if not any(each.doubtful or each.consumed for each in found):
            for each, got in zip(wanted, ad.gradients(twin.real, [each.real for each in wanted], g)):
                close(got, found.get(each.naive, np.zeros(each.naive.array.shape)))

    # What holds after each step

    @invariant()
    def nothing_else_changed(self) -> None:
        assert state.context is self.contexts[-1]
        for real, expected in self.twins:
            np.testing.assert_array_equal(real.numpy(), expected.array)
            assert real.requires_grad == expected.requires

    @invariant()
    def grads_agree(self) -> None:
        for real, expected in self.twins:
            assert (real.grad is None) == (expected.grad is None)
            if expected.grad is not None:
                close(real.grad, expected.grad)


TestPrograms = Programs.TestCase
TestPrograms.settings = settings(max_examples=10 * settings().max_examples, stateful_step_count=40)
