"""Training steps: after any number of compiled calls all is where as many eager calls leave it.

Each test makes the same world twice, one for eager and one for compiled steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

import autodiff as ad

from .comparing import compiling, same

X = np.array([[-1.0, -1.0, 1.0, 1.0], [-1.0, 1.0, -1.0, 1.0], [0.5, 0.0, -0.5, 1.0]])
Y = np.array([[-1.0, 1.0, 1.0, -1.0]])
Make = Callable[[], tuple[Callable[..., Any], list[Any]]]


def follow(make: Make, calls: Iterable[tuple[Any, ...]], exact: bool = False, **options: Any) -> Any:
    """Run both worlds side by side; `make` returns a step and all that it may change."""
    eager, there = make()
    function, here = make()
    step = ad.compile(function, **options)
    for args in calls:
        same(step(*args), eager(*args), exact)
        same([state_of(each) for each in here], [state_of(each) for each in there], exact)
    return step


def state_of(each: Any) -> Any:
    """What can be seen of a tensor, an array or a generator."""
    if isinstance(each, np.random.Generator):
        return repr(each.bit_generator.state)
    return [each.numpy(), each.grad] if isinstance(each, ad.Tensor) else each.copy()


def weights(dtype: Any = np.float64) -> list[Any]:
    rng = np.random.default_rng(0)
    shapes = {"W": (3, 5), "b": (5, 1), "w_o": (5, 1)}
    return [
        ad.tensor(rng.standard_normal(shape), requires_grad=True, dtype=dtype, name=name)
        for name, shape in shapes.items()
    ]


def loss_of(ws: list[Any], x: Any, y: Any) -> Any:
    W, b, w_o = ws
    with ad.scope("hidden"):
        hidden = np.tanh(W.T @ x + b)
    return np.mean((y - np.tanh(w_o.T @ hidden)) ** 2)


# Optimizers: each makes its update from the weights, and says what else it changes


def sgd(ws):
    def update():
        for w in ws:
            w.data -= 0.1 * w.grad

    return update, []


def momentum(ws):
    vs = [ad.tensor(np.zeros(w.shape), dtype=w.dtype) for w in ws]

    def update():
        for w, v in zip(ws, vs, strict=True):
            v.data = 0.9 * v.data - 0.1 * w.grad
            w.data += v.data

    return update, vs


def nesterov_in_place(ws):
    vs = [ad.tensor(np.zeros(w.shape), dtype=w.dtype) for w in ws]

    def update():
        for w, v in zip(ws, vs, strict=True):
            v.data *= 0.9
            v.data += w.grad
            w.data -= 0.1 * (w.grad + 0.9 * v.data)

    return update, vs


def adam(ws):
    ms = [ad.tensor(np.zeros(w.shape), dtype=w.dtype) for w in ws]
    vs = [ad.tensor(np.zeros(w.shape), dtype=w.dtype) for w in ws]
    t = ad.tensor(np.float32(0), name="t")

    def update():
        t.data += 1
        for w, m, v in zip(ws, ms, vs, strict=True):
            m.data = 0.9 * m.data + (1 - 0.9) * w.grad
            v.data = 0.999 * v.data + (1 - 0.999) * w.grad**2
            size = 0.01 / (1 - 0.9**t.data)
            w.data -= size * m.data / (np.sqrt(v.data / (1 - 0.999**t.data)) + 1e-7)

    return update, [*ms, *vs, t]


def weight_decay(ws):
    def update():
        for w in ws:
            w.data -= 0.1 * (w.grad + 0.01 * w.data)
            w.data *= 0.999

    return update, []


def clipped_by_norm(ws):
    def update():
        norm = np.sqrt(sum(np.sum(w.grad**2) for w in ws))
        for w in ws:
            w.data -= 0.1 * w.grad * np.minimum(1.0, 0.5 / norm)

    return update, []


def averaged(ws):
    means = [ad.tensor(w.numpy()) for w in ws]

    def update():
        with ad.no_grad():
            for w, mean in zip(ws, means, strict=True):
                w.data -= 0.1 * w.grad
                mean.data = mean.data + 0.1 * (w.data - mean.data)

    return update, means


OPTIMIZERS = [sgd, momentum, nesterov_in_place, adam, weight_decay, clipped_by_norm, averaged]


def trainer(optimizer: Callable[..., Any], zeroed: str, dtype: Any = np.float64) -> Make:
    def make():
        ws = weights(dtype)
        update, others = optimizer(ws)

        def step(x, y):
            if zeroed == "at the start":
                for w in ws:
                    w.grad = None
            loss = loss_of(ws, x, y)
            loss.backward()
            update()
            if zeroed == "at the end":
                for w in ws:
                    w.grad = None
            return loss

        return step, [*ws, *others]

    return make


@pytest.mark.parametrize("in_memory", [False, True])
@pytest.mark.parametrize("zeroed", ["at the start", "at the end"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_optimizers(optimizer, zeroed, in_memory):
    with compiling(in_order=False, in_memory=in_memory):
        follow(trainer(optimizer, zeroed), [(X, Y), (X + 0.5, Y), (-X, -Y)] * 4)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_float32_remains_float32(optimizer):
    x, y = X.astype(np.float32), Y.astype(np.float32)
    step = follow(trainer(optimizer, "at the end", np.float32), [(x, y)] * 4)
    dtypes = {node.dtype.name for node in step.graph.nodes}
    assert "float64" not in dtypes


def test_without_the_comparison_the_first_call_is_as_any_other():
    follow(trainer(adam, "at the end"), [(X, Y)] * 3, check=False)


def test_gradients_add_up_over_calls():
    def make():
        ws = weights()

        def step(x, y):
            loss = loss_of(ws, x, y)
            loss.backward()
            return loss

        return step, ws

    follow(make, [(X, Y), (2 * X, Y), (X, -Y), (X, Y)])


def test_gradients_add_up_over_some_calls_and_are_used_between():
    """Whether `.grad` is there may change at each call: no program is made again for what is known already."""

    def make():
        ws = weights()

        def accumulate(x, y):
            loss = loss_of(ws, x, y)
            loss.backward()
            return loss

        return accumulate, ws

    eager, there = make()
    function, here = make()
    step = ad.compile(function)
    for i in range(20):
        same(step(X * i, Y), eager(X * i, Y), exact=False)
        same([state_of(each) for each in here], [state_of(each) for each in there], exact=False)
        if i % 2:
            for w in (*here, *there):
                w.data -= 0.01 * w.grad
                w.grad = None


def test_a_gradient_that_is_taken_away_between_calls():
    """It was there when the program was made, and is None at a later call."""

    def make():
        w = ad.tensor([1.0, 2.0], requires_grad=True)
        w.grad = np.array([10.0, 20.0])

        def step(x):
            np.sum(w * x).backward()

        return step, [w]

    (eager, there), (function, here) = make(), make()
    step = ad.compile(function)
    for _ in range(2):
        for call, (w,) in ((eager, there), (step, here)):
            call(np.array([3.0, 4.0]))
            w.grad = None
        same(here[0].grad, there[0].grad)
    step(np.array([3.0, 4.0]))
    np.testing.assert_array_equal(here[0].grad, [3.0, 4.0])


def test_a_gradient_that_is_scaled_and_read():
    def make():
        w = ad.tensor([1.0, 2.0], requires_grad=True)

        def step(x):
            w.grad = None
            np.sum(w * w * x).backward()
            w.grad *= 0.5
            w.data -= w.grad
            return w.grad * 2

        return step, [w]

    follow(make, [(np.array([3.0, 4.0]),)] * 3, exact=True)


@pytest.mark.parametrize("given", ["W", "b", "w_o"])
def test_some_gradients_are_there_and_some_are_not(given):
    def make():
        ws = weights()

        def step(x, y):
            loss = loss_of(ws, x, y)
            loss.backward()
            for w in ws:
                w.grad = w.grad if w.name == given else None
            return loss

        return step, ws

    follow(make, [(X, Y), (2 * X, Y), (X, -Y), (X, Y)])
