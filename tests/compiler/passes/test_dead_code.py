"""What nothing leads to is not in a program: results, gradients and inputs that nobody asked for. Draws stay."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autodiff as ad
from autodiff.compiler.passes.pipeline import simplified
from autodiff.compiler.program import Argument, Captured

from ..comparing import compiling, same
from ..test_programs import as_function, drawn, seeds
from .around import A, alike, called, legible, run, traced


def last_of(function, *args):
    return simplified(traced(function, *args))[-1].program


@pytest.mark.parametrize("function", [
    lambda x: [np.exp(x), x * 2][1], lambda x: [np.sum(np.exp(x) @ x.T), x * 2][1],
    lambda x: [ad.grad(lambda x: np.sum(np.tanh(x)))(x), x * 2][1],
])  # fmt: skip
def test_what_is_not_returned(function):
    assert called(last_of(function, A)) == ["multiply"]


def test_the_report_counts_what_was_traced():
    step = ad.compile(lambda x: [np.exp(x), np.sin(x), x * 2][2])
    step(A)
    assert step.report().traced == 3 and step.report().stages[0].equations == 1
    assert "exp" not in step.source


def test_gradients_that_nobody_takes():
    w, b = (ad.tensor(np.ones((3, 2)), requires_grad=True, name=name) for name in "wb")

    def only_w(x):
        loss = np.sum((x @ w + (x @ b)) ** 2)
        loss.backward()
        g = w.grad
        w.grad = b.grad = None
        return g

    whole, part = (
        last_of(ad.grad(lambda w, b: np.sum((A @ w + A @ b) ** 2), (0, 1)), w.data, b.data),
        last_of(only_w, A),
    )
    assert called(part).count("matmul") == called(whole).count("matmul")  # two forward, and one for one back


def test_the_forward_pass_of_a_gradient_goes_where_its_value_is_not_needed():
    assert "sum" not in called(last_of(ad.grad(lambda x: np.sum(np.exp(x))), A))
    assert called(last_of(ad.grad(lambda x: np.sum(3 * x)), A)) in ([], ["broadcast_to"])


def test_what_a_rewrite_leaves_behind_is_gone():
    assert called(last_of(lambda x: x - -np.exp(x), A)) == ["exp", "add"]
    assert called(last_of(lambda x: (x @ x.T).T, A)).count("matmul") == 1


def test_inputs_that_nothing_needs_are_not_passed():
    outside = ad.tensor(np.ones(3), name="outside")

    def f(x, y, z):
        return [x + y, outside * z][0]

    program = last_of(f, A, A, A)
    assert list(program.inputs.values()) == [Argument(0), Argument(1)]
    step = ad.compile(f)
    step(A, A, A)
    assert "(x, y)" in step.source


def test_inputs_that_are_written_are_passed_though_nothing_reads_them():
    count = ad.tensor(np.ones(3), name="count")

    def f(x):
        count.data = x * 2

    program = last_of(f, np.zeros(3))
    assert [type(each) for each in program.inputs.values()] == [Argument, Captured]
    assert called(program) == ["multiply"] and len(program.writes) == 1 and not program.results
    legible(program)


def test_draws_move_the_generator_on_though_nobody_uses_them():
    def f(x, rng):
        rng.normal(size=5)
        return x * 2, [rng.uniform(), rng.integers(0, 9, 3)][:0]

    program = last_of(f, A, np.random.default_rng(0))
    assert called(program).count("draw") == 3
    step, here, there = ad.compile(f), np.random.default_rng(1), np.random.default_rng(1)
    for _ in range(3):
        same(step(A, here), f(A, there))
        assert here.bit_generator.state == there.bit_generator.state


@given(seed=seeds, chosen=st.sets(st.integers(0, 7)))
def test_a_part_of_the_results_is_the_same_and_needs_no_more(seed, chosen):
    program = drawn(seed)
    function = as_function(program)

    def some(*args):
        return [each for i, each in enumerate(function(*args)) if i in chosen]

    with np.errstate(all="ignore"), compiling(in_order=True, in_memory=False):
        whole = traced(function, *program.arrays)
        part = traced(some, *program.arrays)
        assert len(part.equations()) <= len(whole.equations())
        assert all(node in {*part.ends()} or part.uses()[node] for node in part.nodes())
        simple = simplified(part)[-1].program
        assert len(simple.inputs) <= len(part.inputs)
        alike(part, simple, *program.arrays)
        for got, expected in zip(run(simple, *program.arrays), some(*program.arrays), strict=False):
            assert got.shape == np.shape(expected)
