"""Tensor: attributes, backward, leaves and results."""

import copy
import pickle

import numpy as np
import pytest

import autodiff as ad


@pytest.fixture
def w():
    return ad.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True, name="w")


def test_attributes(w):
    assert (w.shape, w.ndim, w.size, w.dtype, w.name) == ((2, 2), 2, 4, np.float64, "w")
    assert w.requires_grad and not ad.tensor([1.0]).requires_grad
    np.testing.assert_array_equal(w.T.numpy(), w.data.T)
    assert w[0, 1].item() == 2.0 and w.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert len(w) == 2 and [row.shape for row in w] == [(2,), (2,)]
    assert f"{w[0, 0]:.2f}" == "1.00"
    assert repr(w) == "tensor([[1., 2.],\n        [3., 4.]], requires_grad=True, name='w')"


def test_tensor_copies(w):
    source = np.ones(3)
    t = ad.tensor(source, requires_grad=True)
    source[:] = 5
    assert t.tolist() == [1, 1, 1]
    assert not np.shares_memory(ad.tensor(w).data, w.data)


def test_backward_accumulates_until_cleared(w):
    for _ in range(2):
        np.sum(w * 3).backward()
    np.testing.assert_array_equal(w.grad, np.full((2, 2), 6.0))
    w.grad = None
    np.sum(w).backward()
    np.testing.assert_array_equal(w.grad, np.ones((2, 2)))


def test_earlier_gradients_stay_as_they_were(w):
    np.sum(w).backward()
    first = w.grad
    np.sum(w).backward()
    np.testing.assert_array_equal(first, np.ones((2, 2)))


def test_backward_needs_a_cotangent_for_several_elements(w):
    with pytest.raises(ValueError, match=r"output of shape \(2, 2\)"):
        (w * 2).backward()
    with pytest.raises(ValueError, match=r"cotangent has shape \(3,\), expected the output's, \(2, 2\)"):
        (w * 2).backward(np.ones(3))
    (w * 2).backward(np.eye(2))
    np.testing.assert_array_equal(w.grad, 2 * np.eye(2))


def test_backward_without_a_record_says_why():
    with pytest.raises(RuntimeError, match="requires_grad=True"):
        np.sum(ad.tensor([1.0])).backward()


def test_a_consumed_graph_says_what_was_freed(w):
    loss = np.sum(np.exp(w))
    loss.backward()
    with pytest.raises(RuntimeError, match=r"(sum|exp): an earlier backward\(\)"):
        loss.backward()


def test_retain_graph_and_shared_parts(w):
    hidden = np.exp(w)
    np.sum(hidden).backward(retain_graph=True)
    np.sum(hidden * 2).backward()
    np.testing.assert_allclose(w.grad, 3 * np.exp(w.data))


def test_retain_grad_fills_results(w):
    hidden = np.tanh(w)
    hidden.retain_grad()
    np.sum(hidden**2).backward()
    np.testing.assert_allclose(hidden.grad, 2 * np.tanh(w.data))
    assert np.sum(w).grad is None


def test_create_graph_makes_gradients_of_gradients(w):
    np.sum(w**3).backward(create_graph=True)
    first, w.grad = w.grad, None
    np.sum(first).backward()
    np.testing.assert_allclose(w.grad, 6 * w.data)


def test_detach_and_stop_gradient(w):
    assert not w.detach().requires_grad
    np.sum(w * w.detach() + ad.stop_gradient({"a": w})["a"]).backward()
    np.testing.assert_array_equal(w.grad, w.data)


def test_no_grad_records_nothing_as_block_and_as_decorator(w):
    with ad.no_grad():
        assert not np.exp(w).requires_grad
    assert not ad.no_grad()(np.exp)(w).requires_grad
    assert np.exp(w).requires_grad


def test_requires_grad_can_be_set_on_leaves_only(w):
    t = ad.tensor([1.0])
    t.requires_grad = True
    (t * 2).backward()
    assert t.grad == [2.0]
    with pytest.raises(ValueError, match="not on multiply of shape"):
        (t * 2).requires_grad = False
    with pytest.raises(TypeError, match="int64 cannot require"):
        ad.tensor([1]).requires_grad = True


def test_names_and_scopes_are_recorded(w):
    with ad.scope("block"), ad.scope("hidden"):
        h = np.tanh(w)
    h.name = "h"
    assert str(ad.Graph(h)).splitlines() == [
        "w: float64 (2, 2) parameter",
        "h: float64 (2, 2) = tanh(w)  # block/hidden",
        "∂h: float64 (2, 2) = 1",
        "∂w: float64 (2, 2) = ∂h · (1 − h²)  # block/hidden",
    ]


def test_graph_names_are_never_taken_twice():
    first, second = (ad.tensor(1.0, requires_grad=True, name="a") for _ in range(2))
    assert len(set(ad.Graph(first * second + 1).names.values())) == 4


def test_values_as_arrays(w):
    own = w.numpy()
    own[:] = 0
    assert w[1, 1].item() == 4.0
    with pytest.raises(TypeError, match=r"np\.stack"):
        np.asarray(w)
    with pytest.raises(TypeError, match=r"np\.stack"):
        np.array([w, w])
    np.testing.assert_array_equal(np.asarray(w.detach()), w.data)


def test_truth_and_numbers():
    t = ad.tensor(2.0, requires_grad=True)
    assert bool(t > 1) and float(t.detach()) == 2.0 and int(t) == 2 and [0, 1, 2][ad.tensor(1)] == 1
    array = np.zeros(2)
    for drop in (float, np.float64, lambda t: array.__setitem__(0, t), array.fill):
        with pytest.raises((TypeError, ValueError)) as caught:  # NumPy wraps the error of an assignment in its own
            drop(t)
        assert "would drop the gradient" in str(caught.value.__cause__ or caught.value)
    with pytest.raises(ValueError, match="ambiguous"):
        bool(ad.tensor([1.0, 2.0]) > 1)
    with pytest.raises(TypeError, match="0-d tensor"):
        list(t)


def test_writes_that_would_break_the_record_are_refused(w):
    with pytest.raises(TypeError, match=r"ad\.at\(t\)\[index\]\.set"):
        w[0] = 1.0
    for method in (w.sort, w.fill, w.put, w.resize, w.partition):
        with pytest.raises(TypeError, match="in place"):
            method(0)
    with pytest.raises(TypeError, match="out="):
        np.add(w, 1, out=np.empty((2, 2)))
    with pytest.raises(TypeError, match="out="):
        np.sum(w, out=np.empty(()))
    with pytest.raises(TypeError, match=r"ad\.at"):
        np.add.at(w, 0, 1)


def test_data_can_be_set(w):
    w.data = np.zeros((2, 2), np.float32)
    assert w.dtype == np.float64
    with pytest.raises(ValueError, match="cannot become"):
        w.data = np.zeros(3)
    with pytest.raises(ValueError, match="multiply"):
        (w * 2).data = np.zeros((2, 2))
    w.data -= 1
    np.testing.assert_array_equal(w.numpy(), -np.ones((2, 2)))


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))])
def test_copies_are_leaves_of_their_own(w, duplicate):
    other = duplicate(w)
    assert (other.name, other.requires_grad, other.tolist()) == ("w", True, w.tolist())
    np.sum(other * 2).backward()
    assert w.grad is None
    other.data[0, 0] = 9
    assert w[0, 0].item() == 1.0


def test_results_copy_as_constants(w):
    other = copy.deepcopy(np.exp(w))
    assert not other.requires_grad
    np.testing.assert_array_equal(other.numpy(), np.exp(w.data))
