"""Memory: a compiled step keeps its buffers and nothing else, however often it is called."""

from __future__ import annotations

import gc
import linecache
import sys
import tracemalloc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autodiff as ad

from .comparing import same


def network(width: int = 128, batch: int = 64) -> tuple[Callable[..., Any], Any, list[Any]]:
    """A training step of a network of three layers, its input, and its weights."""
    rng = np.random.default_rng(0)
    ws = [ad.tensor(rng.standard_normal((width, width)) / width, requires_grad=True, name=f"w{i}") for i in range(3)]

    def step(x):
        h = x
        for w in ws:
            h = np.tanh(h @ w)
        loss = np.mean((h - x) ** 2)
        loss.backward()
        for w in ws:
            w.data -= 0.1 * w.grad
            w.grad = None
        return loss

    return step, rng.standard_normal((batch, width)), ws


def test_a_thousand_calls_leave_nothing():
    function, x, _ = network(width=8, batch=4)
    step = ad.compile(function)
    for _ in range(20):
        step(x)
    gc.collect()
    tracemalloc.start()
    try:
        step(x)
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(1000):
            step(x)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 5_000


@pytest.mark.parametrize("differentiated", [False, True])
def test_later_calls_leave_no_cycles(differentiated):
    w = ad.tensor(np.ones(3), requires_grad=True, name="w")
    step = ad.compile(lambda x: np.tanh(w * x))

    def call():
        y = step(np.ones(3))
        if differentiated:
            np.sum(y).backward()
            w.grad = None

    for _ in range(5):
        call()
    gc.collect()
    gc.disable()
    try:
        for _ in range(10):
            call()
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_compiled_function_that_is_dropped_is_gone():
    class Held:
        pass

    def make():
        w, held = ad.tensor(np.ones(30_000), requires_grad=True, name="w"), Held()

        def f(x):
            assert held
            return w * x

        step = ad.compile(f)
        for _ in range(3):
            step(np.ones(30_000))
        return weakref.ref(w), weakref.ref(held), weakref.ref(step)

    references = make()
    gc.collect()
    assert all(each() is None for each in references)


def test_a_trace_keeps_no_arrays():
    """What the trace computed is gone afterwards; the program keeps its buffers only."""
    function, x, ws = network(width=200, batch=100)
    step = ad.compile(function)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        step(x)
        gc.collect()
        kept = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    own = sum(w.data.nbytes for w in ws)
    assert kept < step.report().buffer_bytes + own + 1_000_000


def test_buffers_are_fewer_than_equations_and_are_used_again():
    function, x, _ = network(width=200, batch=100)
    step = ad.compile(function)
    step(x)
    report = step.report()
    assert 0 < report.buffers < report.stages[-1].equations / 2
    assert report.buffer_bytes < report.bytes_unplanned / 2
    tracemalloc.start()
    try:
        for _ in range(2):
            step(x)
            tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        step(x)
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert peak < x.nbytes


def test_the_texts_of_programs_that_are_gone_are_gone():
    """Tracebacks show lines of programs; those of dropped programs are not kept."""

    def texts() -> int:
        return sum(1 for name in linecache.cache if name.startswith("<many"))

    def many(x, n):
        return x * n

    step = ad.compile(many)
    with pytest.warns(UserWarning, match="many"):
        for n in range(40):
            step(np.ones(3), n)
    assert texts() <= 10


def test_results_that_are_kept_keep_no_buffers():
    """A small result does not hold a large array."""
    step = ad.compile(lambda x: np.tanh(x * 2)[:3])
    x = np.linspace(-1, 1, 1_000_000)
    results = [step(x) for _ in range(5)]
    for each in results[1:]:
        same(each, results[0])
        assert each.base is None or each.base.nbytes < 1000


def test_references_to_arguments_are_dropped():
    step = ad.compile(lambda x, t: x * t)
    for _ in range(3):
        x, t = np.ones(3), ad.tensor(np.ones(3))
        step(x, t)
        held = weakref.ref(t)
        count = sys.getrefcount(x)
        del t
        gc.collect()
        assert held() is None
        assert count == 2
