"""Variables: written where they lie, as soon as nobody needs their old values, and as after eager steps."""

from __future__ import annotations

import numpy as np
import pytest

import autodiff as ad

from ..comparing import compiling, same
from .test_memory_plan import LARGE, plan, variables


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


def a_view_of_what_is_computed(p, q, x):
    p.data = np.tanh(x + p.data)[::-1]
    q.data = np.exp(np.sin(np.cos(x) + q.data)) - np.sum(np.exp(np.sin(x) * 2))


def a_new_value_that_has_to_wait(p, q, x):
    new = np.tanh(x + p.data)
    other = np.exp(np.sin(np.cos(x) * 2) + 1)
    q.data = other * np.cumsum(np.cumsum(np.sin(other)))
    last = np.sum(q.data * p.data)
    p.data = new
    return last


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("in_memory", [False, True])
@pytest.mark.parametrize("change", [
    swap, rotate, from_each_other, in_turn, with_the_old_value, one_value_for_both, of_itself_turned, sum_over_itself,
    read_after_it_is_written, a_view_of_what_is_computed, a_new_value_that_has_to_wait,
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
