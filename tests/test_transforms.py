"""grad, vjp, jvp, jacobian, hessian, hvp, gradients: structures, nesting, and what they refuse."""

import numpy as np
import pytest

import autodiff as ad


def test_structures_come_back():
    def loss(p, scale):
        return np.sum(np.tanh(p["w"] @ p["b"][0]) ** 2) * scale + p["b"][1][0]

    p = {"w": np.eye(2), "b": [np.array([1.0, 2.0]), (3.0, None)]}
    value, (by_p, by_scale) = ad.value_and_grad(loss, (0, 1))(p, 2.0)
    assert by_p["b"][1] == (1.0, None) and by_p["w"].shape == (2, 2)
    np.testing.assert_allclose(value, 2 * by_scale + 3)
    assert ad.check_grads(loss, (p, 2.0)).verdict == "right"


def test_argnums():
    def f(x, y, k=1.0):
        return x * y**2 * k

    assert ad.grad(f, 1)(2.0, 3.0) == 12.0
    assert ad.grad(f, (1, 0))(2.0, 3.0, k=10.0) == (120.0, 90.0)
    assert ad.grad(f, -1)(2.0, 3.0) == 12.0
    with pytest.raises(ValueError, match="argnums=2"):
        ad.grad(f, 2)(2.0, 3.0)


def test_derivatives_of_every_order():
    f = np.sin
    for k in range(1, 7):
        f = ad.grad(f)
        np.testing.assert_allclose(f(0.7), np.sin(0.7 + k * np.pi / 2), rtol=1e-12)


