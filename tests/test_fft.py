"""np.fft on tensors and complex pairs: values of NumPy, arithmetic, kinks, errors."""

from __future__ import annotations

import operator

import numpy as np
import pytest

import autodiff as ad
from autodiff.ops.complex import Complex

RNG = np.random.default_rng(11)
X = RNG.normal(size=(3, 5))
Z = RNG.normal(size=(3, 4)) + 1j * RNG.normal(size=(3, 4))
NORMS = [None, "backward", "ortho", "forward"]


def tensor_of(x):
    """A tensor, or of complex numbers a pair of tensors."""
    if np.iscomplexobj(x):
        return Complex(ad.tensor(x.real, requires_grad=True), ad.tensor(x.imag, requires_grad=True))
    return ad.tensor(x, requires_grad=True)


def assert_same(got, expected, rtol=1e-13):
    np.testing.assert_allclose(got.numpy(), expected, rtol=rtol, atol=rtol)
    assert got.shape == expected.shape
    assert got.dtype == expected.dtype


# Values


@pytest.mark.parametrize("n", [None, 1, 2, 3, 4, 5, 6, 9])
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("norm", NORMS)
def test_transforms_along_one_axis_are_numpys(n, axis, norm):
    for function, x in [
        (np.fft.rfft, X), (np.fft.irfft, Z), (np.fft.irfft, X), (np.fft.fft, X), (np.fft.fft, Z), (np.fft.ifft, Z),
    ]:  # fmt: skip
        assert_same(function(tensor_of(x), n, axis, norm), function(x, n, axis, norm))


@pytest.mark.parametrize("options", [{}, {"axes": (0, 1)}, {"s": (2, 6), "axes": (1, 0)}, {"norm": "ortho"}])
def test_transforms_along_several_axes_are_numpys(options):
    for name, x in [("rfft", X), ("irfft", Z), ("fft", X), ("fft", Z), ("ifft", Z)]:
        for function in (getattr(np.fft, name + "2"), getattr(np.fft, name + "n")):
            assert_same(function(tensor_of(x), **options), function(x, **options))


def test_lengths_without_axes_are_for_the_last_ones():
    x = RNG.normal(size=(2, 3, 4))
    with pytest.warns(DeprecationWarning):
        expected = np.fft.rfftn(x, s=(2, 3))
    assert_same(np.fft.rfftn(ad.tensor(x), s=(2, 3)), expected)


@pytest.mark.parametrize("function", [np.fft.fftshift, np.fft.ifftshift])
@pytest.mark.parametrize("axes", [None, 0, -1, (0, 1)])
def test_shifts_take_tensors_and_pairs(function, axes):
    for x in (X, Z):
        assert_same(function(tensor_of(x), axes), function(x, axes))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_precision_is_kept(dtype):
    x = (8 * X).astype(dtype)
    spectrum = np.fft.rfft(ad.tensor(x))
    assert_same(spectrum, np.fft.rfft(x), rtol=1e-5)
    assert_same(np.fft.irfft(spectrum), np.fft.irfft(np.fft.rfft(x)), rtol=1e-5)


def test_infinite_parts_stay_apart():
    x = np.array([1 + 1j * np.inf])
    np.testing.assert_array_equal(tensor_of(x).numpy(), x)


# Arithmetic


@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.mul, operator.truediv])
@pytest.mark.parametrize(
    "other",
    [2, -0.5, 2j, 1 + 2j, np.float64(3), np.complex128(1j), X[:, :4], Z[1], Z[:, :1] * np.ones((2, 1, 1)), [1.0]],
)
def test_arithmetic_is_numpys(operation, other):
    z = tensor_of(Z)
    assert_same(operation(z, other), operation(Z, other))
    assert_same(operation(other, z), operation(other, Z))


def test_pairs_and_tensors_combine_with_both_gradients():
    z, w, t = tensor_of(Z), tensor_of(Z[::-1].copy()), ad.tensor(X[:, :4], requires_grad=True)
    result = z * t + z / w - w * t
    expected = Z * X[:, :4] + Z / Z[::-1] - Z[::-1] * X[:, :4]
    assert_same(result, expected)
    np.abs(result).sum().backward()
    phase = np.conj(expected / np.abs(expected))
    np.testing.assert_allclose(t.grad, np.real(phase * (Z - Z[::-1])))
    by_z = np.conj(phase * (X[:, :4] + 1 / Z[::-1]))
    np.testing.assert_allclose(z.real.grad + 1j * z.imag.grad, by_z)


def test_division_does_not_overflow():
    z = tensor_of(np.array([1e200 + 1e200j, 1e-200 + 1e-200j]))
    np.testing.assert_allclose((z / z).numpy(), [1, 1])
    np.abs(z / z).sum().backward()
    np.testing.assert_allclose(z.real.grad * z.real.data, [0, 0], atol=1e-14)


