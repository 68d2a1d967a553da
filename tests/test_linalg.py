"""np.linalg on tensors: edge values, gauges, errors, stacks; the registry's properties cover the rest."""

from __future__ import annotations

import numpy as np
import pytest

import autodiff as ad

LinAlgError = np.linalg.LinAlgError
RNG = np.random.default_rng(7)
RECTANGLE = RNG.normal(size=(4, 3))
STACK = RNG.normal(size=(2, 3, 3))
SYMMETRIC = STACK @ np.swapaxes(STACK, -1, -2) + np.diag([1.0, 2.0, 3.0])


def along(function, x, direction, h=1e-5):
    """The derivative along a direction, by central differences."""
    return (function(x + h * direction) - function(x - h * direction)) / (2 * h)


def assert_gradient(function, x, rtol=1e-6):
    """Each element of the gradient is a central difference."""
    units = np.eye(x.size).reshape(x.size, *x.shape)
    expected = np.reshape([along(function, x, unit) for unit in units], x.shape)
    np.testing.assert_allclose(ad.grad(function)(x), expected, rtol=rtol, atol=1e-8)


# Norms


@pytest.mark.parametrize("order", [None, 2, 1, 0, -1, -2, 3, 2.5, 0.5, np.inf, -np.inf, np.float64(1.5)])
@pytest.mark.parametrize("axis", [None, 0, -1])
@pytest.mark.parametrize("keepdims", [False, True])
def test_vector_norms_are_numpys(order, axis, keepdims):
    x = RECTANGLE[:, 0] if axis is None else RECTANGLE
    got = np.linalg.norm(ad.tensor(x), order, axis, keepdims)
    expected = np.linalg.norm(x, order, axis, keepdims)
    np.testing.assert_allclose(got.numpy(), expected, rtol=1e-14)
    assert got.shape == np.shape(expected)


