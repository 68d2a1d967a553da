"""What a trace cannot follow is refused or noticed: no value of the traced call is baked into the program."""

from __future__ import annotations

import cProfile
import random
import sys
from typing import Any

import numpy as np
import pytest

import autodiff as ad
from autodiff.compiler import TraceError
from autodiff.compiler.checking import CompileError

from .comparing import agree, same

A = np.array([1.0, -2.0, 3.0])
ONE = np.array(2.0)

REFUSED: dict[str, Any] = {
    "bool": lambda x: x if x else -x,
    "if x > 0": lambda x: x * 2 if x > 0 else x,
    "while": lambda x: [x for _ in iter(lambda: bool(x > 3), True)],
    "and": lambda x: x > 0 and x < 1,
    "float": lambda x: float(x) * x,
    "int": lambda x: int(x) + x,
    "index": lambda x: [1, 2, 3][x.astype(np.int64)],
    "range": lambda x: [x * i for i in range(x.astype(np.int64))],
    "item": lambda x: x.item() * x,
    "tolist": lambda x: x.tolist(),
    "numpy": lambda x: x.numpy() * 2,
    "asarray": lambda x: np.asarray(x) * 2,
    "array": lambda x: np.array([x, x]),
    "math.exp": lambda x: __import__("math").exp(x),
    "min of Python": lambda x: min(x, x + 1),
    "sorted": lambda x: sorted([x, x + 1]),
    "equality": lambda x: x == 3 or x,
    "assert": lambda x: [x for _ in [0] if x == x],
    "in": lambda x: x in [x + 1, 2.0],
    "allclose": lambda x: np.allclose(x, 2) and x,
    "array_equal": lambda x: np.array_equal(x, x + 1) and x,
    "round of Python": lambda x: round(float(x)),
    "sum of an inner result": lambda x: bool(ad.grad(lambda v: v**2)(x) > 0),
    "hash of a value": lambda x: {x.item(): 1},
}
OF_VECTORS: dict[str, Any] = {
    "iteration": lambda x: sum(each for each in x),
    "unpacking": lambda x: (lambda a, b, c: a + b)(*x),
    "mask": lambda x: x[x > 0],
    "mask of a part": lambda x: x[None][..., x > 0],
    "nonzero": lambda x: x[np.nonzero(x > 0)],
    "where of one": lambda x: np.where(x > 0),
    "unique": lambda x: np.unique(x),
    "any": lambda x: x if np.any(x > 2) else -x,
    "all": lambda x: x if (x > 0).all() else -x,
    "bincount": lambda x: np.bincount(np.abs(x).astype(np.int64)),
    "compress": lambda x: np.compress(x > 0, x),
    "set at a mask": lambda x: ad.at(x)[x > 0].set(0.0),
    "add at a mask": lambda x: ad.at(x)[x > 0].add(1.0),
    "size of repeats": lambda x: np.repeat(x, np.abs(x).astype(np.int64)),
    "list": lambda x: list(x),
    "zip": lambda x: [a * b for a, b in zip(x, x, strict=True)],
    "enumerate": lambda x: [i * a for i, a in enumerate(x)],
    "histogram": lambda x: np.histogram(x),
    "shape from values": lambda x: np.zeros(int(np.sum(x > 0))),
    "one_hot without a size": lambda x: np.eye(3)[x.tolist()],
}


def refused(function: Any, value: Any) -> None:
    step = ad.compile(function)
    with pytest.raises(TraceError, match=r"test_tracing\.py:\d+") as raised:
        step(value)
    line = function.__code__.co_firstlineno
    assert f"test_tracing.py:{line}" in str(raised.value)


@pytest.mark.parametrize("name", REFUSED)
def test_values_that_python_asks_for(name):
    refused(REFUSED[name], ONE)


def test_a_value_that_is_put_into_an_array():
    """NumPy puts an error of its own in front."""
    with pytest.raises((TraceError, ValueError)) as raised:
        ad.compile(lambda x: np.zeros(3).__setitem__(0, x))(ONE)
    assert isinstance(raised.value, TraceError) or isinstance(raised.value.__cause__, TraceError)


@pytest.mark.parametrize("name", OF_VECTORS)
def test_values_that_shapes_and_branches_depend_on(name):
    refused(OF_VECTORS[name], A)


@pytest.mark.parametrize("name", ["if x > 0", "float", "item", "numpy", "asarray", "range"])
def test_values_of_captured_tensors_count_as_well(name):
    c = ad.tensor(2.0, name="c")
    with pytest.raises(TraceError):
        ad.compile(lambda x: (x, REFUSED[name](c)))(A)