def test_no_confusion_of_perturbations():
    inner = lambda x: ad.grad(lambda y: x + y)(1.0)  # noqa: E731 - the classical one-liner
    assert ad.grad(lambda x: x * inner(x))(1.0) == 1.0
    assert ad.grad(lambda x: x * ad.grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert ad.jvp(lambda x: x * ad.jvp(lambda y: x * y, (2.0,), (1.0,))[1], (3.0,), (1.0,))[1] == 6.0


def test_modes_nest_in_all_ways():
    x, v = np.array([0.3, -0.7]), np.array([1.0, 2.0])

    def f(x):
        return np.sum(np.exp(x[0] * x) * np.sin(x))

    expected = ad.hessian(f)(x) @ v
    np.testing.assert_allclose(ad.hvp(f)(x, v), expected, rtol=1e-12)
    np.testing.assert_allclose(ad.grad(lambda x: ad.jvp(f, (x,), (v,))[1])(x), expected, rtol=1e-12)
    np.testing.assert_allclose(ad.grad(lambda x: np.vdot(ad.grad(f)(x), v))(x), expected, rtol=1e-12)
    np.testing.assert_allclose(ad.hessian(f)(x), ad.hessian(f)(x).T, rtol=1e-12)


def test_gradients_of_closures_through_an_inner_gradient():
    w = ad.tensor(2.0, requires_grad=True)
    x = ad.tensor(3.0, requires_grad=True)
    slope = ad.grad(lambda x: w * x * x)(x)
    slope.backward()
    assert (w.grad, x.grad) == (6.0, 4.0)


def test_tensors_from_outside_get_their_gradients_through_a_transform():
    w = ad.tensor(2.0, requires_grad=True)
    ((w - 1) ** 2 + ad.grad(lambda x: w * x * x)(3.0) ** 2).backward()
    assert w.grad == 2 + 2 * 12 * 6
    value, pull = ad.vjp(lambda x: w * x, 3.0)
    c = ad.tensor(5.0, requires_grad=True)
    assert ad.gradients(value + pull(c)[0], [w, c]) == [8.0, 2.0]
    t = ad.tensor(5.0, requires_grad=True)
    tangent = ad.jvp(lambda x: x**2, (3.0,), (t,))[1]
    assert ad.gradients(tangent, t) == 6.0


def test_arrays_in_arrays_out_and_tensors_in_tensors_out():
    assert isinstance(ad.grad(np.sum)(np.ones(2)), np.ndarray)
    assert isinstance(ad.grad(np.sum)(ad.tensor([1.0], requires_grad=True)), ad.Tensor)
    assert isinstance(ad.grad(np.sum)(ad.tensor([1.0])), np.ndarray)


def test_vjp_and_jvp_over_structures():
    def f(p):
        return {"sum": p[0] + p[1], "product": [p[0] * p[1]]}

    value, pull = ad.vjp(f, (np.array([1.0, 2.0]), 3.0))
    np.testing.assert_array_equal(value["product"][0], [3.0, 6.0])
    ((by_first, by_second),) = pull({"sum": np.ones(2), "product": [np.array([1.0, 0.0])]})
    np.testing.assert_array_equal(by_first, [4.0, 1.0])
    assert by_second == 3.0
    _, tangent = ad.jvp(f, ((np.array([1.0, 2.0]), 3.0),), ((np.ones(2), 10.0),))
    np.testing.assert_array_equal(tangent["sum"], [11.0, 11.0])
    np.testing.assert_array_equal(tangent["product"][0], [13.0, 23.0])
    ((by_first, _),) = pull({"product": [None], "sum": np.ones(2)})
    np.testing.assert_array_equal(by_first, [1.0, 1.0])
    with pytest.raises(ValueError, match=r"cotangents: .*expected a dict with the keys \['sum', 'product'\]"):
        pull(np.ones(2))
    assert ad.jvp(lambda p: p["a"] * 2 + p["b"] * 3, ({"a": 1.0, "b": 1.0},), ({"b": 1.0, "a": 10.0},))[1] == 23.0
    with pytest.raises(ValueError, match=r"shape \(3,\), expected its primal's"):
        ad.jvp(np.sin, (np.ones(2),), (np.ones(3),))


@pytest.mark.parametrize("shapes", [((2,), (3,)), ((3, 2), ()), ((), (2,)), ((0,), (2,)), ((2,), (0,))])
def test_jacobians_by_rows_and_by_columns(shapes):
    into, out = shapes
    matrix = np.arange(1.0, np.prod(into + out, dtype=int) + 1).reshape(out + into)
    axes = list(range(-len(into), 0)), list(range(len(into)))
    jacobian = ad.jacobian(lambda x: np.tensordot(matrix, x, axes))(np.ones(into))
    assert jacobian.shape == out + into
    np.testing.assert_allclose(jacobian, matrix)


def test_jacobian_over_structures():
    result = ad.jacobian(lambda p: [p["a"] * p["b"], p["a"] ** 2])({"a": np.array([1.0, 2.0]), "b": 3.0})
    np.testing.assert_allclose(result[0]["a"], 3 * np.eye(2))
    np.testing.assert_allclose(result[0]["b"], [1.0, 2.0])
    np.testing.assert_allclose(result[1]["b"], [0.0, 0.0])


def test_what_does_not_depend_gives_zeros():
    assert ad.grad(lambda x: 3.0)(1.0) == 0
    np.testing.assert_array_equal(ad.grad(lambda x, y: np.sum(y), 0)(np.ones(2), np.ones(3)), [0, 0])
    assert ad.grad(lambda x: np.floor(x) * 2)(1.5) == 0
    np.testing.assert_array_equal(ad.jvp(lambda x: np.ones(2), (1.0,), (1.0,))[1], [0, 0])
    x, y = (ad.tensor(1.0, requires_grad=True) for _ in range(2))
    assert ad.gradients(x * 2, [x, y]) == [2.0, 0.0]


def test_gradients_by_results_touch_no_grad():
    x = ad.tensor([1.0, 2.0], requires_grad=True)
    h = x * x
    y = np.sum(h * h + x)
    by_x, by_h = ad.gradients(y, (x, h))
    np.testing.assert_array_equal(by_h, 2 * h.numpy())
    np.testing.assert_array_equal(by_x, 4 * x.numpy() ** 3 + 1)
    assert x.grad is None
    second = ad.gradients(np.sum(ad.gradients(y, x, create_graph=True)), x)
    np.testing.assert_array_equal(second, 12 * x.numpy() ** 2)
    kept = np.sum(ad.gradients(y, x, create_graph=True, retain_graph=False))
    np.testing.assert_array_equal(ad.gradients(kept, x), second)  # a recorded pass keeps what it refers to
    with pytest.raises(ValueError, match="does not require a gradient"):
        ad.gradients(y, ad.tensor(1.0))


def test_gradients_share_nothing_with_arguments():
    x = np.ones(3)
    g = ad.grad(lambda x: np.sum(x))(x)
    g += 1
    first, second = ad.grad(lambda x, y: np.sum(x + y), (0, 1))(x, x)
    first += 1
    np.testing.assert_array_equal([x, second], np.ones((2, 3)))


def test_what_grad_refuses():
    with pytest.raises(TypeError, match=r"shape \(2,\), expected one number.*jacobian"):
        ad.grad(lambda x: x * 2)(np.ones(2))
    with pytest.raises(TypeError, match=r"grad: .*int64.*3\.0 instead of 3"):
        ad.grad(lambda x: x)(3)


def test_transforms_record_even_under_no_grad():
    with ad.no_grad():
        assert ad.grad(lambda x: x**2)(3.0) == 6.0
        assert ad.grad(ad.grad(lambda x: x**3))(2.0) == 12.0
        assert ad.jvp(lambda x: x**2, (3.0,), (1.0,))[1] == 6.0
