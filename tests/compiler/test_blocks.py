"""Large arrays: elementwise statements in blocks of rows, in the place of variables, and beside rows of numbers."""

from __future__ import annotations

import numpy as np
import pytest

import autodiff as ad

from .comparing import agree, same

RNG = np.random.default_rng(3)
SHAPES = [(400, 300), (300_000,), (40, 30, 100)]


def some(shape, dtype=np.float64):
    return RNG.normal(size=shape).astype(dtype)


CHAINS = {
    "a result used twice": lambda x, y: np.exp((a := x * 2) + y) * a,
    "twice, and far apart": lambda x, y: (a := x * y) - np.tanh(np.sqrt(np.abs(a + 1) + 2)) * (a * 3),
    "truth in between": lambda x, y: (x * y) * (x > y) * (y > 0),
    "two results": lambda x, y: ((a := x * y) + 1, np.exp(a) * 2),
    "a result that others need": lambda x, y: ((a := np.exp(x) * y) + 1, a.sum(), (a * 2 - y).sum()),
    "with a number": lambda x, y: (x * y.sum() + 1) * y.max() - 2,
    "with a row": lambda x, y: (x * y.sum(0) + 1) * np.tanh(x.sum(0)),
    "with the smallest": lambda x, y: np.minimum(np.maximum(x * y, 0) - 1, -0.0) * 2,
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", CHAINS)
def test_blocks_keep_every_bit(name, shape):
    step = agree(CHAINS[name], [(some(shape), some(shape)) for _ in range(3)])
    assert "for rows in" in step.source


def test_a_dtype_of_its_own():
    step = agree(lambda x, y: ((x * 2 + 1) * y, (x * 3).astype(np.float64) - y), [(some((400, 300), "f4"), some((1,)))])
    assert "for rows in" in step.source


def test_no_block_without_a_divisor():
    step = agree(lambda x: np.exp(x * 2) + 1, [(some((99_991,)),), (some((99_991,)),)])
    assert "for rows in" not in step.source


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_products_of_square_matrices_are_not_rows(backend):
    """They have the shape of their operands, of which the second is read whole."""
    if backend == "numba":
        pytest.importorskip("numba")
    arrays = [(some((256, 256), "f4"), some((256, 256), "f4")) for _ in range(2)]
    compiled = ad.compile(squares, backend=backend)
    for x, w in arrays:
        for found, expected in zip(compiled(x, w), squares(x, w), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-3)


def squares(x, w):
    def loss(w):
        return np.sum(np.maximum(np.maximum(x @ w, 0) @ w, 0) * x) / x.size

    return np.maximum(x @ w, 0), ad.grad(loss)(w)


def test_columns_of_the_same_array_are_not_rows():
    step = agree(lambda x: np.exp(x * 2) * x.T + x[:1], [(some((300, 300)),), (some((300, 300)),)])
    assert "for rows in" in step.source


@pytest.mark.parametrize("shape", [(400, 300), (300, 100)])
def test_moments_are_updated_in_their_place(shape):
    def updated():
        w, m, v = (ad.tensor(each) for each in start)

        def step(g):
            old = m.data * 1
            m.data = 0.9 * m.data + 0.1 * g
            v.data = 0.99 * v.data + 0.01 * g**2
            w.data -= 0.1 * (m.data / (np.sqrt(v.data) + 1e-8))
            return old.sum()

        return step, (w, m, v)

    start = some(shape), some(shape), np.abs(some(shape))
    (eager, there), (plain, here) = updated(), updated()
    step = ad.compile(plain)
    for _ in range(3):
        g = some(shape)
        same(step(g), eager(g), exact=False)
        for a, b in zip(here, there, strict=True):
            same(a.numpy(), b.numpy(), exact=True)
    assert "*= 0.99" in step.source


def test_rows_of_an_array_that_is_cut_are_those_of_the_whole():
    agree(lambda x, y: (x * y[0] + 1) * y[-1] + y, [(some((400, 300)), some((400, 300))) for _ in range(2)])


def test_a_variable_keeps_its_value_as_long_as_it_is_needed():
    def updated(start):
        w = ad.tensor(start)

        def step(g):
            made = 0.9 * w.data + g
            kept = np.exp(w.data) + 1  # reads the old value after `0.9 * w`
            w.data = made
            return kept * 2, (w.data * 1).sum()

        return step, w

    start = some((400, 300))
    (eager, there), (plain, here) = updated(start), updated(start)
    step = ad.compile(plain)
    for _ in range(3):
        g = some((400, 300))
        same(step(g), eager(g), exact=False)
        same(here.numpy(), there.numpy(), exact=True)


def test_the_report_tells_what_runs_together():
    step = agree(lambda x, y: np.exp(x * y) + 1, [(some((400, 300)), some((400, 300)))])
    assert step.report().fused == [(3, "100 rows at a time, on float64 (400, 300): multiply, exp, add")]
    assert "fused" in str(step.report())
    assert not agree(lambda x: x + 1, [(some((3,)),)]).report().fused
