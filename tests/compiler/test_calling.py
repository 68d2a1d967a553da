"""Functions of all kinds, under all names, called in all ways."""

from __future__ import annotations

import functools
import inspect
import threading
from typing import Any

import numpy as np
import pytest

import autodiff as ad
from autodiff.tree import leaves

from .comparing import agree, alone, counting, same

A = np.array([1.0, -2.0, 3.0])


def with_defaults(x, y=2.0, *more, scale=3, **named):
    return x * y * scale + sum(more) + sum(named.values())


def test_arguments_are_given_in_any_way():
    step = ad.compile(with_defaults)
    ways: list[Any] = [
        ((A,), {}), ((A, A), {}), ((A, A, A, A), {"scale": A}), ((), {"x": A}), ((A,), {"y": A, "b": A, "a": 2 * A}),
        ((A, 1.0, 2.0), {}), ((A,), {"a": A, "y": A, "b": A}), ((A,), {"scale": 3}),
    ]  # fmt: skip
    for _ in range(2):
        for args, kwargs in ways:
            same(step(*args, **kwargs), with_defaults(*args, **kwargs))
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        step()
    with pytest.raises(TypeError, match="multiple values"):
        step(A, x=A)


class Model:
    """A model whose step is compiled in all ways in which a method can be."""

    def __init__(self) -> None:
        self.w = ad.tensor(A, requires_grad=True, name="w")
        self.bound = ad.compile(self.plain)

    def plain(self, x):
        self.w.data -= 0.1 * x
        return self.w * x

    decorated = ad.compile(plain)

    @staticmethod
    @ad.compile
    def static(x):
        return x * 2

    def __call__(self, x):
        return self.plain(x)


def test_methods():
    models = [Model(), Model()]
    eager = Model()
    for sign in (1, -1, 1):
        expected = eager.plain(sign * A)
        for model in models:
            same(model.bound(sign * A).detach(), expected.detach())
            same(model.w.numpy(), eager.w.numpy())
    for sign in (1, -1, 1):
        expected = eager.plain(sign * A)
        for model in models:
            same(model.decorated(sign * A).detach(), expected.detach())
            same(model.w.numpy(), eager.w.numpy())
    same(Model.static(A), A * 2)
    same(ad.compile(eager)(A).detach(), models[0].plain(A).detach())


@pytest.mark.parametrize("function", [
    lambda x: x * 2, functools.partial(lambda y, x: x * y, 2.0), functools.partial(np.multiply, 2.0), np.tanh, np.sum,
    ad.softmax, ad.grad(np.sum), functools.lru_cache(lambda x=None: None) and (lambda x: -x), ad.compile(np.exp),
])  # fmt: skip
def test_callables(function):
    agree(function, [(A,), (-A,), (A,)])


def test_it_looks_like_the_function():
    def f(x: int, y: float = 2.0) -> float:
        """Doc."""
        return x * y

    step = ad.compile(f)
    assert (step.__name__, step.__doc__, step.__wrapped__) == ("f", "Doc.", f)
    assert step.__module__ == f.__module__
    assert inspect.signature(step) == inspect.signature(f)
    options = ad.compile(check=False)(f)
    same(options(A), f(A))
    with pytest.raises(RuntimeError, match="was not called yet"):
        _ = step.source
    with pytest.raises(ValueError, match="backend"):
        ad.compile(f, backend="fortran")


@pytest.mark.parametrize("name", [
    "np", "lambda", "class", "None", "print", "scale", "unbroadcast", "math", "_", "f", "x", "w", "sum", "step_2",
    "value", "out", "match", "β", "array_1",
])  # fmt: skip
def test_any_name_will_do(name):
    w = ad.tensor(A, requires_grad=True, name=name)
    v = ad.tensor(A, requires_grad=True, name=name)

    def f(x):
        with ad.scope(name):
            return ad.gradients(np.sum(np.abs(w * v) * x / np.maximum(x, 2)), [w, v])[0] * 2 + ad.softmax(w * x)

    f.__name__ = f.__qualname__ = name
    step = ad.compile(f)
    for sign in (1, -1, 1):
        expected = f(sign * A)
        same(step(sign * A).detach(), expected.detach())
    alone(step)


