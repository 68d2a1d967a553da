"""What goes wrong in a compiled function leaves everything as it was."""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest

import autodiff as ad
from autodiff.compiler import TraceError
from autodiff.context import state

from .comparing import same

A = np.array([1.0, -2.0, 3.0])


class Stop(BaseException):
    """As KeyboardInterrupt, which is no Exception."""


@pytest.mark.parametrize("kind", [ValueError, Stop, TraceError, RecursionError])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_exceptions_leave_everything_as_it_was(kind, after):
    w = ad.tensor(A, requires_grad=True, name="w")
    given = ad.tensor(2 * A, requires_grad=True, name="given")
    w.grad = np.ones(3)
    array, rng, captured = A.copy(), np.random.default_rng(0), np.random.default_rng(1)

    def f(x, given, rng):
        with ad.scope("inside"):
            noise = ad.normal(rng, size=3) + ad.uniform(captured, size=3)
            if after == 0:
                raise kind("stop")
            np.sum(w * given * x * noise).backward()
            w.data -= w.grad
            given.data = given.data * 2
            x -= 1
            w.grad = None
            raise kind("stop")

    def seen():
        states = [repr(each.bit_generator.state) for each in (rng, captured)]
        return [w.numpy(), w.grad, given.numpy(), given.grad, *states]

    profile = lambda *args: None  # noqa: E731 (one line)
    before = seen()
    w_array, context = w._array, state.context
    sys.setprofile(profile)
    try:
        for _ in range(2):
            with pytest.raises(kind, match="stop"):
                ad.compile(f)(array, given, rng)
            assert sys.getprofile() is profile
    finally:
        sys.setprofile(None)
    same(seen(), before)
    same(array, A)
    assert w._array is w_array
    assert state.context is context


def test_after_an_exception_the_function_can_be_called():
    broken = [True]

    def f(x):
        if broken[0]:
            raise ValueError("broken")
        return x * 2

    step = ad.compile(f)
    for _ in range(2):
        with pytest.raises(ValueError, match="broken"):
            step(A)
    broken.clear()
    broken.append(False)
    for _ in range(2):
        same(step(A), A * 2)


def test_errors_and_warnings_of_numpy_come_as_eagerly():
    step = ad.compile(lambda m: np.linalg.inv(m))
    same(step(np.eye(2)), np.eye(2))
    with pytest.raises(np.linalg.LinAlgError):
        step(np.zeros((2, 2)))
    logarithm = ad.compile(lambda x: np.log(x))
    same(logarithm(np.ones(2)), np.zeros(2))
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        logarithm(np.zeros(2))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        logarithm(np.zeros(2))
