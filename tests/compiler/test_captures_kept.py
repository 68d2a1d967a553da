"""What NumPy and Python make of values outside, what a function leaves outside, and what is too much to look at."""

from __future__ import annotations

import functools
import gc
import warnings
from typing import Any

import numpy as np
import pytest

import autodiff as ad
from autodiff.compiler import TraceError

from .comparing import array_of, counting, same

A = np.array([1.0, -2.0, 3.0])


def follows(function: Any, *changes: Any) -> None:
    """After each change the compiled function does what the function does, at the first call and at later ones."""
    step = ad.compile(function)
    for change in (lambda: None, *changes):
        change()
        for _ in range(3):
            same(array_of(step(A)), array_of(function(A)))


# Functions


class Model:
    """With a function in an attribute."""

    def __init__(self, function: Any) -> None:
        self.activation = function

    def __call__(self, x: Any) -> Any:
        return self.activation(x)


def double(x: Any) -> Any:
    return x * 2


def triple(x: Any) -> Any:
    return x * 3


def test_functions_that_are_replaced_in_attributes_and_containers():
    model, table, chain = Model(double), {"f": double}, [double]
    follows(lambda x: model(x), lambda: setattr(model, "activation", triple))
    follows(lambda x: table["f"](x), lambda: table.update(f=triple))
    follows(lambda x: chain[0](x), lambda: chain.__setitem__(0, triple), lambda: chain.append(double))


def test_numbers_around_a_function_in_an_attribute():
    rate = 1.0

    def scaled(x):
        return x * rate

    model = Model(scaled)

    def change(value):
        nonlocal rate
        rate = value

    follows(lambda x: model(x), lambda: change(2.0), lambda: change(3.0))
    follows(functools.partial(lambda f, x: f(x), scaled), lambda: change(4.0))
    slope = ad.grad(lambda x: np.sum(scaled(x) ** 2))
    follows(lambda x: slope(x), lambda: change(5.0))


def test_defaults_that_are_replaced():
    def scaled(x, rate=1.0, *, other=1.0):
        return x * rate * other

    follows(
        lambda x: scaled(x), lambda: setattr(scaled, "__defaults__", (2.0,)),
        lambda: scaled.__kwdefaults__.update(other=3.0), lambda: setattr(scaled, "__code__", double.__code__),
    )  # fmt: skip


def test_an_attribute_that_is_named_by_text():
    holder = Model(1.0)
    follows(lambda x: x * getattr(holder, "".join(["activ", "ation"])), lambda: setattr(holder, "activation", 2.0))
    follows(lambda x: x * vars(holder)["activation"], lambda: setattr(holder, "activation", 3.0))
    follows(lambda x: x * getattr(holder, "rate", 1.0), lambda: setattr(holder, "rate", 3.0))


def test_attributes_that_the_code_does_not_name_may_change():
    """A history that the caller keeps beside the weights is no reason to trace again."""
    model = Model(double)
    model.losses = []
    step = ad.compile(lambda x: model(x))
    with counting() as traces:
        for i in range(20):
            model.losses.append(float(i))
            same(step(A), A * 2)
    assert traces.call_count == 1


def test_an_element_that_moves_to_another_list():
    first, second = [A], []
    follows(lambda x: x * (len(first) + 10 * len(second)), lambda: second.append(first.pop()))


# What NumPy and Python compute from arrays


@pytest.mark.parametrize("number", [
    lambda a: a[0] * 2, lambda a: 2 * a, lambda a: a.mean(), lambda a: float(a[1]), lambda a: a.tolist()[2],
    lambda a: a + a[0], lambda a: a * float(a[0]), lambda a: 1.0 if a[0] > 1.5 else 2.0, lambda a: np.exp(a)[::-1],
])  # fmt: skip
@pytest.mark.parametrize("inside", ["alone", "in an object"])
def test_what_numpy_alone_computes(number, inside):
    array, holder = A.copy(), Model(None)
    holder.activation = array
    function = (lambda x: x * number(array)) if inside == "alone" else lambda x: x * number(holder.activation)

    def change():
        array[:] += 1

    follows(function, change, change)


def test_an_array_that_is_only_read_in_traced_calls_makes_one_program():
    array = A.copy()
    step = ad.compile(lambda x: x * array)
    with counting() as traces:
        for _ in range(20):
            array += 1
            same(step(A), A * array)
    assert traces.call_count == 1


