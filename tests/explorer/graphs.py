"""Graphs to explore, each with what a test wants to know of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import autodiff as ad


def parameter(name: str, value: Any) -> Any:
    return ad.tensor(value, requires_grad=True, name=name)


def lecture(path: Path) -> Path:
    """The worked example: one hidden layer of two sigmoids, one sigmoid on top, the error at the output given."""
    x = np.array([0.0, 1.0])
    W = parameter("W", [[0.1, 0.5], [-0.7, 0.3]])
    V = parameter("V", [0.2, 0.4])
    with ad.observe():
        with ad.scope("hidden"):
            h = ad.sigmoid(x @ W)
        with ad.scope("output"):
            z = ad.sigmoid(h @ V)
    return ad.explore(z, path / "lecture.html", cotangent=1 - z.numpy(), title="The lecture's example")


def mlp(path: Path) -> Path:
    """A multilayer perceptron with arrays too large for arithmetic."""
    generator = np.random.default_rng(0)
    x = ad.tensor(generator.normal(size=(32, 8)), name="x")
    W1, b1 = parameter("W1", generator.normal(size=(8, 16))), parameter("b1", np.zeros(16))
    W2, b2 = parameter("W2", generator.normal(size=(16, 3))), parameter("b2", np.zeros(3))
    with ad.observe():
        with ad.scope("hidden"):
            h = ad.relu(x @ W1 + b1)
        with ad.scope("output"):
            logits = h @ W2 + b2
        loss = ad.cross_entropy(logits, generator.integers(0, 3, 32)).mean()
    return ad.explore(loss, path / "mlp.html")


def nested(path: Path) -> Path:
    """Scopes inside scopes inside scopes, and what lies beside them."""
    generator = np.random.default_rng(1)
    h = x = ad.tensor(generator.normal(size=3), name="x")
    with ad.observe():
        with ad.scope("encoder"):
            for k in range(2):
                with ad.scope(f"layer {k}"):
                    with ad.scope("affine"):
                        a = h @ parameter(f"W{k}", generator.normal(size=(3, 3))) + parameter(f"b{k}", np.ones(3))
                    with ad.scope("gate"):
                        g = ad.sigmoid(a * parameter(f"u{k}", generator.normal(size=3)))
                    h = np.tanh(a) * g
        with ad.scope("decoder"):
            out = h @ parameter("V", generator.normal(size=3)) + x.sum()
        loss = (out - 1) ** 2
    return ad.explore(loss, path / "nested.html")


def cell(path: Path) -> tuple[Path, dict[str, Any]]:
    """A recurrent cell over three steps of time: the gradients of its parameters are sums. With the right numbers."""
    generator = np.random.default_rng(2)
    W, U = parameter("W", generator.normal(size=(2, 2))), parameter("U", generator.normal(size=(2, 2)))
    b = parameter("b", generator.normal(size=2))
    with ad.observe():
        h = ad.tensor(generator.normal(size=2), name="h0")
        for t in range(3):
            x = ad.tensor(generator.normal(size=2), name=f"x{t}")
            with ad.scope(f"time {t}"):
                h = np.tanh(h @ W + x @ U + b)
        loss = (h**2).sum()
    gradients = dict(zip("WUb", ad.gradients(loss, [W, U, b]), strict=True))
    return ad.explore(loss, path / "cell.html"), {name: np.asarray(g) for name, g in gradients.items()} | {
        "h": h.numpy()
    }


def chain(path: Path, count: int) -> Path:
    """A chain of so many sines; a long one is folded by the library."""
    y = parameter("x", [1.0, 2.0])
    for _ in range(count):
        y = np.sin(y)
    return ad.explore(y.sum(), path / "chain.html")
