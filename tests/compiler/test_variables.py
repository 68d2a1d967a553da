"""What a step assigns: swaps, several assignments, values that are read before and after, arrays changed in place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autodiff as ad

from .comparing import array_of, compiling, same
from .test_training import follow

A = np.array([1.0, 2.0, 3.0])


def pair() -> list[Any]:
    return [
        ad.tensor([1.0, -2.0, 3.0], requires_grad=True, name="p"),
        ad.tensor([0.5, 0.0, -0.5], requires_grad=True, name="q"),
    ]


def swap(p, q, x):
    p.data, q.data = q.data.copy(), p.data.copy()
    return p * x


def rotate_through_each_other(p, q, x):
    old = p.data * 1.0
    p.data = q.data + x
    q.data = old - p.data


def assign_twice(p, q, x):
    p.data = p.data * 2
    p.data = p.data + x
    return np.sum(p * q)


def assign_and_read(p, q, x):
    before = p * x
    p.data -= x
    after = p * x
    return before, after, after - before


def old_and_new(p, q, x):
    old = p * 1.0
    p.data -= x
    return old, p * 1.0


def the_old_value_itself(p, q, x):
    old = p.data.copy()
    p.data = p.data + x
    return old


def the_new_value_itself(p, q, x):
    p.data = p.data + x
    return p.data.copy(), x + 0


def a_view_of_the_old_value(p, q, x):
    reversed_before = np.copy(p[::-1])
    p.data -= x
    return reversed_before * 1.0, p[::-1] + 0


def one_value_for_two(p, q, x):
    value = p.data + x
    p.data = value.copy()
    q.data = value.copy()


def the_input_itself(p, q, x):
    p.data = x.copy()
    return p + 0


def a_constant(p, q, x):
    p.data = np.zeros(3)
    q.data = np.array([1.0, 2.0, 3.0])
    return p + x


def from_a_view_of_itself(p, q, x):
    p.data = p.data[::-1].copy()
    q.data -= q.data[::-1].copy()


def from_itself_and_back(p, q, x):
    p.data = p.data + x
    p.data = p.data - x


def another_dtype(p, q, x):
    p.data = np.array([1, 2, 3]) + (x > 2)


def one_used_after_the_other_changed(p, q, x):
    loss = np.sum(p * q * x)
    loss.backward()
    p.data -= 0.1 * p.grad
    q.data -= 0.1 * q.grad * p.data
    p.grad = q.grad = None
    return loss


def second_derivatives(p, q, x):
    (gradient,) = ad.gradients(np.sum(p**3 * x), [p], create_graph=True)
    penalty = np.sum(gradient**2)
    penalty.backward()
    p.data -= 0.001 * p.grad
    p.grad = None
    return penalty


def newton(p, q, x):
    hessian = ad.hessian(lambda v: np.sum(v**4 * x**2) + np.sum(v**2))(p.data)
    slope = ad.grad(lambda v: np.sum(v**4 * x**2) + np.sum(v**2))(p.data)
    p.data -= np.linalg.solve(hessian, slope)


def shared(p, q, x):
    tied = [p, q, p]
    loss = sum(np.sum(each * x) ** 2 for each in tied)
    loss.backward()
    for each in dict.fromkeys((p, q)):
        each.data -= 0.01 * each.grad
        each.grad = None
    return loss


STEPS = [
    swap, rotate_through_each_other, assign_twice, assign_and_read, old_and_new, the_old_value_itself,
    the_new_value_itself, a_view_of_the_old_value, one_value_for_two, the_input_itself, a_constant,
    from_a_view_of_itself, from_itself_and_back, another_dtype, one_used_after_the_other_changed,
    second_derivatives, newton, shared,
]  # fmt: skip


def captured(body):
    def make():
        p, q = pair()

        def step(x):
            return body(p, q, x)

        return step, [p, q]

    return make


@pytest.mark.parametrize("in_memory", [False, True])
@pytest.mark.parametrize("body", STEPS)
def test_captured_variables(body, in_memory):
    with compiling(in_order=True, in_memory=in_memory):
        follow(captured(body), [(A,), (-A,), (A / 3,), (A,)])


@pytest.mark.parametrize("in_memory", [False, True])
@pytest.mark.parametrize("body", STEPS)
def test_variables_that_are_passed(body, in_memory):
    """One compiled function for many pairs; each pair is a world of its own."""
    with compiling(in_order=True, in_memory=in_memory):
        step = ad.compile(body)
        for seed in range(3):
            there, here = pair(), pair()
            for each in (*there, *here):
                each.data += seed
            for x in (A, -A):
                same(step(*here, x), body(*there, x), exact=False)
                for first, second in zip(here, there, strict=True):
                    same([first.numpy(), first.grad], [second.numpy(), second.grad], exact=False)


@pytest.mark.parametrize("body", STEPS)
def test_one_tensor_in_two_places(body):
    """What was compiled for two tensors is no program for one that is passed twice."""
    step = ad.compile(body)
    step(*pair(), A)
    (there, _), (here, _) = pair(), pair()
    same(step(here, here, A), body(there, there, A), exact=False)
    np.testing.assert_allclose(array_of(here), array_of(there))


def normalised(x, mean, variance, gain):
    m, v = np.mean(x, axis=0), np.var(x, axis=0)
    mean.data = 0.9 * mean.data + 0.1 * m.data
    variance.data = 0.9 * variance.data + 0.1 * v.data
    return gain * (x - m) / np.sqrt(v + 1e-5)


def test_batch_normalisation_with_moving_averages():
    def make():
        mean, variance = ad.tensor(np.zeros(3), name="mean"), ad.tensor(np.ones(3), name="variance")
        gain = ad.tensor(np.ones(3), requires_grad=True, name="gain")
        W = ad.tensor(np.eye(3), requires_grad=True, name="W")

        def step(x):
            loss = np.mean(normalised(x @ W, mean, variance, gain) ** 4)
            loss.backward()
            for each in (W, gain):
                each.data -= 0.1 * each.grad
                each.grad = None
            return loss

        return step, [mean, variance, gain, W]

    rng = np.random.default_rng(0)
    follow(make, [(rng.standard_normal((8, 3)),) for _ in range(5)])


@pytest.mark.parametrize("draw", [
    lambda rng, x: ad.dropout(x, 0.5, rng), lambda rng, x: x + ad.normal(rng, size=x.shape),
    lambda rng, x: ad.uniform(rng, x, x + 1), lambda rng, x: x * (ad.uniform(rng, size=3) > 0.5),
])  # fmt: skip
@pytest.mark.parametrize("passed", [False, True])
def test_a_generator_draws_the_same_stream(draw, passed):
    def make():
        rng = np.random.default_rng(5)
        w = ad.tensor(np.ones(3), requires_grad=True, name="w")

        def step(x, *given):
            loss = np.sum(draw(given[0] if given else rng, w * x) ** 2)
            loss.backward()
            w.data -= 0.1 * w.grad
            w.grad = None
            return loss

        return (lambda x: step(x, rng)) if passed else step, [w, rng]

    follow(make, [(A,), (-A,), (A,), (A,)])


def test_a_passed_generator_is_asked_itself():
    def make():
        rng = np.random.default_rng(5)

        def step(x, rng):
            noise = rng.normal(size=x.shape) + rng.standard_normal(3) * rng.random()
            rng.random(2)  # nobody uses it; the stream goes on all the same
            kept = rng.random(3) > 0.5
            return x * noise * kept, x[rng.permutation(3)], x[rng.integers(0, 3, size=2)]

        return step, [rng]

    (eager, (there,)), (function, (here,)) = make(), make()
    step = ad.compile(function)
    for _ in range(4):
        same(step(A, here), eager(A, there))
        assert here.bit_generator.state == there.bit_generator.state


def test_an_array_of_the_callers_is_changed_in_place():
    def update(w, g):
        w -= 0.1 * g
        w *= 2
        return w + 1

    step = ad.compile(update)
    there, here = A.copy(), A.copy()
    view = here[:1]
    for g in (A, -A, A):
        same(step(here, g), update(there, g))
        same([here, view], [there, there[:1]])
