"""Steps and rates: descent, momentum, Nesterov, power scheduling, clipping; initial weights, dropout, scaling."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import autodiff as ad
import nn

from .claims import Claim, Formula, Number
from .deriving import program

TITLE = "Steps, rates, initial weights, and what layers do to data"
ABOUT = (
    "The printed recursions are run beside `nn`'s optimizers for 6 steps on J(θ) = ½ (3θ₁² + θ₂²). Initial weights are "
    "drawn, a million of them, and their variance may be off by 1%."
)
START, CURVATURE = np.array([1.0, -2.0]), np.array([3.0, 1.0])
ETA, BETA, STEPS = 0.1, 0.9, 6
FAN_IN, FAN_OUT = 2000, 500
RATES = 1e-6  # optimizers keep their rates in 32 bits
Path = Any  # the points of a run, one a row


def cost(theta: Any, curvature: Any = CURVATURE) -> Any:
    return np.sum(curvature * theta**2) / 2


slope = ad.grad(cost)


def optimized(**settings: Any) -> Path:
    """The points that SGD of `nn` goes through, at the engine's slopes."""
    theta, optimizer = nn.Variable(START, dtype="float64"), nn.optimizers.SGD(ETA, **settings)
    points = [START]
    for _ in range(STEPS):
        optimizer.apply([slope(theta.numpy())], [theta])
        points.append(theta.numpy().copy())
    return np.array(points)


def run(step: Callable[..., Any], *state: Any) -> Path:
    """The first parts of the states that a printed recursion goes through."""
    points = [state[0]]
    for _ in range(STEPS):
        state = step(*state)
        points.append(state[0])
    return np.array(points)


def momentum(theta: Any, m: Any) -> Any:
    m = BETA * m - ETA * slope(theta)
    return theta + m, m


def nesterov(share: float, ahead: Any, theta: Any) -> Any:
    """θ ← share · m − η ∇J(m), then m ← θ + μ (θ − θ before): the point ahead, where `nn` keeps its weights."""
    new = share * ahead - ETA * slope(ahead)
    return new + BETA * (new - theta), new


def nesterov_step(ahead: Any, theta: Any, curvature: Any) -> Any:
    new = ahead - ETA * slope(ahead, curvature)
    return new + BETA * (new - theta), new


def changes(after: int) -> Path:
    """w(n + after) − w(n + after − 1) of plain descent, for n = 1 … 5."""
    points = optimized()
    return points[1 + after : STEPS + after] - points[after : STEPS + after - 1]


def descent(w: Any, curvature: Any) -> Any:
    change = -ETA * slope(w, curvature)
    return w + change


def rate_after(steps: int, decay: float) -> Any:
    """The rate of SGD(learning_rate=0.01, decay=decay) after so many steps: its step along a slope of 1."""
    w, optimizer = nn.Variable([0.0], dtype="float64"), nn.optimizers.SGD(learning_rate=0.01, decay=decay)
    for _ in range(steps):
        optimizer.apply([np.zeros(1)], [w])
    optimizer.apply([np.ones(1)], [w])
    return -w.numpy()[0]


def clipped(gradient: Any) -> Any:
    """What SGD(clipvalue=1.0) makes of a gradient."""
    w = nn.Variable(np.zeros(len(gradient)), dtype="float64")
    nn.optimizers.SGD(1.0, clipvalue=1.0).apply([gradient], [w])
    return -w.numpy()


def variance(name: str, **settings: Any) -> Any:
    """Of the weights that an initializer draws."""
    return np.var(np.asarray(getattr(nn.initializers, name)(seed=0, **settings)((FAN_IN, FAN_OUT)), float))


RUN = [()]
AVERAGE = (FAN_IN + FAN_OUT) / 2
steps = partial(Formula, "004", points=RUN, noise=RATES)
initial = partial(Formula, "004", "Glorot and He Initialization", noise=0.01, points=RUN)


def dropped(training: bool) -> Any:
    """The share of ones that Dropout(0.5) sets to 0."""
    return np.mean(np.asarray(nn.layers.Dropout(0.5, seed=0)(np.ones(1_000_000), training=training)) == 0)


def normalized(data: Any) -> Any:
    layer = nn.layers.Normalization()
    layer.adapt(data)
    return layer(data).numpy()


CLAIMS: tuple[Claim, ...] = (
    steps("Gradient Descent with Momentum", "a step", "θ ← θ − η∇J(θ)", optimized,
          lambda: run(lambda theta: (theta - ETA * slope(theta),), START)),
    steps("Error Backpropagation", "the change beside w(n+1) = w(n) + Δw(n)", "Δw(n) = w(n) − w(n−1)",
          lambda: -ETA * CURVATURE * optimized()[1:STEPS], lambda: changes(0), right="Δw(n) = w(n+1) − w(n)",
          corrected=lambda: changes(1), derivation=lambda: program(descent, START, CURVATURE)),
    steps("Gradient Descent with Momentum", "momentum", "m ← βm − η∇J(θ), θ ← θ + m",
          partial(optimized, momentum=BETA), lambda: run(momentum, START, 0 * START)),
    steps("Gradient Descent with Momentum", "Nesterov", "m ← θ + μ(θ − θ before), θ ← βm − η∇J(m)",
          partial(optimized, momentum=BETA, nesterov=True), lambda: run(partial(nesterov, BETA), START, START),
          right="θ ← m − η∇J(m)", corrected=lambda: run(partial(nesterov, 1.0), START, START),
          derivation=lambda: program(nesterov_step, START, START, CURVATURE)),
    Formula("004", "Learning Rate Scheduler", "power scheduling by SGD(learning_rate=0.01, decay=1/s)",
            "η₀ / (1 + t/s)", rate_after, lambda t, decay: 0.01 / (1 + t * decay), [(0, 1e-4), (7, 1e-4), (20, 0.05)],
            noise=RATES),
    Formula("004", "Gradient Clipping", "SGD(clipvalue=1.0)", "every component between −1 and 1", clipped,
            lambda g: np.minimum(np.maximum(g, -1), 1), [(np.array([0.9, -90.0, 1.5]),)]),
    initial("Glorot, normal", "σ² = 1/fan_avg", partial(variance, "GlorotNormal"), lambda: 1 / AVERAGE),
    initial("Keras' default, Glorot, uniform", "σ² = 1/fan_avg", partial(variance, "GlorotUniform"),
            lambda: 1 / AVERAGE),
    initial("He, normal", "σ² = 2/fan_in", partial(variance, "HeNormal"), lambda: 2 / FAN_IN),
    initial("LeCun, normal", "σ² = 1/fan_in", partial(variance, "LecunNormal"), lambda: 1 / FAN_IN),
    initial("He, uniform by VarianceScaling(2., 'fan_avg', 'uniform')", "2/fan_avg",
            partial(variance, "VarianceScaling", scale=2.0, mode="fan_avg", distribution="uniform"),
            lambda: 2 / AVERAGE),
    Number("000/001, 004", "Dropout", "share that Dropout(0.5) drops in training", "0.5",
           lambda: dropped(training=True)),
    Number("004", "Dropout", "share after training", "0", lambda: dropped(training=False)),
    Formula("003", "Batch normalization", "standardization, by Normalization", "(data − mean) / standard deviation",
            normalized, lambda x: (x - x.mean(axis=0)) / x.std(axis=0), [(np.outer([1.0, 2, 5], [1, -10]),)],
            noise=1e-6),  # the layer works in 32 bits
)  # fmt: skip