@pytest.mark.parametrize("name", ["if x > 0", "float", "item", "asarray", "range"])
def test_values_of_data_count_as_well(name):
    w = ad.tensor(2.0, requires_grad=True, name="w")
    with pytest.raises(TraceError):
        ad.compile(lambda x: (x, REFUSED[name](w.data)))(A)


def test_a_choice_between_values():
    agree(lambda x: np.where(np.sum(x) > 0, x * 2, x - 1), [(A,), (-A,), (A,)])


# Values that depend on values: tensors of the program, never numbers of the traced call

FOLLOWED: dict[str, Any] = {
    "mask as a factor": lambda x, i, y: (x > 0) * y,
    "mask in where": lambda x, i, y: np.where(x > y, x, y),
    "labels": lambda x, i, y: x[i],
    "labels of rows": lambda x, i, y: np.stack([x, y])[[0, 1, 0], i],
    "labels in add": lambda x, i, y: ad.at(np.zeros(3) * x)[i].add(y),
    "labels in set": lambda x, i, y: ad.at(x)[i[:1]].set(y[:1]),
    "cross entropy": lambda x, i, y: ad.cross_entropy(np.stack([x, y, x * y]), i),
    "one hot": lambda x, i, y: ad.one_hot(i, 3) * x,
    "take": lambda x, i, y: np.take(x, i),
    "take along": lambda x, i, y: np.take_along_axis(x, i, 0),
    "argsort": lambda x, i, y: y[np.argsort(x)],
    "argmax": lambda x, i, y: y[np.argmax(x)],
    "sort": lambda x, i, y: np.sort(x) * y,
    "median": lambda x, i, y: np.median(x) * y,
    "searchsorted": lambda x, i, y: np.searchsorted(np.sort(x), y),
    "clip between values": lambda x, i, y: np.clip(x, np.min(y), np.max(y)),
    "maximum of ties": lambda x, i, y: np.maximum(x, x[::-1]),
    "count": lambda x, i, y: np.sum(x > 0) * y,
    "count_nonzero": lambda x, i, y: np.count_nonzero(x > 0) * y,
    "mean where": lambda x, i, y: np.sum(x, where=y > 0),
    "floor": lambda x, i, y: np.floor(x) * y,
    "sign": lambda x, i, y: np.sign(x) * y,
    "remainder": lambda x, i, y: x % 2 + np.floor_divide(y, 2),
    "stop_gradient": lambda x, i, y: ad.stop_gradient(x) * y,
    "detach": lambda x, i, y: ad.tensor(x) * y,
    "zeros_like": lambda x, i, y: np.zeros_like(x) + y,
    "comparison chain": lambda x, i, y: (x > 0) & (y > 0) | (x < -1),
    "norm": lambda x, i, y: x / np.linalg.norm(y),
    "prod with zeros": lambda x, i, y: np.prod(x * (y > 0)),
    "triu": lambda x, i, y: np.triu(x[:, None] * y),
    "isclose": lambda x, i, y: np.isclose(x, y) * x,
    "repeat": lambda x, i, y: np.repeat(x, 2) * np.repeat(y, 2),
    "logsumexp": lambda x, i, y: ad.logsumexp(x) + ad.softmax(y),
    "order of labels": lambda x, i, y: np.sum(x[np.sort(i)]),
}
CALLS = [
    (A, np.array([0, 2, 1]), np.array([1.0, -1.0, 1.0])), (-A, np.array([2, 2, 0]), np.array([-1.0, 5.0, -3.0])),
    (np.zeros(3), np.array([1, 1, 1]), np.array([0.0, 0.0, 1.0])), (A[::-1], np.array([0, 0, 2]), -A),
]  # fmt: skip


@pytest.mark.parametrize("name", FOLLOWED)
def test_values_follow_the_call(name):
    agree(FOLLOWED[name], CALLS)


@pytest.mark.parametrize("name", FOLLOWED)
def test_gradients_follow_the_call(name):
    def gradient(x, i, y):
        return ad.grad(lambda x, y: np.sum(FOLLOWED[name](x, i, y) * 1.5 * (x + 1)[:1]), argnums=(0, 1))(x, y)

    agree(gradient, CALLS)


@pytest.mark.parametrize("function", [np.max, np.min, np.ptp, np.median, lambda x: np.max(x, axis=-1).sum()])
def test_ties_are_shared_as_eagerly(function):
    agree(ad.grad(function), [(A,), (np.ones(3),), (np.array([1.0, 1.0, 0.0]),), (np.zeros(3),)])