@pytest.mark.parametrize("order", [None, "fro", "f", "nuc", 2, -2, 1, -1, np.inf, -np.inf])
@pytest.mark.parametrize("axis", [(0, 1), (1, 0), (-1, 0), (0, 2)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_matrix_norms_are_numpys(order, axis, keepdims):
    got = np.linalg.norm(ad.tensor(STACK), order, axis, keepdims)
    expected = np.linalg.norm(STACK, order, axis, keepdims)
    np.testing.assert_allclose(got.numpy(), expected, rtol=1e-12)
    assert got.shape == np.shape(expected)


def test_norms_without_axis_flatten_every_shape():
    for x in (np.array(-3.0), STACK, np.array([1, 2, 2])):
        got = np.linalg.norm(ad.tensor(x))
        np.testing.assert_allclose(got.numpy(), np.linalg.norm(x), rtol=1e-15)
        assert got.dtype == np.float64


@pytest.mark.parametrize("order", [None, 2, 1, 0, 3, 0.5, np.inf, -np.inf])
def test_gradient_of_the_norm_of_zeros_is_zero(order):
    gradient = ad.grad(lambda x: np.linalg.norm(x, order))
    np.testing.assert_array_equal(gradient(np.zeros(3)), np.zeros(3))
    hessian = ad.hessian(lambda x: np.linalg.norm(x, order))(np.zeros(2))
    np.testing.assert_array_equal(hessian, np.zeros((2, 2)))


@pytest.mark.parametrize("order", [None, "fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf])
def test_gradient_of_the_norm_of_a_zero_matrix_is_zero(order):
    gradient = ad.grad(lambda x: np.linalg.norm(x, order, (0, 1)))
    np.testing.assert_array_equal(gradient(np.zeros((2, 3))), np.zeros((2, 3)))


def test_equal_elements_share_the_gradient_of_the_greatest():
    gradient = ad.grad(lambda x: np.linalg.norm(x, np.inf))
    np.testing.assert_array_equal(gradient(np.array([2.0, -2.0, 1.0])), [0.5, -0.5, 0.0])
    by_rows = ad.grad(lambda x: np.linalg.norm(x, 2))(np.eye(2))
    np.testing.assert_allclose(by_rows, np.eye(2) / 2, atol=1e-15)


def test_nuclear_norm_has_no_gradient_along_what_the_rank_lacks():
    rank_one = np.outer([1.0, 2.0, 2.0], [3.0, 4.0])
    gradient = ad.grad(lambda x: np.linalg.norm(x, "nuc"))(rank_one)
    np.testing.assert_allclose(gradient, rank_one / 15, atol=1e-15)


def test_norms_of_orders_that_do_not_exist_are_refused():
    x = ad.tensor(RECTANGLE)
    with pytest.raises(ValueError, match="ord=3 is no norm of matrices"):
        np.linalg.norm(x, 3)
    with pytest.raises(ValueError, match="ord='fro' is for matrices"):
        np.linalg.norm(x, "fro", axis=0)
    with pytest.raises(ValueError, match="got 3 axes with ord=2"):
        np.linalg.norm(ad.tensor(STACK), 2)


# Determinants


@pytest.mark.parametrize(
    "singular",
    [
        np.array([[1.0, 2.0], [2.0, 4.0]]),
        np.zeros((2, 2)),
        np.diag([1.0, 0.0, 2.0]),
        np.outer([1.0, 2.0, 3.0], [1.0, 0.0, -1.0]),
        np.arange(9.0).reshape(3, 3),
        np.zeros((1, 1)),
    ],
)
def test_det_of_a_singular_matrix_has_its_first_two_derivatives(singular):
    np.testing.assert_allclose(ad.grad(np.linalg.det)(singular), _cofactors(singular), atol=1e-12)
    v = RNG.normal(size=singular.shape)
    np.testing.assert_allclose(ad.hvp(np.linalg.det)(singular, v), along(_cofactors, singular, v), atol=1e-8)


def _cofactors(x):
    """By the definition: signed determinants without one row and one column."""
    n = len(x)
    minors = [[np.linalg.det(np.delete(np.delete(x, i, 0), j, 1)) for j in range(n)] for i in range(n)]
    return np.array(minors) * (-1.0) ** np.add.outer(range(n), range(n))


def test_det_of_the_identity_has_its_first_three_derivatives():
    v = RNG.normal(size=(3, 3))
    by_trace = np.trace(v) ** 2 - np.trace(v @ v)
    np.testing.assert_allclose(ad.grad(np.linalg.det)(np.eye(3)), np.eye(3), atol=1e-15)
    np.testing.assert_allclose(np.sum(v * ad.hvp(np.linalg.det)(np.eye(3), v)), by_trace)
    third = ad.grad(lambda t: np.sum(v * ad.hvp(np.linalg.det)(np.eye(3) + t * v, v)))(0.0)
    np.testing.assert_allclose(third, 6 * np.linalg.det(v))


def test_det_of_a_stack_of_regular_and_singular_matrices():
    stack = np.stack([np.ones((2, 2)), np.diag([1.0, 2.0]), np.diag([1e-9, 1e9])])
    gradient = ad.grad(lambda x: np.linalg.det(x).sum())(stack)
    expected = [[[1, -1], [-1, 1]], [[2, 0], [0, 1]], [[1e9, 0], [0, 1e-9]]]
    np.testing.assert_allclose(gradient, expected, rtol=1e-12, atol=1e-12)
    curvature = ad.hvp(lambda x: np.linalg.det(x).sum())(stack, np.ones((3, 2, 2)))
    np.testing.assert_allclose(curvature, [[[1, -1], [-1, 1]]] * 3, atol=1e-12)


def test_det_of_matrices_without_rows_is_one():
    x = ad.tensor(np.empty((2, 0, 0)), requires_grad=True)
    np.linalg.det(x).sum().backward()
    assert x.grad.shape == (2, 0, 0)


def test_slogdet_gives_a_sign_and_a_logarithm():
    result = np.linalg.slogdet(ad.tensor(STACK, requires_grad=True))
    expected = np.linalg.slogdet(STACK)
    np.testing.assert_array_equal(result.sign.numpy(), expected.sign)
    np.testing.assert_array_equal(result.logabsdet.numpy(), expected.logabsdet)


def test_slogdet_of_a_singular_matrix_has_a_value_but_no_gradient():
    x = ad.tensor(np.ones((2, 2)), requires_grad=True)
    logabsdet = np.linalg.slogdet(x)[1]
    assert logabsdet.item() == -np.inf
    with pytest.raises(LinAlgError, match=r"slogdet.*has no gradient"):
        logabsdet.backward()


# Equations and inverses


def test_solve_takes_a_vector_only_with_one_axis():
    a, b = STACK, RNG.normal(size=(2, 3))
    assert np.linalg.solve(ad.tensor(a), ad.tensor(b[0])).shape == (2, 3)
    with pytest.raises(ValueError, match=r"solve\(float64 \(2, 3, 3\), float64 \(2, 3\)"):
        np.linalg.solve(ad.tensor(a), ad.tensor(b))


def test_solve_of_a_singular_matrix_names_the_call():
    with pytest.raises(LinAlgError, match=r"solve\(float64 \(2, 2\).*Singular matrix"):
        np.linalg.solve(ad.tensor(np.ones((2, 2))), np.ones(2))


def test_the_right_side_alone_can_carry_the_gradient():
    gradient = ad.grad(lambda b: np.linalg.solve(STACK[0], b).sum())(np.ones(3))
    np.testing.assert_allclose(gradient, np.linalg.solve(STACK[0].T, np.ones(3)))


@pytest.mark.parametrize("shape", [(4, 3), (3, 4)])
def test_pinv_without_full_rank_is_differentiated_along_its_rank(shape):
    left, right = RNG.normal(size=(shape[0], 2)), RNG.normal(size=(2, shape[1]))
    by_left, by_right, weights = RNG.normal(size=left.shape), RNG.normal(size=right.shape), RNG.normal(size=shape[::-1])

    def of_rank_two(t):
        return (left + t * by_left) @ (right + t * by_right)

    _, got = ad.jvp(lambda x: (weights * np.linalg.pinv(x)).sum(), [left @ right], [by_left @ right + left @ by_right])
    expected = along(lambda t: (weights * np.linalg.pinv(of_rank_two(t))).sum(), 0.0, 1.0)
    np.testing.assert_allclose(got, expected, rtol=1e-6)


def test_pinv_cuts_off_at_rcond():
    x = np.diag([1.0, 1e-3])
    for options in ({"rcond": 0.1}, {"rtol": 0.1}):
        np.testing.assert_allclose(
            np.linalg.pinv(ad.tensor(x), **options).numpy(), np.linalg.pinv(x, **options), atol=1e-15
        )
    with pytest.raises(TypeError, match="hermitian=True"):
        np.linalg.pinv(ad.tensor(x), hermitian=True)


def test_matrix_power_zero_is_the_identity_and_has_no_gradient():
    x = ad.tensor(STACK, requires_grad=True)
    power = np.linalg.matrix_power(x, 0)
    np.testing.assert_array_equal(power.numpy(), np.stack([np.eye(3)] * 2))
    power.sum().backward()
    np.testing.assert_array_equal(x.grad, np.zeros_like(STACK))
    with pytest.raises(LinAlgError, match=r"got shape \(4, 3\), expected square"):
        np.linalg.matrix_power(ad.tensor(RECTANGLE), 2)


def test_multi_dot_multiplies_in_the_cheap_order():
    column, row = ad.tensor(np.ones((50, 1)), requires_grad=True), np.ones((1, 50))
    result = np.linalg.multi_dot([column, row, column])
    assert [node.shape for node in ad.Graph(result) if node.primitive] == [(1, 1), (50, 1)]
    with pytest.raises(ValueError, match="expected two or more matrices"):
        np.linalg.multi_dot([column])


def test_cond_of_a_singular_matrix():
    x = ad.tensor(np.diag([1.0, 0.0]))
    assert np.linalg.cond(x).item() == np.inf
    assert np.linalg.cond(x, -2).item() == 0
    with pytest.raises(LinAlgError, match="inv"):
        np.linalg.cond(x, 1)


# Decompositions


@pytest.mark.parametrize("uplo", ["L", "U", "l", "u"])
def test_eigh_and_cholesky_read_one_triangle(uplo):
    lower = uplo in "Ll"
    asymmetric = SYMMETRIC[0] + np.triu(np.ones((3, 3)), 1) / 10
    weights = RNG.normal(size=(3, 3))

    def by_eigh(x):
        w, v = np.linalg.eigh(x, uplo)
        return np.sum(w * w * w) + np.sum(weights * v * v)

    def by_cholesky(x):
        return np.sum(weights * np.linalg.cholesky(x, upper=not lower))

    for function in (by_eigh, by_cholesky):
        assert_gradient(function, asymmetric)
        unread = ad.grad(function)(asymmetric)[np.triu_indices(3, 1) if lower else np.tril_indices(3, -1)]
        np.testing.assert_array_equal(unread, 0)


def test_eigh_with_repeated_values_has_the_gradients_that_do_not_depend_on_the_vectors():
    x = np.eye(3)
    np.testing.assert_array_equal(ad.grad(lambda a: np.linalg.eigvalsh(a).sum())(x), np.eye(3))
    np.testing.assert_array_equal(ad.hvp(lambda a: np.linalg.eigvalsh(a).sum())(x, np.ones((3, 3))), np.zeros((3, 3)))

    def rebuilt(a):
        w, v = np.linalg.eigh(a)
        return v @ (w[:, None] * v.T)

    weights = RNG.normal(size=(3, 3))
    gradient = ad.grad(lambda a: np.sum(weights * rebuilt(a)))(x)
    assert np.isfinite(gradient).all()
    np.testing.assert_allclose(np.diag(gradient), np.diag(weights), atol=1e-14)


def test_values_that_differ_by_rounding_count_as_repeated():
    q, _ = np.linalg.qr(RNG.normal(size=(4, 4)))
    nearly = q @ np.diag([1.0, 1.0, 1.0, 5.0]) @ q.T
    gradient = ad.grad(lambda a: np.sum(np.linalg.eigh(a).eigenvectors ** 3))(nearly)
    assert np.abs(gradient).max() < 10
    gradient = ad.grad(lambda a: np.sum(np.linalg.svd(a).U ** 3))(nearly)
    assert np.abs(gradient).max() < 10


@pytest.mark.parametrize("x", [np.eye(3), np.zeros((3, 3)), np.ones((3, 2)), np.zeros((2, 3))])
def test_svd_has_no_nan_where_values_repeat_or_vanish(x):
    def total(a):
        return sum((part**3).sum() for part in np.linalg.svd(a, full_matrices=False))

    assert np.isfinite(ad.grad(total)(x)).all()
    assert np.isfinite(ad.hvp(total)(x, np.ones(x.shape))).all()


def test_svd_rebuilds_its_argument():
    for x in (RECTANGLE, RECTANGLE.T, STACK):
        weights = RNG.normal(size=x.shape)

        def rebuilt(a):
            u, s, vh = np.linalg.svd(a, full_matrices=False)
            return np.sum(weights * ((u * s[..., None, :]) @ vh))  # noqa: B023 - used in this turn only

        np.testing.assert_allclose(ad.grad(rebuilt)(x), weights, atol=1e-12)


def test_svd_refuses_vectors_that_are_arbitrary():
    with pytest.raises(TypeError, match="full_matrices=False"):
        np.linalg.svd(ad.tensor(RECTANGLE))
    assert np.linalg.svd(ad.tensor(STACK)).U.shape == (2, 3, 3)
    assert np.linalg.svd(ad.tensor(RECTANGLE), compute_uv=False).shape == (3,)
    with pytest.raises(TypeError, match="hermitian=True"):
        np.linalg.svd(ad.tensor(STACK), hermitian=True)


@pytest.mark.parametrize("x", [RECTANGLE, RECTANGLE.T, STACK])
def test_qr_rebuilds_its_argument(x):
    weights = RNG.normal(size=x.shape)

    def rebuilt(a):
        q, r = np.linalg.qr(a)
        return np.sum(weights * (q @ r))

    np.testing.assert_allclose(ad.grad(rebuilt)(x), weights, atol=1e-11)


def test_qr_errors():
    x = ad.tensor(np.zeros((3, 2)), requires_grad=True)
    with pytest.raises(TypeError, match="mode='reduced' or mode='r'"):
        np.linalg.qr(x, mode="complete")
    q, _ = np.linalg.qr(x)
    with pytest.raises(LinAlgError, match="linearly independent"):
        q.sum().backward()


def test_cholesky_of_an_indefinite_matrix_names_the_call():
    with pytest.raises(LinAlgError, match=r"cholesky\(float64 \(2, 2\)\).*not positive definite"):
        np.linalg.cholesky(ad.tensor(-np.eye(2)))


def test_eigh_refuses_an_unknown_triangle():
    with pytest.raises(ValueError, match="UPLO is 'X', expected 'L' or 'U'"):
        np.linalg.eigh(ad.tensor(np.eye(2)), "X")


def test_results_are_named_as_numpys_are():
    x = ad.tensor(SYMMETRIC)
    assert np.linalg.eigh(x)._fields == ("eigenvalues", "eigenvectors")
    assert np.linalg.svd(x)._fields == ("U", "S", "Vh")
    assert np.linalg.qr(x)._fields == ("Q", "R")
    assert np.linalg.slogdet(x)._fields == ("sign", "logabsdet")


@pytest.mark.parametrize(
    "function", [np.linalg.inv, np.linalg.pinv, np.linalg.cholesky, np.linalg.eigvalsh, np.linalg.svdvals]
)
def test_stacks_without_matrices_have_empty_gradients(function):
    x = ad.tensor(np.empty((0, 2, 2)), requires_grad=True)
    function(x).sum().backward()
    assert x.grad.shape == (0, 2, 2)
