"""Numbers in all the places where users keep them: another value makes another program."""

from __future__ import annotations

import collections
import dataclasses
import enum
import functools
from typing import Any, NamedTuple

import numpy as np
import pytest

import autodiff as ad

from .comparing import array_of, same

A = np.array([1.0, -2.0, 3.0])


class Config:
    """A class that is never made an object of."""

    rate = 1.0

    class Inner:
        rate = 1.0


@dataclasses.dataclass
class Options:
    rate: float = 1.0
    inner: Any = None


@dataclasses.dataclass(slots=True)
class Slots:
    rate: float = 1.0


class Both(Slots):
    """With slots of its parent and attributes of its own."""


class Named(NamedTuple):
    options: Options


class Unit(enum.Enum):
    ONE = 1.0
    TWO = 2.0


class Callable:
    rate = 1.0

    def __call__(self, x):
        return x * self.rate


class Described:
    """Whose attribute is computed from another."""

    def __init__(self) -> None:
        self.hidden = 1.0

    @property
    def rate(self):
        return self.hidden

    @rate.setter
    def rate(self, value):
        self.hidden = value


class Mapping(collections.UserDict):
    pass


def scaled(x, holder):
    return x * holder.rate


def nested(depth: int, inner: Any) -> Any:
    for _ in range(depth):
        inner = Options(inner=inner)
    return inner


HOLDERS: dict[str, Any] = {
    "class": Config, "class in a class": Config.Inner, "dataclass": Options(), "slots": Slots(), "both": Both(),
    "object that is called": Callable(), "property": Described(),
}  # fmt: skip


def watched(step: Any, function: Any, change: Any, *args: Any) -> None:
    for value in (2.0, 3.0, 2.0):
        for _ in range(3):
            same(array_of(step(A, *args)), array_of(function(A, *args)))
        change(value)


@pytest.fixture(params=HOLDERS)
def holder(request: Any, monkeypatch: Any) -> Any:
    found = HOLDERS[request.param]
    monkeypatch.setattr(found, "rate", 1.0, raising=False)
    return found


@pytest.mark.parametrize("way", ["captured", "passed", "in a partial", "in a list", "in a dict", "by default"])
def test_attributes_of_all_kinds(holder, way):
    box, table = [holder], {"holder": holder}
    function, args = {
        "captured": (lambda x: x * holder.rate, ()), "passed": (scaled, (holder,)),
        "in a partial": (functools.partial(scaled, holder=holder), ()), "in a list": (lambda x: x * box[0].rate, ()),
        "in a dict": (lambda x: scaled(x, table["holder"]), ()), "by default": (lambda x, h=holder: x * h.rate, ()),
    }[way]  # fmt: skip
    watched(ad.compile(function), function, lambda value: setattr(holder, "rate", value), *args)


def test_a_callable_object():
    model = Callable()
    watched(ad.compile(model), model, lambda value: setattr(model, "rate", value))


@pytest.mark.parametrize("container", [
    {1.0}, collections.deque([1.0]), collections.OrderedDict(a=1.0), collections.defaultdict(float, a=1.0),
    [[[[[[1.0]]]]]], Mapping(a=1.0), bytearray([1]), collections.Counter(a=1),
], ids=lambda each: type(each).__name__)  # fmt: skip
@pytest.mark.parametrize("passed", [False, True])
def test_containers_of_all_kinds(container, passed):
    def change(value):
        if isinstance(container, list):
            container[0][0][0][0][0][0] = value
        elif hasattr(container, "keys"):
            container["a"] = value
        else:
            container.clear()
            getattr(container, "add", container.append if hasattr(container, "append") else None)(
                int(value) if isinstance(container, bytearray) else value
            )

    def total(each):
        inner = list(each.values() if hasattr(each, "keys") else each)
        return sum(total(x) if isinstance(x, list) else x for x in inner)

    if passed:
        watched(ad.compile(lambda x, c: x * total(c)), lambda x, c: x * total(c), change, container)
    else:
        watched(ad.compile(lambda x: x * total(container)), lambda x: x * total(container), change)


@pytest.mark.parametrize("depth", [1, 3, 5, 7])
def test_objects_in_objects(depth):
    """A model of modules of modules."""
    options = Options()
    model = nested(depth, options)

    def f(x):
        found = model
        while found.inner is not None:
            found = found.inner
        return x * found.rate

    watched(ad.compile(f), f, lambda value: setattr(options, "rate", value))


def test_named_tuples_and_enumerations():
    named = Named(Options())
    function = lambda x, unit: x * named.options.rate * unit.value  # noqa: E731 (one line)
    step = ad.compile(function)
    for unit in (Unit.ONE, Unit.TWO, Unit.ONE):
        for rate in (1.0, 2.0):
            named.options.rate = rate
            same(step(A, unit), function(A, unit))


def test_an_array_in_an_object_is_read_at_each_call():
    options = Options()
    options.inner = A.copy()
    function = lambda x: x * options.inner  # noqa: E731 (one line)
    step = ad.compile(function)
    for _ in range(3):
        same(step(A), function(A))
        options.inner += 1
    for _ in range(3):
        same(step(A), function(A))
        options.inner = options.inner * 2


@pytest.mark.parametrize("part", [
    lambda a: a, lambda a: a[:1], lambda a: a[::-1], lambda a: a.reshape(3, 1), lambda a: a.T,
])  # fmt: skip
def test_parts_of_an_array_outside_are_read_at_each_call(part):
    """Views of it are; what NumPy alone computes from it (`2 * array`, `array[0]`) is as it was."""
    array = A.copy()
    function = lambda x: x * part(array)  # noqa: E731 (one line)
    step = ad.compile(function)
    for _ in range(4):
        same(step(A), function(A))
        array += 1
