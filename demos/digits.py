"""A softmax network on scikit-learn's digits: 8 x 8 pictures, 32 relu units, ten classes, Adam."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import autodiff as ad

from .checks import DIFFERENCES, STEP, Array, Check, compare, moved, slope
from .digits_pictures import confusion, learning_curves, mistakes
from .report import Report
from .session import Training, run

SHAPES = {"W_1": (64, 32), "b_1": (32,), "W_2": (32, 10), "b_2": (10,)}
EPOCHS = 30
BATCH = 32
POINTS = (0, 1, 10)  # epochs before which the gradients are checked, besides the last
DIRECTIONS = 5


class Data(NamedTuple):
    """Pictures as rows of 64 numbers in [0, 1], and their labels."""

    X: Array
    y: Array


def load() -> tuple[Data, Data]:
    """1437 digits to train on, and 360 to test with."""
    pictures, labels = load_digits(return_X_y=True)
    X, X_test, y, y_test = train_test_split(pictures / 16, labels, test_size=0.2, stratify=labels, random_state=0)
    return Data(X, y), Data(X_test, y_test)


def initialize(generator: np.random.Generator) -> list[ad.Tensor]:
    """Weights of variance 2 / inputs, for relu (He et al., 2015), and no biases."""
    values = [np.zeros(s) if len(s) == 1 else generator.normal(0, np.sqrt(2 / s[0]), s) for s in SHAPES.values()]
    return [ad.tensor(value, requires_grad=True, name=name) for name, value in zip(SHAPES, values, strict=True)]


def hidden(W_1: Any, b_1: Any, X: Any) -> Any:
    """The hidden units before relu."""
    return X @ W_1 + b_1


def network(W_1: Any, b_1: Any, W_2: Any, b_2: Any, X: Any) -> Any:
    """The logits of each row of X; takes tensors as well as arrays."""
    return ad.relu(hidden(W_1, b_1, X)) @ W_2 + b_2


def mean_cross_entropy(W_1: Any, b_1: Any, W_2: Any, b_2: Any, data: Data) -> Any:
    return np.mean(ad.cross_entropy(network(W_1, b_1, W_2, b_2, data.X), data.y))


class Adam:
    """D. P. Kingma and J. Ba, Adam: A Method for Stochastic Optimization, 2015, Algorithm 1."""

    def __init__(self, params: list[ad.Tensor], rate: float = 0.003) -> None:
        self.params, self.rate, self.t = params, rate, 0
        self.m = [np.zeros(p.shape) for p in params]
        self.v = [np.zeros(p.shape) for p in params]

    def step(self) -> None:
        """Adapt the parameters, and forget their gradients."""
        self.t += 1
        for p, m, v in zip(self.params, self.m, self.v, strict=True):
            m += 0.1 * (p.grad - m)
            v += 0.001 * (p.grad**2 - v)
            p.data -= self.rate * m / (1 - 0.9**self.t) / (np.sqrt(v / (1 - 0.999**self.t)) + 1e-8)
            p.grad = None


def batches(data: Data, generator: np.random.Generator) -> Iterator[Data]:
    """The data once, shuffled, a few rows at a time."""
    order = generator.permutation(len(data.y))
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        yield Data(data.X[rows], data.y[rows])


class Run(NamedTuple):
    """Losses on both sets and the share of test digits told wrong, before each epoch; parameters at POINTS and last."""

    losses: list[tuple[float, float]]
    wrong: list[float]
    points: list[list[Array]]


def train(train_set: Data, test_set: Data, training: Training, epochs: int = EPOCHS) -> Run:
    """Mini-batches and Adam."""
    generator = np.random.default_rng(0)
    params = initialize(generator)
    adam = Adam(params)
    result = Run([], [], [])
    for epoch in training.steps(epochs, "  digits", unit="epoch"):
        record(result, params, train_set, test_set, keep=epoch in POINTS)
        for batch in batches(train_set, generator):
            mean_cross_entropy(*params, batch).backward()
            adam.step()
    record(result, params, train_set, test_set, keep=True)
    return result


def record(result: Run, params: list[ad.Tensor], train_set: Data, test_set: Data, keep: bool) -> None:
    """Add to a run what its parameters achieve now."""
    values = [p.numpy() for p in params]
    result.losses.append((mean_cross_entropy(*values, train_set), mean_cross_entropy(*values, test_set)))
    result.wrong.append(float(np.mean(predict(values, test_set.X) != test_set.y)))
    if keep:
        result.points.append(values)


def predict(params: list[Array], X: Array) -> Array:
    """The class of the largest logit."""
    return np.argmax(network(*params, X), axis=1)


def smooth_direction(params: list[Array], index: int, X: Array, generator: np.random.Generator) -> Array:
    """A random direction of length 1 along which no relu switches: at a kink a difference is no derivative."""
    while True:
        direction = generator.standard_normal(params[index].shape)
        direction /= np.linalg.norm(direction)
        ahead, behind = (hidden(*moved(params, index, step * direction)[:2], X) > 0 for step in (STEP, -STEP))
        if np.array_equal(ahead, behind):
            return direction


def check_gradients(points: list[list[Array]], data: Data) -> list[Check]:
    """Compare the engine's gradients with central differences along random directions."""
    generator = np.random.default_rng(1)
    gradients = [ad.grad(mean_cross_entropy, argnums=(0, 1, 2, 3))(*point, data) for point in points]
    checks = []
    for i, name in enumerate(SHAPES):
        found, expected = [], []
        for point, gradient in zip(points, gradients, strict=True):
            directions = [smooth_direction(point, i, data.X, generator) for _ in range(DIRECTIONS)]
            found.append(np.array([np.sum(gradient[i] * d) for d in directions]))
            expected.append(np.array([slope(lambda *p: mean_cross_entropy(*p, data), point, i, d) for d in directions]))
        check = compare(f"digits: ∂E/∂{name}", f"differences, {DIRECTIONS} directions", found, expected, **DIFFERENCES)
        checks.append(check._replace(shape=SHAPES[name]))
    return checks


def demo(report: Report, training: Training, epochs: int = EPOCHS) -> None:
    """Train, draw the curves, the confusion matrix and some mistakes, and check the gradients."""
    report.title("Handwritten digits: 64 inputs, 32 relu units, softmax over ten classes, Adam")
    train_set, test_set = load()
    result = train(train_set, test_set, training, epochs)
    predicted = predict(result.points[-1], test_set.X)
    wrong = np.flatnonzero(predicted != test_set.y)
    report.say(f"Test accuracy: {1 - result.wrong[-1]:.1%} ({len(wrong)} of {len(test_set.y)} wrong).")
    report.picture(learning_curves(result.losses, result.wrong), "digits-curves.png", "Training, epoch by epoch.")
    report.picture(confusion(test_set.y, predicted), "digits-confusion.png", "What each test digit was taken for.")
    report.picture(mistakes(test_set, predicted, wrong), "digits-mistakes.png", "Test digits the network gets wrong.")
    report.checks += check_gradients(result.points, Data(train_set.X[:200], train_set.y[:200]))


if __name__ == "__main__":
    run(demo)
