"""Columns times rows: elementwise, where a product has nothing to add up."""

from __future__ import annotations

import numpy as np
import pytest

import autodiff as ad
from autodiff.compiler.passes.outer import spread

from .around import through

RNG = np.random.default_rng(0)
COLUMN, ROW = RNG.normal(size=(70, 1)), RNG.normal(size=(1, 80))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_column_times_a_row(dtype):
    x, y = COLUMN.astype(dtype), ROW.astype(dtype)
    before, after = through(spread, lambda x, y: (x @ y, x @ x.T, y.T @ y), x, y, others=[(-x, y)])
    assert (before.count("matmul"), after.count("matmul"), after.count("multiply")) == (3, 0, 3)


@pytest.mark.parametrize("function", [
    lambda x, y: x @ y, lambda x, y: x[:9, :1] @ y[:1],
    lambda x, y: y @ y.T, lambda x, y: x.T @ x, lambda x, y: np.stack([x, x]) @ y, lambda x, y: x[:, 0] @ x,
])  # fmt: skip
def test_other_products_are_left_alone(function):
    y = np.concatenate([ROW, ROW])
    before, after = through(spread, function, np.concatenate([COLUMN, COLUMN], 1), y)
    assert before == after


def test_products_of_other_kinds_are_left_alone():
    before, after = through(spread, lambda x, y: x @ y, COLUMN.astype(int), ROW.astype(int))
    assert before == after
    before, after = through(spread, lambda x, y: x @ y, COLUMN, ROW.astype(np.float32))
    assert before == after


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_step_on_one_example(backend):
    if backend == "numba":
        pytest.importorskip("numba")
    start, examples = RNG.normal(size=(90, 60)), RNG.normal(size=(5, 1, 90))

    def training(wrap):
        w = ad.tensor(start.copy(), requires_grad=True, name="w")

        def step(x):
            loss = np.mean(np.tanh(x @ w) ** 2)
            (slope,) = ad.gradients(loss, [w])
            w.data -= 0.1 * slope
            return loss

        step = wrap(step)
        return [float(step(x).item()) for x in examples], w.data

    losses, w = training(lambda step: ad.compile(step, backend=backend))
    expected, v = training(lambda step: step)
    np.testing.assert_allclose(losses, expected, rtol=1e-12)
    np.testing.assert_allclose(w, v, rtol=1e-12)
