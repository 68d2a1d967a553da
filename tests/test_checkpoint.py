"""Checkpointing gives the same gradients, keeps nothing, and never draws other numbers silently."""

import numpy as np
import pytest

import autodiff as ad

W = np.array([[0.3, -0.2], [0.1, 0.4]])


def block(x, w):
    return np.tanh(x @ w) @ w


def test_gradients_are_those_of_the_function():
    x = np.array([[1.0, 2.0], [3.0, -1.0]])
    plain = ad.grad(lambda x, w: np.sum(block(block(x, w), w) ** 2), (0, 1))(x, W)
    saved = ad.checkpoint(block)
    again = ad.grad(lambda x, w: np.sum(saved(saved(x, w), w) ** 2), (0, 1))(x, W)
    for a, b in zip(plain, again, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14)


def test_tensors_used_from_outside_get_their_gradients():
    w = ad.tensor(W, requires_grad=True)
    inner = np.sin(w)  # a result, and an ancestor of what the block uses beside it
    x = ad.tensor([1.0, 2.0], requires_grad=True)
    expected = ad.gradients(np.sum(np.tanh(x @ inner) * (x @ w)), [x, w, inner])
    got = ad.gradients(np.sum(ad.checkpoint(lambda x: np.tanh(x @ inner) * (x @ w))(x)), [x, w, inner])
    for a, b in zip(expected, got, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14)


def test_a_tensor_from_outside_that_is_itself_a_result():
    w = ad.tensor([1.0, 2.0], requires_grad=True)
    first, second = ad.checkpoint(lambda x: (x * 2, w))(ad.tensor([3.0, 4.0], requires_grad=True))
    np.sum(first * second).backward()
    np.testing.assert_array_equal(w.grad, [6.0, 8.0])
    np.testing.assert_array_equal(ad.grad(lambda x: np.sum(ad.checkpoint(lambda y: x)(x) * x))(np.ones(2)), [2, 2])


def test_every_order_and_mode():
    assert ad.check_grads(ad.checkpoint(block), (np.array([1.0, 2.0]), W)).verdict == "right"


def test_several_results_and_constants_among_them():
    f = ad.checkpoint(lambda x: {"a": np.exp(x), "b": (np.sum(x), 7)})
    result = f(ad.tensor([1.0, 2.0], requires_grad=True))
    assert result["b"][1] == 7
    assert ad.check_grads(lambda x: [f(x)["a"], f(x)["b"][0]], (np.array([1.0, 2.0]),)).verdict == "right"


def test_dropout_draws_the_same_mask_again():
    generator = np.random.default_rng(3)
    x = ad.tensor(np.ones(100), requires_grad=True)
    y = ad.checkpoint(lambda x: ad.dropout(x, 0.5, generator))(x)
    after = generator.bit_generator.state
    np.sum(y).backward()
    np.testing.assert_array_equal(x.grad, y.numpy())
    assert generator.bit_generator.state == after


def test_other_values_in_the_second_call_are_an_error():
    draws = iter([1.0, 2.0])
    x = ad.tensor(3.0, requires_grad=True)
    y = ad.checkpoint(lambda x: x * next(draws))(x)
    with pytest.raises(RuntimeError, match="other values"):
        y.backward()


def test_nothing_is_kept_between_the_passes():
    x = ad.tensor(np.zeros(1000), requires_grad=True)
    y = ad.checkpoint(lambda x: np.exp(np.exp(np.exp(x))))(x)
    kinds = [node.primitive.name for node in ad.Graph(y) if node.primitive]
    assert len(kinds) == 1
    assert not ad.Graph(y).nodes[-1].saved


def test_under_no_grad_it_is_the_function():
    with ad.no_grad():
        assert not ad.checkpoint(np.exp)(ad.tensor(1.0, requires_grad=True)).requires_grad


def test_backward_under_no_grad():
    """Recording is off then, but the block is recorded again, and so is what joins its results."""
    x = ad.tensor([1.0, 2.0], requires_grad=True)
    first, second = ad.checkpoint(lambda x: (x * x, x.sum()))(x)
    loss = first.sum() + second
    with ad.no_grad():
        loss.backward()
    np.testing.assert_array_equal(x.grad, [3.0, 5.0])
