"""Broadcasts put off: elementwise calls work on what was not broadcast yet."""

from __future__ import annotations

import numpy as np
import pytest

import autodiff as ad
from autodiff.compiler.passes.broadcasts import narrowed

from .around import EDGES, alike, called, through, traced

ROW, COLUMN, NUMBER = EDGES[:1, :3], EDGES[:, 1:2], np.array(0.1)


def shape_of(program, name):
    return next(node.shape for node in program.equations() if node.primitive.name == name)


@pytest.mark.parametrize("x", [ROW, COLUMN, NUMBER, EDGES[2, :3]])
@pytest.mark.parametrize("function", [np.exp, lambda x: 2 * x, lambda x: x > 0, lambda x: np.where(x > 0, x, 1)])
def test_a_call_on_one_broadcast_is_computed_small(function, x):
    before = traced(lambda x: function(np.broadcast_to(x, (3, 3))), x)
    after = narrowed(before)
    assert called(after)[-1] == "broadcast_to" and "broadcast_to" not in called(after)[:-1]
    assert all(node.shape == x.shape for node in after.equations()[:-1])
    alike(before, after, x)


def test_two_that_broadcast_to_the_whole_need_no_broadcast():
    def f(row, column):
        return np.broadcast_to(row, (3, 3)) * np.broadcast_to(column, (3, 3))

    assert through(narrowed, f, ROW, COLUMN) == (["broadcast_to", "broadcast_to", "multiply"], ["multiply"])


def test_beside_an_array_of_the_whole_shape():
    def f(row, x):
        return x / np.broadcast_to(row, (2, 3, 3)) + 1

    assert through(narrowed, f, ROW, np.ones((2, 3, 3)))[1] == ["divide", "add"]


def test_dtypes_stay():
    program = narrowed(traced(lambda x: np.broadcast_to(x, (2, 3)) * np.float32(2), np.arange(3, dtype=np.int8)))
    assert {node.dtype for node in program.equations()} == {(np.int8(1) * np.float32([2])).dtype}


@pytest.mark.parametrize("look", [
    lambda x: x.T, lambda x: x[0], lambda x: x[:, None], lambda x: x[::-1, 1:], lambda x: x.reshape(-1),
    lambda x: np.broadcast_to(x, (4, 2, 3)), lambda x: np.einsum("ij->ji", x), lambda x: np.einsum("ij->", x[:1, :1]),
])  # fmt: skip
@pytest.mark.parametrize("source", [NUMBER, np.array([[0.1]])])
def test_one_number_is_that_number_however_it_is_looked_at(look, source):
    def f(x):
        return np.exp(look(np.broadcast_to(x, (2, 3))))

    before = traced(f, source)
    after = narrowed(before)
    alike(before, after, source)
    assert shape_of(after, "exp") in ((), (1, 1))


@pytest.mark.parametrize("subscripts", ["ij->i", "ij->j", "ij->", "jj->", "ij,ij->ij"])
def test_what_adds_up_is_no_look(subscripts):
    def f(x):
        wide = np.broadcast_to(x, (3, 3))
        return np.einsum(subscripts, *[wide] * len(subscripts.partition("->")[0].split(",")))

    assert through(narrowed, f, NUMBER)[1] == ["broadcast_to", "einsum"]


@pytest.mark.parametrize("function", [
    lambda x: np.sum(x, axis=0), lambda x: np.cumsum(x, axis=0), lambda x: x[[0, 0]], lambda x: x @ x, lambda x: x[1],
    lambda x: np.sort(x, axis=0), lambda x: np.concatenate([x, x]), lambda x: x.T, lambda x: x.reshape(-1),
])  # fmt: skip
def test_what_is_not_elementwise_is_left_alone(function):
    before, after = through(narrowed, lambda x: function(np.broadcast_to(x, (3, 3))), ROW)
    assert before == after


@pytest.mark.parametrize("function", [np.log, np.exp, lambda x: 1 / x])
def test_nothing_is_not_made_something(function):
    """A logarithm of no element warns of none."""
    before, after = through(narrowed, lambda x: function(np.broadcast_to(x, (0, 3))), np.zeros((1, 3)))
    assert before == after
    step = ad.compile(lambda x: np.broadcast_to(x, (0, 3)) ** -1, check=False)
    assert [step(np.zeros((1, 3), int)).shape for _ in range(2)] == [(0, 3)] * 2


def test_gradients_of_means_stay_numbers_as_long_as_they_can():
    gradient = ad.grad(lambda x: np.mean(2 * x))
    program = narrowed(traced(gradient, np.ones((5, 4))))
    alike(traced(gradient, np.ones((5, 4))), program, np.ones((5, 4)))
    assert all(node.shape == () for node in program.equations() if node.primitive.name == "multiply")
