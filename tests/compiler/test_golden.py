"""Emitted programs as they are read: kept as files, and compared letter by letter.

After a change that is meant, write them again: AUTODIFF_GOLDEN=write pytest tests/compiler/test_golden.py
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autodiff as ad

FOLDER = Path(__file__).parent / "golden"


def parameter(name: str, *shape: int, dtype: Any = np.float64) -> ad.Tensor:
    values = np.sin(np.arange(np.prod(shape))).reshape(shape)
    return ad.tensor(values, requires_grad=True, name=name, dtype=dtype)


def xor() -> Any:
    """The lecture's network: 2 tanh units with a bias, a tanh output, mean squared error."""
    W_i, b, w_o = parameter("W_i", 2, 2), parameter("b", 2, 1), parameter("w_o", 2, 1)
    X = np.array([[-1.0, -1, 1, 1], [-1, 1, -1, 1]])
    Y = np.array([[-1.0, 1, 1, -1]])

    def step(X, Y):
        U = np.dot(W_i.T, X) + b
        V = np.tanh(U)
        Z = np.dot(w_o.T, V)
        Yh = np.tanh(Z)
        E = Y - Yh
        loss = np.mean(E**2)
        loss.backward()
        for w in (W_i, b, w_o):
            w.data -= 0.1 * w.grad
            w.grad = None
        return loss

    return step, (X, Y)


def adam() -> Any:
    """A network of two layers, and Adam as Kingma and Ba write it."""
    sizes = {"hidden_kernel": (784, 300), "hidden_bias": (300,), "output_kernel": (300, 10), "output_bias": (10,)}
    weights = [parameter(name, *shape, dtype=np.float32) for name, shape in sizes.items()]
    means = [ad.tensor(np.zeros_like(w.data), name=f"m_{w.name}") for w in weights]
    squares = [ad.tensor(np.zeros_like(w.data), name=f"v_{w.name}") for w in weights]
    time = ad.tensor(np.float32(0), name="t")

    def step(x, labels):
        W1, b1, W2, b2 = weights
        with ad.scope("hidden"):
            hidden = ad.relu(x @ W1 + b1)
        with ad.scope("output"):
            logits = hidden @ W2 + b2
        loss = np.mean(ad.cross_entropy(logits, labels))
        loss.backward()
        time.data = time.data + 1
        rate = 0.001 * np.sqrt(1 - 0.999**time.data) / (1 - 0.9**time.data)
        for w, m, v in zip(weights, means, squares, strict=True):
            m.data = 0.9 * m.data + 0.1 * w.grad
            v.data = 0.999 * v.data + 0.001 * w.grad**2
            w.data -= rate * m.data / (np.sqrt(v.data) + 1e-7)
            w.grad = None
        return loss

    return step, (np.ones((32, 784), np.float32), np.arange(32) % 10)


def batch_normalisation() -> Any:
    """Ioffe and Szegedy: the batch's moments, and moving averages of them."""
    gamma, beta = parameter("gamma", 5), parameter("beta", 5)
    mean, variance = ad.tensor(np.zeros(5), name="moving_mean"), ad.tensor(np.ones(5), name="moving_variance")

    def step(x):
        mu = np.mean(x, axis=0)
        sigma2 = np.var(x, axis=0)
        y = gamma * (x - mu) / np.sqrt(sigma2 + 1e-3) + beta
        loss = np.sum(y**3)
        loss.backward()
        mean.data = 0.99 * mean.data + 0.01 * mu
        variance.data = 0.99 * variance.data + 0.01 * sigma2
        for w in (gamma, beta):
            w.data -= 0.01 * w.grad
            w.grad = None
        return loss

    return step, (np.cos(np.arange(20.0)).reshape(4, 5),)


@pytest.mark.parametrize("make", [xor, adam, batch_normalisation])
def test_the_program_reads_as_before(make):
    function, args = make()
    step = ad.compile(function)
    step(*args)
    path = FOLDER / f"{make.__name__}.txt"
    if os.environ.get("AUTODIFF_GOLDEN") == "write":
        path.write_text(step.source, encoding="utf-8")
    assert step.source == path.read_text(encoding="utf-8")
