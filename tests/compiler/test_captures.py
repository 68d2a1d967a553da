"""What a function finds outside: arrays and tensors are read at each call, other values make another program."""

from __future__ import annotations

import functools
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import autodiff as ad

from .comparing import array_of, same

A = np.array([1.0, -2.0, 3.0])
A.setflags(write=False)
RATE: Any = 1.0


def check(function: Any, changes: Any, *args: Any) -> None:
    """After each change the compiled function does what the function does, at the first call and at later ones."""
    step = ad.compile(function)
    for change in (lambda: None, *changes):
        change()
        for _ in range(3):
            same(array_of(step(A, *args)), array_of(function(A, *args)))


def test_a_global_number():
    def change(value):
        global RATE
        RATE = value

    values = (2.0, 3, True, np.float64(4), A, ad.tensor(A), -0.0, 2.0)
    check(lambda x: x * RATE, [lambda v=v: change(v) for v in values])


def test_a_number_around_the_function():
    rate = 1.0

    def f(x):
        return x * rate

    step = ad.compile(f)
    for rate in (1.0, 2.0, 2, 1.0, float("inf")):  # noqa: B007 (the function reads it)
        for _ in range(3):
            same(step(A), f(A))


def helper(x):
    return x * RATE


def test_a_number_of_a_function_that_is_called():
    def change(value):
        global RATE
        RATE = value

    for f in (lambda x: helper(x), functools.partial(helper), lambda x: next(helper(each) for each in [x])):
        check(f, [lambda v=v: change(v) for v in (5.0, 6.0, 5.0)])


def test_a_name_that_stands_for_another_tensor():
    box = {"w": ad.tensor(A, name="w")}
    params = [ad.tensor(A, name="p")]
    w = params[0]

    def f(x):
        return x * box["w"] + params[0] * w

    def rebind():
        nonlocal w
        w = ad.tensor(3 * A, name="p")

    check(f, [
        lambda: box.update(w=ad.tensor(2 * A, name="w")), lambda: params.__setitem__(0, ad.tensor(-A, name="p")),
        rebind, lambda: box["w"].data.__imul__(2), lambda: setattr(params[0], "data", A + 1),
    ])  # fmt: skip


def test_an_array_that_is_replaced_and_changed_in_place():
    array = A.copy()

    def f(x):
        return x * array

    def rebind(value):
        nonlocal array
        array = value

    values = (A * 5, np.array(2.0), A[:1].copy(), A.astype(np.float32), A.copy()[::-1])
    changes = [lambda v=v: rebind(v) for v in values]
    check(f, [lambda: array.__iadd__(1), *changes, lambda: array.__setitem__(0, 7)])


@pytest.mark.parametrize("config", [
    {"rate": 1.0}, {"optimizer": {"rate": 1.0}}, [1.0], [[1.0]], {"rates": [1.0]}, {"deep": {"er": {"rate": 1.0}}},
    ([1.0],), {"rate": 1.0, **{str(i): i for i in range(100)}}, SimpleNamespace(rate=1.0),
    SimpleNamespace(optimizer=SimpleNamespace(rate=1.0)),
], ids=repr)  # fmt: skip
def test_a_number_in_what_stands_outside(config):
    """However deep it lies."""

    def f(x):
        return x * innermost(config)

    check(f, [lambda v=v: set_innermost(config, v) for v in (2.0, 3.0)])


def innermost(tree: Any) -> Any:
    while not isinstance(tree, float):
        tree = first_of(tree)
    return tree


def first_of(tree: Any) -> Any:
    tree = vars(tree) if isinstance(tree, SimpleNamespace) else tree
    return next(iter(tree.values())) if isinstance(tree, dict) else tree[0]


def set_innermost(tree: Any, value: float) -> None:
    inner = first_of(tree)
    if not isinstance(inner, float):
        return set_innermost(inner, value)
    holder = vars(tree) if isinstance(tree, SimpleNamespace) else tree
    holder[next(iter(holder)) if isinstance(holder, dict) else 0] = value


class Optimizer:
    """State in attributes, as users have it."""

    factor = 1.0

    def __init__(self, w: Any) -> None:
        self.w = w
        self.rate = 0.5

    def step(self, x):
        self.w.data -= self.rate * self.factor * x
        return self.w * x

    def replace(self, w: Any) -> None:
        self.w = w


