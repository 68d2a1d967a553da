"""Training steps with kernels: variables, generators and results are where eager steps leave them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autodiff as ad
from autodiff.compiler.kernels import pieces

from .comparing import array_of, same
from .test_training import state_of

numba = pytest.importorskip("numba")


SHAPES = {"W1": (6, 40), "b1": (40,), "W2": (40, 3), "b2": (3,)}


def network() -> list[Any]:
    rng = np.random.default_rng(0)
    return [
        ad.tensor((rng.standard_normal(shape) / 3).astype(np.float32), requires_grad=True, name=name)
        for name, shape in SHAPES.items()
    ]


def loss_of(weights: list[Any], x: Any, labels: Any) -> Any:
    W1, b1, W2, b2 = weights
    return np.mean(ad.cross_entropy(ad.relu(x @ W1 + b1) @ W2 + b2, labels))


def sgd() -> tuple[Callable[..., Any], list[Any]]:
    weights = network()

    def step(x: Any, labels: Any) -> Any:
        loss = loss_of(weights, x, labels)
        loss.backward()
        for w in weights:
            w.data -= 0.1 * w.grad
            w.grad = None
        return loss

    return step, weights


def adam() -> tuple[Callable[..., Any], list[Any]]:
    weights = network()
    ms, vs = ([ad.tensor(np.zeros_like(w.numpy())) for w in weights] for _ in range(2))
    time = ad.tensor(np.float32(0))

    def step(x: Any, labels: Any) -> Any:
        loss = loss_of(weights, x, labels)
        loss.backward()
        time.data = time.data + 1
        rate = 0.01 * np.sqrt(1 - 0.999**time.data) / (1 - 0.9**time.data)
        for w, m, v in zip(weights, ms, vs, strict=True):
            m.data = 0.9 * m.data + 0.1 * w.grad
            v.data = 0.999 * v.data + 0.001 * w.grad**2
            w.data -= rate * m.data / (np.sqrt(v.data) + 1e-7)
            w.grad = None
        return loss

    return step, [*weights, *ms, *vs, time]


@pytest.mark.parametrize("make", [sgd, adam])
def test_training(make: Callable[[], tuple[Callable[..., Any], list[Any]]]) -> None:
    """Steps in a row leave what eager steps leave, in the same arrays."""
    rng = np.random.default_rng(1)
    x, labels = rng.standard_normal((8, 6)).astype(np.float32), rng.integers(3, size=8)
    eager, there = make()
    function, here = make()
    step = ad.compile(function, backend="numba")
    arrays = []
    for _ in range(4):
        same(step(x, labels), eager(x, labels), exact=False)
        same([state_of(each) for each in here], [state_of(each) for each in there], exact=False)
        arrays.append([id(array_of(each)) for each in here])
    assert arrays[1] == arrays[2] == arrays[3]
    assert all(each.dtype == np.float32 for each in here)


def test_the_update_of_adam_is_one_kernel_for_all_matrices() -> None:
    """And one for all biases; rows of three need another loop than rows of forty."""
    function, _ = adam()
    step = ad.compile(function, backend="numba")
    step(np.ones((8, 6), np.float32), np.zeros(8, int))
    called = {
        name: re.findall(rf"^    (kernel\w*)\(.*\b{name}\b.*\)", step.source, re.MULTILINE)[-1] for name in SHAPES
    }
    assert called["b1"] == called["b2"]
    assert len(set(called.values())) == 3


def variables(make: Callable[[list[Any]], Callable[[], Any]], *shapes: tuple[int, ...]) -> Any:
    """A step that assigns to variables of these shapes, run eagerly, on NumPy and with kernels, which it returns."""
    rng = np.random.default_rng(0)
    values = [rng.standard_normal(shape) for shape in shapes]
    worlds = [[ad.tensor(each) for each in values] for _ in range(3)]
    eager, *compiled = make(worlds[0]), ad.compile(make(worlds[1])), ad.compile(make(worlds[2]), backend="numba")
    for _ in range(3):
        expected = eager()
        for step, world in zip(compiled, worlds[1:], strict=True):
            same(step(), expected, exact=False)
            same([state_of(each) for each in world], [state_of(each) for each in worlds[0]], exact=False)
    return compiled[1]


def test_a_variable_that_is_read_elsewhere_in_the_same_loop() -> None:
    """What is read at other places than it is written cannot be written in place."""

    def make(ws: list[Any]) -> Callable[[], Any]:
        def step() -> Any:
            (w,) = ws
            w.data = 0.5 * w.data + 0.25 * w.data.T - w.data[0]
            return w.data + 1

        return step

    variables(make, (40, 40))


def test_a_variable_whose_old_value_is_needed_later() -> None:
    """The new value waits, and its memory is not given to another result."""

    def make(ws: list[Any]) -> Callable[[], Any]:
        def step() -> Any:
            w, v = ws
            old = w.data
            w.data = 0.5 * old + np.tanh(v.data)
            product = np.tanh(old @ v.data) * 0.5 + 1
            return np.tanh(product @ old), np.sum(old * 2, axis=0)

        return step

    variables(make, (70, 70), (70, 70))


def test_variables_that_change_places() -> None:
    def make(ws: list[Any]) -> Callable[[], Any]:
        def step() -> Any:
            w, v, n = ws
            w.data, v.data = v.data * 0.5 + n.data, w.data * 2 - n.data
            n.data = n.data + 1
            return w.data * n.data + v.data

        return step

    variables(make, (3, 4), (3, 4), ())


TILED: dict[str, tuple[int, Callable[..., Any]]] = {
    "into a variable": (1, lambda g, w, v, row: [0.5 * w - 0.1 * g, v]),
    "into two": (1, lambda g, w, v, row: [w - 0.1 * g / (row + 2), 0.9 * v + g**2]),
    "of a variable that changes": (1, lambda g, w, v, row: [w - 0.1 * (w @ v[:20]), v * g]),
    "that is needed otherwise": (0, lambda g, w, v, row: [w - 0.1 * g, v + g[::-1]]),
    "whose rows are summed": (0, lambda g, w, v, row: [w - np.sum(0.1 * g, axis=-1, keepdims=True), v]),
}


@pytest.mark.parametrize("name", TILED)
def test_products_that_are_computed_a_few_rows_at_a_time(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "LARGE", 1)
    monkeypatch.setattr(pieces, "SMALL", 2**13)
    count, update = TILED[name]
    rng = np.random.default_rng(0)
    x, d = (ad.tensor(rng.standard_normal((6, side))) for side in (150, 20))

    def make(ws: list[Any]) -> Callable[[], Any]:
        def step() -> Any:
            w, v, row = ws
            w.data, v.data = update(x.T @ d, w.data, v.data, row.data)
            return row.data + 1

        return step

    step = variables(make, (150, 20), (150, 20), (20,))
    assert step.source.count("for rows in") == count


def test_draws_keep_their_order() -> None:
    """Kernels move equations, but a generator is asked in the order of the function."""

    def noisy(x: Any, rng: np.random.Generator) -> Any:
        first = np.tanh(x * 2 + rng.normal(size=x.shape))
        second = rng.random(x.shape) < 0.5
        return np.where(second, first * 2, 0) + rng.normal(size=x.shape)

    x = np.ones((30, 5))
    step = ad.compile(noisy, backend="numba")
    eager, compiled = np.random.default_rng(0), np.random.default_rng(0)
    for _ in range(3):
        same(step(x, compiled), noisy(x, eager), exact=False)
    assert eager.random() == compiled.random()
