"""What a compiled call hands out: arrays of the caller's own, in the structure, types and dtypes of eager results."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np
import pytest

import autodiff as ad
from autodiff.tree import leaves

from .comparing import agree, array_of, compiling, same

A = np.array([[1.0, -2.0, 3.0], [0.5, 0.0, -0.5]])
Pair = namedtuple("Pair", ["first", "second"])

# Structures, aliases and constants


def nested(x, y):
    return {"sum": x + y, "list": [x * y, (x - y, "words", 7, None)], "pair": Pair(x * 2, 3.5), "empty": [], "n": None}


RETURNING: list[Any] = [
    nested,
    lambda x, y: x, lambda x, y: (x, x), lambda x, y: x.T, lambda x, y: (x, x.T, x[0], x[:, 1:], x.reshape(-1)),
    lambda x, y: (x + y, x + y), lambda x, y: [x + 1, (x + 1).T, (x + 1)[0]],
    lambda x, y: np.broadcast_to(x, (2, 2, 3)), lambda x, y: (np.zeros(3), x + y),
    lambda x, y: (np.zeros((2, 3)) + 1, x), lambda x, y: np.zeros_like(x),
    lambda x, y: np.ones(x.shape) * 2, lambda x, y: (), lambda x, y: None, lambda x, y: x.shape, lambda x, y: 3,
    lambda x, y: np.diagonal(x), lambda x, y: np.squeeze(x[None]), lambda x, y: np.swapaxes(x, 0, 1),
    lambda x, y: np.expand_dims(x, 0), lambda x, y: np.split(x, 3, axis=1), lambda x, y: np.moveaxis(x, 0, 1),
    lambda x, y: x.ravel(), lambda x, y: np.flip(x), lambda x, y: np.rot90(x), lambda x, y: np.atleast_3d(x),
    lambda x, y: np.sum(x), lambda x, y: [np.sum(x), np.sum(x)], lambda x, y: x[1, 2], lambda x, y: np.max(x, axis=0),
    lambda x, y: (x > 0, np.argmax(x), x.astype(np.float32), x == y), lambda x, y: [x > 0, ~(x > 0), x > 0],
    lambda x, y: ad.stop_gradient((x, x * 2)), lambda x, y: np.copy(x), lambda x, y: ad.grad(lambda v: np.sum(v))(x),
    lambda x, y: ad.value_and_grad(lambda v: np.sum(v * v))(x), lambda x, y: ad.grad(np.sum)(x) + ad.grad(np.sum)(y),
]  # fmt: skip
returning = pytest.mark.parametrize("function", RETURNING)
in_memory = pytest.mark.parametrize("in_memory", [False, True])


@in_memory
@returning
def test_results_are_those_of_eager_calls(function, in_memory):
    with compiling(in_order=True, in_memory=in_memory):
        agree(function, [(A, A + 1), (-A, A * 2), (A * 3, A)])


@in_memory
@returning
def test_results_belong_to_the_caller(function, in_memory):
    """They share memory where eager results do, and never with those of another call; whoever may write, may."""
    with compiling(in_order=True, in_memory=in_memory):
        step = ad.compile(function, check=False)
        earlier: list[Any] = []
        for x, y in [(+A, A + 1), (-A, +A), (+A, +A)]:
            expected = [x, y, *leaves(function(x, y))]
            got = [x, y, *leaves(step(x, y))]
            assert sharing(got) <= sharing(expected)
            assert not sharing([*earlier, *got[2:]]) - sharing(got[2:], len(earlier)) - sharing(earlier)
            for first, second in zip(got, expected, strict=True):
                assert not isinstance(second, np.ndarray) or first.flags.writeable >= second.flags.writeable
            earlier += got[2:]


def sharing(values: list[Any], start: int = 0) -> set[tuple[int, int]]:
    """The places of values, counted from `start`, that share memory."""
    arrays = [(i, array_of(each)) for i, each in enumerate(values, start) if hasattr(each, "dtype")]
    return {(i, j) for i, x in arrays for j, y in arrays if i < j and np.shares_memory(x, y)}


# Values at the edges

EDGES = [
    np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 5e-324, 1e308]), np.array(-0.0), np.array(np.nan),
    np.zeros((0,)), np.zeros((2, 0)), np.ones((0, 1)),
]  # fmt: skip
IDENTITIES: list[Any] = [
    lambda x: x + 0, lambda x: 0 + x, lambda x: x - 0.0, lambda x: x - -0.0, lambda x: 0.0 - x, lambda x: x * 1,
    lambda x: x * 0, lambda x: x * -1, lambda x: -1.0 * x, lambda x: x / 1, lambda x: x / -1, lambda x: 0 * x,
    lambda x: -np.negative(x), lambda x: -(x - 1), lambda x: -(x * 2), lambda x: -(2 / x), lambda x: -(x / 2),
    lambda x: x - x,
    lambda x: (-x) * 3, lambda x: 3 * (-x), lambda x: x + (-x), lambda x: (-x) + x, lambda x: (-x) + (-x),
    lambda x: x - (-x), lambda x: x**2, lambda x: x**0.5, lambda x: x**-1, lambda x: x**1, lambda x: x**0,
    lambda x: x**3, lambda x: x**-0.5, lambda x: np.power(x, 2), lambda x: np.power(x, 0.5), lambda x: np.power(x, -1),
    lambda x: np.square(x), lambda x: x * x, lambda x: x / x, lambda x: np.reciprocal(x), lambda x: 1 / x,
    lambda x: np.sqrt(x * x), lambda x: 2 * (3 * x), lambda x: (x * 2) * 0.5, lambda x: np.where(x > 0, x, x),
    lambda x: np.maximum(x, 0), lambda x: np.sum(x, keepdims=True), lambda x: np.sum(x[..., None], axis=-1),
    lambda x: np.broadcast_to(x, (1, *x.shape)) * 2, lambda x: np.mean(x) if x.size else x, lambda x: x.T.T,
    lambda x: x.astype(np.float64), lambda x: x.astype(np.float32).astype(np.float64), lambda x: +x, lambda x: x % 1,
    lambda x: np.exp(x) - np.exp(x), lambda x: np.abs(-x), lambda x: x // 1, lambda x: np.sign(x) * x,
    lambda x: np.prod(x), lambda x: np.cumsum(x), lambda x: ad.softmax(x.reshape(-1)) if x.size else x,
]  # fmt: skip
at_the_edges = pytest.mark.parametrize("x", EDGES, ids=[f"{each.shape}{each.size and ''}" for each in EDGES])


@in_memory
@at_the_edges
@pytest.mark.parametrize("function", IDENTITIES)
def test_values_at_the_edges(function, x, in_memory):
    """Zeros keep their signs, and no identity holds but for what is NaN, infinite or empty."""
    with np.errstate(all="ignore"), compiling(in_order=True, in_memory=in_memory):
        agree(function, [(x,), (x + 1,), (x,)])


@at_the_edges
@pytest.mark.parametrize("function", IDENTITIES)
def test_gradients_at_the_edges(function, x):
    def gradient(x, weights):
        return ad.grad(lambda v: np.sum(function(v) * weights))(x)

    with np.errstate(all="ignore"), compiling(in_order=True, in_memory=True):
        shape = np.shape(function(x))
        weights = np.resize([0.0, -1.0, 2.0], shape)
        agree(gradient, [(x, weights), (x, weights + 1), (x, weights)])


@pytest.mark.parametrize(("size", "function"), [
    (1e30, lambda x: 1e-30 * (1e-30 * x)), (1e-37, lambda x: 1e30 * (1e30 * x)), (1e5, lambda x: 1e30 * (x * 1e-30)),
    (1e-5, lambda x: 1e-30 * (x * 1e30)),
    (1.0, lambda x: 1e30 * ((x * 1e-35).reshape(1, -1) @ (x * 1e10).reshape(-1, 1))),
    (1e-30, lambda x: 1e20 * (x.reshape(-1, 1) @ np.full((1, 3), np.float32(1e20)))),
    (1e30, lambda x: 1e-30 * (x.reshape(-1, 1) @ np.full((1, 30), np.float32(1e-20)))),
    (1e20, lambda x: 1e20 * (x.reshape(-1, 1) @ np.full((1, 30), np.float32(1e-38)))),
    (1e20, lambda x: np.sum(x * 1e-20 * x * 1e-10)),
    (1e15, lambda x: np.sum(x.reshape(1, 3) * np.ones((9, 1)), axis=0)),
])  # fmt: skip
def test_reordered_arithmetic_leaves_no_range(size, function):
    """Where no step of the eager arithmetic overflows or underflows, none of the program's does."""
    step = ad.compile(function)
    for sign in (1, -1, 1):
        x = np.array([sign * size, -size, size / 3], np.float32)
        np.testing.assert_allclose(step(x), function(x), rtol=1e-5)


