"""When a program is made again, and what a compiled function leaves as it was when something goes wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autodiff as ad

from .comparing import agree, counting, same

A = np.array([1.0, -2.0, 3.0])


def test_a_known_kind_of_call_is_not_traced_again():
    step = ad.compile(lambda x, n: x * n)
    with counting() as traces:
        for _ in range(3):
            for n in (2, 3):
                same(step(A, n), A * n)
    assert traces.call_count == 2


@pytest.mark.parametrize("first", [1, 1.0, True, "a", None, 0.0, -0.0, float("nan"), float("inf"), 2**70, (), [], {}])
@pytest.mark.parametrize("second", [2, 0.0, -0.0, False, "b", None, float("nan"), -1.0, (1,), [1], {"a": 1}])
def test_python_values_count_by_value(first, second):
    def f(x, option):
        with np.errstate(all="ignore"):
            if isinstance(option, float):
                return x * option, 1 / (x * 0 + option)
            return x, repr(option)

    agree(f, [(A, first), (A, second), (A, first)])


def test_nan_is_one_value():
    step = ad.compile(lambda x, n: x * n)
    with counting() as traces:
        for n in (float("nan"), float("nan"), -float("nan"), np.nan):
            same(step(A, n), A * n)
    assert traces.call_count == 1


def test_numpy_numbers_count_by_dtype():
    step = ad.compile(lambda x, rate: x * rate)
    with counting() as traces:
        for rate in (0.1, 0.2, 0.3):
            same(step(A, np.float32(rate)), A * np.float32(rate))
            same(step(A, np.array(rate, np.float32)), A * np.float32(rate))
    assert traces.call_count == 2  # a number is not changed in place, an array without axes is
    same(step(A.astype(np.float32), np.float64(2)), A.astype(np.float32) * np.float64(2))


@pytest.mark.parametrize("other", [
    A[:2], A.astype(np.float32), A[None], A.astype(np.int64), A[:0], A > 0, np.array(2.0), np.float64(2), 2.0, 2,
    ad.tensor(A), ad.tensor(A, requires_grad=True), ad.tensor(A, name="x"),
])  # fmt: skip
def test_shape_dtype_and_kind(other):
    def f(x):
        return x * 2 + 1, np.sum(x), np.exp(x * 1.0)

    agree(f, [(A,), (other,), (A,), (other,)])


@pytest.mark.parametrize("values", [
    ([A, A], (A, A), [A], [[A], A], [A, [A]]), ({"a": A, "b": -A}, {"b": A, "a": -A}, {"a": A, "c": -A}, {"a": A}),
    ({"a": A, "b": 2}, {"a": 2, "b": A}, {1: A, "b": 2}), ([A, None], [None, A], [A, A]), ([A, 1], [A, 1.0], [A, True]),
    ([[], A], [A, []], [(), A]), ([A, "x"], [A, "y"], ["x", A]),
])  # fmt: skip
def test_structure(values):
    def doubled(each):
        return each * 2 if isinstance(each, (np.ndarray, ad.Tensor, float)) else each

    agree(lambda tree: mapped(doubled, tree), [(each,) for each in values * 2])


def mapped(function: Any, tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: mapped(function, each) for key, each in tree.items()}
    return type(tree)(mapped(function, each) for each in tree) if isinstance(tree, (list, tuple)) else function(tree)


def test_values_that_cannot_be_looked_up_are_no_others():
    """A set that has come into the place of an older one in memory is another one."""
    step = ad.compile(lambda x, chosen: x * sum(chosen))
    for n in range(20):
        same(step(A, {n}), A * n) if n < 7 else None


def test_an_option_that_was_changed_in_between():
    step = ad.compile(lambda x, chosen: x * sum(chosen))
    chosen = {1}
    for n in range(2, 5):
        same(step(A, chosen), A * sum(chosen))
        chosen.add(n)


def test_a_captured_tensor_that_begins_or_ceases_to_require_a_gradient():
    def make():
        w = ad.tensor(A, requires_grad=True, name="w")

        def f(x):
            loss = np.sum(w * x * x)
            if loss.requires_grad:
                w.grad = None
                loss.backward()
            return loss

        return w, f

    (w, f), (w_there, f_there) = make(), make()
    step = ad.compile(f)
    for requires in (True, False, True, True):
        for each in (w, w_there):
            each.requires_grad = requires
            each.grad = None
        f_there(A)
        step(A)
        same(w.grad, w_there.grad)


def test_recording_is_part_of_the_kind():
    w = ad.tensor(A, requires_grad=True, name="w")
    step = ad.compile(lambda x: w * x)
    for _ in range(2):
        with ad.no_grad():
            assert not step(A).requires_grad
        np.sum(step(A)).backward()
    same(w.grad, 2 * A)


def test_too_many_kinds_are_told():
    step = ad.compile(lambda x, rate: x * rate)
    with pytest.warns(UserWarning, match="traced 9 times"):
        for n in range(12):
            same(step(A, n / 8), A * (n / 8))
    same(step(A, 0.0), A * 0.0)
