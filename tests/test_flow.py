"""Cotangents shown for a graph are its gradients, and sums of their parts; a look changes nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autodiff as ad
from autodiff.context import Context, state
from autodiff.node import Node
from autodiff.values import Flow

from .test_values import WRITES, leaf, many, run, seeds


def flow_of(outputs: Any, *cotangents: Any) -> Flow:
    graph = ad.Graph(outputs)
    start = list(cotangents) or [np.ones(node.shape, node.dtype) for node in graph.outputs]
    return Flow(graph, start)


def check_flow(last: ad.Tensor, flow: Flow, expected: dict[Node, Any]) -> None:
    """Cotangents are the gradients, and each is the sum of the parts that came in."""
    graph = ad.Graph(last)
    sums = {last._node: np.ones(last.shape)}
    for (node, argument), part in flow.parts.items():
        source = node.inputs[argument]
        assert part.shape == source.shape
        sums[source] = sums.get(source, 0) + part
    for node in graph.reached():
        np.testing.assert_allclose(flow.cotangents[node], sums[node], rtol=1e-6)
        assert flow.cotangents[node].shape == node.shape
    for node, gradient in expected.items():
        if node in graph.reached():
            np.testing.assert_array_equal(flow.cotangents[node], gradient)


@given(seed=seeds, observe=st.booleans())
@many
def test_cotangents_are_the_gradients_and_sums_of_parts(seed, observe):
    _, pool = run(seed, observe)
    tracked = [each for each in pool if isinstance(each, ad.Tensor) and each.requires_grad]
    last = tracked[-1]
    expected = ad.gradients(last, tracked, np.ones(last.shape))
    by_node = {each._node: g for each, g in zip(tracked, expected, strict=True)}
    check_flow(last, flow_of(last), by_node)
    assert all(each.grad is None for each in tracked)
    last.backward(np.ones(last.shape))
    grads = {each._node: each.grad for each in tracked}
    flow = flow_of(last)
    if observe or flow.cotangents:
        check_flow(last, flow, by_node)
    assert all(each.grad is grads[each._node] for each in tracked)
    for node in ad.Graph(last).reached():
        assert node.plan is None or node.saved is None


def test_a_node_that_passes_nothing_on_has_a_cotangent_too():
    x = leaf(1.0, -1.0)
    y = np.where(x, 1.0, 2.0)
    z = np.sum(y * 3)
    np.testing.assert_array_equal(flow_of(z).cotangents[y._node], ad.gradients(z, y))


def test_several_outputs_and_one_twice():
    x = leaf(1.0, 2.0)
    y, z = x * x, x * 3
    flow = flow_of([y, z, y], np.array([1.0, 0.0]), np.array([1.0, 1.0]), np.array([1.0, 1.0]))
    np.testing.assert_array_equal(flow.cotangents[x._node], [2 * 2 + 3, 4 + 3])
    np.testing.assert_array_equal(flow.cotangents[y._node], [2, 1])


def test_parts_have_the_dtype_of_where_they_go():
    x = ad.tensor([1.0, 2.0], requires_grad=True, dtype=np.float32)
    flow = flow_of(np.sum(x.astype(np.float64) * np.array([2.0, 3.0])))
    assert {part.dtype for (node, i), part in flow.parts.items() if node.inputs[i] is x._node} == {np.dtype(np.float32)}


@pytest.mark.parametrize("write", sorted(WRITES))
def test_a_consumed_graph_is_restored_with_what_it_was_computed_from_or_not_at_all(write):
    """Another part of the graph keeps the parameter as it is after the update."""
    w = leaf(2.0)
    first = np.sum(w * w)
    expected = ad.gradients(first, w)
    first.backward()
    WRITES[write](w)
    second = np.sum(w**3)
    flow = flow_of([first, second], np.ones(()), np.zeros(()))
    if flow.cotangents:
        np.testing.assert_array_equal(flow.cotangents[w._node], expected)


@pytest.mark.parametrize("consume", [True, False])
def test_a_checkpoint_that_cannot_be_run_again_is_no_error_of_who_looks(consume):
    """After a step of an optimizer the block gives other values than those recorded."""
    w, x = leaf(1.0), leaf(2.0)
    with ad.observe():
        y = np.sum(ad.checkpoint(lambda x: np.tanh(x) * w)(x))
    expected = ad.gradients(y, w)
    y.backward(retain_graph=not consume)
    w.data -= 0.5
    flow = flow_of(y)
    assert not flow.cotangents or np.array_equal(flow.cotangents[w._node], expected)


def test_a_consumed_graph_stays_consumed():
    with ad.observe():
        x = leaf(1.0, 2.0)
        y = np.sum(x * x)
    y.backward()
    for _ in range(2):
        np.testing.assert_array_equal(flow_of(y).cotangents[x._node], [2.0, 4.0])
        with pytest.raises(RuntimeError, match="consumed"):
            y.backward()
    assert state.context == Context()


def test_a_pass_that_fails_leaves_everything_as_it_was():
    @ad.custom(lambda g, x: 1 // 0)
    def failing(x):
        return x

    with ad.observe():
        x = leaf(1.0)
        y, w = failing(x * x), np.exp(x)
    w.backward(np.ones(1))
    with pytest.raises(ZeroDivisionError):
        flow_of([w, y])
    assert w._node.saved is None and y._node.saved is not None
    assert state.context == Context()


def test_the_reverse_pass_of_a_look_is_not_observed():
    with ad.observe():
        x = leaf(1.0, 2.0)
        y = np.sum(np.tanh(x) * x)
        with ad.debug():
            flow = flow_of(y)
    assert all(type(g) is not ad.Tensor for g in flow.cotangents.values())