@pytest.mark.parametrize("function", [
    lambda x: 2 ** (x + 1), lambda x: (x + 1) ** 3.3, lambda x: (x + 1) ** x, lambda x: (x + 1) ** 2,
    lambda x: (x + 1) ** 3, lambda x: np.power(x + 1, -2), lambda x: np.exp(x + 1) * np.log(x + 2),
    lambda x: (x + 1) % (x / 3 + 0.1),
    lambda x: (x + 1) // (x / 7 + 0.1), lambda x: np.hypot(x + 1, x), lambda x: np.arctan2(x + 1, x),
])  # fmt: skip
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_numbers_round_as_arrays_without_axes_do(function, dtype):
    """NumPy's operators compute some numbers in another way than its functions compute arrays."""
    numbers = np.random.default_rng(0).uniform(0, 3, 200).astype(dtype)
    with compiling(in_order=True, in_memory=False):
        agree(lambda x: function(ad.tensor(x)), [(np.array(each),) for each in numbers])


# Dtypes


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8, np.uint8, np.int64, np.bool_])
@pytest.mark.parametrize("function", [
    lambda x: -(2 * x), lambda x: -(x / 2), lambda x: x * -1, lambda x: 3 - x, lambda x: x * 0.5, lambda x: x + 1,
    lambda x: x**2, lambda x: x * x, lambda x: np.mean(x), lambda x: np.sum(x, axis=0), lambda x: x / np.float32(3),
    lambda x: x * np.float64(3), lambda x: x + np.ones(3), lambda x: np.where(x > 1, x, 0), lambda x: x // 2,
    lambda x: 2**x, lambda x: np.maximum(x, 2), lambda x: -np.negative(x), lambda x: (-x) * 2,
    lambda x: x + np.arange(3),
    lambda x: np.array([1, 2, 3]) * x, lambda x: x * True, lambda x: np.exp(x), lambda x: np.cumsum(x), lambda x: x % 2,
    lambda x: np.sum(np.broadcast_to(x, (4, 3)), axis=0), lambda x: [x < 1, x & 1 if x.dtype.kind in "iub" else x],
])  # fmt: skip
def test_dtypes_are_those_of_eager_calls(function, dtype):
    x = np.array([0, 1, 3]).astype(dtype)
    calls = [(x,), (x[::-1],), (x + x,)]
    with np.errstate(all="ignore"):
        try:
            function(ad.tensor(x))
        except (TypeError, OverflowError) as error:
            with pytest.raises(type(error)):
                ad.compile(function)(x)
        else:
            agree(function, calls, exact=False)


