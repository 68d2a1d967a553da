"""Algebraic identities: each with the form that it gives, and what only looks like one."""

from __future__ import annotations

import numpy as np
import pytest

import autodiff as ad
from autodiff.compiler.passes.identities import simplified

from .around import EDGES, A, alike, called, constants, fixed, parameters, primitive, through, traced

X = np.array([0.5, -0.0, np.inf])


@pytest.mark.parametrize(("function", "before", "after"), [
    (lambda x: x * 1, "multiply", ""), (lambda x: 1.0 * x, "multiply", ""), (lambda x: x / 1, "divide", ""),
    (lambda x: x - 0.0, "subtract", ""), (lambda x: x - 0, "subtract", ""),
    (lambda x: x * fixed(np.ones(4)), "multiply", ""),
    (lambda x: -np.negative(x), "negative negative", ""), (lambda x: -np.negative(-x), "negative " * 3, "negative"),
    (lambda x: x + -np.exp(x), "exp negative add", "exp subtract"),
    (lambda x: -np.exp(x) + x, "exp negative add", "exp subtract"),
    (lambda x: x - -np.exp(x), "exp negative subtract", "exp add"),
    (lambda x: x * -1, "multiply", "negative"), (lambda x: -1.0 * x, "multiply", "negative"),
    (lambda x: x * x, "multiply", "square"), (lambda x: np.power(x, 2), "power", "square"),
    (lambda x: np.power(x, 0.5), "power", "sqrt"), (lambda x: np.power(x, -1), "power", "reciprocal"),
    (lambda x: -(2 * x), "multiply negative", "multiply"), (lambda x: -(x * 2.0), "multiply negative", "multiply"),
    (lambda x: -(x / 2), "divide negative", "divide"), (lambda x: -(2 / x), "divide negative", "divide"),
    (lambda x: (-x) * 3, "negative multiply", "multiply"), (lambda x: 0.5 * -x, "negative multiply", "multiply"),
    (lambda x: x.astype(np.float64), "astype", ""), (lambda x: +x, "positive", ""),
    (lambda x: np.broadcast_to(x, (3, 4)), "broadcast_to", ""), (lambda x: x.reshape(3, 4), "reshape", ""),
    (lambda x: x.reshape(2, 6).reshape(12).reshape(4, 3), "reshape " * 3, "reshape"),
    (lambda x: x.reshape(12).reshape(3, 4), "reshape reshape", ""),
    (lambda x: x.T.T, "transpose transpose", ""), (lambda x: np.transpose(x, (0, 1)), "transpose", ""),
    (lambda x: np.sum(x, axis=0).reshape(1, 4), "sum reshape", "sum"),
    (lambda x: np.max(x, axis=1).reshape(3, 1), "max reshape", "max"),
    (lambda x: primitive("scale")(x, 2.0), "scale", "multiply"),
    (lambda x: primitive("scale")(3.0, x), "scale", "multiply"),
    (lambda x: primitive("scale")(np.broadcast_to(ad.tensor(2.0), (3, 4)), x), "broadcast_to scale",
     "broadcast_to multiply"),
    (lambda x: primitive("ratio")(x, fixed([3.0] * 4)), "ratio", "divide"),
])  # fmt: skip
def test_forms(function, before, after):
    # What is no primitive any more after several rounds is looked at after as many.
    got = through(lambda program: simplified(simplified(simplified(program))), function, EDGES, others=[(-EDGES,)])
    assert got[0] == before.split()
    assert got[1] == after.split()