@pytest.mark.parametrize("way", ["bound", "captured", "passed"])
@pytest.mark.parametrize("change", [
    lambda o: setattr(o, "rate", o.rate * 0.5), lambda o: setattr(Optimizer, "factor", 2.0),
    lambda o: o.replace(ad.tensor(2 * A, name="w")), lambda o: setattr(o, "step", lambda x: o.w * x * 3),
], ids=["rate", "class", "tensor", "method"])  # fmt: skip
def test_attributes(way, change, monkeypatch):
    """A rate that decays must not stay in a program as it was."""
    monkeypatch.setattr(Optimizer, "factor", 1.0)
    worlds = []
    for wrap in (ad.compile, lambda f: f):
        optimizer = Optimizer(ad.tensor(A, name="w"))
        functions = {
            "bound": lambda o, wrap: (wrap(o.step), ()), "captured": lambda o, wrap: (wrap(lambda x: o.step(x)), ()),
            "passed": lambda o, wrap: (wrap(lambda x, o: o.step(x)), (o,)),
        }  # fmt: skip
        worlds.append((optimizer, *functions[way](optimizer, wrap)))
    for changing in (False, True, False):
        for optimizer, _, _ in worlds if changing else ():
            change(optimizer)
        for _ in range(3):
            got, expected = [step(A, *more) for _, step, more in worlds]
            if way != "bound" or change is None or "step" not in vars(worlds[0][0]):
                same(array_of(got), array_of(expected))
                same(worlds[0][0].w.numpy(), worlds[1][0].w.numpy())


def test_one_tensor_in_two_places_and_two_tensors_later():
    step = ad.compile(lambda a, b: a * 2 + b)
    t, u = ad.tensor(A), ad.tensor(10 * A)
    for pair in [(t, t)] * 3 + [(t, u)] * 3 + [(t, t), (u, t)]:
        same(step(*pair), pair[0] * 2 + pair[1])


def test_arrays_that_share_memory():
    """One array in two places, of which one is written to."""

    def f(a, b):
        a -= 1
        return a + b

    step = ad.compile(f)
    for _ in range(3):
        step(A.copy(), A.copy())
    here, there = A.copy(), A.copy()
    same(step(here, here), f(there, there))
    same(here, there)
    here, there = A.copy(), A.copy()
    same(step(here[1:], here[:-1]), f(there[1:], there[:-1]))
    same(here, there)


def test_a_captured_array_that_is_an_argument_as_well():
    array = A.copy()
    function = lambda x: x * array  # noqa: E731 (one line)
    step = ad.compile(function)
    for x in (array, A + 1, array, A):
        same(step(x), function(x))


def test_a_value_that_changes_while_the_function_runs():
    """What the function itself sets outside is noticed, or the function is made again at each call."""
    count = 0

    def f(x):
        nonlocal count
        count += 1
        return x * 2

    step = ad.compile(f)
    for _ in range(5):
        same(step(A), A * 2)


def test_what_is_not_assigned_yet():
    def f(x):
        return x * later if x.ndim == 2 else x

    step = ad.compile(f)
    same(step(A), A)
    later = 2.0
    same(step(A[None]), A[None] * 2)
    later = 3.0
    same(step(A[None]), A[None] * 3)


# Functions that stand outside


class Scaled:
    """A method that names a global number."""

    def __call__(self, x):
        return x * RATE

    def method(self, x):
        return self(x) + RATE

    @property
    def rate(self):
        return RATE


@pytest.mark.parametrize("function", [
    lambda x: SCALED(x), lambda x: SCALED.method(x), lambda x: Scaled().method(x), lambda x: x * SCALED.rate,
    lambda x: FUNCTIONS[0](x), lambda x: next(f(x) for f in FUNCTIONS), functools.partial(lambda f, x: f(x), helper),
    lambda x, f=helper: f(x), lambda x: sum(map(helper, [x])),
])  # fmt: skip
def test_a_number_that_is_named_further_away(function):
    def change(value):
        global RATE
        RATE = value

    check(function, [lambda v=v: change(v) for v in (5.0, 6.0, 5.0)])


SCALED = Scaled()
FUNCTIONS = [helper]


def test_another_function_names_other_numbers():
    rate = 1.0

    def first(x):
        return x * 2

    def second(x):
        return x * rate

    chosen = first
    step = ad.compile(lambda x: chosen(x))
    same(step(A), A * 2)
    chosen = second
    for rate in (1.0, 3.0, 4.0):
        for _ in range(2):
            same(step(A), A * rate)


class Slotted:
    __slots__ = ("rate",)
