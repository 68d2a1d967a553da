"""NumPy's own functions, methods and operators on tensors, and what is refused."""

import numpy as np
import pytest

import autodiff as ad
from autodiff.dispatch import NUMPY

X = np.array([[0.3, -1.2, 2.0], [0.7, 0.1, -0.4]])


@pytest.fixture
def t():
    return ad.tensor(X, requires_grad=True)


@pytest.mark.parametrize(
    ("function", "advice"),
    [
        (lambda t: np.linalg.eig(t[:, :2]), r"np\.linalg\.eig does not take tensors.*np\.linalg\.eigh"),
        (lambda t: np.copyto(t, 0), r"ad\.at\(x\)"),
        (lambda t: np.percentile(t, 50), r"np\.median"),
        (lambda t: np.divmod(t, 2), r"x // y"),
        (lambda t: np.nansum(t), r"np\.nansum does not take tensors.*np\.\w+"),
        (lambda t: np.gcd(t, 2), "does not take tensors"),
        (lambda t: np.apply_along_axis(np.sum, 0, t), r"t\.numpy\(\)"),
        (lambda t: np.add(t, 1, where=X > 0), "where= is not supported"),
        (lambda t: np.multiply.reduceat(t, [0]), "reduceat"),
        (lambda t: np.tile(t, 2, 3), "argument"),
    ],
)
def test_what_is_not_supported_is_named_with_what_is(t, function, advice):
    with pytest.raises(TypeError, match=advice):
        function(t)


def test_no_differentiable_function_of_numpy_falls_back_to_a_constant(t):
    for name in dir(np):
        function = getattr(np, name)
        if isinstance(function, np.ufunc) and function.nin == 1 and function not in NUMPY:
            with pytest.raises(TypeError, match="does not take tensors"):
                function(t)


