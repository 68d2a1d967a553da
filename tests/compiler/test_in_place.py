"""What a function changes of its arguments: arrays in place, and the lists and dicts that they come in."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest

import autodiff as ad
from autodiff.compiler import TraceError, checking
from autodiff.compiler.checking import CompileError

from .comparing import compiling, same

A = np.array([4.0, -2.0, 3.0])
OPERATORS = [getattr(operator, f"i{name}") for name in ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow"]]


@pytest.mark.parametrize("dtypes", [(np.float64, np.float64), (np.float32, np.float64), (np.int64, np.int64)])
@pytest.mark.parametrize("change", OPERATORS)
def test_each_operator(change, dtypes):
    if change is operator.itruediv and dtypes[0] is np.int64:
        pytest.skip("NumPy refuses to divide integers in place")

    def f(x, y):
        before = x * 1
        x = change(x, y)
        x = change(x, 2)
        return before, x + before

    step = ad.compile(f)
    for k in range(1, 4):
        there, here = [np.array([4, 5, 6]).astype(dtypes[0]) * k for _ in range(2)]
        y = np.array([3, 2, 1]).astype(dtypes[1])
        same(step(here, y), f(there, y))
        same(here, there)


@pytest.mark.parametrize(("x", "y", "change"), [
    (np.array([1, 2, 3]), np.array(0.5), operator.iadd), (np.array([1, 2, 3]), np.array(2), operator.itruediv),
    (A, np.ones((2, 3)), operator.iadd), (A, np.ones(2), operator.imul), (A > 0, A > 1, operator.isub),
])  # fmt: skip
def test_what_numpy_refuses(x, y, change):
    here = x.copy()
    for call in (change, ad.compile(change), ad.compile(lambda x, y: change(x, y))):
        with pytest.raises((TypeError, ValueError)):
            call(here, y)
    same(here, x)


@pytest.mark.parametrize("late", [False, True])
def test_an_array_that_nobody_may_write_to(late):
    step = ad.compile(lambda x: operator.iadd(x, 1))
    if late:
        step(A.copy())
        step(A.copy())
    locked = A.copy()
    locked.setflags(write=False)
    with pytest.raises(ValueError, match="read-only"):
        step(locked)
    same(locked, A)


def test_a_number_is_nobodys_to_change():
    """`x += 1` of a NumPy number changes the name only; of an array without axes it changes the array."""

    def f(x):
        x += 1
        return x * 2

    step = ad.compile(f)
    for number in (np.float64(1), np.float64(2)):
        same(step(number), f(number))
    for _ in range(3):
        there, here = np.array(3.0), np.array(3.0)
        same(step(here), f(there))
        same(here, there)


def test_views_and_parts():
    def f(x, y):
        x -= np.mean(x)
        y += x.reshape(-1)[:3]
        return x

    step = ad.compile(f)
    for k in range(3):
        there, here = [np.arange(12.0).reshape(2, 6) * (k + 1) for _ in range(2)]
        same(step(here[:, ::2], here[0, 1::2]), f(there[:, ::2], there[0, 1::2]))
        same(here, there)


@pytest.mark.parametrize("in_memory", [False, True])
def test_arrays_in_lists_and_dicts(in_memory):
    def f(params, moments, g):
        for name in params:
            moments[name] *= 0.9
            moments[name] += 0.1 * g[name]
            params[name] -= moments[name]
        return sum(np.sum(each) for each in params.values())

    def world():
        return {"w": A.copy(), "b": np.array([1.0])}, {"w": 0 * A, "b": np.zeros(1)}

    with compiling(in_order=True, in_memory=in_memory):
        step = ad.compile(f)
        here, there = world(), world()
        for k in range(4):
            g = {"w": A * k, "b": np.ones(1)}
            same(step(*here, g), f(*there, g))
            same(here, there)


def test_dicts_that_are_changed():
    def f(x, cache):
        cache["h"] = np.tanh(x)
        return cache["h"] * 2

    step = ad.compile(f)
    for k in range(3):
        there, here = {"k": A}, {"k": A}
        expected = f(A * k, there)
        try:
            same(step(A * k, here), expected)
        except (TraceError, CompileError):
            return
        same(here, there)


def test_variables_of_integers_and_booleans():
    def world():
        count, mask = ad.tensor(0, name="count"), ad.tensor([True, False, True], name="mask")

        def f(x):
            count.data += 1
            mask.data = x > 0
            return x * count * mask

        return f, (count, mask)

    (eager, there), (function, here) = world(), world()
    step = ad.compile(function)
    for k in range(4):
        same(step(A * (-1) ** k), eager(A * (-1) ** k))
        same([each.numpy() for each in here], [each.numpy() for each in there])


def test_data_keeps_its_shape_and_dtype():
    t = ad.tensor([1, 2, 3], name="t")
    for change in (lambda x: setattr(t, "data", np.zeros((2, 3)) + x), lambda x: setattr(t, "data", x[:1])):
        with pytest.raises(ValueError, match=r"\.data of shape"):
            ad.compile(change)(A)
        same(t.numpy(), np.array([1, 2, 3]))

    def halve(x):
        t.data = t.data * 0.5 + x
        return t * 1

    step = ad.compile(halve)
    for _ in range(3):
        before = t.numpy()
        step(A)
        same(t.numpy(), (before * 0.5 + A).astype(np.int64))


# Two names for one array

ALIASING: dict[str, Any] = {
    "an intermediate under two names": lambda x: [y := x * 2, z := y, operator.iadd(z, 1), y][-1],
    "a view of an argument": lambda x: [y := x.T, operator.iadd(x, 1), y + 0][-1],
    "a slice of an argument": lambda x: [y := x[:2], operator.imul(x, 3), y * 1.0][-1],
}


@pytest.mark.parametrize("name", ALIASING)
def test_changes_in_place_that_two_names_see(name):
    """Eagerly both names see the change; a program does so, too, or the first call says that it does not."""
    function = ALIASING[name]
    step = ad.compile(function)
    for sign in (1, -1, 1):
        there, here = sign * A, sign * A
        expected = function(there)
        try:
            got = step(here)
        except (CompileError, TraceError, TypeError):
            return
        same([got, here], [expected, there])


def test_two_variables_that_share_their_array():
    """`p.data = q.data` lets them share it eagerly; p is then changed in place."""
    (p, q), (p_there, q_there) = [[ad.tensor(A, name="p"), ad.tensor(A + 1, name="q")] for _ in range(2)]

    def make(p, q):
        def f(x):
            p.data = q.data
            p.data += x

        return f

    step, eager = ad.compile(make(p, q)), make(p_there, q_there)
    for _ in range(3):
        eager(A)
        try:
            step(A)
        except (CompileError, TraceError):
            return
        same([p, q], [p_there, q_there])


def test_a_variable_that_shares_memory_with_what_is_read():
    """`mean.data = array` shares the array; a program that writes to the one must not spoil the other in between."""

    def world():
        mean, array = ad.tensor(np.zeros(3), name="mean"), A.copy()

        def f(x):
            mean.data -= x
            return array * x + mean

        return mean, array, f

    (mean, array, function), (mean_there, array_there, eager) = world(), world()
    step = ad.compile(function)
    for k in range(4):
        if k == 2:
            mean.data, mean_there.data = array, array_there
        same(step(A), eager(A))
        same([mean.numpy(), array], [mean_there.numpy(), array_there])


def test_an_array_of_no_dimensions_is_rounded_into_an_array() -> None:
    """Else a program that writes to it would fail in the comparison, and only there."""
    rounded = checking._rounded(np.array(1.0), 1.0)
    assert isinstance(rounded, np.ndarray)
    assert rounded.shape == ()
    assert 0 < abs(rounded - 1) <= 1e-15