def test_buffers_of_python():
    data = bytearray([1, 2, 3])
    follows(lambda x: x * data[0], lambda: data.__setitem__(0, 5), lambda: data.insert(0, 7))


# What a function leaves outside

HISTORY: list[Any] = []


def test_a_tensor_that_is_appended():
    losses, holder = [], Model(None)

    def to_list(x):
        losses.append(x * 2)
        return x

    def to_attribute(x):
        holder.activation = np.sum(x)
        return x

    def to_global(x):
        HISTORY.append(np.sum(x))
        return x

    def the_argument(x):
        losses.append(x)
        return x

    for function in (to_list, to_attribute, to_global, the_argument):
        losses.clear()
        HISTORY.clear()
        with pytest.raises(TraceError, match=r"leaves a tensor of its own .* Return it"):
            ad.compile(function)(A)


def test_a_constant_that_is_kept():
    cache: dict[str, Any] = {}

    def f(x):
        if "eye" not in cache:
            cache["eye"] = ad.tensor(np.eye(3))
        return x @ cache["eye"]

    step = ad.compile(f)
    for _ in range(3):
        same(array_of(step(A)), A)


@pytest.mark.parametrize(("change", "items"), [
    (lambda items: items.append(1.0), [A]), (lambda items: items.pop(), [A, A]),
    (lambda items: items.__setitem__(0, items[0] * 2), [A]), (lambda items: items.update(w=A), {"v": A}),
    (lambda items: items[0].update(w=2.0), [{"w": 1.0}]), (lambda items: items.reverse(), [1.0, 2.0]),
])  # fmt: skip
def test_a_list_that_is_passed_and_changed(change, items):
    def f(x, items):
        change(items)
        return x * 2

    step = ad.compile(f)
    for call in (lambda: step(A, items), lambda: step(A, items=items)):
        with pytest.raises(TraceError, match=r"changes the (list|dict) that it gets as .*Return what is new"):
            call()


def test_arrays_in_a_list_are_changed_in_place():
    def f(items):
        items[0] -= 1
        return items[0] * 2

    step = ad.compile(f)
    for _ in range(3):
        here, there = [A.copy()], [A.copy()]
        same(step(here), f(there))
        same(here, there)


# Results without axes


@pytest.mark.parametrize("function", [np.copy, ad.erf, np.median, np.sum, lambda x: x * 2])
@pytest.mark.parametrize("x", [np.array(0.5), np.array([0.5])[0], np.array([0.25, 0.5])], ids=repr)
def test_results_without_axes_are_what_they_are_eagerly(function, x):
    step = ad.compile(function)
    for _ in range(3):
        got, expected = step(x), function(x)
        assert type(got) is type(expected)
        same(got, expected)


# Too much


def test_a_container_that_is_too_large_is_said_to_go_unnoticed():
    table = {i: float(i) for i in range(20_000)}
    rate = [1.0]
    step = ad.compile(lambda x: x * table[0] + x * rate[0])
    with pytest.warns(UserWarning, match="a dict of .* go unnoticed"):
        step(A)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for rate[0] in (1.0, 2.0, 3.0):
            same(step(A), A * rate[0])


def test_a_structure_that_is_very_deep_and_one_that_holds_itself():
    deep: list[Any] = [1.0]
    innermost = deep
    for _ in range(3000):
        deep = [deep]
    holder = Model(None)
    holder.activation = [holder, deep]

    def f(x):
        found = holder.activation[0].activation[1]
        while isinstance(found, list):
            found = found[0]
        return x * found

    follows(f, lambda: innermost.__setitem__(0, 2.0))


def test_what_the_collector_calls_is_not_part_of_the_function():
    """Its callbacks may name numbers that change all the time."""
    counts = [0]

    def called(phase, info):
        counts[0] += 1

    def f(x):
        found = [[] for _ in range(5000)]
        return x * len(found)

    step = ad.compile(f)
    gc.callbacks.append(called)
    try:
        with counting() as traces:
            for _ in range(5):
                same(step(A), f(A))
                gc.collect()
    finally:
        gc.callbacks.remove(called)
    assert traces.call_count == 1
    assert gc.isenabled()
