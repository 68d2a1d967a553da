"""How far are whole networks from central differences and from complex steps?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import autodiff as ad
from demos.checks import central_differences

from ..complex_steps import STEP
from ..mlp import autodiff_loss, mlp_problem
from ..points import Array
from ..xor import xor_problem
from . import lines
from .lines import Curve, Line

EPSILON = 1e-5  # of batch normalisation
RATE, BETA_1, BETA_2, TINY, AGE = 0.001, 0.9, 0.999, 1e-7, 10  # Adam's, AGE steps into a training


class Network(NamedTuple):
    """A number made of parameters; `analytic` where it is of complex ones, too."""

    name: str
    function: Callable[..., Any]
    parameters: list[Array]
    analytic: bool


def xor() -> Network:
    problem = xor_problem(100)

    def loss(Wi: Any, b: Any, wo: Any) -> Any:
        return np.mean((problem.targets - np.tanh(wo.T @ np.tanh(Wi.T @ problem.inputs + b))) ** 2)

    return Network("XOR, 2-2-1, tanh", loss, problem.weights, True)


def perceptron() -> Network:
    problem = mlp_problem(32, (8, 16, 10))
    inputs = problem.inputs.astype(np.float64)
    weights = [each.astype(np.float64) for each in problem.weights]
    return Network(
        "MLP 8-16-10, relu, softmax cross-entropy",
        lambda *weights: autodiff_loss(weights, inputs, problem.targets),
        weights,
        False,
    )


def batch_normalisation() -> Network:
    """S. Ioffe and C. Szegedy, Batch Normalization, 2015, Algorithm 1, against a random cotangent."""
    generator = np.random.default_rng(0)
    cotangent = generator.standard_normal((32, 4))

    def normalised(x: Any, gamma: Any, beta: Any) -> Any:
        centred = x - np.mean(x, axis=0)
        scale = np.sqrt(np.mean(centred**2, axis=0) + EPSILON)
        return np.sum(cotangent * (gamma * centred / scale + beta))

    return Network(
        "batch normalisation, 32 × 4", normalised, [generator.normal(3, 2, (32, 4)), np.ones(4), np.zeros(4)], True
    )


def adam_step() -> Network:
    """D. Kingma and J. Ba, Adam, 2015, Algorithm 1: the loss after a step, by the weights before it.

    The step itself takes a gradient, so this one is of second order.
    """
    before = xor()
    generator = np.random.default_rng(1)
    first = [0.1 * generator.standard_normal(w.shape) for w in before.parameters]
    second = [0.01 + 0.01 * generator.random(w.shape) for w in before.parameters]
    gradient = ad.grad(lambda weights: before.function(*weights))

    def loss_after(*weights: Any) -> Any:
        moved = []
        for w, g, m, v in zip(weights, gradient(list(weights)), first, second, strict=True):
            m_hat = (BETA_1 * m + (1 - BETA_1) * g) / (1 - BETA_1**AGE)
            v_hat = (BETA_2 * v + (1 - BETA_2) * g**2) / (1 - BETA_2**AGE)
            moved.append(w - RATE * m_hat / (np.sqrt(v_hat) + TINY))
        return before.function(*moved)

    return Network("the XOR loss after a step of Adam", loss_after, before.parameters, False)


NETWORKS = (xor, perceptron, batch_normalisation, adam_step)


class Measured(NamedTuple):
    """A network along one random line, and its whole gradient against differences element by element."""

    name: str
    size: int
    curve: Curve
    modes: float
    complex_step: float
    gradient: float


def measure(network: Network, hs: Array) -> Measured:
    along = network_line(network)
    slope = lines.reverse_slope(along)
    by_complex = lines.complex_slopes(along, np.array([STEP]))[0] if network.analytic else np.nan
    return Measured(
        network.name,
        sum(each.size for each in network.parameters),
        lines.curve(along, hs, slope, lines.third_derivative(along)),
        abs(lines.forward_slope(along) / slope - 1),
        abs(by_complex / slope - 1),
        gradient_error(network),
    )


def network_line(network: Network) -> Line:
    """A random line through a network's parameters."""
    return lines.line(lambda *weights: [network.function(*weights)], network.parameters, np.random.default_rng(0))


def gradient_error(network: Network) -> float:
    """The greatest difference between the gradients, over the greatest element."""
    found = ad.grad(lambda weights: network.function(*weights))(network.parameters)
    expected = central_differences(network.function, network.parameters)
    greatest = max(np.max(np.abs(each)) for each in expected)
    return float(max(np.max(np.abs(a - b)) for a, b in zip(found, expected, strict=True)) / greatest)
