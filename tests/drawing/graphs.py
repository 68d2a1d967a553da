"""A dozen small graphs, and how each is drawn: what golden files are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autodiff as ad

EXAMPLES: dict[str, Callable[[], Any]] = {}
ALL: dict[str, Any] = {"backward": True, "values": True, "gradients": True, "rules": True}


def example(function: Callable[[], Any]) -> Callable[[], Any]:
    EXAMPLES[function.__name__] = function
    return function


def parameter(values: Any, name: str | None = None) -> Any:
    return ad.tensor(values, requires_grad=True, name=name, dtype=float)


def diamond() -> tuple[Any, Any, Any, Any]:
    """x goes two ways to y; all have names."""
    x = parameter([1.0, 2.0], "x")
    left, right = np.tanh(x), x * np.array([3.0, 4.0])
    y = left - right
    for tensor, name in ((left, "left"), (right, "right"), (y, "y")):
        tensor.name = name
    return x, left, right, y


@example
def square() -> Any:
    """Two edges from one tensor into one operation."""
    x = parameter(3, "x")
    return ad.draw(x * x)


@example
def neuron() -> Any:
    """All options at once."""
    x = ad.tensor([1.0, 2.0], name="x")
    w, b = parameter([0.5, -0.25], "w"), parameter(0.1, "b")
    with ad.observe():
        y = np.tanh(w @ x + b)
    return ad.draw(y, **ALL)


@example
def network() -> Any:
    """Two layers in scopes, from left to right."""
    x = ad.tensor([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float, name="x")
    w, v = parameter([[1, -1], [1, -1]], "W"), parameter([[1], [1]], "V")
    with ad.scope("hidden"):
        h = np.tanh(x @ w + parameter([-0.5, 1.5], "b"))
    with ad.scope("loss"):
        loss = np.mean((h @ v - np.array([[-1.0], [1.0], [1.0], [-1.0]])) ** 2)
    return ad.draw(loss, rankdir="LR", gradients=True)


@example
def folded_network() -> Any:
    """Scopes as one box each, on both sides."""
    x, w = ad.tensor([[1.0, 2.0]], name="x"), parameter([[1, 2], [3, 4]], "W")
    with ad.scope("encoder"):
        with ad.scope("first"):
            h = np.tanh(x @ w)
        with ad.scope("second"):
            h = np.sin(h @ w)
    return ad.draw(h.sum(), scopes=1, backward=True, gradients=True)


@example
def several_outputs() -> Any:
    """A shared node, and two results with cotangents of their own."""
    x = parameter([1, 2], "x")
    shared = np.exp(x)
    return ad.draw(
        {"sum": shared.sum(), "double": shared * 2}, gradients=True, cotangent={"sum": 10.0, "double": [1.0, 0.0]}
    )


@example
def constants() -> Any:
    """Arrays and numbers among the arguments, whose order matters."""
    x = parameter([1, 2, 3], "x")
    return ad.draw(np.where(np.array([True, False, True]), 2 - x, x / np.array([2.0, 4.0, 8.0])), rules=True)


@example
def looked_on() -> Any:
    """A forward pass without gradients, inside observe."""
    x = parameter([[-1, 2]], "x")
    with ad.no_grad(), ad.observe():
        y = ad.softmax(ad.relu(x))
    return ad.draw(y, values=True)


@example
def second_order() -> Any:
    """The graph of a gradient."""
    x = parameter(0.5, "x")
    np.sin(x).backward(create_graph=True)
    return ad.draw(x.grad, rules=True)


@example
def opaque() -> Any:
    """A checkpoint and an operation of the user's own."""

    @ad.custom(lambda g, x: g * 3 * x**2, label="x³")
    def cube(x):
        return x**3

    def block(x):
        return np.tanh(x * 2)

    return ad.draw(cube(ad.checkpoint(block)(parameter([0.5], "x"))), rules=True)


@example
def long_chain() -> Any:
    """A graph of more nodes than anybody reads: its scopes are folded, and the drawing says so."""
    x = parameter(1, "x")
    for i in range(4):
        with ad.scope(f"step {i}"):
            for _ in range(100):
                x = x * 1.5 if i % 2 else np.sin(x)
    return ad.draw(x)


@example
def dead_units() -> Any:
    """Histograms of many numbers, and a unit that lets no gradient through, in the dark theme."""
    x = ad.tensor(np.linspace(-1, 1, 30).reshape(15, 2), name="x")
    with ad.observe():
        y = ad.relu(x * parameter([1, 1], "w") + parameter([0, -5], "b"))
    return ad.draw(y.sum(), values=True, gradients=True, theme="dark")


@example
def path() -> Any:
    """One of two ways, highlighted in black and white."""
    x = parameter(2, "x")
    slow, fast = np.exp(x), x * 3
    slow.name, fast.name = "slow", "fast"
    return ad.draw(slow + fast, highlight=[x, "slow"], theme="print")


@example
def odd_names() -> Any:
    """Names that mean something in DOT or in HTML."""
    x, y = parameter(1, 'a "quoted" <b> & co'), ad.tensor(2.0, name="größe µ")
    with ad.scope('say "n1"'):
        return ad.draw(x * y)
