"""Activation functions, their table of derivatives, and their intervals."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import autodiff as ad
import nn

from .claims import POINTS, Claim, Formula, Number, Text
from .counts import default, default_line
from .deriving import program

TITLE = "Activation functions and their derivatives"
ABOUT = (
    "Functions and slopes at points on both sides of 0, off the kinks, where the slopes are undefined, as 004 says. "
    "An end of an interval belongs to it if the function gets there; what is left to the end is computed by itself, "
    "since tanh(20) is 1 in 64 bits."
)
ALPHA, SELU_ALPHA, SCALE = 0.3, 1.6732632423543772, 1.0507009873554805
FAR = np.linspace(-18, 18, 73)  # farther out, e^(−x²) is 0 in 64 bits
VECTORS = [(np.array([1.0, 2.0, 0.5]),), (np.array([-3.0, 0.0, 4.0]),)]
PROBABILITIES = [(0.01,), (0.3,), (0.5,), (0.99,)]


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def elu(x: Any, alpha: float = ALPHA) -> Any:
    return ad.elu(x, alpha)


def by_case(x: Any, below: Any, above: Any) -> Any:
    return above if x > 0 else below


def piecewise(x: Any, low: float = -0.5, high: float = 0.5) -> Any:
    return 1 if x >= high else 0 if x <= low else (x - low) / (high - low)


def softplus(x: Any) -> Any:
    return np.log(1 + np.exp(x))


def softplus_slope(x: Any) -> Any:
    return ad.grad(lambda x: np.sum(ad.softplus(x)))(x)


def printed_softplus(x: Any) -> Any:
    return 1 + np.exp(x)


def elu_slope(x: Any) -> Any:
    return ad.grad(lambda x: np.sum(elu(x)))(x)


def slope_from_below(alpha: float) -> Any:
    """ELU's slope where x goes to 0 from below."""
    return ad.grad(partial(elu, alpha=alpha))(-1e-12)


def interval(to_lower: Callable[[Any], Any], to_upper: Callable[[Any], Any], lower: int, upper: int) -> str:
    """The interval of a function from what is left to each end: an end that is reached belongs to it."""
    left, right = ("[" if np.any(to_lower(FAR) == 0) else "("), ("]" if np.any(to_upper(FAR) == 0) else ")")
    return f"{left}{lower},{upper}{right}"


def behind_selu() -> Any:
    """Of random inputs with mean 0 and standard deviation 1, LeCun's initial weights, 300 units a layer."""
    x = np.random.default_rng(0).normal(size=(500, 300))
    for seed in range(8):
        weights = nn.initializers.LecunNormal(seed=seed)((300, 300))
        x = nn.activations.selu(x @ np.asarray(weights))
    return np.array([np.mean(x), np.std(x)])


table = partial(Formula, "004", "Popular Activation Functions and Their Derivatives")
functions = partial(Formula, "003", "Activation functions")

