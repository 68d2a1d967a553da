"""One training step in each library, written as its own users write it.

A contender takes a problem (the first weights, the data, the learning rate) and
returns its step (forward, backward, update; returns the loss) and a look at its weights.
Libraries are imported where they are used: none but NumPy and autodiff need be there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import numpy as np

from .machine import left_out
from .timing import Step

Anything = TypeVar("Anything")
Array = np.ndarray[Any, Any]
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8  # of Adam, as in its paper


class Problem(NamedTuple):
    """Where all contenders start from."""

    weights: list[Array]
    inputs: Array
    targets: Array
    rate: float


class Contender(NamedTuple):
    """A training step, and the weights as they are after it."""

    step: Step
    weights: Callable[[], list[Array]]


Build = Callable[[Problem], Contender]


def installed(contenders: Mapping[str, Anything]) -> dict[str, Anything]:
    """The contenders whose libraries are there: a name tells them, with commas between them and to what it adds."""
    absent = left_out()
    return {name: each for name, each in contenders.items() if absent.isdisjoint(name.split(", "))}


def check(builds: Mapping[str, Build], problem: Problem, steps: int = 1, tolerance: float | None = None) -> None:
    """Raise AssertionError unless some steps of each give the losses and the weights of the first.

    The tolerance, where none is given, is 1e-5 in float32 and 1e-10 in float64.
    """
    tolerance = tolerance or (1e-5 if problem.inputs.dtype == np.float32 else 1e-10)
    expected: list[Array] = []
    for name, build in builds.items():
        contender = build(problem)
        losses = np.asarray([contender.step().item() for _ in range(steps)])
        found = [losses, *contender.weights()]
        expected = expected or found
        for mine, theirs in zip(found, expected, strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=tolerance, atol=tolerance, err_msg=name)


def training(build: Build, problem: Problem) -> Step:
    """The step of a new contender."""
    return build(problem).step


def descent(value_and_gradient: Any, weights: list[Array], rate: float) -> Step:
    """A step for a function that returns the loss and the gradients."""

    def step() -> Any:
        loss, gradients = value_and_gradient(weights)
        for w, g in zip(weights, gradients, strict=True):
            w -= rate * g
        return loss

    return step


def torch_descent(loss_of: Step, weights: Any, rate: float) -> Step:
    """PyTorch's step, which updates the weights in place; `loss_of` runs the forward pass."""
    import torch

    def step() -> Any:
        loss = loss_of()
        loss.backward()
        with torch.no_grad():
            for w in weights:
                w.sub_(w.grad, alpha=rate)
                w.grad = None
        return loss

    return step
