"""Derivatives of compiled functions, and compiled functions that differentiate."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autodiff as ad
from autodiff.tree import leaves

from .comparing import agree, array_of, same

A = np.array([1.0, -2.0, 3.0])
B = np.array([[0.5, 1.0, -1.0], [2.0, 0.0, 1.5], [-0.5, 1.0, 1.0]])


def curve(x):
    return np.sum(np.tanh(x) ** 2 * x + x**3)


def layer(x):
    return np.tanh(B @ x) + x


# Transforms inside


@ad.custom(lambda g, x: g * 2 * x, lambda g: g)
def squared_plus(x, y):
    return x * x + y


@ad.custom(lambda g, x: g * 3 * x**2)
def cubed(x):
    return x**3


INSIDE: dict[str, Any] = {
    "grad": ad.grad(curve),
    "value_and_grad": ad.value_and_grad(curve),
    "grad of a dict": lambda x: ad.grad(lambda p: np.sum(p["a"] * p["b"][0] ** 2))({"a": x, "b": [x + 1]}),
    "grad of grad": ad.grad(lambda x: np.sum(ad.grad(curve)(x) ** 2)),
    "vjp": lambda x: ad.vjp(layer, x)[1](x * 2),
    "vjp twice": lambda x: [pull(x) + pull(2 * x) for pull in [ad.vjp(layer, x)[1]]],
    "jvp": lambda x: ad.jvp(layer, [x], [np.cos(x)]),
    "hvp": lambda x: ad.hvp(curve)(x, x + 1),
    "jacobian": ad.jacobian(layer),
    "hessian": ad.hessian(curve),
    "forward over reverse": lambda x: ad.jvp(ad.grad(curve), [x], [x]),
    "checkpoint": ad.grad(lambda x: np.sum(ad.checkpoint(layer)(x) ** 2)),
    "two customs": ad.grad(lambda x: np.sum(squared_plus(x, cubed(x)))),
    "customs of one name": lambda x: (squared_plus(x, x), cubed(x), cubed(squared_plus(x, 1.0))),
    "stop_gradient": ad.grad(lambda x: np.sum(ad.stop_gradient(x) * x)),
    "under no_grad": lambda x: [ad.no_grad()(lambda: x * 2)(), ad.grad(curve)(x)],
    "broadcast": ad.grad(lambda x: np.sum((x[:, None] + B) ** 2 * x)),
    "broadcast of one": ad.grad(lambda x: np.sum(x[:1] * np.ones((97, 28)) * 1.0)),
    "unused": ad.grad(lambda x: np.sum(B) * 1.0),
    "a pair of arguments": lambda x: ad.grad(lambda a, b: np.sum(a * b), argnums=(0, 1))(x, x + 1),
    "gradient by an inner result": lambda x: ad.grad(lambda y: np.sum(np.sin(y)))(x * 2) * x,
    "a scan": ad.grad(lambda x: np.sum(np.cumsum(x) ** 2) + np.prod(x)),
    "a loop": ad.grad(lambda x: np.sum([h := x, *[h := np.tanh(B @ h) for _ in range(5)]][-1])),
    "a long loop": lambda x: ad.grad(lambda v: np.sum([v := np.sin(v) for _ in range(300)][-1]))(x),
}


@pytest.mark.parametrize("name", INSIDE)
def test_transforms_inside(name):
    agree(INSIDE[name], [(A,), (-A,), (A / 2,), (np.zeros(3),)], exact=False)


@pytest.mark.parametrize("name", INSIDE)
def test_transforms_inside_of_a_tensor_that_is_passed(name):
    calls = [(ad.tensor(sign * A, requires_grad=requires),) for sign, requires in [(1, 1), (-1, 1), (1, 0), (-1, 0)]]
    step = ad.compile(INSIDE[name])
    for (x,) in calls:
        expected, got = INSIDE[name](x), step(x)
        for first, second in zip(leaves(got), leaves(expected), strict=True):
            same(array_of(first), array_of(second), exact=False)


def test_broadcast_gradients_are_not_doubled():
    w = np.full((1, 3), 2.0)

    def f(x, w):
        return np.sum(x * w)

    step = agree(ad.grad(f, argnums=1), [(np.ones((907, 3)), w), (np.full((907, 3), 3.0), w)], exact=False)
    np.testing.assert_array_equal(step(np.ones((907, 3)), w), np.full((1, 3), 907.0))


# Transforms outside


def tied(x):
    """A compiled function whose first calls are over: from the second call on it is the program that runs."""
    step = ad.compile(x)
    step(A), step(ad.tensor(A, requires_grad=True))
    return step


OUTSIDE: dict[str, Any] = {
    "grad": lambda f: ad.grad(lambda x: np.sum(f(x) ** 2)),
    "grad of grad": lambda f: ad.grad(lambda x: np.sum(ad.grad(lambda v: np.sum(f(v) ** 2))(x) ** 2)),
    "vjp": lambda f: lambda x: ad.vjp(f, x)[1](np.sin(f(x))),
    "jvp": lambda f: lambda x: ad.jvp(f, [x], [np.cos(x)]),
    "hvp": lambda f: lambda x: ad.hvp(lambda v: np.sum(f(v) ** 2))(x, x + 1),
    "jacobian": lambda f: ad.jacobian(f),
    "hessian": lambda f: ad.hessian(lambda v: np.sum(f(v) ** 2)),
    "compiled again": lambda f: ad.compile(ad.grad(lambda x: np.sum(f(x) ** 2))),
    "checkpoint": lambda f: ad.grad(lambda x: np.sum(ad.checkpoint(f)(x) ** 2)),
    "several calls": lambda f: ad.grad(lambda x: np.sum(f(f(x)) * f(x))),
    "a third derivative": lambda f: ad.grad(lambda x: np.sum(ad.hessian(lambda v: np.sum(f(v) ** 2))(x))),
}
FUNCTIONS = [
    layer, lambda x: x * 2, lambda x: x, lambda x: np.sum(x) * x, lambda x: ad.grad(curve)(x), np.tanh,
    lambda x: [x * 2, np.sum(x)][0] ** 2, lambda x: x * x,
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("name", OUTSIDE)
def test_transforms_outside(name, function):
    transform = OUTSIDE[name]
    compiled = transform(tied(function))
    for x in (A, -A, A / 2, A):
        same(compiled(x), transform(function)(x), exact=False)


@pytest.mark.parametrize("function", [*FUNCTIONS, lambda x: (x * 2, {"sum": np.sum(x), "mask": x > 0, "n": 3})])
def test_gradients_of_tensors_are_arrays_as_eagerly(function):
    step = tied(function)
    there, here = [ad.tensor(A, requires_grad=True, name="x") for _ in range(2)]
    for _ in range(3):
        for call, x in ((step, here), (function, there)):
            floats = [each for each in leaves(call(x)) if getattr(each, "dtype", None) == np.float64]
            sum(np.sum(each**2) for each in floats).backward()
        assert type(here.grad) is np.ndarray
        same(here.grad, there.grad, exact=False)


def test_results_without_a_gradient_have_none():
    w = ad.tensor(A, requires_grad=True, name="w")

    def f(x):
        return x > w, x.astype(np.int64), ad.stop_gradient(w * x), np.floor(x), np.sum(w * x), w.detach() * x, 3

    step = ad.compile(f)
    for _ in range(3):
        got, expected = step(A), f(A)
        assert [getattr(each, "requires_grad", None) for each in got] == [
            getattr(each, "requires_grad", None) for each in expected
        ]


@pytest.mark.parametrize("function", [
    lambda w, x: w > x, lambda w, x: np.argmax(w * x), lambda w, x: w.astype(np.int64), lambda w, x: None,
    lambda w, x: 3, lambda w, x: w.shape, lambda w, x: ad.stop_gradient(w), lambda w, x: x, lambda w, x: x * 2,
])  # fmt: skip
def test_calls_that_carry_no_gradient(function):
    w = ad.tensor(A, requires_grad=True, name="w")
    agree(lambda x: function(w, x), [(A,), (-A,)])


@pytest.mark.parametrize("passed", [True, False])
def test_what_was_read_at_the_call_counts_for_its_gradient(passed):
    """Writes into tensors and arrays between a call and backward() change no gradient."""
    w, x, v = ad.tensor(A, requires_grad=True, name="w"), A.copy(), ad.tensor(A, requires_grad=True, name="v")
    step = ad.compile((lambda x, w: w * w * x * v) if passed else (lambda x: w * w * x * v))
    for _ in range(3):
        w.data[...], x[...], v.data = A, A, A.copy()
        y = step(x, w) if passed else step(x)
        w.data[...], x[...], v.data = 100.0, 50.0, 7 * A
        w.grad = v.grad = None
        np.sum(y).backward()
        np.testing.assert_allclose(w.grad, 2 * A**3)
        np.testing.assert_allclose(v.grad, A**3)


def test_a_captured_tensor_gets_its_gradient():
    w, b = ad.tensor(B, requires_grad=True, name="w"), ad.tensor(A, requires_grad=True, name="b")
    f = lambda x: np.tanh(w @ x + b)  # noqa: E731 (one line)
    step = ad.compile(f)
    for sign in (1, -1, 1):
        found = []
        for call in (step, f):
            w.grad = b.grad = None
            np.sum(call(sign * A) ** 2).backward()
            found.append((w.grad, b.grad))
        same(*found, exact=False)


def test_a_result_that_is_passed_leads_on():
    w = ad.tensor(A, requires_grad=True, name="w")
    step = tied(layer)
    for _ in range(3):
        same(ad.gradients(np.sum(step(w * 2) * w), [w]), ad.gradients(np.sum(layer(w * 2) * w), [w]), exact=False)


def test_draws_are_not_drawn_again_for_the_gradient():
    """The mask of the call is that of its gradient, and the generator moves on once."""

    def f(x, rng):
        return ad.dropout(x * 2, 0.5, rng)

    step = ad.compile(f)
    here, there = np.random.default_rng(0), np.random.default_rng(0)
    for _ in range(4):
        x = ad.tensor(A, requires_grad=True)
        got, expected = step(x, here), f(x, there)
        same(got, expected)
        same(ad.gradients(np.sum(got), [x]), ad.gradients(np.sum(expected), [x]))
        assert here.bit_generator.state == there.bit_generator.state


def test_a_step_that_assigns_and_is_differentiated():
    """Eagerly the result leads back to the argument; a program that cannot do so must not return a constant."""
    mean = ad.tensor(np.zeros(3), name="mean")

    def f(x):
        mean.data = 0.9 * mean.data + 0.1 * ad.stop_gradient(x)
        return x * x

    step = ad.compile(f)
    for _ in range(3):
        x = ad.tensor(A, requires_grad=True)
        np.sum(step(x)).backward()
        np.testing.assert_array_equal(x.grad, 2 * A)


def test_the_checker_agrees():
    assert ad.check_grads(tied(layer), (A,)).verdict == "right"