def test_a_float32_program_stays_one_with_python_numbers_and_numpy_numbers():
    def loss(x, rate):
        h = np.tanh(x * 0.1 + 1) ** 2 / 3
        return rate * np.mean(h) + 1e-3 * np.sum(ad.relu(x)) + np.var(x)

    calls = [(A.astype(np.float32), np.float32(rate)) for rate in (0.1, 0.2)]
    step = agree(ad.value_and_grad(loss), calls, exact=False)
    assert {node.dtype.name for node in step.graph.nodes} <= {"float32", "bool"}


# Arrays as they come


@pytest.mark.parametrize("arrange", [
    lambda a: a, lambda a: np.asfortranarray(a), lambda a: a[::-1, ::-1], lambda a: np.repeat(a, 2, 1)[:, ::2],
    lambda a: np.broadcast_to(a[:1], a.shape), lambda a: a.astype(">f8"), lambda a: np.array(a.T).T,
])  # fmt: skip
@in_memory
def test_arrays_may_lie_in_memory_in_any_way(arrange, in_memory):
    def f(x, y):
        return np.tanh(x) * y + x @ y.T @ x, np.sum(x * y, axis=0), x.T.reshape(-1)

    with compiling(in_order=False, in_memory=in_memory):
        step = ad.compile(f)
        for x, y in [(A, A), (arrange(A), A), (arrange(A), arrange(A)), (A, arrange(A))]:
            same(step(x, y), f(x, y), exact=False)


def test_tensors_come_out_where_tensors_go_in():
    c = ad.tensor([1.0, 2.0], name="c")

    def f(x, t):
        return x * 2, t * 2, x * t, x * c, c * 2, {"c": c}

    agree(f, [(np.array([v, 1.0]), ad.tensor([v, 3.0])) for v in (1.0, 2.0, 3.0)])
