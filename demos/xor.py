"""The lectures' XOR network: two noisy classes, two hidden units, steepest descent.

Source: G. Marques, An Introduction to Artificial Neural Networks, "Training MLPs,
Example: XOR problem". The names are the lectures': W_i, b, w_o, U, V, Yh, E, eta.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

import autodiff as ad

from .checks import DIFFERENCES, SAME_FORMULA, Array, Check, central_differences, compare
from .report import Report
from .session import Training, run
from .xor_pictures import decision_map, error_curves

SHAPES = {"W_i": (2, 2), "b": (2, 1), "w_o": (2, 1)}
SPREAD = 0.3  # standard deviation of the noise around each corner
ETA = 0.1
ITERATIONS = 1500
SEEDS = range(8)
POINTS = (0, 10, 100, 1000)  # iterations at which the gradients are checked, besides the last


def make_data(seed: int = 0, per_corner: int = 250) -> tuple[Array, Array]:
    """Two classes of 500 points as the columns of X (2 x N), each class in two opposite corners; labels 1 and -1."""
    generator = np.random.default_rng(seed)
    corners = np.repeat([[1, -1, 1, -1], [1, -1, -1, 1]], per_corner, axis=1)
    X = corners + SPREAD * generator.standard_normal(corners.shape)
    return X, np.where(corners[0] == corners[1], -1.0, 1.0)


def network(W_i: Any, b: Any, w_o: Any, X: Any) -> Any:
    """The output for each column of X, 1 x N; takes tensors as well as arrays."""
    V = np.tanh(W_i.T @ X + b)
    return np.tanh(w_o.T @ V)


def mean_squared_error(W_i: Any, b: Any, w_o: Any, X: Any, y: Any) -> Any:
    """The lectures' MSE, (1/N) Σ (y[n] − ŷ[n])²."""
    E = y - network(W_i, b, w_o, X)
    return np.mean(E**2)


def lecture_gradients(W_i: Array, b: Array, w_o: Array, X: Array, y: Array) -> list[Array]:
    """The gradients by W_i, b and w_o as the lectures derive them by hand, in matrix notation.

    Their pseudo-code has two slips against their own formulas: `dz` lacks 1/N, and
    the sum for `db` lacks keepdims=True, without which it is no 2 x 1 matrix.
    """
    V = np.tanh(W_i.T @ X + b)
    Yh = np.tanh(w_o.T @ V)
    E = y - Yh
    dz = -2 / X.shape[1] * E * (1 - Yh**2)
    dw_o = V @ dz.T
    dgu = (1 - V**2) * (w_o @ dz)
    db = np.sum(dgu, axis=1, keepdims=True)
    dW_i = X @ dgu.T
    return [dW_i, db, dw_o]


class Run(NamedTuple):
    """Training from one initialization: the error before each step, and the parameters met at POINTS and last."""

    seed: int
    errors: list[float]
    points: list[list[Array]]
    right: float

    @property
    def params(self) -> list[Array]:
        return self.points[-1]

    @property
    def stuck(self) -> bool:
        """Whether a corner is lost: with three of four right, no more than about 75 % are."""
        return self.right < 0.9


def train(X: Array, y: Array, seed: int, training: Training, iterations: int = ITERATIONS) -> Run:
    """Steepest descent over the whole training set, from Gaussian weights."""
    generator = np.random.default_rng(seed)
    params = [ad.tensor(generator.standard_normal(s), requires_grad=True, name=n) for n, s in SHAPES.items()]
    errors, points = [], []
    for iteration in training.steps(iterations, f"  XOR, seed {seed}"):
        if iteration in POINTS:
            points.append([p.numpy() for p in params])
        loss = mean_squared_error(*params, X, y)
        errors.append(loss.item())
        loss.backward()
        for p in params:
            p.data -= ETA * p.grad
            p.grad = None
    points.append([p.numpy() for p in params])
    errors.append(float(mean_squared_error(*points[-1], X, y)))
    right = float(np.mean(np.sign(network(*points[-1], X)) == y))
    return Run(seed, errors, points, right)


def check_gradients(X: Array, y: Array, points: list[list[Array]]) -> list[Check]:
    """Compare the engine's gradients with the lectures' formulas and with central differences."""
    by_engine = [ad.grad(mean_squared_error, argnums=(0, 1, 2))(*point, X, y) for point in points]
    by_hand = [lecture_gradients(*point, X, y) for point in points]
    by_differences = [central_differences(lambda *params: mean_squared_error(*params, X, y), p) for p in points]
    references = [
        ("the lectures' formula", by_hand, SAME_FORMULA),
        ("central differences", by_differences, DIFFERENCES),
    ]
    return [
        compare(f"XOR: ∂E/∂{name}", against, [g[i] for g in by_engine], [g[i] for g in reference], **tolerance)
        for against, reference, tolerance in references
        for i, name in enumerate(SHAPES)
    ]


def demo(report: Report, training: Training, iterations: int = ITERATIONS, seeds: Iterable[int] = SEEDS) -> None:
    """Train from several initializations, draw the errors and the best network's map, check the gradients."""
    report.title("The XOR network: 1000 noisy points, 2 hidden units, steepest descent")
    X, y = make_data()
    runs = []
    for seed in seeds:
        runs.append(train(X, y, seed, training, iterations))
        if training.stopped:
            break
    best = min(runs, key=lambda each: each.errors[-1])
    report.say(
        f"Best: seed {best.seed}, mean squared error {best.errors[-1]:.3f}, {best.right:.1%} of the points right."
    )
    stuck = [each for each in runs if each.stuck]
    report.say(f"Different initializations lead to different results: {len(stuck)} of {len(runs)} got stuck.")
    for each in stuck:
        report.say(f"Stuck: seed {each.seed}, mean squared error {each.errors[-1]:.3f}, {each.right:.1%} right.")
    report.picture(error_curves(runs), "xor-errors.png", "The mean squared error from each initialization.")
    report.picture(decision_map(network, best, X, y), "xor-map.png", "The best network's output over the plane.")
    report.checks += check_gradients(X, y, [point for each in runs for point in each.points])


if __name__ == "__main__":
    run(demo)
