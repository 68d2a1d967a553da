"""Primitives taken apart: into what NumPy has a call for, with the same bits; what cannot be taken apart stays."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autodiff as ad
from autodiff.compiler.passes import lowered
from autodiff.node import Node
from autodiff.primitive import REGISTRY

from ...properties import samplers
from ..comparing import same
from .around import EDGES, WHOLE, A, alike, called, legible, through, traced


def elementary(name: str) -> bool:
    return isinstance(REGISTRY[name].run, np.ufunc)


@pytest.mark.parametrize("name", sorted(REGISTRY))
@given(data=st.data())
def test_every_primitive_keeps_every_bit(name, data):
    """Where it is a function of arrays; values are other than those that it was taken apart with."""
    args, params = samplers.draw(name, data)
    if not all(isinstance(each, np.ndarray) for each in args) or not args:
        return
    other = [each[::-1].copy() if each.ndim else each for each in args]
    before = traced(lambda *args: REGISTRY[name](*args, **params), *args)
    after = lowered(before)
    alike(before, after, *args)
    assert called(lowered(after)) == called(after)  # parts have been taken apart, too
    try:
        REGISTRY[name].run(*other, **params)
    except (ValueError, IndexError, np.linalg.LinAlgError):  # which is for these arguments only
        other = args
    alike(before, after, *other)
    legible(after)


@pytest.mark.parametrize("function", [
    ad.sigmoid, ad.softplus, ad.relu, ad.leaky_relu, ad.elu, ad.gelu, lambda x: np.where(x > 0, x, 1),
    ad.grad(lambda x: np.sum(ad.relu(x))), ad.grad(lambda x: np.sum(ad.softmax(x)[..., 0])),
])  # fmt: skip
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_edges(function, dtype):
    with np.errstate(all="ignore"):
        x = EDGES.astype(dtype)
    through(lowered, function, x, others=[(-x,)])


@pytest.mark.parametrize("function", [ad.sigmoid, ad.softplus, ad.relu, ad.gelu, ad.softmax, lambda x: x > 0])
@pytest.mark.parametrize("shape", [(0,), (2, 0), (0, 3), ()])
def test_of_nothing_and_of_numbers(function, shape):
    try:
        function(np.ones(shape))
    except ValueError:  # there is no greatest of nothing
        return
    through(lowered, function, np.ones(shape), others=[(-np.ones(shape),)])


@pytest.mark.parametrize(("function", "gone"), [
    (ad.softmax, "softmax"), (ad.sigmoid, "sigmoid"), (ad.grad(lambda x: np.sum(ad.logsumexp(x))), "softmax"),
])  # fmt: skip
def test_what_is_made_of_others_is_taken_apart(function, gone):
    before, after = through(lowered, function, A, others=[(-A,)])
    assert gone in before and gone not in after
    assert sum(map(elementary, after)) > sum(map(elementary, before))


def test_what_numpy_has_a_call_for_stays():
    def f(x):
        return np.sum(np.exp(x) @ x.T / 2, axis=0), x[0], x.reshape(-1), np.sort(x), np.maximum(x, 0) > 1

    before, after = through(lowered, f, A)
    assert sorted(before) == sorted(after)


def test_a_primitive_of_the_users_own_stays():
    calls = []

    @ad.custom(lambda g, x: g * 2 * x)
    def counted(x):
        calls.append(type(x))
        return np.square(x)

    before = traced(lambda x: counted(x) + 1, A)
    count = len(calls)
    assert called(lowered(before)) == called(before) == ["counted", "add"]
    assert len(calls) == count and set(calls) == {np.ndarray}


def test_names_and_scopes_stay():
    def f(x):
        with ad.scope("layer"):
            probability = ad.softmax(x)
        return probability * 2

    before = traced(f, A)
    after = lowered(before)
    names = {node.name for node in after.equations()}
    assert "probability" in names
    assert {node.scope for node in after.equations()} == {"layer", ""}
    whole = next(node for node in after.equations() if node.name == "probability")
    assert whole.shape == A.shape and whole.scope == "layer"


def test_parts_are_as_silent_as_the_whole():
    """What a primitive computes without a warning is computed without one, and what the user wrote warns."""
    step = ad.compile(lambda x: (ad.sigmoid(x), ad.softplus(x), ad.softmax(x), ad.grad(lambda x: np.sum(x**0.5))(x)))
    exp = ad.compile(np.exp)
    for x in (WHOLE**2, 0 * WHOLE, WHOLE**2 * 1e3):
        with np.errstate(all="raise", under="ignore"):
            step(x)
        with np.errstate(over="raise"), pytest.raises(FloatingPointError) if x.max() > 1e4 else nullcontext():
            exp(x)
    nothing = ad.compile(lambda x: (ad.logsumexp(x, axis=1), ad.log_softmax(x), ad.softmax(x)))
    for x in (WHOLE, np.where(WHOLE > 1, WHOLE, -np.inf), np.full((2, 3), -np.inf)):
        with np.errstate(all="raise", under="ignore"):
            same(nothing(x), (ad.logsumexp(x, axis=1), ad.log_softmax(x), ad.softmax(x)), exact=False)


def test_parts_come_before_what_uses_them():
    """An order of numbers is the order in which they run."""
    after = lowered(traced(ad.grad(lambda x: np.sum(ad.softplus(ad.softmax(x)) ** 2)), A))
    seen = set(after.inputs)
    for node in after.nodes():
        assert all(each in seen for each in node.inputs if isinstance(each, Node))
        seen.add(node)


def test_random_draws_stay_one_call():
    def f(rng):
        return ad.sigmoid(rng.normal(size=3))

    program = lowered(traced(f, np.random.default_rng(0)))
    assert called(program)[0] == "draw" and called(program).count("draw") == 1 == len(program.draws)