CLAIMS: tuple[Claim, ...] = (
    Formula("000/001, 002, 003, 004", "Activation functions", "sigmoid", "1 / (1 + e⁻ˣ)", ad.sigmoid, sigmoid),
    Formula("001, 002, 004", "Activation functions", "tanh", "(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)", np.tanh,
            lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))),
    Formula("002", "Other Activation Functions", "tanh by σ", "2σ(2z) − 1", np.tanh, lambda z: 2 * sigmoid(2 * z) - 1),
    functions("tanh", "2 / (1 + e⁻²ˣ) − 1", np.tanh, lambda x: 2 / (1 + np.exp(-2 * x)) - 1),
    Formula("000/001, 002, 003, 004", "Activation functions", "ReLU", "max(0, z)", ad.relu, lambda z: max(0, z)),
    Formula("001", "Activation Functions", "leaky ReLU", "max(αx, x)", ad.leaky_relu, lambda x: max(0.2 * x, x)),
    Formula("001, 004", "Activation Functions", "ELU", "x, below 0 α(eˣ − 1)", elu,
            lambda x: by_case(x, ALPHA * (np.exp(x) - 1), x)),
    Formula("004", "Non-Saturating Activation Functions", "SELU", "λx, below 0 λα(eˣ − 1)", ad.selu,
            lambda x: SCALE * by_case(x, SELU_ALPHA * (np.exp(x) - 1), x)),
    Number("004", "Non-Saturating Activation Functions", "λ of SELU", "1.0507", lambda: nn.activations.selu(1.0)),
    Number("004", "Non-Saturating Activation Functions", "α of SELU", "1.6733",
           lambda: -nn.activations.selu(-50.0) / nn.activations.selu(1.0)),
    Number("004", "Non-Saturating Activation Functions", "largest of ELU's “typical values 0.1 ≤ α ≤ 0.3”", "0.3",
           lambda: default(nn.activations.elu, "alpha"), derivation=lambda: default_line(nn.activations.elu, "alpha")),
    Number("004", "Non-Saturating Activation Functions", "mean and standard deviation behind 8 layers with SELU", "0 1",
           behind_selu),
    Formula("002", "Regression MLPs", "softplus", "log(1 + exp(z))", ad.softplus, softplus),
    Formula("002", "Step Functions", "Heaviside", "0 if z < 0, else 1", nn.activations.step, lambda z: float(z >= 0)),
    Formula("002", "Activation Functions", "slope of Heaviside off 0", "0",
            ad.grad(lambda z: z * 0 + nn.activations.step(z)), lambda z: 0.0),
    functions("linear", "x", nn.activations.linear, lambda x: x),
    functions("piecewise linear, from −0.5 to 0.5", "(x − x_min) / (x_max − x_min) between",
              nn.activations.piecewise_linear, piecewise),
    functions("Gaussian", "e^(−x²)", nn.activations.gaussian, lambda x: np.exp(-(x**2))),
    Text("003", "Activation functions", "interval of the sigmoid", "(0,1)",
         lambda: interval(ad.sigmoid, lambda x: ad.sigmoid(-x), 0, 1)),
    Text("003", "Activation functions", "interval of the Gaussian", "(0,1]",
         lambda: interval(nn.activations.gaussian, lambda x: 1 - nn.activations.gaussian(x), 0, 1)),
    Text("003", "Activation functions", "interval of tanh", "[-1,1]",
         lambda: interval(lambda x: 2 * ad.sigmoid(2 * x), lambda x: 2 * ad.sigmoid(-2 * x), -1, 1),
         lambda: f"1 - tanh(x) = 2 * sigmoid(-2 * x) > 0; at x = 18: {2 * ad.sigmoid(-36.0):.3g}"),
    Formula("000, 002", "Softmax", "softmax", "e^zᵢ / Σ e^zⱼ", ad.softmax,
            lambda z: np.exp(z) / np.sum(np.exp(z)), VECTORS),
    Formula("000", "Activation Functions", "the sum of its outputs", "1", lambda z: np.sum(ad.softmax(z)),
            lambda z: 1.0, VECTORS),
    Formula("003", "Logistic regression", "the inverse of the log-odds", "σ(log(p / (1 − p))) = p",
            lambda p: ad.sigmoid(np.log(p / (1 - p))), lambda p: p, PROBABILITIES),
    table("slope of the linear function", "1", ad.grad(nn.activations.linear), lambda x: 1.0),
    table("slope of the sigmoid", "φ(1 − φ)", ad.grad(ad.sigmoid), lambda x: sigmoid(x) * (1 - sigmoid(x))),
    table("slope of tanh", "1 − φ²", ad.grad(np.tanh), lambda x: 1 - np.tanh(x) ** 2),
    table("slope of ReLU off 0", "0 or 1", ad.grad(ad.relu), lambda x: by_case(x, 0.0, 1.0)),
    table("leaky ReLU", "0.01x, x", partial(ad.leaky_relu, negative_slope=0.01), lambda x: by_case(x, 0.01 * x, x)),
    table("slope of leaky ReLU off 0", "0.01 or 1", ad.grad(partial(ad.leaky_relu, negative_slope=0.01)),
          lambda x: by_case(x, 0.01, 1.0)),
    table("softplus", "(1 + eˣ)", ad.softplus, printed_softplus, POINTS,
          "ln(1 + eˣ): the printed slope is that of this one", softplus, lambda: program(softplus_slope, np.ones(1))),
    table("slope of softplus", "1 / (1 + e⁻ˣ)", ad.grad(ad.softplus), sigmoid),
    table("slope of ELU off 0", "αeˣ, 1", ad.grad(elu), lambda x: by_case(x, ALPHA * np.exp(x), 1.0)),
    table("slope of ELU where x goes to 0, from both sides", "1, x ≥ 0, and again 1, x ≥ 0 and α = 1", slope_from_below,
          lambda alpha: 1.0, [(0.3,), (1.0,)], "α from below, 1 from above: one slope only if α = 1",
          lambda alpha: alpha * np.exp(-1e-12),
          lambda: program(elu_slope, np.array([-0.1, 0.0, 0.1]))),
    table("slope of SELU off 0", "λαeˣ, λ", ad.grad(ad.selu),
          lambda x: SCALE * by_case(x, SELU_ALPHA * np.exp(x), 1.0)),
)  # fmt: skip
