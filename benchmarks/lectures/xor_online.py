"""003's XOR network: one input, one step of online learning, every number of it.

The inputs are those of the slide: W1, W2, x = (0, 1), t = 1, η = 0.25, sigmoids. The slide rounds as it goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np

import autodiff as ad
import nn

from .claims import Claim, Formula, Number
from .deriving import program

TITLE = "003: one step of online learning on XOR"
ABOUT = (
    "Inputs x = (0, 1), target 1, η = 0.25, the printed W1 and W2. The engine takes the step once, unrounded; the "
    "slide goes on from rounded numbers, and cuts some. δ is minus the slope of ½·error² by a neuron's weighted sum."
)
SLIDE = "Example: multilayer perceptron to perform the XOR operation"
W1, W2 = np.array([[0.1, 0.5], [-0.7, 0.3]]), np.array([[0.2], [0.4]])
X, T, ETA = np.array([[0.0, 1.0]]), np.array([[1.0]]), 0.25


class Step(NamedTuple):
    """What one step computes: weighted sums, outputs, slopes and the new weights."""

    u: Any
    h: Any
    s: Any
    z: Any
    delta_hidden: Any
    delta_out: Any
    W1: Any
    W2: Any


def network(x: Any, W1: Any, W2: Any) -> tuple[Any, Any, Any, Any]:
    """The weighted sums and outputs of the hidden and of the output layer."""
    u = x @ W1
    h = ad.sigmoid(u)
    s = h @ W2
    return u, h, s, ad.sigmoid(s)


@cache
def step() -> Step:
    """The step as the engine takes it, by the slopes of ½ (t − z)²."""
    weights = [ad.tensor(w, requires_grad=True) for w in (W1, W2)]
    u, h, s, z = network(X, *weights)
    u.retain_grad()
    s.retain_grad()
    (np.sum((T - z) ** 2) / 2).backward()
    new = [w.numpy() - ETA * w.grad for w in weights]
    return Step(u.numpy()[0], h.numpy()[0], s.item(), z.item(), -u.grad[0], -s.grad.item(), *new)


def learn(x: Any, t: Any, W1: Any, W2: Any) -> tuple[Any, Any]:
    """The new weights: W − η · slope of ½ (t − z)²."""

    def loss(W1: Any, W2: Any) -> Any:
        _, _, _, z = network(x, W1, W2)
        return np.sum((t - z) ** 2) / 2

    d_W1, d_W2 = ad.grad(loss, (0, 1))(W1, W2)
    new_W1 = W1 - ETA * d_W1
    new_W2 = W2 - ETA * d_W2
    return new_W1, new_W2


def learned() -> str:
    return program(learn, X, T, W1, W2)


def after() -> float:
    """The output for the same input with the new weights."""
    return float(network(X, step().W1, step().W2)[3].item())


def after_printed() -> float:
    """The same with the weights that the slide prints, its slip included."""
    printed = np.array([[0.1, 0.5], [-0.684, 0.3025]]), np.array([[0.2086], [0.4149]])
    return float(network(X, *printed)[3].item())


def output_step(sign: int, W2: Any, h: Any, t: Any) -> Any:
    """w* = w ± η δ h with δ = z (1 − z) (t − z): the printed rule has −, the printed numbers +."""
    z = ad.sigmoid(h @ W2)
    return W2 + sign * ETA * h.T @ (z * (1 - z) * (t - z))


def half_square(W2: Any, h: Any, t: Any) -> Any:
    s = h @ W2
    z = ad.sigmoid(s)
    return np.sum((t - z) ** 2) / 2


def square(W2: Any, h: Any, t: Any) -> Any:
    s = h @ W2
    z = ad.sigmoid(s)
    return np.sum((t - z) ** 2)


def down(loss: Callable[..., Any]) -> Callable[..., Any]:
    """One step of steepest descent on a loss, by the engine's slope."""

    def descent(W2: Any, h: Any, t: Any) -> Any:
        new_W2 = W2 - ETA * ad.grad(loss)(W2, h, t)
        return new_W2

    return descent


def by_layers() -> Any:
    """The output's new weights by a model of `nn`, with `mse` and half of η."""
    hidden = nn.layers.Dense(2, "sigmoid", use_bias=False)
    output = nn.layers.Dense(1, "sigmoid", use_bias=False)
    model = nn.Sequential([nn.layers.Input((2,)), hidden, output])
    hidden.set_weights([W1])
    output.set_weights([W2])
    model.compile(nn.optimizers.SGD(ETA / 2), "mse")
    model.train_on_batch(X, T)
    return output.get_weights()[0]


LAYER = [(W2, np.array([[0.332, 0.574]]), T), (W2 + 1, np.array([[0.9, -0.2]]), 0 * T)]
european = partial(Number, "003", SLIDE, marks=".,")

CLAIMS: tuple[Claim, ...] = (
    european("input of h1", "-0,7", lambda: step().u[0]),
    european("output of h1", "0,332", lambda: step().h[0]),
    european("input of h2", "0,3", lambda: step().u[1]),
    european("output of h2", "0,574", lambda: step().h[1]),
    european("input of o1", "0,296", lambda: step().s),
    european("output of o1", "0,573", lambda: step().z),
    european("error t − z", "0,427", lambda: 1 - step().z),
    european("δ of o1", "0,1044", lambda: step().delta_out, line="(0.573 * (1 - 0.573)) * 0.427"),
    european("new weight of h1 in o1", "0,2086", lambda: step().W2[0], line="0.2 + 0.25 * 0.332 * 0.1044"),
    european("new weight of h2 in o1", "0,4149", lambda: step().W2[1], line="0.4 + 0.25 * 0.574 * 0.1044"),
    european("both by `nn`, with `mse` and η = 0.125", "0,2086 0,4149", by_layers),
    european("estimated error of h1", "0,046", lambda: step().delta_hidden[0],
             line="0.332 * (1 - 0.332) * (0.2 * 0.1044)", derivation=learned),
    european("new weight of x1 in h1", "0,1", lambda: step().W1[0, 0]),
    european("new weight of x2 in h1", "-0,684", lambda: step().W1[1, 0],
             line="-0.7 + 0.25 * 1 * 0.046", derivation=learned),
    european("estimated error of h2", "0,0102", lambda: step().delta_hidden[1]),
    european("new weight of x1 in h2", "0,5", lambda: step().W1[0, 1]),
    european("new weight of x2 in h2", "0,3025", lambda: step().W1[1, 1]),
    european("output with the new weights", "0,576", after),
    european("the same with the weights as printed", "0,576", after_printed),
    Formula("003", SLIDE, "the rule for the output's weights", "W* = w* − η · δ · h, δ = σ′(z) · (t − z)",
            down(half_square), partial(output_step, -1), LAYER,
            "W* = w* + η · δ · h: this δ is minus the slope already", partial(output_step, 1),
            lambda: program(down(half_square), *LAYER[0])),
    Formula("003", SLIDE, "the numbers' rule, w* + η · δ · h, as a step down ½ · error²", "W¹₀ + η · h₁ · δ",
            down(half_square), partial(output_step, 1), LAYER),
    Formula("003", SLIDE, "the same as a step down error², which the chapter's cost is", "W¹₀ + η · h₁ · δ",
            down(square), partial(output_step, 1), LAYER,
            "2 · η · h₁ · δ: with error², or Keras' `mse`, the same step needs half of η",
            lambda *at: 2 * output_step(1, *at) - at[0], lambda: program(down(square), *LAYER[0])),
)  # fmt: skip
