"""Statements and memory: chains in place, memory that is used again, variables that are written where they lie.

A plan is checked by walking the statements with the memory in hand: nothing reads what was written over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autodiff as ad
from autodiff.compiler import memory
from autodiff.compiler.compiled import Compiled
from autodiff.compiler.statements import base_of

from ..comparing import agree, compiling, same
from ..test_programs import CHECKPOINTED, as_function, drawn, loss_of, other_values, seeds
from .around import A

LARGE = np.linspace(-1, 1, memory.SMALL // 8 + 1)


def plan(step: Compiled) -> Any:
    return step._program().source.layout


def buffers(step: Compiled) -> Iterator[np.ndarray]:
    """The memory that a program keeps, by the lines that make it."""
    names = step._program().run.__globals__
    for line in step.source.splitlines():
        name, equals, made = line.partition(" = ")
        if equals and made.startswith("np.empty(") and name in names:
            yield names[name]


def in_hand(step: Compiled) -> None:
    """Walk the statements: whatever one reads is still where it was put."""
    source, program = step._program().source, step._program().program
    layout = source.layout
    buffer_of = {node: buffer for buffer in layout.buffers for chain in buffer.nodes for node in chain}
    holds: dict[Any, Any] = {leaf: leaf for leaf in program.inputs}

    def place(node: Any) -> Any:
        node = base_of(node)
        return buffer_of.get(node, layout.chain_of(node))

    for statement in source.statements:
        for each in statement.reads:
            assert holds.get(place(each), base_of(each)) is base_of(each), f"{each} was written over"
        for each in statement.nodes:
            holds[place(each)] = base_of(each)
    for each in program.results:
        assert holds.get(place(each), base_of(each)) is base_of(each)


@given(seed=seeds)
def test_nothing_that_is_read_was_written_over(seed):
    program = drawn(seed, *CHECKPOINTED)
    function = ad.value_and_grad(lambda *args: loss_of([*args, *as_function(program)(*args)]), (0, 1))
    with np.errstate(all="ignore"), compiling(in_order=True, in_memory=True):
        step = agree(function, other_values(program, seed))
    in_hand(step)


@given(seed=seeds)
def test_nothing_is_read_that_an_earlier_call_left(seed):
    """Between the calls all memory is filled with what spoils every result."""
    program = drawn(seed)
    function = as_function(program)
    with np.errstate(all="ignore"), compiling(in_order=True, in_memory=True):
        step = ad.compile(function)
        step(*program.arrays)
        expected = step(*program.arrays)
        for each in buffers(step):
            each.fill(np.nan if each.dtype.kind == "f" else True)
        same(step(*program.arrays), expected)


def test_a_chain_stays_in_one_place():
    def f(x):
        return np.sum(np.sqrt(np.exp(np.tanh(x)) + 1))

    step = agree(f, [(LARGE,), (-LARGE,)])
    assert len(plan(step).buffers) == 1 and len(list(buffers(step))) == 1
    (chain,) = plan(step).buffers[0].nodes
    assert len(chain) >= 3


def test_an_operand_that_is_read_again_is_not_written_over():
    def f(x):
        y = np.tanh(x)
        z = np.exp(y)
        return np.sum(z * y), np.sum(np.sin(z) * y)

    step = agree(f, [(LARGE,), (2 * LARGE,), (LARGE,)])
    in_hand(step)
    assert len(plan(step).buffers) == 3 or len(plan(step).buffers) == 2


@pytest.mark.parametrize("look", [
    lambda y: y[::-1], lambda y: y.reshape(-1, 1), lambda y: y[:, None].T, lambda y: np.broadcast_to(y, (1, len(y))),
    lambda y: np.einsum("i->i", y), lambda y: y[5:][::-1],
])  # fmt: skip
def test_a_view_keeps_what_it_looks_at(look):
    def f(x):
        y = np.tanh(x)
        window = look(y)
        z = np.exp(np.sin(x + 1))
        return np.sum(z), np.sum(window * 2), np.cumsum(window)[-1]

    in_hand(agree(f, [(LARGE,), (-LARGE,), (LARGE,)], exact=False))


def test_memory_is_used_again_where_size_and_dtype_are_those():
    def f(x):
        for _ in range(4):
            x = np.cumsum(x) / len(x)
        return np.sum(x)

    step = agree(f, [(LARGE,), (-LARGE,)], exact=False)
    assert 1 <= len(plan(step).buffers) <= 2

    def other_sizes(x):
        y = np.exp(x) > 1
        z = np.exp(x).astype(np.float32)
        return np.sum(np.tanh(x)), np.sum(y), np.sum(z), np.sum(np.exp(x[1:]) * 2)

    step = agree(other_sizes, [(LARGE,), (-LARGE,)], exact=False)
    in_hand(step)
    for buffer in plan(step).buffers:
        nodes = [node for chain in buffer.nodes for node in chain]
        assert {node.dtype for node in nodes} == {buffer.dtype}
        assert {int(np.prod(node.shape)) for node in nodes} == {buffer.size}


def test_results_are_in_no_memory_that_is_kept():
    step = ad.compile(lambda x: (np.tanh(x) + 1, np.exp(x)[1:], [y := np.sin(x), y.T, y]))
    first = step(LARGE)
    kept = list(buffers(step))
    for each in (first[0], first[1], *first[2]):
        assert not any(np.may_share_memory(each, buffer) for buffer in kept)


def test_a_result_that_is_also_used_is_computed_once():
    step = agree(lambda x: [y := np.tanh(x), y * 2], [(A,), (-A,)])
    assert step.source.count("np.tanh") == 1


def test_small_results_and_numbers_need_no_memory():
    step = agree(lambda x: np.sum(np.exp(np.tanh(x) + 1) * x), [(A,), (-A,)])
    assert not plan(step).buffers and not plan(step).places


# Variables


def variables(*values: Any) -> list[ad.Tensor]:
    return [ad.tensor(np.array(value, float), name=name) for name, value in zip("pqr", values, strict=False)]


def swap(p, q, x):
    p.data, q.data = q.data * 1, p.data * 1


def rotate(p, q, x):
    p.data, q.data = q.data, p.data


def from_each_other(p, q, x):
    p.data, q.data = p.data + q.data, p.data - q.data


def in_turn(p, q, x):
    p.data = p.data + x
    q.data = q.data * p.data


def with_the_old_value(p, q, x):
    old = np.tanh(p.data)
    p.data = p.data * 2
    q.data = q.data + old + p.data


def one_value_for_both(p, q, x):
    p.data = q.data = p.data + q.data


def of_itself_turned(p, q, x):
    p.data = p.data[::-1]
    q.data = q.data + p.data[::-1]


def sum_over_itself(p, q, x):
    p.data = np.cumsum(p.data)
    q.data = q.data - np.sum(p.data)


def read_after_it_is_written(p, q, x):
    p.data = x * p.data
    return p * 1, p.data + q.data


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("in_memory", [False, True])
@pytest.mark.parametrize("change", [
    swap, rotate, from_each_other, in_turn, with_the_old_value, one_value_for_both, of_itself_turned, sum_over_itself,
    read_after_it_is_written,
])  # fmt: skip
def test_variables_are_as_after_eager_steps(change, in_memory, large):
    x = LARGE if large else np.array([1.0, -2.0, 0.5])
    here, there = variables(x, x + 1), variables(x, x + 1)
    with compiling(in_order=True, in_memory=in_memory):
        step = ad.compile(lambda x: change(*here, x))
        for _ in range(4):
            same(step(x), change(*there, x), exact=False)
            same([each.numpy() for each in here], [each.numpy() for each in there], exact=False)


def test_a_variable_is_written_in_place_where_nobody_needs_its_old_value():
    (p,) = variables(LARGE)

    def f(x):
        p.data = 0.9 * p.data + x

    step = ad.compile(f)
    for _ in range(3):
        step(LARGE)
        array = p._array
        step(LARGE)
        assert p._array is array
    assert not plan(step).leftover and set(plan(step).places.values()) >= {*step._program().variables}


def test_the_old_value_is_kept_for_what_comes_later():
    p, q = variables(LARGE, LARGE)

    def f():
        swap(p, q, None)

    step = ad.compile(f)
    step()
    step()
    assert plan(step).leftover or len(plan(step).buffers) >= 1


# Kernels


@pytest.mark.parametrize("count", [1, 3])
@settings(max_examples=max(settings().max_examples // 8, 1))  # each makes a kernel
@given(seed=seeds, size=st.sampled_from([3, len(LARGE)]))
def test_kernels_read_nothing_that_was_written_over(seed, count, size):
    """Random chains of elementwise calls, sums and products on arrays of one size."""
    pytest.importorskip("numba")
    rng = np.random.default_rng(seed)
    p, q = variables(np.ones(size), np.ones(size))
    twins = variables(np.ones(size), np.ones(size))
    picks = rng.integers(0, 5, (count, 3))

    def make(p, q):
        def f(x):
            pool = [x, p.data, q.data]
            for kind, first, second in picks:
                a, b = pool[first % len(pool)], pool[second % len(pool)]
                pool.append([np.tanh(a) + b, a * b - a, np.exp(-a * a), a / (1 + b * b), a - np.mean(b)][kind])
            p.data, q.data = pool[-1], pool[-2] * 0.5
            return np.sum(pool[-1])

        return f

    step, eager = ad.compile(make(p, q), check=False, backend="numba"), make(*twins)
    x = np.linspace(-1, 1, size)
    for _ in range(3):
        same(step(x), eager(x), exact=False)
        same([p.numpy(), q.numpy()], [each.numpy() for each in twins], exact=False)
    in_hand(step)