# Values from outside


def captured_ways(c: Any) -> dict[str, Any]:
    """Ways to use a tensor from outside before anything else has looked at it."""
    return {
        "operand": lambda x: c * x, "detached": lambda x: c.detach() * x, "stopped": lambda x: ad.stop_gradient(c) * x,
        "data": lambda x: c.data * x, "copied": lambda x: np.copy(c) * x, "as a new tensor": lambda x: ad.tensor(c) * x,
        "indexed": lambda x: c[0] * x, "transposed": lambda x: c.T * x, "in where": lambda x: np.where(c > 1, x, 0),
        "as an index": lambda x: x[c.astype(np.int64) % 3], "in zeros_like": lambda x: np.zeros_like(c) + x,
        "in a list": lambda x: np.stack([c, x]),
        "in gradients": lambda x: ad.grad(lambda v: np.sum(v * c))(x), "by itself": lambda x: (c, x),
        "by value": lambda x: ad.grad(lambda v: np.sum(v**2))(c) * x, "shifted": lambda x: np.roll(c, 1) + x,
        "detached and given": lambda x: c.detach(), "compared": lambda x: c == x,
        "in jvp": lambda x: ad.jvp(np.sin, [c], [x]),
    }  # fmt: skip


@pytest.mark.parametrize("requires_grad", [False, True])
@pytest.mark.parametrize("way", captured_ways(None))
def test_a_captured_tensor_is_read_at_each_call(way, requires_grad):
    c = ad.tensor([1.0, 2.0, 3.0], requires_grad, name="c")
    function = captured_ways(c)[way]
    step = ad.compile(function)
    for change in (lambda: None, lambda: c.data.__imul__(2), lambda: setattr(c, "data", -A), lambda: None):
        change()
        same(step(A), function(A))


def test_a_captured_tensor_whose_data_was_written_to_before_the_trace():
    c = ad.tensor([1.0, 2.0, 3.0], name="c")
    c.data[0] = 5.0
    for way, function in captured_ways(c).items():
        step = ad.compile(function)
        for _ in range(3):
            same(step(A), function(A)), way
            c.data[0] += 1


def test_a_captured_array_is_read_at_each_call():
    array = A.copy()
    step = ad.compile(lambda x: x * array + array)
    for _ in range(3):
        same(step(A), A * array + array)
        array += 1


def test_the_argument_is_not_the_captured_tensor_of_the_traced_call():
    """The traced call passed the captured tensor itself; a later one passes another."""
    w = ad.tensor(A, requires_grad=True, name="w")
    function = lambda t: t * w  # noqa: E731 (one line)
    step = ad.compile(function)
    other = ad.tensor(A + 1, requires_grad=True, name="w")
    for t in (w, other, w):
        same(step(t).detach(), function(t).detach())


def test_the_caller_is_told_where_python_makes_random_numbers():
    for draw in (random.random, np.random.rand, lambda: np.random.default_rng().random()):
        with pytest.raises(CompileError, match="compiled and eager differ"):
            ad.compile(lambda x, draw=draw: x * draw())(A)


def test_a_captured_generator_that_is_asked_itself():
    rng = np.random.default_rng(0)
    with pytest.raises((CompileError, TraceError)):
        ad.compile(lambda x: x * rng.normal(size=3))(A)


def test_a_generator_made_inside_starts_anew_at_each_call():
    """It draws the same numbers at each eager call; a program that cannot do so has to say it."""
    function = lambda x: ad.dropout(x, 0.5, np.random.default_rng(3))  # noqa: E731 (one line)
    step = ad.compile(function)
    try:
        step(A)
    except (CompileError, TraceError):
        return
    for _ in range(3):
        same(step(A), function(A))


def test_counting_calls_is_noticed():
    calls: list[int] = []

    def f(x):
        calls.append(1)
        return x * len(calls)

    with pytest.raises(CompileError):
        ad.compile(f)(A)


def test_profilers_go_on_after_a_trace():
    """cProfile's is no Python function, up to Python 3.11."""
    profile, seen = cProfile.Profile(), []

    def after():
        seen.append(True)

    profile.enable()
    ad.compile(lambda x: x * 2)(np.ones(3))
    after()
    profile.disable()
    assert seen and any("after" in str(entry.code) for entry in profile.getstats())
    before = sys.getprofile()
    sys.setprofile(look := lambda *_: None)
    ad.compile(lambda x: x * 3)(np.ones(3))
    found = sys.getprofile()
    sys.setprofile(before)
    assert found is look