def test_operators_reflect_and_mix(t):
    array = np.full((2, 3), 2.0)
    for result, expected in [
        (array - t, array - X), (2 / (t + 3), 2 / (X + 3)), (2**t, 2**X), (t**2, X**2), (array @ t.T, array @ X.T),
        (t @ array.T, X @ array.T), (-t, -X), (abs(t), abs(X)), (t // 2, X // 2), (7 % (t + 3), 7 % (X + 3)),
        (t + [1.0, 2.0, 3.0], X + [1.0, 2.0, 3.0]), (+t, X), (np.float32(2) * t, 2 * X),
    ]:  # fmt: skip
        assert isinstance(result, ad.Tensor)
        assert result.requires_grad
        np.testing.assert_allclose(result.numpy(), expected)


def test_comparisons_are_tensors_without_gradient(t):
    for result, expected in [(t > 0, X > 0), (t == 0.1, X == 0.1), (t != t, X != X), (~(t <= 0), X > 0)]:
        assert not result.requires_grad
        np.testing.assert_array_equal(result.numpy(), expected)
    assert ((t > 0) & (t < 1) | (t == 2.0)).numpy().sum() == 4


def test_methods_are_numpys(t):
    for result, expected in [
        (t.sum(0), X.sum(0)), (t.mean(axis=1, keepdims=True), X.mean(1, keepdims=True)), (t.std(ddof=1), X.std(ddof=1)),
        (t.reshape(3, 2), X.reshape(3, 2)), (t.reshape(-1), X.ravel()), (t.transpose(1, 0), X.T), (t.T, X.T),
        (t.mT, X.T), (t.flatten(), X.flatten()), (t.max(), X.max()), (t.clip(0, 1), X.clip(0, 1)),
        (t.round(1), X.round(1)),
        (t.swapaxes(0, 1), X.T), (t.cumsum(1), X.cumsum(1)), (t.prod(axis=0), X.prod(0)), (t.dot(X.T), X.dot(X.T)),
        (t.take([0, 0], 1), X.take([0, 0], 1)), (t.repeat(2, 0), X.repeat(2, 0)), (t.var(0), X.var(0)),
        (t[None].squeeze(0), X), (t.ravel("F"), X.ravel("F")), (t.astype(np.float32), X.astype(np.float32)),
        (t.diagonal(), X.diagonal()), (t.trace(), X.trace()), (t.min(1), X.min(1)), (t.copy(), X),
    ]:  # fmt: skip
        assert result.requires_grad
        np.testing.assert_allclose(result.numpy(), expected)
    assert (t.argmax(), t.argmin(1).tolist(), bool(t.any())) == (2, [1, 2], True)


def test_reduce_methods_of_ufuncs(t):
    np.testing.assert_allclose(np.add.reduce(t).numpy(), X.sum(0))
    np.testing.assert_allclose(np.maximum.reduce(t, axis=1).numpy(), X.max(1))
    np.testing.assert_allclose(np.multiply.reduce(t, axis=None).numpy(), X.prod())
    np.testing.assert_allclose(np.add.accumulate(t, axis=1).numpy(), X.cumsum(1))
    np.testing.assert_allclose(np.multiply.outer(t, X[0]).numpy(), np.multiply.outer(X, X[0]))
    np.testing.assert_allclose(np.minimum.reduce(t).numpy(), X.min(0))


def test_reductions_take_where_initial_and_dtype(t):
    mask = X > 0
    for function in (np.sum, np.prod, np.mean, np.var, np.std):
        got = function(t, axis=1, where=mask)
        np.testing.assert_allclose(got.numpy(), function(X, axis=1, where=mask))
        check = ad.check_grads(lambda x, function=function: function(x, axis=1, where=mask), (X,))
        assert check.verdict == "right"
    np.testing.assert_allclose(
        np.max(t, axis=0, initial=0.5, where=mask).numpy(), np.max(X, axis=0, initial=0.5, where=mask)
    )
    np.testing.assert_allclose(np.min(t, initial=0.5).numpy(), np.min(X, initial=0.5))
    assert np.sum(t, dtype=np.float32).dtype == np.float32
    np.testing.assert_allclose(np.sum(t, initial=10.0).numpy(), np.sum(X, initial=10.0))


def test_functions_of_the_shape_and_order_give_plain_results(t):
    assert (np.shape(t), np.ndim(t), np.size(t)) == ((2, 3), 2, 6)
    np.testing.assert_array_equal(np.argsort(t), np.argsort(X))
    np.testing.assert_array_equal(np.where(t > 0)[0], np.where(X > 0)[0])
    assert np.zeros_like(t).shape == (2, 3)
    assert np.allclose(t, X) and np.array_equal(t, X)


def test_errors_show_the_call_and_the_shapes(t):
    with pytest.raises(ValueError, match=r"matmul\(float64 \(2, 3\), float64 \(2, 3\)\).*transpose"):
        t @ t
    with pytest.raises(ValueError, match=r"add\(float64 \(2, 3\), float64 \(4,\)\).*keepdims=True"):
        t + np.ones(4)
    with pytest.raises(np.exceptions.AxisError, match=r"sum\(float64 \(2, 3\), axis=2\)"):
        np.sum(t, axis=2)
    with pytest.raises(TypeError, match=r"add\(float64 \(2, 3\), 'a'\)"):
        t + "a"


NAMES = """
add subtract multiply divide power float_power exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos
arctan arctan2 sinh cosh tanh arcsinh arccosh arctanh hypot absolute sign floor ceil rint trunc maximum
minimum clip where logaddexp sum mean var std prod max min ptp median cumsum cumprod average matmul dot vdot
inner outer kron cross tensordot einsum trace diag reshape transpose swapaxes moveaxis expand_dims squeeze
broadcast_to concatenate stack vstack hstack split tile repeat flip roll rot90 pad tril triu sort take
take_along_axis diff convolve interp meshgrid append delete
"""
LINALG = "norm det slogdet inv pinv solve cholesky eigh svd qr matrix_power"


def test_every_promised_name_is_answered():
    assert [name for name in NAMES.split() if getattr(np, name) not in NUMPY] == []
    assert [name for name in LINALG.split() if getattr(np.linalg, name) not in NUMPY] == []
    assert np.fft.rfft in NUMPY
