"""Every declared operation and its gradient, compiled: the values are those of eager calls.

The registry decides what is tested. Programs are made with one set of values and run with others.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autodiff as ad
from autodiff.compiler.statements import is_view
from autodiff.node import Node
from autodiff.primitive import REGISTRY
from autodiff.tree import leaves

from ..properties import samplers as s
from ..properties.test_registry import every_differentiable, every_entry
from .comparing import agree, compiling

dtypes = st.sampled_from([np.float64, np.float32])
ways = st.sampled_from([(True, False), (True, True), (False, False)])  # in order, in memory


few = settings(max_examples=max(settings().max_examples // 3, 1))  # each makes a program


def calls(name: str, data: Any) -> tuple[Any, list[list[np.ndarray]]]:
    """An entry as a function of its float arrays, and three points for it: one, one near it, and the first again."""
    args, params = s.draw(name, data)
    dtype = data.draw(dtypes)
    point = [each.astype(dtype) for each in s.variables(args)]
    near = [np.asarray(moved(each), dtype) for each in point]
    return s.closed(name, s.fill(args, point), params), [point, near, point]


def moved(array: np.ndarray) -> np.ndarray:
    """Other values in the same domain; whole numbers, which may stand for classes, stay whole."""
    return array + 1 if np.array_equal(array, np.rint(array)) else array * 1.001


@every_entry
@few
@given(data=st.data())
def test_the_value_of_every_operation(name, data):
    function, points = calls(name, data)
    in_order, in_memory = data.draw(ways)
    with compiling(in_order, in_memory):
        agree(function, points, in_order)


@every_differentiable
@few
@given(data=st.data())
def test_the_gradient_of_every_operation(name, data):
    function, points = calls(name, data)

    def pulled(*values):
        outputs, pull = ad.vjp(function, *values)
        return outputs, pull([np.cos(each) for each in outputs])

    in_order, in_memory = data.draw(ways)
    with compiling(in_order, in_memory):
        agree(pulled, points, in_order)


@pytest.mark.parametrize("name", sorted(REGISTRY))
@given(data=st.data())
def test_results_that_look_into_an_argument_are_known(name, data):
    """Memory that a view looks at is not free before the view is."""
    args, params = s.draw(name, data)
    result = REGISTRY[name].run(*args, **params)
    arrays = [each for each in leaves(args) if isinstance(each, np.ndarray)]
    if isinstance(result, np.ndarray) and any(np.shares_memory(result, each) for each in arrays):
        assert is_view(Node(result.shape, result.dtype, False, REGISTRY[name], (), params))


def test_large_images():
    """Large enough for memory that is used again."""
    rng = np.random.default_rng(0)
    images = rng.standard_normal((8, 20, 20, 3))
    kernels = rng.standard_normal((3, 3, 3, 8)), rng.standard_normal((3, 3, 8, 8))

    def loss(first, second, x):
        hidden = ad.max_pool2d(ad.relu(ad.conv2d(x, first)), 2)
        return np.mean(ad.avg_pool2d(np.tanh(ad.conv2d(hidden, second)), 2) ** 2)

    gradient = ad.value_and_grad(loss, argnums=(0, 1, 2))
    agree(gradient, [(*kernels, images), (*kernels, -images), (*kernels, images + 1), (*kernels, images)], exact=False)
