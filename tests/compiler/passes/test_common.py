"""Common subexpressions: equal calls are one call, and calls that differ in anything are not."""

from __future__ import annotations

import numpy as np
import pytest

import autodiff as ad
from autodiff.compiler.passes.common import shared

from .around import EDGES, A, called, fixed, primitive, through, traced


@pytest.mark.parametrize(("function", "left"), [
    (lambda x: np.exp(x) + np.exp(x), ["exp", "add"]),
    (lambda x: np.sum(np.exp(x) * 2, axis=0) - np.sum(np.exp(x) * 2, axis=0), ["exp", "multiply", "sum", "subtract"]),
    (lambda x: (x[1:, ::2], x[1:, ::2]), ["getitem"]),
    (lambda x: (x[[0, 1]], x[[0, 1]]), ["getitem"]),
    (lambda x: (x + fixed([1, 2, 3, 4]), x + fixed([1, 2, 3, 4])), ["add"]),
    (lambda x: (x * np.nan, x * np.nan), ["multiply"]),
    (lambda x: (x + ad.tensor([np.nan, 1, 2, 3]), x + ad.tensor([np.nan, 1, 2, 3])), ["add"]),
])  # fmt: skip
def test_equal_calls_are_one(function, left):
    before, after = through(shared, function, EDGES, others=[(-EDGES,)])
    assert after == left and len(before) > len(after)


@pytest.mark.parametrize("function", [
    lambda x: (np.sum(x, axis=0), np.sum(x, axis=1)), lambda x: (np.sum(x, axis=0), np.sum(x, axis=0, keepdims=True)),
    lambda x: (x[0], x[1]), lambda x: (x[:1], x[0]), lambda x: (x[[0, 1]], x[[1, 0]]), lambda x: (x[[0]], x[(0,)]),
    lambda x: (x - 0.0, x - -0.0), lambda x: (x * fixed([0.0] * 3), x * fixed([-0.0] * 3)),
    lambda x: (x * 1, x * 2), lambda x: (x > 0, x >= 0), lambda x: (x - A, A - x),
    lambda x: (x.astype(np.float32), x.astype(np.float16)), lambda x: (np.exp(x), np.expm1(x)),
    lambda x: (x.reshape(3, 2), x.reshape(6)), lambda x: (np.transpose(x, (0, 1)), np.transpose(x, (1, 0))),
    lambda x: (x * fixed([1, 1, 1], np.float32), x * fixed([1, 1, 1], np.float64)),
    lambda x: (x * fixed(np.ones(3)), x * fixed(np.ones((1, 3))), x * fixed(np.ones((1, 1, 3)))),
])  # fmt: skip
def test_calls_that_differ_are_left_alone(function):
    before, after = through(shared, function, A)
    assert before == after


def test_constants_of_equal_bytes_and_other_dtypes_are_others():
    def f(x):
        return x * fixed([0, 0], np.int64), x * fixed([0, 0], np.float64), x * fixed([0, 0], np.uint64)

    before, after = through(shared, f, np.array([True, False]))
    assert before == after


@pytest.mark.parametrize("numbers", [(1, 1.0, True), (np.float32(1), np.float64(1), 1), (2**60, 2**60 + 1)])
def test_numbers_of_other_types_are_other_numbers(numbers):
    """They give other dtypes, or would be equal as floats."""
    for x in (np.arange(3), np.arange(3) > 1, np.ones(3, np.float16)):
        before = traced(lambda x: tuple([x * each for each in numbers]), x)
        assert called(before) == called(shared(before))
        through(shared, lambda x: tuple([x * each for each in numbers]), x)


def test_draws_are_drawn_as_often_as_before():
    def f(x, rng):
        return rng.normal(size=3) + rng.normal(size=3) + np.exp(x) + np.exp(x)

    program = shared(traced(f, np.ones(3), np.random.default_rng(0)))
    assert called(program).count("draw") == 2 and called(program).count("exp") == 1


def test_what_warns_is_not_what_does_not():
    def f(x):
        loud = np.log(x)
        with np.errstate(all="warn"):  # `traced` ignores all
            return loud, np.log(x)

    program = shared(traced(f, np.ones(3)))
    assert [node.silent for node in program.equations()] == [False, True]


def test_a_primitive_of_the_users_own_is_not_another_of_its_name():
    def make(number):
        @ad.custom(lambda g: g)
        def same_name(x):
            return x + number

        return same_name

    one, two = make(1), make(2)
    assert through(shared, lambda x: (one(x), two(x), one(x)), A)[1] == ["same_name", "same_name"]


def test_gradients_use_what_the_forward_pass_has_computed():
    gradient = ad.grad(lambda x: np.sum(ad.sigmoid(x) * np.tanh(x) * np.tanh(x)))
    before, after = through(shared, gradient, A)
    assert after.count("tanh") == 1 < before.count("tanh")


@pytest.mark.parametrize("shape", [(0,), (2, 0), ()])
def test_of_nothing_and_of_numbers(shape):
    assert through(shared, lambda x: (x + 1, x + 1, primitive("sum")(x, axis=None)), np.ones(shape))[1] == [
        "add",
        "sum",
    ]
