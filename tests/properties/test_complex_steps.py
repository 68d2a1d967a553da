"""Derivatives against complex steps (Squire and Trapp, 1998), where NumPy's function takes them."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autodiff as ad
from autodiff.domains import Sampler
from autodiff.primitive import REGISTRY, Primitive

from . import samplers as s

STEP = 1e-30
# These take complex numbers, but are no analytic functions of them: they compare, or they conjugate.
NOT_ANALYTIC = {
    "absolute", "sign", "maximum", "minimum", "fmax", "fmin", "max", "min", "rint", "relu", "softmax", "logsumexp",
    "log_softmax", "cross_entropy", "cholesky", "cofactor", "eigh", "pinv", "qr", "slogdet", "svd",
}  # fmt: skip


def step(made: Primitive, args, params, direction) -> np.ndarray | None:
    """The directional derivative by a complex step; None where NumPy takes no complex numbers."""
    moved = s.fill(args, [x + 1j * STEP * d for x, d in zip(s.variables(args), direction, strict=True)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        try:
            out = np.asarray(made.run(*moved, **params))
        except (TypeError, ValueError):
            return None
    return out.imag / STEP if out.dtype.kind == "c" else None


def takes_complex_steps(name: str) -> bool:
    made = REGISTRY[name]
    if name in NOT_ANALYTIC or all(rule is None for rule in made.rules):
        return False
    sampler = Sampler(np.random.default_rng(1))
    samples = [made.sample(sampler) for _ in range(8)]
    return all(step(made, args, params, s.variables(args)) is not None for args, params in samples)


NAMES = [name for name in sorted(REGISTRY) if takes_complex_steps(name)]


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_forward_mode_is_the_complex_step(name, data):
    args, params = s.draw(name, data)
    point = s.variables(args)
    direction = s.directions(point, data)
    expected = step(REGISTRY[name], args, params, direction)
    (got,) = ad.jvp(s.closed(name, args, params), point, direction)[1]
    scale = np.max(np.abs(expected), initial=1.0)
    np.testing.assert_allclose(got, expected, rtol=1e-11, atol=1e-12 * scale)


def test_most_operations_are_reached():
    """The list is found by trying, so it is held that trying finds them."""
    assert len(NAMES) > 50
    assert {"exp", "tanh", "divide", "power", "matmul", "sum", "einsum", "inv", "solve", "getitem"} <= set(NAMES)
