"""What observe() keeps: the users' lines, and memory until the last name goes."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autodiff as ad
from autodiff.node import Node

from .test_observing import BLOCKS, leaf

# Lines

x0 = leaf(0.5, 1.5, name="x0")
SINGLE: list[Callable[[], Any]] = [
    lambda: x0 + 1,
    lambda: 1 - x0,
    lambda: np.exp(x0),
    lambda: x0.sum(),
    lambda: np.mean(x0),
    lambda: np.var(x0),
    lambda: x0[0],
    lambda: x0.T,
    lambda: ad.at(x0)[0].set(3.0),
    lambda: ad.softmax(x0),
    lambda: np.stack([x0, x0]),
    lambda: sorted([x0[0], x0[1]])[0],
    lambda: next(iter(x0)),
    lambda: ad.checkpoint(np.tanh)(x0),
    lambda: ad.tensor([1.0]) * 2,
    lambda: ad.tensor([1.0], name="named"),
    lambda: ad.gradients(np.sum(x0**3), x0, create_graph=True),
    lambda: ad.grad(lambda x: np.sum(x**2 * x0))(np.ones(2)),
    lambda: ad.cross_entropy(x0, np.array(1)),
]


@pytest.mark.parametrize("compute", SINGLE)
@pytest.mark.parametrize("block", ["observe", "debug inside", "debug outside"])
def test_lines_are_the_users(compute, block):
    """Of all nodes on the way: those of composed functions and of recorded passes as well."""
    with BLOCKS[block]():
        result = compute()
    expected = f"test_observing_kept.py:{compute.__code__.co_firstlineno}"
    made = [node for node in ad.Graph(result) if node.name != "x0" and (node.primitive or node.name)]
    assert made
    assert {node.origin for node in made if node.origin or node.primitive} == {expected}


# Memory


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def watched(tensor: ad.Tensor) -> list[weakref.ref[Any]]:
    """Weak references to all nodes behind a tensor and all that they keep."""
    graph = ad.Graph(tensor)
    things = [thing for node in graph for thing in (node, node.value, *(node.arguments or ()))]
    return [weakref.ref(each) for each in things if isinstance(each, (Node, np.ndarray))]


PROGRAMS: list[Callable[[Any], Any]] = [
    lambda x: np.sum(np.tanh(x * 2)) + 1,
    lambda x: np.sum(ad.checkpoint(lambda x: np.exp(x) * x)(x)),
    lambda x: ad.gradients(np.sum(x**3), x, create_graph=True) * 2,
    lambda x: ad.hessian(lambda y: np.sum(y**3 * x))(np.ones(2)),
    lambda x: ad.stop_gradient(x * 3) + 1,
]


@pytest.mark.parametrize("compute", PROGRAMS)
@pytest.mark.parametrize("block", ["observe", "debug inside", "debug outside"])
def test_memory_goes_with_the_last_name(compute, block, no_collector):
    with BLOCKS[block]():
        x = leaf(0.5, 1.5)
        y = compute(x)
        references = watched(y)
        assert len(references) > 3
        del y, x
        assert [each() for each in references if each() is not None] == []


@pytest.mark.parametrize("consume", [True, False])
def test_what_was_observed_stays_until_then(consume, no_collector):
    with ad.observe():
        x = leaf(0.5, 1.5)
        y = np.sum(np.tanh(x))
    references = watched(y)
    y.backward(retain_graph=not consume)
    assert all(each() is not None for each in references)
    del y, x
    assert all(each() is None for each in references)


def test_an_error_keeps_nothing(no_collector):
    references = []

    def fail() -> None:
        x = leaf(0.5, 1.5)
        with ad.observe():
            y = np.tanh(x) * x
            references.extend(watched(y))
            y @ np.ones(3)

    with pytest.raises(ValueError, match="matmul") as info:
        fail()
    del info
    gc.collect()  # a caught exception and its frames refer to each other
    assert all(each() is None for each in references)
