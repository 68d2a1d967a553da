"""Derivatives against complex steps (Squire and Trapp, 1998), where NumPy's function takes them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autodiff as ad
from autodiff.primitive import REGISTRY
from benchmarks.complex_steps import complex_step, takes_complex_steps

from . import samplers as s

NAMES = [name for name in sorted(REGISTRY) if takes_complex_steps(name)]


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_forward_mode_is_the_complex_step(name, data):
    args, params = s.draw(name, data)
    point = s.variables(args)
    direction = s.directions(point, data)
    expected = complex_step(REGISTRY[name], args, params, direction)
    (got,) = ad.jvp(s.closed(name, args, params), point, direction)[1]
    scale = np.max(np.abs(expected), initial=1.0)
    np.testing.assert_allclose(got, expected, rtol=1e-11, atol=1e-12 * scale)


def test_most_operations_are_reached():
    """The list is found by trying, so it is held that trying finds them."""
    assert len(NAMES) > 50
    assert {"exp", "tanh", "divide", "power", "matmul", "sum", "einsum", "inv", "solve", "getitem"} <= set(NAMES)
