"""The XOR network number by number, as micrograd has it: every weight and every unit is a node of its own."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import autodiff as ad

from .contenders import Array, Build, Contender, Problem
from .xor import autodiff_xor, numpy_xor

Weights = list[list[list[Any]]]  # numbers, in the rows of each array of weights


def loss_by_numbers(weights: Weights, problem: Problem, tanh: Callable[[Any], Any]) -> Any:
    """The mean squared error, from the engine's numbers and its tanh."""
    Wi, b, wo = weights
    total = 0.0
    for point, target in zip(problem.inputs.T.tolist(), problem.targets[0].tolist(), strict=True):
        out = 0.0
        for j, (bias,) in enumerate(b):
            out = out + wo[j][0] * tanh(sum((row[j] * x for row, x in zip(Wi, point, strict=True)), bias))
        total = total + (tanh(out) - target) ** 2
    return total * (1 / problem.targets.size)


def numbers(problem: Problem, made: Callable[[float], Any]) -> Weights:
    return [[[made(value) for value in row] for row in array.tolist()] for array in problem.weights]


def arrays(weights: Weights) -> list[Array]:
    return [np.array([[float(each.data) for each in row] for row in array]) for array in weights]


def micrograd_numbers(problem: Problem) -> Contender:
    from micrograd.engine import Value

    weights = numbers(problem, Value)

    def step() -> Any:
        loss = loss_by_numbers(weights, problem, micrograd_tanh)
        loss.backward()
        _descend(weights, problem.rate, zero=0.0)
        return np.float64(loss.data)

    return Contender(step, lambda: arrays(weights))


def micrograd_tanh(x: Any) -> Any:
    """What micrograd leaves to its user."""
    from micrograd.engine import Value

    out = Value(math.tanh(x.data), (x,), "tanh")

    def backward() -> None:
        x.grad += (1 - out.data**2) * out.grad

    out._backward = backward
    return out


def autodiff_numbers(problem: Problem, is_compiled: bool) -> Contender:
    weights = numbers(problem, partial(ad.tensor, requires_grad=True))

    def step() -> Any:
        loss = loss_by_numbers(weights, problem, np.tanh)
        loss.backward()
        _descend(weights, problem.rate, zero=None)
        return loss

    return Contender(ad.compile(step) if is_compiled else step, lambda: arrays(weights))


def _descend(weights: Weights, rate: float, zero: Any) -> None:
    for weight in (each for array in weights for row in array for each in row):
        weight.data = weight.data - rate * weight.grad
        weight.grad = zero


SCALARS: dict[str, Build] = {
    "NumPy by hand": numpy_xor,
    "autodiff, arrays": autodiff_xor,
    "autodiff": partial(autodiff_numbers, is_compiled=False),
    "compiled": partial(autodiff_numbers, is_compiled=True),
    "micrograd": micrograd_numbers,
}
