"""Constant folding: what is known beforehand is computed once, and nothing else is."""

from __future__ import annotations

import numpy as np
import pytest

import autodiff as ad
from autodiff.compiler.passes.constants import folded

from ..comparing import same
from .around import A, called, constants, legible, run, through, traced


def known(value):
    """A tensor that a function makes by itself."""
    return ad.tensor(value)


@pytest.mark.parametrize(("function", "left"), [
    (lambda x: x + np.exp(known([1.0, 2.0, 3.0])), ["add"]),
    (lambda x: x * (known(2.0) + 1) ** 2, ["multiply"]),
    (lambda x: x + np.sum(known(np.ones((2, 3))), axis=0), ["add"]),
    (lambda x: x + known(np.arange(3)) * 2, ["add"]),
    (lambda x: x - (-known(0.0)), ["subtract"]),
    (lambda x: x * np.log(known(0.0)), ["multiply"]),
    (lambda x: x + known(np.nan) * 0, ["add"]),
    (lambda x: x + known(np.float32(1)) / 3, ["add"]),
    (lambda x: (x, known(np.zeros((0, 3))) + 1), []),
    (lambda x: (x + 1, ad.one_hot(known([0, 2]), 3)), ["add"]),
])  # fmt: skip
def test_what_depends_on_nothing_is_folded(function, left):
    before, after = through(folded, function, A, others=[(-A,), (A * np.inf,)])
    assert after == left and len(after) < len(before)


def test_constants_keep_their_dtype_and_the_sign_of_zero():
    minus_zero, third = constants(folded(traced(lambda x: (x - (-known(0.0)), x * (known(np.float32(1)) / 3)), A)))
    assert np.signbit(minus_zero) and third.dtype == np.float32 and third == np.float32(1) / 3


def test_gradients_of_sums_need_no_ones():
    before, after = through(folded, ad.grad(lambda x: 3 * np.sum(np.tanh(x)) / 2), A)
    assert len(after) < len(before)


@pytest.mark.parametrize("function", [
    lambda x: x + known(np.ones((100, 1))) * known(np.ones(100)),  # of which 80 kB are rather computed
    lambda x: x + np.broadcast_to(known(1.0), (100, 100)),
    lambda x: x + np.broadcast_to(known([1.0, 2.0]), (3, 2))[0, 0],
    lambda x: np.exp(x) * 2,
])  # fmt: skip
def test_large_and_broadcast_and_unknown_are_left_alone(function):
    before, after = through(folded, function, np.ones(()))
    assert after == [name for name in before if name != "identity"]


def test_a_broadcast_that_goes_on_is_folded_where_it_ends():
    assert through(folded, lambda x: x + np.broadcast_to(known(1.0), (1,)), np.ones(3))[1] == ["add"]


def test_random_draws_are_no_constants():
    before = traced(lambda rng: rng.normal(size=3), np.random.default_rng(0))
    assert called(before) == ["draw"]
    assert called(folded(before)) == called(before)


def test_values_of_tensors_from_outside_are_read_at_each_call():
    outside = ad.tensor([1.0, 2.0, 3.0], name="outside")
    program = folded(traced(lambda x: x + np.exp(outside), A))
    assert called(program) == ["exp", "add"]
    outside.data = np.zeros(3)
    np.testing.assert_array_equal(run(program, A)[0], A + 1)


def test_nothing_warns_and_nothing_changes_a_constant():
    step = ad.compile(lambda x: (x * 1, np.log(known([0.0, 1.0]))), check=False)
    with np.errstate(all="ignore"):
        step(A)
    result = step(A)[1]
    same(result, ad.tensor([-np.inf, 0.0]))
    legible(step._program().program)
    with pytest.raises(ValueError, match="read-only"):
        result.numpy()[0] if result._array.flags.writeable else result._array.__setitem__(0, 1.0)
