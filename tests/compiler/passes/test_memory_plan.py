"""Statements and memory: chains in place, and memory that is used again.

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


def variables(*values: Any) -> list[ad.Tensor]:
    return [ad.tensor(np.array(value, float), name=name) for name, value in zip("pqr", values, strict=False)]


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

    def returned(x):
        return look(np.tanh(x)), np.sum(np.exp(np.sin(x + 1)))

    for function in (f, returned):
        in_hand(agree(function, [(LARGE,), (-LARGE,), (LARGE,)], exact=False))


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


def test_memory_of_another_dtype_is_not_used():
    def in_place(x, y):
        return np.sum(np.tanh(x) > 0), np.sum(np.isnan(np.exp(y))), (np.sinh(x) < np.cosh(x))[::-1]

    def again(x, y):
        return np.cumsum(np.cumsum(x))[3], np.cumsum(np.cumsum(y))[3], np.cumsum(np.cumsum(x > 0))[3]

    x, y = np.linspace(-1, 1, 40), np.linspace(-1, 1, 40, dtype=np.float32)
    for function in (in_place, again):
        with compiling(in_order=True, in_memory=True):
            step = agree(function, [(x, y), (-x, -y), (x, y)])
        for buffer in plan(step).buffers:
            assert {node.dtype for chain in buffer.nodes for node in chain} == {buffer.dtype}


def test_results_are_in_no_memory_that_is_kept():
    step = ad.compile(lambda x: (np.tanh(x) + 1, np.exp(x)[1:], [y := np.sin(x), y.T, y]))
    first = step(LARGE)
    kept = list(buffers(step))
    for each in (first[0], first[1], *first[2]):
        assert not any(np.may_share_memory(each, buffer) for buffer in kept)


def test_a_result_that_is_also_used_is_computed_once():
    step = agree(lambda x: [np.tanh(x), np.tanh(x) * 2], [(A,), (-A,)])
    assert step.source.count("np.tanh") == 1


def test_small_results_and_numbers_need_no_memory():
    step = agree(lambda x: np.sum(np.exp(np.tanh(x) + 1) * x), [(A,), (-A,)])
    assert not plan(step).buffers and not plan(step).places


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
