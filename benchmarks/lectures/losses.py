"""Losses, penalties, and their slopes: the formulas of 002, 003 and 004."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import autodiff as ad
import nn

from .claims import Claim, Formula
from .deriving import program

TITLE = "Losses, penalties, and their slopes"
ABOUT = "Each formula beside the loss of `nn`, and each printed slope beside the engine's, on random numbers."
RNG = np.random.default_rng(1)
Y, A = RNG.normal(size=6), RNG.normal(size=6)
LOGITS, ONE_HOT = RNG.normal(size=4), np.eye(4)[2]
SHARES = np.exp(LOGITS) / np.sum(np.exp(LOGITS))
W, X, T = RNG.normal(size=5), RNG.normal(size=(8, 5)), RNG.normal(size=8)
W1, W2, B1, B2 = RNG.normal(size=(3, 5)), RNG.normal(size=(2, 3)), RNG.normal(size=3), RNG.normal(size=2)
TARGETS = RNG.normal(size=2)
RATE, MIX = 0.01, 0.7


def nn_loss(name: str) -> Any:
    """A loss of `nn` as a function of targets and predictions."""
    return lambda y, out: nn.losses.get(name)(y, out)


def mean_square(a: Any, y: Any) -> Any:
    return np.mean((y - a) ** 2)


def mean_square_slope(a: Any, y: Any) -> Any:
    return ad.grad(mean_square)(a, y)


def cross_entropy_slope(z: Any, label: Any) -> Any:
    """Of the softmax of 003's weighted sums, by these."""
    return ad.grad(lambda z: ad.cross_entropy(z, label))(z)


def huber(y: float, out: float) -> float:
    return 0.5 * (y - out) ** 2 if abs(y - out) <= 1 else abs(y - out) - 0.5


def binary(y: float, out: float) -> Any:
    return -(y * np.log(out) + (1 - y) * np.log(1 - out))


def half_squares(w: Any) -> Any:
    """004's J(w) of one neuron with tanh over the data."""
    return np.sum((T - np.tanh(X @ w)) ** 2) / 2


def out_of(v: Any) -> Any:
    return np.sum((TARGETS - ad.sigmoid(v)) ** 2) / 2


def from_hidden(v: Any) -> Any:
    """J as a function of the hidden layer's weighted sums."""
    return out_of(W2 @ np.tanh(v) + B2)


def sums() -> tuple[Any, Any]:
    """The weighted sums of both layers."""
    v = W1 @ W + B1
    return v, W2 @ np.tanh(v) + B2


def delta_out() -> Any:
    """δ_l = e_l φ′(v_l)."""
    y = 1 / (1 + np.exp(-sums()[1]))
    return (TARGETS - y) * y * (1 - y)


def delta_hidden() -> Any:
    """δ_j = φ′(v_j) Σ δ_l w_lj."""
    return (1 - np.tanh(sums()[0]) ** 2) * (W2.T @ delta_out())


def cost(W1: Any, b1: Any) -> Any:
    return from_hidden(W1 @ W + b1)


def log_likelihood(mean: Any, observed: Any) -> Any:
    return np.sum(-((observed - mean) ** 2) / 2 - np.log(2 * np.pi) / 2)


def fit_line(w: Any) -> Any:
    return np.sum((T - X @ w) ** 2)


def penalty(name: str, **settings: float) -> Any:
    return nn.regularizers.get({"class_name": name, "config": settings})(W)


def lasso() -> Any:
    return np.mean(np.abs(W))


def ridge() -> Any:
    return np.mean(W**2) / 2


losses = partial(Formula, "002", "Loss Functions")
back = partial(Formula, "004", "Backpropagation of the Error")
math = partial(Formula, "003", "Backpropagation math")
penalties = partial(Formula, "003", "Regularization", points=[()])
BINARY = [(np.array([1.0]), np.array([0.3])), (np.array([0.0]), np.array([0.8]))]

