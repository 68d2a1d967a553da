"""Calls of many sizes: a new size of a known kind is run eagerly at first, and gets a program when it comes again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autodiff as ad

from .comparing import array_of, compiling, counting, same

SIZES = [4, 6, 9, 1, 7, 2, 0, 30, 4, 6, 9]
W = np.array([[1.0, -2.0, 0.5], [0.0, 1.5, 2.0]])

SIZED: dict[str, Any] = {
    "elementwise": lambda x: np.tanh(x) * 2 + 1,
    "mean": lambda x: np.sum(x, axis=0) / max(len(x), 1),
    "matmul": lambda x: np.tanh(x @ W) @ W.T,
    "gradient": ad.grad(lambda x: np.sum(np.tanh(x @ W) ** 2)),
    "reshape": lambda x: x.reshape(-1) * 2,
    "reshape to a count": lambda x: (x * 2).reshape(len(x) * 2),
    "pairs": lambda x: x[:, None] - x[None, :],
    "gram": lambda x: x @ x.T,
    "ones of the length": lambda x: np.ones((len(x), 1)) * x,
    "arange": lambda x: np.arange(len(x))[:, None] * x,
    "first half": lambda x: x[: len(x) // 2] * 2,
    "last but one": lambda x: x[len(x) - 1 :] * 2,
    "up to three": lambda x: x[:3] * 2,
    "squared length": lambda x: x * len(x) ** 2,
    "one over the length": lambda x: x * (1 / (len(x) + 1)),
    "odd or even": lambda x: x * 2 if len(x) % 2 else x * 3,
    "long or short": lambda x: x * 2 if len(x) > 8 else x * 3,
    "at most five": lambda x: x * min(len(x), 5),
    "a loop over rows": lambda x: sum((x[i] * i for i in range(len(x))), np.zeros(2)),
    "a power of two": lambda x: x * 2 ** len(x),
    "broadcast": lambda x: np.broadcast_to(np.sum(x, axis=0), x.shape) * x,
    "concatenated": lambda x: np.concatenate([x, x[:1], x]),
    "rolled by a third": lambda x: np.roll(x, len(x) // 3, axis=0),
    "padded": lambda x: np.pad(x, ((0, 10 - len(x) % 10), (0, 0))),
    "split in two": lambda x: np.array_split(x * 1.0, 2),
    "the eye": lambda x: np.eye(len(x)) @ x,
    "the lower triangle": lambda x: np.tril(x @ x.T),
    "labels": lambda x: x[np.arange(len(x)), np.arange(len(x)) % 2],
    "dtype by length": lambda x: x.astype(np.float32 if len(x) > 5 else np.float64),
    "statistics": lambda x: (x - np.mean(x, axis=0)) / (np.std(x, axis=0) + 1) if len(x) else x,
}


@pytest.mark.parametrize("in_memory", [False, True])
@pytest.mark.parametrize("name", SIZED)
def test_any_order_of_sizes(name, in_memory):
    function = SIZED[name]
    with compiling(in_order=False, in_memory=in_memory):
        step = ad.compile(function)
        for n in SIZES:
            for shift in (0.0, 0.5, 1.0):
                x = np.sin(np.arange(2 * n)).reshape(n, 2) + shift
                with np.errstate(all="ignore"):
                    same(step(x), function(x), exact=False)


@pytest.mark.parametrize("name", SIZED)
@pytest.mark.parametrize("quiet", [0.0, 1.0])
def test_a_call_to_warm_up_proves_nothing(name, quiet):
    """The first call of a size, with zeros, could agree by chance; later calls are right all the same."""
    function = SIZED[name]
    step = ad.compile(function)
    for n in (4, 6, 9, 7, 30):
        for x in 2 * [np.full((n, 2), quiet)] + 2 * [np.sin(np.arange(2.0 * n)).reshape(n, 2)]:
            same(step(x), function(x), exact=False)


def test_a_size_is_traced_when_it_comes_again():
    step = ad.compile(lambda x: np.tanh(x @ W) + len(x))

    def run(n):
        x = np.sin(np.arange(2.0 * n)).reshape(n, 2)
        same(step(x), np.tanh(x @ W) + n, exact=False)

    with counting() as traces:
        for n in (4, 5, 6, 7, 8, 9, 4, 4):
            run(n)
        assert traces.call_count == 1
        for n in (6, 4, 6, 6):
            run(n)
        assert traces.call_count == 2


def test_steps_of_many_sizes_assign_as_eager_ones():
    """An epoch with a smaller last batch, and one more size."""

    def world():
        w = ad.tensor(W.T, requires_grad=True, name="w")
        mean = ad.tensor(np.zeros(3), name="mean")

        def step(x, y):
            mean.data = 0.9 * mean.data + 0.1 * np.mean(x, axis=0)
            loss = np.mean(((x - mean) @ w - y) ** 2)
            loss.backward()
            w.data -= 0.1 * w.grad
            w.grad = None
            return loss

        return step, [w, mean]

    (eager, there), (function, here) = world(), world()
    step = ad.compile(function)
    rng = np.random.default_rng(0)
    for n in (8, 8, 3, 8, 8, 3, 5, 8, 5, 1, 2):
        x, y = rng.standard_normal((n, 3)), rng.standard_normal((n, 2))
        same(array_of(step(x, y)), array_of(eager(x, y)), exact=False)
        same([each.numpy() for each in here], [each.numpy() for each in there], exact=False)


def test_two_sizes_that_change_apart():
    f = lambda x, y: x @ y + len(x) * 10 + y.shape[1]  # noqa: E731 (one line)
    step = ad.compile(f)
    for n, m in [(2, 2), (3, 2), (4, 2), (4, 4), (2, 3), (5, 5), (3, 4)]:
        x, y = np.ones((n, 3)), np.arange(3.0 * m).reshape(3, m)
        same(step(x, y), f(x, y), exact=False)


def test_draws_of_many_sizes():
    f = lambda x, rng: ad.dropout(x, 0.5, rng) + rng.normal(size=x.shape)  # noqa: E731 (one line)
    step = ad.compile(f)
    here, there = np.random.default_rng(0), np.random.default_rng(0)
    for n in (4, 6, 9, 4, 9, 7):
        x = np.ones((n, 2))
        same(step(x, here), f(x, there))
        assert here.bit_generator.state == there.bit_generator.state
