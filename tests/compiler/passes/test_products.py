"""Transposes into products: (A Bᵀ)ᵀ is B Aᵀ. Values are whole numbers, which no order of additions rounds."""

from __future__ import annotations

import numpy as np
import pytest

import autodiff as ad
from autodiff.compiler.passes.identities import simplified
from autodiff.compiler.passes.products import multiplied

from .around import WHOLE, alike, called, through, traced

B = np.array([[1.0, 0.0], [2.0, -1.0], [3.0, 5.0]])


@pytest.mark.parametrize(("function", "before", "after"), [
    (lambda x, y: (x @ y).T, 1, 2), (lambda x, y: (y.T @ x.T).T, 3, 0), (lambda x, y: (x @ x.T).T, 2, 1),
    (lambda x, y: (y.T @ x[:1].T).T * 2, 3, 0), (lambda x, y: np.transpose(y.T @ x.T, (1, 0)), 3, 0),
    (lambda x, y: np.swapaxes(y.T @ x.T, 0, -1), 3, 0), (lambda x, y: ((y.T @ x.T) @ x).T, 3, 1),
])  # fmt: skip
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.int8])
def test_transposed_products(function, before, after, dtype):
    """What is transposed afterwards are operands."""

    def change(program):
        for each in (simplified, multiplied) * 2:
            program = each(program)
        return program

    x, y = WHOLE.astype(dtype), B.astype(dtype)
    got = through(change, function, x, y, others=[(-x, y)])
    assert [names.count("transpose") for names in got] == [before, after]
    program = change(traced(function, x, y))
    turned = [node.inputs[0] for node in program.equations() if node.primitive.name == "transpose"]
    assert all(each in program.inputs for each in turned)


@pytest.mark.parametrize("function", [
    lambda x, y: [z := x @ y, z.T], lambda x, y: [z := x @ y, z.T * 2, z * 3][1:],
    lambda x, y: np.transpose(x @ y, (0, 1)),
    lambda x, y: np.swapaxes(np.stack([x, x]) @ y, 1, 2), lambda x, y: (np.stack([x, x]) @ y).T,
    lambda x, y: (x @ y[:, 0]).T, lambda x, y: (x * 2).T, lambda x, y: (x[0] @ y).T, lambda x, y: (x @ y).reshape(2, 2),
    lambda x, y: (x[0] @ np.stack([y, y])).T, lambda x, y: (np.stack([x, x]) @ y[:, 0]).T,
    lambda x, y: np.einsum("ij,jk->ik", x, y).T,
])  # fmt: skip
def test_what_is_used_twice_or_is_no_product_of_matrices_is_left_alone(function):
    before, after = through(multiplied, function, WHOLE, B)
    assert before == after


def test_a_transpose_used_twice_turns_its_product_once():
    def f(x, y):
        z = (x @ y).T
        return z * 2, z * 3

    assert through(multiplied, f, WHOLE, B)[1].count("matmul") == 1


def test_an_operand_that_is_transposed_in_name_only_is_transposed():
    through(multiplied, lambda x, y: (np.transpose(x, (0, 1)) @ np.transpose(y, (-2, -1))).T, WHOLE, B)


def test_dtypes_that_differ_stay():
    program = multiplied(traced(lambda x, y: (x @ y).T, WHOLE.astype(np.float32), B))
    alike(traced(lambda x, y: (x @ y).T, WHOLE.astype(np.float32), B), program, WHOLE.astype(np.float32), B)
    assert {node.dtype for node in program.equations() if node.primitive.name == "matmul"} == {np.dtype(np.float64)}


@pytest.mark.parametrize("shapes", [((0, 3), (3, 2)), ((2, 0), (0, 2)), ((2, 3), (3, 0)), ((1, 1), (1, 1))])
def test_of_nothing_and_of_one(shapes):
    first, second = map(np.ones, shapes)
    through(multiplied, lambda x, y: (x @ y).T, first, second)


def test_what_is_not_finite_goes_through():
    x = np.array([[np.inf, 1.0], [np.nan, 0.0]])
    through(multiplied, lambda x: (x @ x.T).T, x, exact=False)


def test_a_gradient_by_weights_has_no_transpose_at_its_end():
    def loss(w, x):
        return np.sum((w.T @ x) ** 2)

    before = traced(ad.grad(loss), B, WHOLE.T[:, :1])
    after = simplified(multiplied(simplified(before)))
    alike(before, after, B, WHOLE.T[:, :1])
    assert called(after)[-1] == "matmul" or called(before)[-1] != "transpose"
