"""observe() looks on and changes nothing: same results to the bit, everything recorded inside, nothing outside."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autodiff as ad
from autodiff.context import Context, state
from autodiff.debugging import ChangedArray, NonFinite

from .properties.small_programs import draw_program

BLOCKS: dict[str, Callable[[], Any]] = {
    "nothing": lambda: ad.scope("s"),
    "observe": ad.observe,
    "twice": lambda: entered(ad.observe, ad.observe),
    "debug outside": lambda: entered(ad.debug, ad.observe),
    "debug inside": lambda: entered(ad.observe, ad.debug),
}


def entered(*blocks: Callable[[], Any]) -> ExitStack:
    stack = ExitStack()
    for each in blocks:
        stack.enter_context(each())
    return stack


def leaf(*values: float, name: str | None = None) -> ad.Tensor:
    return ad.tensor(values, requires_grad=True, name=name)


def same(first: Any, second: Any) -> None:
    """Equal to the bit, and of one kind."""
    assert type(first) is type(second)
    if isinstance(first, (list, tuple)):
        assert len(first) == len(second)
        for a, b in zip(first, second, strict=True):
            same(a, b)
    elif isinstance(first, ad.Tensor):
        assert first.requires_grad == second.requires_grad
        same(first.numpy(), second.numpy())
    elif isinstance(first, (np.ndarray, np.generic)):
        assert (first.dtype, first.shape) == (second.dtype, second.shape)
        assert first.tobytes() == second.tobytes()
    else:
        assert first == second


@pytest.fixture(autouse=True)
def context_is_put_back():
    yield
    assert state.context == Context()


# Nothing is changed


@given(seed=st.integers(0, 2**32 - 1), block=st.sampled_from(sorted(BLOCKS)))
@settings(max_examples=8 * settings().max_examples)
def test_programs_compute_the_same(seed, block):
    """Results, what carries a gradient, gradients of each by each, and of gradients."""

    def outcome(name: str) -> Any:
        with BLOCKS[name]():
            program = draw_program(seed)
            pool = program.run(program.leaves())
            tracked = [each for each in pool if isinstance(each, ad.Tensor) and each.requires_grad]
            last = tracked[-1]
            gradients = ad.gradients(last, tracked, np.ones(last.shape))
            twice = ad.gradients(last, tracked[:1], np.ones(last.shape), create_graph=True)
            last.backward(np.ones(last.shape))
            return [*pool, *gradients, *twice, *(each.grad for each in tracked)]

    same(outcome(block), outcome("nothing"))


FUNCTION: list[Callable[[Any], Any]] = [
    ad.grad(lambda x: np.sum(np.tanh(x) * x)),
    ad.value_and_grad(lambda x: np.sum(x**3)),
    ad.grad(lambda x: np.sum(ad.grad(lambda y: np.sum(y**3 * x))(x))),
    lambda x: ad.vjp(np.exp, x)[1](np.ones(2)),
    lambda x: ad.jvp(lambda x: np.exp(x) * 2, (x,), (np.ones(2),)),
    ad.jacobian(lambda x: x[0] * x),
    ad.hessian(lambda x: np.prod(x) + np.sum(np.sin(x))),
    lambda x: ad.hvp(lambda x: np.sum(x**3))(x, np.ones(2)),
    ad.grad(lambda x: np.sum(ad.checkpoint(lambda y: np.tanh(y) * y)(x))),
    ad.grad(lambda x: np.sum(ad.dropout(x, 0.5, np.random.default_rng(0)))),
    lambda x: ad.check_grads(lambda x: np.sum(x**2), (x,)).verdict,
]


@pytest.mark.parametrize("function", FUNCTION)
@pytest.mark.parametrize("block", sorted(BLOCKS))
def test_transforms_give_the_same(function, block):
    """Arrays in, arrays out: a transform does not take what is looked at for what carries a gradient."""
    x = np.array([0.5, -1.5])
    with BLOCKS[block]():
        found = function(x)
    same(found, function(x))
    with BLOCKS[block](), ad.no_grad():
        same(function(x), found)
    decorated = ad.observe()(function)
    same(decorated(x), found)
    same(decorated(x), found)


def constants() -> tuple[ad.Tensor, ad.Tensor]:
    with ad.no_grad():
        return ad.tensor([1.0, 2.0]) * 2, leaf(1.0, 2.0) * 3


def written_to() -> Any:
    first, second = constants()
    first.data[0] = 9.0
    second.data = np.zeros(2)
    return [first, second, first + second]


def required() -> Any:
    first, second = constants()
    first.requires_grad = second.requires_grad = True
    np.sum(first * second).backward()
    return [first.grad, second.grad]


def averaged() -> Any:
    """A running mean, as layers keep one."""
    mean = ad.tensor([0.0, 0.0])
    for k in range(3):
        mean = 0.9 * mean + 0.1 * leaf(k, 1.0).detach()
        mean.data *= 2
    return mean


@pytest.mark.parametrize("use", [written_to, required, averaged])
def test_a_constant_result_may_be_used_in_the_same_ways(use):
    """Without a gradient it is a tensor like one that the user made."""
    with ad.observe():
        found = use()
    same(found, use())


def test_what_is_read_stays_recorded():
    """A print of the values is no change."""
    with ad.observe():
        y = ad.tensor([1.0], name="x") * 2
        assert y.data.tolist() == y.numpy().tolist() == y.tolist() == [2.0]
        z = y * 3
    assert [node.primitive.name for node in ad.Graph(z) if node.primitive] == ["multiply", "multiply"]


def test_errors_are_the_same():
    x = leaf(1.0, 2.0)
    for block in BLOCKS:
        with pytest.raises(ValueError, match="matmul"), BLOCKS[block]():
            x @ np.ones(3)
        with pytest.raises(RuntimeError, match="no recorded operation"), BLOCKS[block]():
            (ad.tensor(1.0) * 2).backward()
        with pytest.raises(ValueError, match="result of multiply"), BLOCKS[block]():
            (x * 2).data[0] = 1
        with pytest.raises(RuntimeError, match="consumed"), BLOCKS[block]():
            y = np.sum(x * x)
            y.backward()
            y.backward()
        with pytest.raises(KeyError), BLOCKS[block]():
            raise KeyError


# What is recorded


def test_everything_inside_is_recorded_with_its_values():
    w, array = leaf(0.0, 2.0, name="w"), np.array([3.0, 4.0])
    w.data[0] = 1.0
    with ad.observe():
        with ad.no_grad(), ad.scope("still"):
            constant = ad.tensor([5.0, 6.0]) + array
            mask = constant > 8
        y = np.where(mask, w * constant, 0.5)
        array[:] = 0
        w.data[:] = 0
    graph = ad.Graph(y)
    assert [node.primitive.name for node in graph if node.primitive] == ["add", "greater", "multiply", "where"]
    values = [node.value.tolist() for node in graph if node.primitive]
    assert values == [[8.0, 10.0], [False, True], [8.0, 20.0], [0.5, 20.0]]
    assert [node.scope for node in graph if node.primitive] == ["still", "still", "", ""]
    assert constant._node.arguments[1].tolist() == [3.0, 4.0]
    assert y._node.inputs[1].arguments[0].tolist() == [1.0, 2.0]
    assert not constant.requires_grad and not mask.requires_grad and y.requires_grad
    for node in graph:
        kept = [node.value, *(node.arguments or ())]
        assert not any(isinstance(each, np.ndarray) and each.flags.writeable for each in kept)


def test_nothing_outside_is_recorded():
    x = leaf(1.0)
    with ad.observe():
        pass
    y, constant = x * 2, ad.tensor([1.0]) * 2
    assert constant._node is None
    for node in ad.Graph(y):
        assert (node.value, node.origin, node.arguments) == (None, None, None)


@pytest.mark.parametrize("block", ["debug outside", "debug inside"])
def test_debug_goes_on_finding_mistakes(block):
    x, array = leaf(1.0, 0.0), np.array([1.0, 2.0])
    with pytest.raises(NonFinite, match=r"log at test_observing\.py"), BLOCKS[block]():
        np.log(x)
    with pytest.raises(ChangedArray, match=r"changed at test_observing\.py"), BLOCKS[block]():
        y = np.sum(x * array)
        assert y._node.origin and y._node.value is not None
        array += 1
        y.backward()


def test_blocks_end_in_any_order_of_kinds():
    x = leaf(1.0)
    with ad.observe():
        with ad.no_grad():
            with ad.observe():
                inner = x * 2
            quiet = x * 3
        with pytest.raises(KeyError), ad.observe():
            raise KeyError
        outer = x * 4
    assert [each._node.value.tolist() for each in (inner, quiet, outer)] == [[2.0], [3.0], [4.0]]
    assert [each.requires_grad for each in (inner, quiet, outer)] == [False, False, True]
    assert (x * 5)._node.value is None


def test_a_decorated_function_observes_each_of_its_calls_even_in_itself():
    @ad.observe()
    def power(x, n):
        return x if n == 0 else x * power(x, n - 1)

    assert len([node for node in ad.Graph(power(leaf(2.0), 3)) if node.value is not None]) == 3
    with pytest.raises(TypeError):
        power(leaf(2.0), "n")
    assert power(leaf(2.0), 1)._node.value.tolist() == [4.0]


def test_each_thread_observes_for_itself():
    """Two at a time: one observes while the other does not, and no look is lost or shared."""
    barrier, found = threading.Barrier(2), {}

    def work(observe: bool) -> None:
        with ad.observe() if observe else ad.scope("s"):
            barrier.wait()
            results = [np.tanh(leaf(float(k))) for k in range(200)]
            barrier.wait()
        found[observe] = [each._node.value is not None and each._node.origin is not None for each in results]

    threads = [threading.Thread(target=work, args=(each,)) for each in (True, False)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == {True: [True] * 200, False: [False] * 200}