def test_functions_of_pairs_are_numpys():
    z = tensor_of(Z)
    for function in (np.abs, np.angle, np.conj, np.real, np.imag, np.negative, np.sum, np.mean, np.ravel, np.copy):
        assert_same(function(z), function(Z))
    assert_same(np.angle(z, deg=True), np.angle(Z, deg=True))
    assert_same(np.sum(z, axis=0), np.sum(Z, axis=0))
    assert_same(np.roll(z, 1, axis=1), np.roll(Z, 1, axis=1))
    assert_same(abs(z), abs(Z))
    assert_same(z.conj()[1:, None, [0, 0]], Z.conj()[1:, None, [0, 0]])
    assert (np.shape(z), np.ndim(z), z.ndim, np.iscomplexobj(z), np.isrealobj(z)) == ((3, 4), 2, 2, True, False)
    assert (z == Z).all() and not (z != Z).any()


def test_functions_of_complex_numbers_take_real_tensors():
    x = ad.tensor(X, requires_grad=True)
    for function in (np.real, np.conj, np.angle):
        np.testing.assert_array_equal(function(x).numpy(), function(X))
    np.testing.assert_array_equal(np.imag(x), np.zeros_like(X))


# Gradients


@pytest.mark.parametrize("n", [1, 2, 5, 6])
def test_spectral_energy_is_the_signals(n):
    x = RNG.normal(size=n)
    gradient = ad.grad(lambda x: np.sum(np.abs(np.fft.fft(x, norm="ortho")) ** 2))(x)
    np.testing.assert_allclose(gradient, 2 * x, atol=1e-14)


def test_a_filter_is_the_transpose_of_the_turned_filter():
    signal, kernel, weights = RNG.normal(size=(3, 8))

    def filtered(x):
        return np.sum(weights * np.fft.irfft(np.fft.rfft(x) * np.fft.rfft(kernel), 8))

    expected = np.fft.irfft(np.fft.rfft(weights) * np.conj(np.fft.rfft(kernel)), 8)
    np.testing.assert_allclose(ad.grad(filtered)(signal), expected, atol=1e-14)


def test_abs_and_angle_have_derivative_zero_at_zero():
    zeros = np.zeros(4)
    for function in (np.abs, np.angle):
        np.testing.assert_array_equal(ad.grad(lambda x, f=function: f(np.fft.rfft(x)).sum())(zeros), zeros)


def test_transforms_of_functions_take_pairs_apart():
    value, pull = ad.vjp(np.fft.rfft, X[0])
    assert_same(value, np.fft.rfft(X[0]))
    (gradient,) = pull(value)
    np.testing.assert_allclose(gradient, np.fft.irfft(np.fft.rfft(X[0]) * [1, 0.5, 0.5], 5) * 5)
    real, imag = ad.jvp(np.fft.rfft, (X[0],), (X[1],))[1]
    np.testing.assert_allclose(real + 1j * imag, np.fft.rfft(X[1]))


# Errors


@pytest.mark.parametrize(
    ("call", "advice"),
    [
        (lambda z: np.exp(z), r"np\.exp\(z\.real\) \* np\.cos\(z\.imag\)"),
        (lambda z: np.power(z, 2), r"spelling is z \* z"),
        (lambda z: np.stack([z, z]), r"np\.stack\(z\.real\)"),
        (lambda z: np.fft.hfft(z), r"np\.fft\.irfft\(np\.conj\(z\), norm='forward'\)"),
        (lambda z: np.add.reduce(z), r"np\.add: reduce is not supported"),
        (lambda z: np.add(z, z, where=True), r"np\.add: where is not supported"),
        (lambda z: np.asarray(z), r"z\.numpy\(\)"),
        (lambda z: np.fft.rfft(z), r"np\.fft\.fft\(z\)"),
    ],
)
def test_what_pairs_do_not_support_names_what_is(call, advice):
    with pytest.raises(TypeError, match=advice):
        call(tensor_of(Z))


def test_wrong_lengths_norms_and_axes_are_refused():
    x = ad.tensor(X)
    with pytest.raises(ValueError, match="a transform of 0 points was asked for"):
        np.fft.rfft(x, 0)
    with pytest.raises(ValueError, match="a transform of 0 points was asked for"):
        np.fft.irfft(x[:, :1])
    with pytest.raises(ValueError, match="norm is 'unit', expected None, 'backward'"):
        np.fft.rfft(x, norm="unit")
    with pytest.raises(np.exceptions.AxisError, match="axis 2 is out of bounds"):
        np.fft.fft(x, axis=2)
    with pytest.raises(ValueError, match="expected one length for each"):
        np.fft.fftn(x, s=(2, 3), axes=(0,))


def test_a_pair_shows_its_values():
    assert repr(tensor_of(np.array([1 + 2j]))) == "Complex([1.+2.j])"
