"""Random programs, compiled: values, gradients and assignments are those of eager calls, call after call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import multiple

import autodiff as ad
from autodiff.compiler import TraceError, passes
from autodiff.compiler.passes import EXACT, NUMPY, REORDERING

from ..properties.small_programs import ONE, TWO, Program, draw_program, dropped, squared_plus
from ..properties.test_programs import Programs
from .comparing import agree, alone, array_of, compiling, is_in_order, same

seeds = st.integers(0, 10**6)
ways = st.sampled_from([(True, False), (True, True), (False, False), (False, True)])  # in order, in memory


CHECKPOINTED = [each for each in (*ONE, *TWO) if hasattr(each, "__wrapped__")]


def drawn(seed: int, *without: Any) -> Program:
    """A random program that arrays run through as well as tensors, without generators that it makes by itself."""
    program = draw_program(seed)
    assume(runs_on_arrays(program, *without))
    return program


def runs_on_arrays(program: Program, *without: Any) -> bool:
    """Whether a program has steps, none of which makes a generator by itself, or is left out, or needs tensors."""
    if not program.steps or any(function in (dropped, *without) for function, _ in program.steps):
        return False
    try:
        program.run(program.arrays)
    except (ValueError, IndexError):
        return False
    return True


def other_values(program: Program, seed: int) -> list[list[np.ndarray]]:
    """What the program is made with, other values of the same shapes, and edges where ties and zeros are."""
    rng = np.random.default_rng(seed)
    return [
        program.arrays, [np.asarray(rng.uniform(-2, 2, each.shape)) for each in program.arrays],
        [np.asarray(rng.choice([-1.0, -0.0, 0.0, 1.0], each.shape)) for each in program.arrays], program.arrays,
    ]  # fmt: skip


def as_function(program: Program) -> Callable[..., Any]:
    """The results of all steps; the names of the parameters are those of the emitted program."""

    def f(a, b, c, d):
        return program.run([a, b, c, d])[4:]

    return f


def loss_of(results: list[Any]) -> Any:
    """One number that depends on all float results, each element in its own way."""
    return sum(np.sum(np.sin(each + i)) for i, each in enumerate(results) if hasattr(each, "dtype"))


@given(seed=seeds, way=ways)
def test_values(seed, way):
    program = drawn(seed)
    with np.errstate(all="ignore"), compiling(*way):
        agree(as_function(program), other_values(program, seed), way[0])


@given(seed=seeds, way=ways, argnums=st.sampled_from([0, (0, 1), (3, 1)]))
def test_values_and_gradients_of_arrays(seed, way, argnums):
    program = drawn(seed, *CHECKPOINTED)  # which eagerly adds up cotangents by itself: in another order
    function = ad.value_and_grad(lambda *args: loss_of([*args, *as_function(program)(*args)]), argnums)
    with np.errstate(all="ignore"), compiling(*way):
        agree(function, other_values(program, seed), way[0])


@given(seed=seeds, way=ways)
def test_second_derivatives(seed, way):
    program = drawn(seed)

    def loss(a, b, c, d):
        return loss_of([a, *as_function(program)(a, b, c, d)])

    def curved(a, b, c, d):
        return ad.grad(lambda a: np.sum(ad.grad(loss)(a, b, c, d) ** 2))(a)

    with np.errstate(all="ignore"), compiling(*way):
        agree(curved, other_values(program, seed), exact=False)


@given(seed=seeds, way=ways, times=st.integers(1, 5))
def test_steps_that_assign(seed, way, times):
    """Parameters after a number of steps, with the state in tensors that the function finds outside."""
    program = drawn(seed)

    def world() -> tuple[Callable[..., Any], list[Any]]:
        a, b, c, _ = leaves = program.leaves()

        def step(d):
            results = program.run([a, b, c, d])[4:]
            loss = loss_of([a, b, *results])
            loss.backward()
            for each in (a, b):
                each.data -= 0.01 * each.grad
            c.data = 0.9 * c.data + 0.1
            a.grad = b.grad = None
            return loss, results

        return step, leaves[:3]

    (eager, there), (function, here) = world(), world()
    with np.errstate(all="ignore"), compiling(*way):
        step = ad.compile(function)
        for i in range(times):
            d = program.arrays[3] + i
            expected, got = eager(d), step(d)
            same([array_of(each) for each in flat(got)], [array_of(each) for each in flat(expected)], exact=False)
            same([each.numpy() for each in here], [each.numpy() for each in there], exact=False)
            assert all(each.grad is None for each in here)


def flat(results: Any) -> list[Any]:
    return [results[0], *results[1]]


@given(seed=seeds, way=ways)
def test_the_text_stands_alone(seed, way):
    """It is run where there is nothing but NumPy, with the inputs by their names."""
    program = drawn(seed, squared_plus)  # whose text is not NumPy's
    function = as_function(program)
    with np.errstate(all="ignore"), compiling(*way):
        step = agree(function, other_values(program, seed)[:1], way[0])
        if not step._program().program.equations():
            return
        emitted, names = alone(step)
        for values in other_values(program, seed):
            expected = list(function(*values))
            given = dict(zip("abcd", map(np.array, values), strict=True))
            got = emitted(**{name: given[name] for name in names})
            got = list(got) if isinstance(got, tuple) else [got]
            same(got, expected, way[0] and is_in_order(step))


# Each pass by itself


@contextmanager
def just(name: str) -> Iterator[None]:
    """Only one of the passes."""
    with (
        patch.dict(passes.EXACT, {name: EXACT[name]} if name in EXACT else {}, clear=True),
        patch.dict(passes.REORDERING, {name: REORDERING[name]} if name in REORDERING else {}, clear=True),
        patch.dict(passes.NUMPY, {name: NUMPY[name]} if name in NUMPY else {}, clear=True),
    ):
        yield


@contextmanager
def all_but(name: str) -> Iterator[None]:
    with (
        patch.dict(passes.EXACT, {key: each for key, each in EXACT.items() if key != name}, clear=True),
        patch.dict(passes.REORDERING, {key: each for key, each in REORDERING.items() if key != name}, clear=True),
        patch.dict(passes.NUMPY, {key: each for key, each in NUMPY.items() if key != name}, clear=True),
    ):
        yield


@pytest.mark.parametrize("chosen", [just, all_but])
@pytest.mark.parametrize("name", [*EXACT, *REORDERING, *NUMPY, "none"])
@given(seed=seeds)
def test_each_pass_alone_and_all_others(name, chosen, seed):
    program = drawn(seed, *CHECKPOINTED)
    function = ad.value_and_grad(lambda *args: loss_of([*args, *as_function(program)(*args)]), (0, 1, 2, 3))
    exact = chosen is just and name not in REORDERING
    with np.errstate(all="ignore"), chosen(name):
        agree(function, other_values(program, seed), exact)


# Programs one operation at a time, beside the naive engine


class CompiledPrograms(Programs):
    """Each operation is a compiled function of its own: what it returns is recorded as one call, and differentiated."""

    def both(self, real: Callable[..., Any], expected: Callable[..., Any], *args: Any) -> Any:
        def operation(*values):
            return real(*values)

        def second_call(*values):  # the first hands out eager results
            step(*values)
            return step(*values)

        step = ad.compile(operation)
        try:
            return super().both(second_call, expected, *args)
        except TraceError:  # it uses a result from outside
            return multiple()

    def write(self, twin: Any, change: Any, real: Any, mirror: Any) -> None:
        """The words of a refusal name the compiled function, not the operation."""
        if not getattr(twin.naive, "edges", None):
            super().write(twin, change, real, mirror)

    def decrease_data(self, twin: Any, number: float) -> None:
        """A rule that is left out."""

    def backward_on_both(self, twin: Any, g: np.ndarray, retain: bool) -> None:
        """Nothing is consumed, because a call is consumed in other words than an operation."""
        super().backward_on_both(twin, g, True)


TestCompiledPrograms = CompiledPrograms.TestCase
TestCompiledPrograms.settings = settings(max_examples=settings().max_examples, stateful_step_count=20)
