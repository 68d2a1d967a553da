"""Memory and state: nothing is kept longer than it is needed, by names, arrays or settings."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import tracemalloc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import autodiff as ad
from autodiff.context import Context, state

MEGABYTE = 2**20


@pytest.fixture(autouse=True)
def no_collector():
    """Whatever dies in these tests dies by reference counts alone."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@contextmanager
def peak() -> Iterator[list[int]]:
    """How many bytes are taken in the block at most, as a list of one number."""
    measured: list[int] = []
    tracemalloc.start()
    try:
        yield measured
        measured.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


# Long chains

CHAIN = """
import gc, sys, weakref
import numpy as np
import autodiff as ad

gc.disable()
x = ad.tensor(0.5, requires_grad=True)
before = sys.getallocatedblocks()
y = x
for _ in range({count}):
    y = {step}
node = weakref.ref(y._node)
assert sys.getallocatedblocks() - before > {count}
{work}
del y
assert node() is None
assert sys.getallocatedblocks() - before < 10_000  # Python keeps 2,000 tuples of each length for reuse
assert gc.collect() == 0
"""


@pytest.mark.parametrize(
    ("count", "step", "work"),
    [(1_000_000, "y + 1.0", "y.backward(); assert x.grad == 1"), (200_000, "np.sin(y)", "")],
    ids=["differentiated", "dropped"],
)
def test_a_long_chain_is_freed(count, step, work):
    """In a process of its own, since a stack that overflows in C ends the process."""
    program = CHAIN.format(count=count, step=step, work=work)
    run = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr or f"ended by signal {-run.returncode}"


def test_a_long_chain_is_freed_deep_in_a_recursion():
    """Also where little of the stack is left."""

    def deep(levels: int) -> float:
        if levels:
            return deep(levels - 1)
        x = y = ad.tensor(0.5, requires_grad=True)
        for _ in range(20_000):
            y = y + 1.0
        y.backward()
        return x.grad.item()

    assert deep(sys.getrecursionlimit() - 200) == 1.0


# Training


def _step(w: ad.Tensor, b: ad.Tensor, x: np.ndarray) -> None:
    loss = np.mean((np.tanh(x @ w + b) - 1.0) ** 2)
    w.grad = b.grad = None
    loss.backward()
    w.data -= 0.1 * w.grad
    b.data -= 0.1 * b.grad


def test_training_leaves_nothing_to_collect():
    """Across 1,000 steps: memory stays flat, and no cycle is left."""
    generator = np.random.default_rng(0)
    w = ad.tensor(generator.normal(size=(20, 5)), requires_grad=True)
    b = ad.tensor(np.zeros(5), requires_grad=True)
    x = generator.normal(size=(30, 20))
    for _ in range(10):
        _step(w, b, x)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(1_000):
        _step(w, b, x)
    kept = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert kept < 500_000  # of 1,000 graphs; Python keeps up to 2,000 tuples of each length for reuse
    assert gc.collect() == 0


TRANSFORMS = {
    "grad": lambda f, x: ad.grad(f)(x),
    "grad of grad": lambda f, x: ad.grad(lambda y: np.sum(ad.grad(f)(y)))(x),
    "vjp": lambda f, x: ad.vjp(f, x)[1](1.0),
    "jvp": lambda f, x: ad.jvp(f, (x,), (x,)),
    "hvp": lambda f, x: ad.hvp(f)(x, x),
    "hessian": lambda f, x: ad.hessian(f)(x),
}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms_leave_nothing_to_collect(name):
    x = np.linspace(0.1, 1.0, 4)
    TRANSFORMS[name](lambda y: np.sum(np.sin(y) * y), x)
    gc.collect()
    for _ in range(10):
        TRANSFORMS[name](lambda y: np.sum(np.sin(y) * y), x)
    assert gc.collect() == 0


def test_create_graph_leaves_nothing_to_collect():
    """The gradient kept in `.grad` leads back to the graph, never to the tensor that holds it."""
    x = ad.tensor([1.0, 2.0], requires_grad=True)
    np.sum(x**3).backward(create_graph=True)
    node = weakref.ref(x.grad._node)
    np.sum(x.grad).backward()
    x.grad = None
    del x
    assert node() is None
    assert gc.collect() == 0


# What the record keeps


def test_chained_adds_keep_at_most_two_arrays():
    """An add keeps no array: 100 of them hold no more than the last one and the next."""
    x = ad.tensor(np.ones(MEGABYTE), requires_grad=True)  # 8 MB
    with peak() as taken:
        y = x
        for _ in range(100):
            y = y + 1.0
    assert taken[0] < 2.1 * x.size * 8