CLAIMS: tuple[Claim, ...] = (
    losses("MSE", "1/m Σ (ŷ − y)²", nn_loss("mse"), lambda y, out: np.mean((out - y) ** 2), [(Y, A)]),
    losses("Huber, δ = 1", "½(y − ŷ)², beyond 1 |y − ŷ| − ½",
           lambda y, out: nn_loss("huber")(np.array([y]), np.array([out])), huber,
           [(0.0, 0.4), (1.0, -2.0), (0.0, 1.0)]),
    losses("binary cross-entropy", "−(y log ŷ + (1 − y) log(1 − ŷ))", nn_loss("binary_crossentropy"),
           lambda y, out: binary(y.item(), out.item()), BINARY, noise=1e-6),  # `nn` works in 32 bits
    losses("categorical cross-entropy", "−Σ yₖ log ŷₖ",
           lambda y, out: nn_loss("categorical_crossentropy")(y[None], out[None])[0],
           lambda y, out: -np.sum(y * np.log(out)), [(ONE_HOT, SHARES)], noise=1e-6),
    math("slope of the MSE by a(z)", "2/n (y − a(z)) = 2/n Error", mean_square_slope,
         lambda a, y: 2 / len(y) * (y - a), [(A, Y)], "−2/n (y − a(z))", lambda a, y: -2 / len(y) * (y - a),
         lambda: program(mean_square_slope, A, Y)),
    math("slope of the sigmoid", "σ(z)(1 − σ(z))", ad.grad(ad.sigmoid),
         lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2),
    Formula("003", "Cross-entropy error", "CE", "−Σ yᵢ log ȳᵢ", lambda z, y: ad.cross_entropy(z, y),
            lambda z, y: -np.sum(y * np.log(np.exp(z) / np.sum(np.exp(z)))), [(LOGITS, ONE_HOT)]),
    Formula("003", "Gradient of the cross-entropy error", "∂CE/∂z, z before softmax", "y − ȳ",
            ad.grad(ad.cross_entropy), lambda z, y: y - SHARES, [(LOGITS, ONE_HOT)], "ȳ − y", lambda z, y: SHARES - y,
            lambda: program(cross_entropy_slope, LOGITS[None], np.array([2]))),
    math("the slope by the weights of layer L − 1", "δᴸ W φ′ aᴸ⁻²", lambda: ad.grad(cost)(W1, B1),
         lambda: np.outer(-delta_hidden(), W), [()]),
    math("the slope by the biases of layer L − 1", "δᴸ W φ′", lambda: ad.grad(cost, 1)(W1, B1), lambda: -delta_hidden(),
         [()]),
    back("∂J/∂w of a neuron", "e (−1) φ′(v) x", ad.grad(half_squares),
         lambda w: X.T @ (-(T - np.tanh(X @ w)) * (1 - np.tanh(X @ w) ** 2)), [(W,)]),
    back("local gradient of an output", "δ_l = −∂J/∂v_l = e_l φ′(v_l)", lambda: -ad.grad(out_of)(sums()[1]),
         delta_out, [()]),
    back("local gradient of a hidden unit", "δ_j = φ′(v_j) Σ δ_l w_lj", lambda: -ad.grad(from_hidden)(sums()[0]),
         delta_hidden, [()]),
    back("change of a hidden unit's weights", "Δw = η δ_j xᵢ", lambda: -RATE * ad.grad(cost)(W1, B1),
         lambda: RATE * np.outer(delta_hidden(), W), [()]),
    Formula("003", "More on Least squares", "the gradient at the least squares solution", "0", ad.grad(fit_line),
            lambda w: np.zeros(5), [(np.linalg.lstsq(X, T, rcond=None)[0],)]),
    Formula("003", "Maximum likelihood", "the slope of a normal's log-likelihood at the observations' mean", "0",
            ad.grad(log_likelihood), lambda mean, observed: 0.0, [(np.mean(T), T)]),
    penalties("Lasso", "1/n Σ |w|", lambda: penalty("L1", l1=1 / 5), lasso),
    penalties("Ridge", "1/2n Σ w²", lambda: penalty("L2", l2=1 / 10), ridge),
    penalties("ElasticNet", "r · Lasso + (1 − r) · Ridge", lambda: penalty("L1L2", l1=MIX / 5, l2=(1 - MIX) / 10),
              lambda: MIX * lasso() + (1 - MIX) * ridge()),
    Formula("004", "L1 and L2 Regularization", "Ridge", "λ Σ w²", lambda: penalty("L2", l2=RATE),
            lambda: RATE * np.sum(W**2), [()]),
    Formula("004", "L1 and L2 Regularization", "Lasso", "λ Σ |w|", lambda: penalty("L1", l1=RATE),
            lambda: RATE * np.sum(np.abs(W)), [()]),
    Formula("004", "L1 and L2 Regularization", "Elastic Net", "βλ Σ |w| + (1 − β)/2 λ Σ w²",
            lambda: penalty("L1L2", l1=MIX * RATE, l2=(1 - MIX) / 2 * RATE),
            lambda: MIX * RATE * np.sum(np.abs(W)) + (1 - MIX) / 2 * RATE * np.sum(W**2), [()]),
)  # fmt: skip
