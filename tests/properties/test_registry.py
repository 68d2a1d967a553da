"""Properties that every declared operation has; the registry decides what is tested."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autodiff as ad
from autodiff.primitive import Primitive
from autodiff.tree import leaves, map_leaves

from . import samplers as s

DIFFERENTIABLE = sorted(
    name
    for name, entry in s.ENTRIES.items()
    if not isinstance(entry, Primitive) or any(rule is not None for rule in entry.rules)
)
every_entry = pytest.mark.parametrize("name", sorted(s.ENTRIES))
every_differentiable = pytest.mark.parametrize("name", DIFFERENTIABLE)


def tensors(args, requires_grad=True):
    return map_leaves(lambda each: ad.tensor(each, requires_grad) if s.is_variable(each) else each, args)


@every_entry
@given(data=st.data())
def test_value_is_numpys(name, data):
    entry = s.ENTRIES[name]
    args, params = s.draw(name, data)
    expected = (entry.run or entry.function)(*args, **params)
    got = s.function_of(entry)(*tensors(args), **params)
    for a, b in zip(s.arrays(leaves(got)), s.arrays(leaves(expected)), strict=True):
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


@every_differentiable
@given(data=st.data())
def test_both_modes_are_central_differences(name, data):
    args, params = s.draw(name, data)
    point = s.variables(args)
    function = s.closed(name, args, params)
    tangents = s.directions(point, data)
    values, forward = ad.jvp(function, point, tangents)
    expected = s.central(function, point, tangents)
    cotangents = s.directions(values, data)
    _, pull = ad.vjp(function, *point)
    backward = pull(cotangents)
    for a, b in zip(forward, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(s.dot(backward, tangents), s.dot(cotangents, forward), rtol=1e-9, atol=1e-10)


@every_differentiable
@given(data=st.data())
def test_second_order_is_the_derivative_of_the_first(name, data):
    args, params = s.draw(name, data)
    point = s.variables(args)
    function = s.closed(name, args, params)
    cotangents = s.directions(s.arrays(function(*point)), data)
    tangents = s.directions(point, data)

    def gradient(*values):
        return list(ad.vjp(function, *values)[1](cotangents))

    _, forward_over_reverse = ad.jvp(gradient, point, tangents)
    for a, b in zip(forward_over_reverse, s.central(gradient, point, tangents), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    symmetric = ad.vjp(gradient, *point)[1](tangents)
    np.testing.assert_allclose(s.dot(symmetric, tangents), s.dot(forward_over_reverse, tangents), rtol=1e-9, atol=1e-9)


@every_differentiable
@given(data=st.data())
def test_shape_and_dtype_are_kept(name, data):
    args, params = s.draw(name, data)
    point = [each.astype(np.float32) for each in s.variables(args)]
    function = s.closed(name, args, params)
    values, pull = ad.vjp(function, *point)
    run = s.ENTRIES[name].run
    expected = leaves(run(*s.fill(args, point), **params)) if run else values
    assert [each.dtype for each in values] == [each.dtype for each in expected if s.is_float(each)]
    if not run:
        assert all(each.dtype == np.float32 for each in values)
    for x, g in zip(point, pull([np.ones_like(each) for each in values]), strict=True):
        assert (g.shape, g.dtype) == (x.shape, np.dtype(np.float32))


@every_differentiable
@given(data=st.data())
def test_nothing_is_changed_or_shared(name, data):
    args, params = s.draw(name, data)
    point = s.variables(args)
    function = s.closed(name, args, params)
    before = [each.copy() for each in point]
    parameters = [ad.tensor(each, requires_grad=True) for each in point]
    outputs = [each for each in function(*parameters) if each.requires_grad]
    cotangents = [np.ones(each.shape) for each in outputs]
    for output, cotangent in zip(outputs, cotangents, strict=True):
        output.backward(cotangent, retain_graph=True)
    given = [*point, *cotangents, *(each._array for each in parameters), *(each._array for each in outputs)]
    grads = [each.grad for each in parameters if each.grad is not None]
    for i, g in enumerate(grads):
        assert g.flags.writeable
        assert not any(np.shares_memory(g, other) for other in [*given, *grads[:i]])
    for x, y in zip(point, before, strict=True):
        np.testing.assert_array_equal(x, y)
    assert all((g == 1).all() for g in cotangents)