def test_backward_through_chained_adds_takes_a_few_arrays():
    x = ad.tensor(np.ones(MEGABYTE), requires_grad=True)
    y = x
    for _ in range(100):
        y = y + x
    total = np.sum(y)
    with peak() as taken:
        total.backward()
    assert taken[0] < 4.1 * x.size * 8
    assert (x.grad == 101).all()


def test_backward_frees_what_it_has_passed():
    """The arrays that sin keeps go one after the other, so a backward pass adds no more than a few."""
    x = ad.tensor(np.ones(MEGABYTE // 8), requires_grad=True)
    y = x
    for _ in range(50):
        y = np.sin(y)
    total = np.sum(y)
    saved = weakref.ref(y._node.saved[0])
    del y
    with peak() as taken:
        total.backward()
    assert saved() is None
    assert taken[0] < 5 * MEGABYTE


@pytest.mark.parametrize("run", [lambda x: x + 1.0, lambda x: x.reshape(-1, 1) + 1.0, np.sum, lambda x: x - 3.0])
def test_an_array_that_no_rule_needs_dies_with_its_names(run):
    x = ad.tensor(np.ones(5), requires_grad=True)
    middle = x * 2.0
    array = weakref.ref(middle._array)
    result = run(middle)
    del middle
    assert array() is None
    np.sum(result).backward()
    np.testing.assert_array_equal(x.grad, 2.0)


def test_a_dropped_graph_dies_at_once():
    x = ad.tensor(np.ones(5), requires_grad=True)
    y = np.exp(np.sin(x) * x)
    nodes = [weakref.ref(node) for node in ad.Graph(y) if node is not x._node]
    assert len(nodes) == 3
    del y
    assert not any(node() for node in nodes)


def test_a_users_array_is_not_kept_alive():
    """The record keeps a copy of what a rule needs, and of anything else nothing."""
    x = ad.tensor(np.ones(5), requires_grad=True)
    array = np.full(5, 3.0)
    reference = weakref.ref(array)
    y = np.sum(x * array)
    del array
    assert reference() is None
    y.backward()
    np.testing.assert_array_equal(x.grad, 3.0)


# Settings


def _fail(x: Any) -> Any:
    with ad.scope("inside"), ad.no_grad():
        return np.reshape(x, (7, 11))


@pytest.mark.parametrize("name", TRANSFORMS)
def test_an_error_inside_a_transform_leaves_no_state(name):
    with pytest.raises(ValueError, match="reshape"):
        TRANSFORMS[name](_fail, np.ones(3))
    assert state.context == Context()
    assert ad.grad(lambda x: np.sum(x**2))(np.ones(2)).tolist() == [2.0, 2.0]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_an_error_inside_blocks_leaves_no_state(error):
    with pytest.raises(error), ad.no_grad(), ad.scope("a"):
        raise error
    assert state.context == Context()


def test_an_error_in_a_backward_pass_leaves_no_state():
    """Floating-point errors that the user has asked for come out of rules, too."""
    x = ad.tensor([1e308, 1.0], requires_grad=True)
    y = x * 10.0 ** np.array([-300.0, 0.0])
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        np.sum(y * y).backward(1e308)
    assert state.context == Context()
    assert x.grad is None


def test_settings_are_per_thread():
    x = ad.tensor([1.0, 2.0], requires_grad=True)
    seen: dict[str, Any] = {}

    def other() -> None:
        y = x * 2
        seen["context"], seen["recorded"] = state.context, y.requires_grad

    with ad.no_grad(), ad.scope("here"):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        assert not (x * 2).requires_grad
    assert seen == {"context": Context(), "recorded": True}


def test_threads_differentiate_side_by_side():
    """Each thread sees its own graphs and blocks, whatever the others do."""
    x = np.linspace(0.1, 1.0, 50)
    wrong: list[int] = []
    start = threading.Barrier(4)

    def work(number: int) -> None:
        start.wait()
        for i in range(100):
            with ad.scope(f"thread {number}"):
                if i % 3 == 0:
                    with ad.no_grad():
                        np.sin(ad.tensor(x, requires_grad=True))
                gradient = ad.grad(lambda y: np.sum(np.sin(number * y)))(x)
            if not np.array_equal(gradient, number * np.cos(number * x)) or state.context != Context():
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
