"""No silently wrong gradient after a write into anything that a live graph needs."""

import numpy as np
import pytest

import autodiff as ad


def test_a_captured_array():
    x = ad.tensor([1.0, 2.0], requires_grad=True)
    a = np.array([3.0, 4.0])
    y = np.sum(x * a)
    a[0] = 100.0
    y.backward()
    np.testing.assert_array_equal(x.grad, [3.0, 4.0])


def test_a_captured_view_whose_base_is_changed():
    base = np.ones((2, 2))
    x = ad.tensor([1.0, 2.0], requires_grad=True)
    y = np.sum(x * base[0] * np.broadcast_to(base[1], 2))
    base[:] = 100.0
    y.backward()
    np.testing.assert_array_equal(x.grad, [1.0, 1.0])


@pytest.mark.parametrize("early", [False, True])
def test_a_parameter_and_a_view_of_it(early):
    w = ad.tensor([1.0, 2.0], requires_grad=True)
    view = w.data[:1]
    if early:
        view[0] = 3.0
    y = np.sum(w * w.T)
    view[0] = 100.0
    w.data[1] = 50.0
    y.backward()
    np.testing.assert_array_equal(w.grad, [6.0 if early else 2.0, 4.0])
    np.testing.assert_array_equal(w.numpy(), [100.0, 50.0])


def test_the_arguments_of_grad():
    w = np.array([1.0, 2.0])

    def f(t):
        y = np.sum(t * t)
        w[0] = 100.0
        return y

    np.testing.assert_array_equal(ad.grad(f)(w), [2.0, 4.0])


def test_an_index():
    x = ad.tensor([1.0, 2.0, 3.0], requires_grad=True)
    index, mask = np.array([0, 0]), np.array([True, False, False])
    y = np.sum(x[index]) + np.sum(x[mask]) + np.sum(np.take(x, index)) + np.sum(ad.at(x)[index].add(x[1:]))
    index[:] = 2
    mask[:] = True
    y.backward()
    np.testing.assert_array_equal(x.grad, [6.0, 2.0, 2.0])


def test_labels_and_masks():
    x = ad.tensor(np.zeros((2, 2)), requires_grad=True)
    labels, mask = np.array([0, 1]), np.array([True, False])
    y = np.sum(ad.cross_entropy(x, labels)) + np.sum(np.where(mask, x, 0.0)) + np.sum(x, where=mask)
    labels[:] = 1
    mask[:] = False
    y.backward()
    np.testing.assert_array_equal(x.grad, [[1.5, 0.5], [2.5, -0.5]])


@pytest.mark.parametrize(
    "write",
    [
        lambda a: a.__setitem__(0, 5.0),
        lambda a: a.__iadd__(1.0),
        lambda a: np.add(a, 1.0, out=a),
        lambda a: a[:1].__setitem__(0, 5.0),
        lambda a: a.fill(0.0),
        lambda a: a.sort(),
        lambda a: np.add.at(a, 0, 1.0),
        lambda a: a.put(0, 5.0),
        lambda a: a.partition(1),
        lambda a: np.copyto(a, 0.0),
        lambda a: np.put(a, [0], 5.0),
        lambda a: np.putmask(a, [True, False], 5.0),
        lambda a: np.place(a, [True, False], [5.0]),
        lambda a: np.put_along_axis(a, np.array([0]), 5.0, 0),
    ],
)
def test_a_write_into_a_result_names_the_operation(write):
    x = ad.tensor([1.0, 2.0], requires_grad=True)
    with ad.scope("hidden"):
        y = np.exp(x)
    with pytest.raises(ValueError, match=r"exp in 'hidden' of shape \(2,\).*ad\.at"):
        write(y.data)
    np.sum(y).backward()
    np.testing.assert_array_equal(x.grad, np.exp([1.0, 2.0]))


def test_a_results_data_is_otherwise_an_array():
    data = np.exp(ad.tensor([0.0, 1.0], requires_grad=True)).data
    assert isinstance(data, np.ndarray)
    assert type(data + 1) is np.ndarray and type(data.sum()) is np.float64 and type(np.mean(data)) is np.float64
    free = data.copy()
    free[0] = 5.0
    np.testing.assert_array_equal(free, [5.0, np.e])
    assert type(np.array(data)) is np.ndarray


def test_a_buffer_that_a_custom_primitive_uses_again():
    buffer = np.empty(2)

    @ad.custom(lambda g, out: g * out)
    def exp(x):
        return np.exp(x, out=buffer)

    x = ad.tensor([0.0, 1.0], requires_grad=True)
    first = exp(x)
    exp(x * 10)
    np.sum(first).backward()
    np.testing.assert_allclose(x.grad, np.exp([0.0, 1.0]))


def test_the_update_idiom():
    w = ad.tensor([4.0], requires_grad=True)
    for _ in range(100):
        np.sum(w**2).backward()
        w.data -= 0.1 * w.grad
        w.grad = None
    assert abs(w.item()) < 1e-8
    for _ in range(3):  # and by a new array
        np.sum((w - 1) ** 2).backward()
        w.data = w.data - 0.5 * w.grad
        w.grad = None
    assert w.item() == 1.0


def test_a_cotangent_is_neither_changed_nor_kept():
    x, y = (ad.tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    g = np.ones(2)
    (x + y).backward(g)
    x.grad[0] = 7.0
    np.testing.assert_array_equal([g, y.grad], np.ones((2, 2)))


def test_a_parameter_used_often_is_kept_once():
    w = ad.tensor(np.eye(50), requires_grad=True)
    w.data[0, 0] = 2.0
    x = ad.tensor(np.ones(50), requires_grad=True)
    for _ in range(20):
        x = w @ x
    kept = {id(array) for node in ad.Graph(x) if node.saved for array in node.saved if array.ndim == 2}
    assert len(kept) == 1