@pytest.mark.parametrize("names", [
    ("a b", "a_b"), ("x²", "x2"), ("µ", "μ"), ("ﬁ", "fi"), ("1", "_1"), ("", "é"), ("__0__", "__1__"), ("a", "a_2"),
    ("a" * 300, "a"), ("a\nb", "'''"), ("np", "numpy"),
])  # fmt: skip
def test_names_of_tensors_become_names_in_python(names):
    first, second = [ad.tensor(A * (i + 1), name=name) for i, name in enumerate(names)]
    agree(lambda x: (first * x - second, np.tanh(first) * second), [(A,), (-A,)])


# Calls within calls


def test_recursion():
    @ad.compile
    def power(x, n):
        return x * power(x, n - 1) if n else x * 0 + 1

    for n in (3, 2, 5, 3):
        np.testing.assert_array_equal(power(A, n), A**n)


def test_compiled_functions_are_parts_of_others():
    inner = ad.compile(lambda x: np.tanh(x) * 2)
    outer = ad.compile(lambda x: inner(x) + inner(x * 2))
    with counting() as traces:
        for sign in (1, -1, 1):
            same(outer(sign * A), np.tanh(sign * A) * 2 + np.tanh(sign * A * 2) * 2)
    assert traces.call_count <= 3  # the outer one, and the inner one in the eager call
    assert "inner" not in outer.source


def test_threads_share_a_compiled_function():
    w = ad.tensor(A, requires_grad=True, name="w")
    big = np.linspace(-1, 1, 30_000).reshape(-1, 3)

    def f(x):
        return np.sum(np.tanh(x * w) ** 2, axis=0) * x[0]

    step = ad.compile(f)
    wrong: list[Any] = []

    def work(k):
        for n in range(10):
            x = big * (k + n)
            try:
                same(step(x).detach(), f(x).detach(), exact=False)
            except BaseException as error:
                wrong.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not wrong


def test_values_that_lead_back_to_themselves():
    """Looking for names does not go round in circles."""
    circle: dict[str, Any] = {}
    circle["self"] = [circle]

    def f(x):
        own = [x]
        own.append(own)
        circle["x"] = None
        return x * 2

    agree(f, [(A,), (-A,)])


CONTAINERS = {
    "list": lambda a, b: ([a, b],), "tuple": lambda a, b: ((a, b), 3), "nested": lambda a, b: ([(a,), [], [b, None]],),
    "beside": lambda a, b: (a, [b]), "tensors": lambda a, b: ([ad.tensor(a), ad.tensor(b)],),
    "empty": lambda a, b: ([], a, b), "one twice": lambda a, b: ([a, a], b),
}  # fmt: skip


def total(*args):
    """Of all arrays, each weighted by its place."""
    return sum((i + 1) * np.sum(np.exp(each)) for i, each in enumerate(leaves(args)) if not isinstance(each, int))


@pytest.mark.parametrize("name", CONTAINERS)
def test_arrays_in_containers_take_the_short_way_in(name):
    step = ad.compile(total)
    rng = np.random.default_rng(0)
    for _ in range(4):
        args = CONTAINERS[name](rng.normal(size=3), rng.normal(size=(2, 2)))
        same(step(*args), total(*args))
    assert step._latest.quick is not None and step._traced == 1


@pytest.mark.parametrize("other", [
    lambda a, b: ([a, b, a],), lambda a, b: ((a, b),), lambda a, b: ([a, (b,)],), lambda a, b: ([a, b.astype("f4")],),
    lambda a, b: ([a, b.T[:1]],), lambda a, b: ([a],), lambda a, b: ([a, b], 2), lambda a, b: ([a, None],),
    lambda a, b: ([a, ad.tensor(b)],), lambda a, b: ([],), lambda a, b: ([a, 1.5],), lambda a, b: ([a, [b, b]],),
])  # fmt: skip
def test_other_containers_are_noticed(other):
    step = ad.compile(total)
    a, b = np.arange(3.0), np.arange(4.0).reshape(2, 2)
    for _ in range(3):
        same(step([a, b]), total([a, b]))
    assert step._latest.quick is not None
    for args in (other(a, b), ([a, b],), other(b, a), ([b, a],)):
        same(step(*args), total(*args))


def test_one_tensor_twice_is_told_from_two_in_a_list():
    step = ad.compile(lambda both: both[0] * 2 + both[1])
    a, b = ad.tensor([1.0, 2.0]), ad.tensor([3.0, 4.0])
    for both in ([a, b], [a, b], [a, a], [b, b], [a, b]):
        same(step(both), both[0] * 2 + both[1])