@pytest.mark.parametrize("function", [
    lambda x: x + 0, lambda x: x + 0.0, lambda x: x - -0.0, lambda x: x * 0, lambda x: 0.0 * x, lambda x: 0.0 - x,
    lambda x: x - x, lambda x: x / x, lambda x: 0 / x, lambda x: x / -1, lambda x: x - np.max(x), lambda x: -(x - 1),
    lambda x: -(x * 0), lambda x: (-x) * 0, lambda x: -(x / 0), lambda x: -(x * fixed([3, 255, 0, 1], np.uint8)),
    lambda x: (-x) * fixed([-128, 1, 2, 3], np.int8), lambda x: x**3, lambda x: x**0, lambda x: x**-0.5,
    lambda x: x**1.5,
    lambda x: x * fixed([1, 1, 1, 1.0000001]), lambda x: x * fixed(np.ones((1, 3, 4))),
    lambda x: x - fixed(np.zeros((1, 1, 1))),
    lambda x: primitive("scale")(x, np.inf), lambda x: primitive("scale")(x, x), lambda x: primitive("scale")(0.0, x),
    lambda x: primitive("scale")(x, np.nan), lambda x: primitive("ratio")(x, x), lambda x: primitive("ratio")(x, 0.0),
    lambda x: primitive("ratio")(x, np.inf), lambda x: x.astype(np.float32), lambda x: x.reshape(4, 3),
    lambda x: np.transpose(x), lambda x: np.sum(x, axis=0).reshape(2, 2),
    lambda x: np.max(x, axis=0).reshape(4, 1), lambda x: np.argmax(x, axis=0).reshape(1, 4),
    lambda x: np.broadcast_to(x, (2, 3, 4)),
])  # fmt: skip
@pytest.mark.parametrize("x", [EDGES, np.where(np.isnan(EDGES), 0, -EDGES)], ids=["edges", "their negatives"])
def test_what_only_looks_like_an_identity(function, x):
    before, after = through(simplified, function, x)
    assert before == after


@pytest.mark.parametrize(("function", "x"), [
    (lambda x: x * 1.0, np.arange(3)), (lambda x: x / 1, np.arange(3)), (lambda x: x * np.float64(1), np.float32(X)),
    (lambda x: x - 0.0, np.arange(3)), (lambda x: x * -1, np.arange(3)), (lambda x: x * x, np.arange(3)),
    (lambda x: x**2, np.arange(3)), (lambda x: -(x * 2), np.arange(3)),
    (lambda x: fixed(np.ones(3)) - -x, np.uint8([0, 3, 255])),
    (lambda x: fixed(np.ones(3)) + -x, np.int8([0, 3, -128])),
    (lambda x: (-x) * 2.0, np.uint8([0, 3, 255])), (lambda x: x**2, np.array(1.1)), (lambda x: x * x, np.array(1.1)),
])  # fmt: skip
def test_integers_and_other_dtypes_are_left_alone(function, x):
    before, after = through(simplified, function, x)
    assert before == after


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int64])
def test_integers_that_wrap_around_alike(dtype):
    x = np.array([0, 3, 127, -128]).astype(dtype)
    assert through(simplified, lambda x: x + -(x * x), x)[1] == ["multiply", "subtract"]


def test_a_factor_takes_the_sign_with_its_dtype():
    for factor in (2, 2.0, np.float32(2), fixed([1, -2, np.inf], np.float32)):
        program = simplified(traced(lambda x: -(x * factor), np.float32(X)))  # noqa: B023 (called at once)
        assert called(program) == ["multiply"]
        (got,) = constants(program)
        np.testing.assert_array_equal(got, -np.asarray(factor))
        assert np.asarray(got).dtype == np.asarray(factor).dtype


def test_transpositions_are_multiplied():
    def f(x):
        return np.transpose(np.transpose(np.transpose(x, (1, 2, 0)), (2, 1, 0)), (0, 2, 1))

    program = simplified(simplified(traced(f, np.arange(24.0).reshape(2, 3, 4))))
    assert called(program) == []
    program = simplified(traced(lambda x: np.transpose(x.T, (1, 2, 0)), np.arange(24.0).reshape(2, 3, 4)))
    assert [each["axes"] for each in parameters(program, "transpose")] == [(1, 0, 2)]


def test_what_is_used_twice_stays_for_the_other():
    def f(x):
        y = -x
        return -y, y * 2, x - y

    before = traced(f, A)
    after = simplified(before)
    assert sorted(called(after)) == ["add", "multiply"]
    alike(before, after, A)


def test_a_primitive_of_the_users_own_with_a_known_name_is_left_alone():
    @ad.custom(lambda g, x: g)
    def negative(x):
        return x + 1

    assert through(simplified, lambda x: negative(negative(x)), A)[1] == ["negative", "negative"]


@pytest.mark.parametrize("shape", [(0,), (2, 0), (0, 3)])
def test_of_nothing(shape):
    def f(x):
        return (
            -np.negative(x),
            x * 1,
            -(x * 2),
            x.reshape(-1).reshape(x.shape),
            np.sum(x, axis=0).reshape(1, *x.shape[1:]),
            x**2,
        )

    assert "negative" not in through(simplified, f, np.zeros(shape))[1]
