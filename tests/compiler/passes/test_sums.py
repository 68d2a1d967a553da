"""Sums as products with ones, and as scalar products; values are whole numbers, which no order of additions rounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autodiff as ad
from autodiff.compiler.passes.sums import LONGEST, summed

from .around import EDGES, WHOLE, called, fixed, primitive, run, through, traced


def total(x, axis=None, keepdims=False):
    return primitive("sum")(x, axis=axis, keepdims=keepdims)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [0, 1, -1, -2])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_over_rows_and_columns(axis, keepdims, dtype):
    x = WHOLE.astype(dtype)
    before, after = through(summed, lambda x: total(x, axis, keepdims), x, others=[(-x,), (x.T.copy().T,)])
    assert (before, after) == (["sum"], ["matmul"])


@pytest.mark.parametrize(("function", "name"), [
    (lambda x, y: total(x * y), "vdot"), (lambda x, y: total(np.square(x)), "vdot"),
    (lambda x, y: total(y * y), "vdot"),
    (lambda x, y: total(x[0] * y[0], 0), "vdot"), (lambda x, y: total(x[0] * y[1], -1), "vdot"),
    (lambda x, y: total(x.T * y.T), "vdot"), (lambda x, y: total(x[:1], 0), "reshape"),
    (lambda x, y: total(x[:1], 0, True), "reshape"), (lambda x, y: total(x[:, None], (1,)), "reshape"),
    (lambda x, y: total(x[:1, :1]), "reshape"), (lambda x, y: total(x[0, 0]), "reshape"),
])  # fmt: skip
def test_of_products_and_of_one(function, name):
    before, after = through(summed, function, WHOLE, WHOLE + 1)
    assert after[-1] == name and "sum" in before and "sum" not in after and not {"multiply", "square"} & {*after}


@pytest.mark.parametrize("function", [
    lambda x: total(x), lambda x: total(x[0], 0), lambda x: total(np.exp(x)), lambda x: total(x * 2),
    lambda x: total(x * x, None, True), lambda x: total(x * x[:1]), lambda x: total(x[:, :1] * x),  # they broadcast
    lambda x: [y := x * x, total(y)], lambda x: [y := x * x, total(y) + y][1],  # the product is needed anyway
    lambda x: total(x * fixed(WHOLE[0])), lambda x: total(np.stack([x, x]), 0),
    lambda x: total(np.stack([x, x]), (0, 1)),
    lambda x: total(x, (0, 1)), lambda x: total(x.astype(np.int64), 0), lambda x: total(x.astype(np.int8), 0),
    lambda x: total(x > 0, 0), lambda x: total(x.astype(np.float16), 0), lambda x: np.cumsum(x, axis=0),
    lambda x: np.max(x, axis=0), lambda x: total(x.astype(np.int64) * x.astype(np.int64)),
])  # fmt: skip
def test_left_alone(function):
    before, after = through(summed, function, WHOLE)
    assert before == after


@pytest.mark.parametrize(("function", "x"), [
    (lambda x: total(x, 0), np.ones((LONGEST + 1, 2))), (lambda x: total(x, 1), np.ones((2, LONGEST + 1))),
    (lambda x: total(x * x), np.ones(LONGEST + 1)), (lambda x: total(x * x), np.ones((2, LONGEST // 2 + 1))),
])  # fmt: skip
def test_long_sums_stay_numpys(function, x):
    before, after = through(summed, function, x)
    assert before == after


@pytest.mark.parametrize("axis", [0, 1])
def test_what_is_not_finite_spoils_its_own_sum_only(axis):
    through(summed, lambda x: total(x, axis), EDGES[:2], others=[(-EDGES[:2],)], exact=False)
    through(summed, lambda x: total(x * x), EDGES[:2], exact=False)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (0, 0), (1, 0), (0, 1)])
def test_of_nothing(shape):
    def f(x):
        return [total(x * x), *(total(x, axis) for axis in range(x.ndim))]

    through(summed, f, np.ones(shape))


def test_a_sum_of_minus_zeros_keeps_its_sign_or_is_zero():
    """As the module says: not to the bit, but equal."""
    program = summed(traced(lambda x: total(x, 0), np.full((2, 2), -0.0)))
    np.testing.assert_array_equal(run(program, np.full((2, 2), -0.0))[0], [0, 0])


def test_ones_are_made_once_for_each_shape_and_dtype():
    def f(x):
        return total(x, 0), total(x * 2, 0), total(x.astype(np.float32), 0), total(x, 1), total(x, 1, True)

    program = summed(traced(f, WHOLE))
    ones = {each for node in program.equations() for each in node.inputs if getattr(each, "name", None) == "ones"}
    assert len(ones) == 4 and called(program).count("matmul") == 5
    assert {(each.shape, each.dtype.name) for each in ones} == {
        ((2,), "float64"), ((2,), "float32"), ((3,), "float64"), ((3, 1), "float64"),
    }  # fmt: skip


@given(
    rows=st.integers(0, 5), columns=st.integers(0, 5), axis=st.sampled_from([None, 0, 1, -1]), keepdims=st.booleans()
)
def test_all_small_shapes(rows, columns, axis, keepdims):
    x = np.arange(1.0, rows * columns + 1).reshape(rows, columns)
    through(summed, lambda x: (total(x, axis, keepdims), total(x * x, axis, keepdims)), x, others=[(-x,)])


def test_what_cancels_may_round_in_another_way():
    """As the gradient by a bias before batch normalisation does: it is 0, but for rounding."""
    step = ad.compile(lambda x: total(x - np.mean(x, axis=0), 0))
    for _ in range(2):
        np.testing.assert_allclose(step(np.random.default_rng(0).standard_normal((32, 8))), 0, atol=1e-12)
