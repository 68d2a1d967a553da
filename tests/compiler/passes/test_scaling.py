"""Factors moved: to other factors, and into the smaller operand of a product."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import autodiff as ad
import nn
from autodiff.compiler.passes.scaling import scaled

from .around import EDGES, WHOLE, called, constants, fixed, run, through, traced

TALL, WIDE = np.arange(12.0).reshape(6, 2), np.arange(14.0).reshape(2, 7)


@pytest.mark.parametrize(("function", "factor"), [
    (lambda x: 2 * (3 * x), 6), (lambda x: (x * 2) * 3.0, 6), (lambda x: 0.5 * (x * -4), -2),
    (lambda x: 2 * (2 * (2 * (2 * x))), 16), (lambda x: fixed([1, 2, 3]) * (2 * x), [2, 4, 6]),
    (lambda x: 2 * (fixed([[1], [2]]) * x), [[2], [4]]),
])  # fmt: skip
def test_two_factors_are_one(function, factor):
    edges = EDGES[:2, 1:]
    before, after = through(scaled, function, WHOLE, others=[(edges,), (-edges,)])
    assert after == ["multiply"] and len(before) > 1
    np.testing.assert_array_equal(constants(scaled(traced(function, WHOLE)))[0], factor)


@pytest.mark.parametrize("function", [lambda x, y: 2 * (x @ y), lambda x, y: (x @ y) * 2])
def test_a_factor_goes_to_the_smaller_operand(function):
    before, after = through(scaled, function, TALL, WIDE)
    assert (before, after) == (["matmul", "multiply"], ["multiply", "matmul"])
    (program,) = [scaled(traced(function, TALL, WIDE))]
    assert [node.shape for node in program.equations()] == [TALL.shape, (6, 7)]


def test_it_goes_on_through_several_products():
    def f(x, y):
        return 0.5 * (4 * (x @ y))

    program = scaled(scaled(traced(f, TALL, WIDE)))
    assert called(program).count("multiply") <= 2
    through(lambda each: scaled(scaled(each)), f, TALL, WIDE)


@pytest.mark.parametrize("function", [
    lambda x: [y := 3 * x, 2 * y], lambda x: [y := 3 * x, 2 * y + y][1],  # the inner one is needed anyway
    lambda x: 1e30 * (1e-30 * x), lambda x: 2 * (1e30 * x), lambda x: 1e30 * (2 * x), lambda x: 0 * (2 * x),
    lambda x: 2 * (0.0 * x), lambda x: np.inf * (2 * x), lambda x: 2 * (np.inf * x), lambda x: np.nan * (2 * x),
    lambda x: 2 * (fixed([1, 1e30, 1]) * x), lambda x: 2 * (fixed([1, 0, np.nan]) * x),
    lambda x: x * (2 * x), lambda x: 2 * (x + 1), lambda x: 2 / (3 * x), lambda x: 2 * (x / 3), lambda x: 2 * x,
    lambda x: fixed([2, 3]).reshape(2, 1, 1) * (3 * x),  # which broadcasts
    lambda x: fixed([1.0, 2, 3]) * (2 * x.astype(np.float32)), lambda x: 2 * (3 * x).astype(np.float32),
    lambda x: 2 * (x @ x.T), lambda x: 2 * (x @ x.T @ fixed(np.ones((2, 1)))), lambda x: [y := x.T @ x[:, :1], 2 * y],
    lambda x: fixed([1, 2, 3]) * (x.T[:, :1] @ x[:1]),
])  # fmt: skip
def test_left_alone(function):
    before, after = through(scaled, function, WHOLE)
    assert before == after


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
@example(first=8, second=9)
@given(first=st.integers(-19, 19), second=st.integers(-19, 19))
def test_moderate_factors_leave_no_range_that_single_steps_keep(dtype, size, first, second):
    """Powers of two, so that nothing rounds but what underflows."""

    def f(x):
        return 2.0**first * (2.0**second * x)

    x = np.array([size, -size, 3 * size], dtype)
    before = traced(f, x)
    with np.errstate(all="ignore"):
        inner, outer = np.abs(x * dtype(2.0**second)), np.abs(run(before, x)[0])
    limits = np.finfo(dtype)
    if all(np.all((limits.tiny < each) & (each <= limits.max)) for each in (inner, outer)):
        np.testing.assert_array_equal(run(scaled(before), x)[0], run(before, x)[0])


def test_a_factor_of_another_dtype_is_left_where_it_is():
    """The product itself is rounded as before."""

    def f(x, y):
        return np.float64(2) * (x @ y)

    before, after = through(scaled, f, TALL.astype(np.float32), WIDE.astype(np.float32))
    assert before == after == ["matmul", "multiply"]


@pytest.mark.parametrize("dtype", [np.int64, np.int8, np.uint8])
def test_integers_wrap_around_alike(dtype):
    x = np.arange(100, dtype=dtype)
    assert through(scaled, lambda x: 5 * (x * 7), x)[1] == ["multiply"]
    assert through(scaled, lambda x: 0.5 * (x * 7), x)[1] == ["multiply", "multiply"]


@pytest.mark.parametrize("shape", [(0, 2), (2, 0)])
def test_of_nothing(shape):
    through(scaled, lambda x: (2 * (3 * x), 2 * (x @ np.ones((shape[1], 3)))), np.ones(shape))


@given(factors=st.lists(st.sampled_from([0.5, -2, 4, 0.25, 3, -1.0]), min_size=1, max_size=6), data=st.data())
def test_chains_of_factors(factors, data):
    """Whole numbers and halves: the product is the same to the bit."""
    sides = [data.draw(st.booleans()) for _ in factors]

    def f(x):
        for factor, left in zip(factors, sides, strict=True):
            x = factor * x if left else x * factor
        return x

    assert through(scaled, f, WHOLE)[1] == ["multiply"]


def test_one_number_outside_goes_to_the_smaller_operand():
    """As the rate of a training step does; a later call finds another number there."""
    rate = nn.variables.Variable(0.5)
    x, y = TALL.astype(np.float32), WIDE.astype(np.float32)
    step = ad.compile(lambda x, y: (x @ y) * rate)
    for now in (0.5, 2.0, 1e-30):  # of powers of two and whole numbers no product rounds
        rate.assign(now)
        np.testing.assert_array_equal(step(x, y).numpy(), np.float32(now) * (x @ y), strict=True)
    assert called(step._program().program) == ["multiply", "matmul"]


@pytest.mark.parametrize("outside", [ad.tensor(0.5), np.array(0.5)])
def test_so_does_a_tensor_or_an_array_of_one_number(outside):
    assert through(scaled, lambda x, y: outside * (x @ y), TALL, WIDE)[1] == ["multiply", "matmul"]


@pytest.mark.parametrize("outside", [
    np.array(1e-30), np.array(0.0), np.array(np.inf), np.array(np.nan), np.array(2), np.array([2.0]), np.ones((6, 7)),
])  # fmt: skip
def test_other_values_outside_stay(outside):
    """Those that leave the range, whole numbers, and arrays, which are no single factor."""
    assert through(scaled, lambda x, y: (x @ y) * outside, TALL, WIDE)[1][0] == "matmul"


def test_a_number_outside_is_multiplied_once():
    """Two of them are not one: what they are is known at each call only."""
    rate, decay = np.array(0.01), np.array(0.5)
    before, after = through(scaled, lambda x: rate * (decay * x), WHOLE)
    assert before == after
