"""Random programs, run by the engine and by a naive one side by side; after each step all their values agree.

A write into an array changes what later operations see, never a recorded result or its gradient.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, multiple, rule

import autodiff as ad

from . import naive
from .naive import Value
from .twins import LIMIT, Twin, Twins, as_value, close

SHAPES = [(), (1,), (0,), (3,), (2, 1), (2, 3)]
NUMBERS = [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0]
MOVES: dict[str, list[Callable[[Any], Any]]] = {
    "reshape": [lambda x: x.reshape(-1), lambda x: x.reshape(3, -1), lambda x: np.reshape(x, (1, *x.shape))],
    "transpose": [lambda x: x.T, lambda x: np.swapaxes(x, 0, -1), lambda x: np.transpose(x, (1, 0))],
    "broadcast_to": [lambda x: np.broadcast_to(x, (2, 3)), lambda x: np.broadcast_to(x, (2, *x.shape))],
    "identity": [np.copy],
}
INDICES: list[Any] = [
    0, -1, ..., None, slice(1, None), slice(None, None, -1), (..., 0), (slice(None), None), [0, 0], [1, 0, 1],
    [[0, -1]], (slice(None), [0, 0, 2]), ([0, 1, 0], 0), np.array([True, False, True]), slice(0, 0),
]  # fmt: skip
VIEWS: list[Callable[[Any], Any]] = [
    lambda a: a[...], lambda a: a[::-1], lambda a: a[:1], lambda a: a.T, lambda a: a.reshape(-1)[1:],
]  # fmt: skip
CUTS = [ad.Tensor.detach, ad.stop_gradient]


def drawn(shape: tuple[int, ...], seed: int) -> np.ndarray:
    return np.random.default_rng(seed).choice(NUMBERS, shape)


leaves, results, arrays = Bundle("leaves"), Bundle("results"), Bundle("arrays")
tensors = leaves | results
written_to = leaves | leaves | leaves | results
seeds = st.integers(0, 99)
numbers = st.sampled_from(NUMBERS).map(lambda number: Twin(number, np.array(number)))
operands = tensors | arrays | numbers


class Programs(Twins):
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
        """A view of a leaf's data reaches the leaf; one of a result's data is read-only, unless NumPy had to copy."""
        try:
            mirror = view(twin.naive.array)
        except IndexError:
            return multiple()
        real = view(twin.real.data)
        if twin.naive.edges:
            mirror = mirror.copy()
            mirror.flags.writeable = real.flags.writeable and not np.shares_memory(real, twin.real._array)
        return Twin(real, mirror)

    # Operations

    @rule(target=results, name=st.sampled_from(sorted(naive.UNARY)), x=tensors)
    def unary(self, name: str, x: Twin) -> Any:
        run = getattr(np, name)
        return self.both(run, lambda a: naive.elementwise(name, run, naive.UNARY[name], a), x)

    @rule(target=results, name=st.sampled_from(sorted(naive.BINARY)), x=tensors, y=operands, swap=st.booleans())
    def binary(self, name: str, x: Twin, y: Twin, swap: bool) -> Any:
        return self.combined(name, *((y, x) if swap else (x, y)))

    def combined(self, name: str, *args: Twin) -> Any:
        run = getattr(np, name)
        return self.both(run, lambda a, b: naive.elementwise(name, run, naive.BINARY[name], a, b), *args)

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
        change = lambda a: a.__setitem__((slice(0, 1),) * a.ndim, number)  # noqa: E731 (one line)
        self.write(twin, change, lambda: twin.real, lambda: twin.naive)

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

    # Errors and gradients

    @rule(x=tensors, name=st.sampled_from(["", "a"]))
    def fail_inside(self, x: Twin, name: str) -> None:
        with pytest.raises(ValueError, match="reshape"), ad.scope(name) if name else ad.no_grad():
            x.real.reshape(7, 11)

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

    @rule(twin=results | results | leaves, seed=seeds, retain=st.booleans(), times=st.integers(1, 2))
    def backward(self, twin: Twin, seed: int, retain: bool, times: int) -> None:
        g = np.asarray(drawn(twin.naive.array.shape, seed))
        for _ in range(times):
            if not twin.naive.requires:
                with pytest.raises(RuntimeError, match="no recorded operation"):
                    twin.real.backward(g)
            elif not any(each.doubtful for each in naive.cotangents(twin.naive, g)):
                self.backward_on_both(twin, g, retain)

    def backward_on_both(self, twin: Twin, g: np.ndarray, retain: bool) -> None:
        cotangent = g.copy()
        try:
            naive.backward(twin.naive, g, retain)
        except RuntimeError as error:
            with pytest.raises(RuntimeError, match=f"^({error}): .* consumed"):
                twin.real.backward(cotangent, retain_graph=retain)
        else:
            twin.real.backward(cotangent, retain_graph=retain)
            cotangent[...] = 99  # nobody keeps it

    def teardown(self) -> None:
        """At the end of a program the gradients of every result by every node agree."""
        super().teardown()
        every = [each for each in self.twins if each.naive.requires]
        for twin in every:
            g = np.asarray(drawn(twin.naive.array.shape, len(every)))
            found = naive.cotangents(twin.naive, g)
            if not any(each.doubtful or each.consumed for each in found):
                for each, got in zip(every, ad.gradients(twin.real, [each.real for each in every], g), strict=True):
                    close(got, found.get(each.naive, np.zeros(each.naive.array.shape)))


TestPrograms = Programs.TestCase
TestPrograms.settings = settings(max_examples=8 * settings().max_examples, stateful_step_count=40)
