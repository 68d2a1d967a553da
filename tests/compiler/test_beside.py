"""Compiled steps beside other code: eager calls, other compiled functions, observers, error states."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import autodiff as ad

from .comparing import array_of, same

A = np.array([1.0, -2.0, 3.0])


def world() -> tuple[Any, Any, Any]:
    """A parameter, a step that changes it, and a function that reads it."""
    w = ad.tensor(A, requires_grad=True, name="w")

    def step(x):
        w.grad = None
        np.sum(w * w * x).backward()
        w.data -= 0.1 * w.grad
        w.grad = None

    return w, step, lambda x: np.tanh(w) * x


def test_two_functions_and_eager_code_take_turns():
    (w, step, read), (w_there, step_there, read_there) = world(), world()
    step, read = ad.compile(step), ad.compile(read)
    for k in range(6):
        for each, run, look in ((w, step, read), (w_there, step_there, read_there)):
            run(A * 0.1)
            if k == 2:
                each.data = A * 2
            if k == 3:
                each.data[0] = 7.0
            if k == 4:
                with ad.no_grad():
                    each.data -= look(A).data
        same(array_of(read(A)), array_of(read_there(A)))
        same(w.numpy(), w_there.numpy())


def test_a_graph_from_before_keeps_its_values():
    """A step that writes to a parameter changes no gradient of what was recorded before."""
    w, step, _ = world()
    step = ad.compile(step)
    for _ in range(3):
        before = w.numpy()
        y = np.sum(w**3)
        step(A * 0.1)
        same(ad.gradients(y, [w]), [3 * before**2], exact=False)


def test_views_of_data_see_the_step():
    w, step, _ = world()
    step = ad.compile(step)
    step(A * 0.1)
    view = w.data[:1]
    for _ in range(3):
        step(A * 0.1)
        assert view[0] == w.data[0]


def test_results_are_no_views_of_variables():
    """What a call has returned stays when the next call changes what it was read from."""
    w = ad.tensor(np.arange(10_000.0), name="w")

    def f(x):
        old = w * 1
        w.data = w.data + x
        return old, w[:5], w.data.reshape(100, 100).T + 0, w * 1

    step = ad.compile(f)
    kept = []
    for _ in range(4):
        results = step(np.ones(10_000))
        kept.append(([array_of(each) for each in results], [array_of(each).copy() for each in results]))
    for results, copies in kept:
        same(results, copies)


def test_observers_see_a_first_call_and_miss_no_exit():
    w, step, _ = world()
    step = ad.compile(step)
    for _ in range(3):
        with ad.debug():
            step(A * 0.1)
    with ad.debug(), ad.scope("outer"), ad.no_grad():
        ad.compile(lambda x: x * w)(A)


@pytest.mark.parametrize("function", [
    lambda x: np.log(x), lambda x: 1 / x, lambda x: x / x, lambda x: np.exp(x * 1e4), lambda x: np.sqrt(x - 1),
    lambda x: ad.grad(lambda v: np.sum(np.sqrt(v)))(x), lambda x: x * np.inf, lambda x: ad.softmax(x),
    lambda x: ad.sigmoid(x * 1e4), lambda x: ad.logsumexp(x * 1e4),
    lambda x: np.where(x > 0, np.log(np.where(x > 0, x, 1)), 0),
])  # fmt: skip
def test_warnings_are_those_of_eager_calls(function):
    """Calls that warn eagerly warn when compiled, in the same words, and no others do."""
    step = ad.compile(function)
    with np.errstate(all="ignore"):
        step(np.ones(3))
        step(np.ones(3))
    for x in (np.ones(3), np.array([0.0, 1.0, 2.0]), np.array([-1.0, 0.5, 2.0]), np.array([0.0, np.inf, np.nan])):
        said = []
        for call in (function, step):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                call(x)
            said.append({str(each.message) for each in caught})
        eager, compiled = said
        assert bool(eager) == bool(compiled), said


def test_error_states_inside_hold_for_their_block():
    def f(x):
        with np.errstate(all="ignore"):
            hidden = np.log(x)
        return hidden + 1 / (x + 1)

    step = ad.compile(f)
    for _ in range(3):
        same(step(np.array([0.0, 1.0])), f(np.array([0.0, 1.0])))
    before = np.geterr()
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        step(np.array([-1.0, 1.0]))
    assert np.geterr() == before
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        step(np.array([-1.0, 1.0]))
    same(step(np.array([0.0, 1.0])), f(np.array([0.0, 1.0])))


def test_a_text_that_is_written_down_is_a_module(tmp_path):
    """What `export` writes needs NumPy only, and changes variables in place as the step does."""
    w, step, _ = world()
    there = w.numpy()
    compiled = ad.compile(step)
    compiled(A * 0.1)
    compiled.export(tmp_path / "step.py")
    namespace: dict[str, Any] = {}
    exec((tmp_path / "step.py").read_text(encoding="utf-8"), namespace)
    namespace["step"](A * 0.1, there)
    same(there, w.numpy())
