"""003's slopes, predictions and perceptrons by hand, and the lines that compose to a line."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import autodiff as ad
import nn

from .claims import POINTS, Claim, Formula, Number, Text
from .deriving import program, rules

TITLE = "Slopes, predictions and perceptrons by hand"
ABOUT = (
    "Forward passes and slopes that a slide works through with small numbers. Where a figure holds the weights, those "
    "are taken that give the slide's other numbers, and the line says so."
)

# The bank: 2 children and 3 accounts; hidden weights 1, 1 and −1, 1 (figure), which give both printed errors.
CUSTOMER, HIDDEN, TRANSACTIONS = np.array([2.0, 3.0]), np.array([[1.0, -1.0], [1.0, 1.0]]), 13.0

# The ReLU example: weights 0, 1, 2, 3 of its last table, w1 = 1 and w2 = 2; the inputs 0 and 1 are in its lines.
RELU = np.array([[0.0, 2.0], [1.0, 3.0]]), np.array([1.0, 2.0]), np.array([0.0, 1.0]), np.array(4.0)

CORNERS = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1]])


def bank_error(*output_weights: float) -> Any:
    """Predicted − actual, with the identity as activation."""
    return CUSTOMER @ HIDDEN @ np.array(output_weights) - TRANSACTIONS


def one_weight(w: Any, node: float = 3.0, target: float = 10.0) -> Any:
    """The squared error of one weight behind one node."""
    return (w * node - target) ** 2


def relu_slopes(W_hidden: Any, w_out: Any, x: Any, actual: Any) -> Any:
    """The slopes of the squared error by both layers' weights."""

    def loss(W_hidden: Any, w_out: Any) -> Any:
        h = ad.relu(x @ W_hidden)
        predicted = h @ w_out
        return (predicted - actual) ** 2

    return ad.grad(loss, (0, 1))(W_hidden, w_out)


def hidden_slopes() -> Any:
    """Of W3, W4, W5, W6: into the first hidden node, then into the second."""
    return relu_slopes(*RELU)[0].T.ravel()


def relu_program() -> str:
    return program(relu_slopes, *RELU)


def perceptron(bias: float, at_10: float, at_01: float) -> Any:
    """The outputs at the four corners of the neuron that has these at the first three: they fix its weights."""
    neuron = nn.layers.Dense(1)
    neuron.build((None, 2))
    neuron.set_weights([np.array([[at_10 - bias], [at_01 - bias]]), np.array([bias])])
    return neuron(CORNERS).numpy()[:, 0]


def fires(outputs: Any) -> str:
    """The step of each output."""
    return " ".join(f"{each:g}" for each in nn.activations.step(np.asarray(outputs)))


def plane(x1: Any, x2: Any) -> Any:
    return 4 - 6 * x1 - 5 * x2


def predictions() -> Any:
    """Prediction and actual of the slide's three rows."""
    return np.array([10.0, 8, 6]), np.array([20.0, 3, 1])


def errors() -> Any:
    predicted, actual = predictions()
    return predicted - actual


def bunny(turtle: Any) -> Any:
    """The bunny is 3 times as fast as the dog, the dog 5 times as fast as the turtle."""
    return 3 * dog(turtle)


def dog(turtle: Any) -> Any:
    return 5 * turtle


def layer_rows(k: int, n: int) -> Any:
    """How many sums a weight matrix with rows 0 … k gives, and so how many biases it wants."""
    return float((np.ones((k + 1, n + 1)) @ np.ones(n + 1)).shape[0])


def layer(W: Any, a: Any, b: Any) -> Any:
    return ad.sigmoid(W @ a + b)


def two_lines(x: Any) -> Any:
    return 2 * (5 * x - 1) + 3


def minus_bias(b: Any, w: Any, a: Any) -> Any:
    return np.sum(w * a) - b


NEURON = [(0.3, np.array([1.0, -2.0]), np.array([0.5, 4.0]))]
error = partial(Number, "003", "How to compute the best weights?")
mse = partial(Number, "003", "Lets remember: predictive metrics")
descent = partial(Number, "003", "Gradient descent (ii)")
relu = partial(Number, "003", "Backpropagation example")

CLAIMS: tuple[Claim, ...] = (
    error("error with weights 2 and −1 (hidden weights of the figure)", "-4", lambda: bank_error(2.0, -1.0)),
    error("error with weights 3 and −2", "0", lambda: bank_error(3.0, -2.0)),
    mse("errors", "-10 5 5", errors),
    mse("squared errors", "100 25 25", lambda: errors() ** 2),
    mse("total squared error", "150", lambda: np.sum(errors() ** 2)),
    mse("mean squared error", "50", lambda: nn.losses.MeanSquaredError()(*predictions()).item()),
    descent("slope of the squared error by the prediction 6, target 10", "-8", lambda: ad.grad(one_weight)(6.0, 1.0)),
    descent("slope of the weight 2 behind the node 3", "-24", lambda: ad.grad(one_weight)(2.0)),
    descent("the weight after a step of 0.01", "2.24", lambda: 2 - 0.01 * ad.grad(one_weight)(2.0)),
    Formula("003", "Backpropagation example", "slope of the loss by the output", "2 * MSE",
            ad.grad(lambda error: error**2), lambda error: 2 * error**2, [(3.0,), (-2.0,)],
            "2 · Error", lambda error: 2 * error, lambda: rules(lambda error: error**2, error=3.0)),
    relu("slope of the loss by the output 7, target 4", "6", lambda: ad.grad(lambda y: (y - 4) ** 2)(7.0)),
    relu("slopes for W1 and W2", "6 18", lambda: relu_slopes(*RELU)[1]),
    relu("slope for W3", "0", lambda: hidden_slopes()[0]),
    relu("slope for W4", "6", lambda: hidden_slopes()[1]),
    relu("slope for W5", "0", lambda: hidden_slopes()[2]),
    relu("slope for W6", "18", lambda: hidden_slopes()[3], line="1 * 2 * 6 * 1", derivation=relu_program),
    relu("the table of gradients", "0 6 0 18", hidden_slopes, derivation=relu_program),
    Number("003", "Backpropagation recap", "the bunny beside the turtle", "15", lambda: ad.grad(bunny)(1.0)),
    Number("003", "Backpropagation recap", "“A dog is 3 times faster than a turtle”", "3", lambda: ad.grad(dog)(1.0),
           derivation=lambda: rules(bunny, turtle=1.0)),
    Number("003", "Linearly separable models", "outputs of the AND neuron", "-6 -2 -1 3",
           lambda: perceptron(-6, -2, -1)),
    Text("003", "Linearly separable models", "targets of AND, from the signs of its outputs", "0 0 0 1",
         lambda: fires(perceptron(-6, -2, -1))),
    Number("003", "Linearly separable models", "outputs of the OR neuron", "4 -2 -1 -3",
           lambda: perceptron(4, -2, -1), derivation=lambda: rules(plane, x1=1.0, x2=1.0)),
    Text("003", "Linearly separable models", "targets of OR, from the signs of its outputs", "0 1 1 1",
         lambda: fires(perceptron(4, -2, -1)), lambda: rules(plane, x1=1.0, x2=1.0)),
    Formula("003", "One neuron structure / Backpropagation math", "“w₁a₁ + … − bias” with ∂z/∂b = 1", "∂z/∂b = 1",
            ad.grad(minus_bias), lambda b, w, a: 1.0, NEURON, "−1 with “− bias”, 1 with “+ b”", lambda b, w, a: -1.0,
            lambda: rules(minus_bias, b=0.3, w=[1.0, -2.0], a=[0.5, 4.0])),
    Formula("003", "Backpropagation math", "z = w₁a₁ + … + b", "∂z/∂b = 1",
            ad.grad(lambda b, w, a: np.sum(w * a) + b), lambda b, w, a: 1.0, NEURON),
    Formula("003", "Backpropagation math", "the slope of z by the weights", "∂z/∂w = a",
            ad.grad(lambda w, a, b: np.sum(w * a) + b), lambda w, a, b: a, [(NEURON[0][1], NEURON[0][2], 0.3)]),
    Formula("003", "Matrix notation", "biases b₀ … b_n beside W with rows 0 … k", "n + 1 biases", layer_rows,
            lambda k, n: n + 1.0, [(1, 2), (3, 2)], "b₀ … b_k", lambda k, n: k + 1.0,
            lambda: program(layer, np.ones((2, 3)), np.ones(3), np.ones(2))),
    Formula("002", "Why are Activation Functions Needed?", "2(5x − 1) + 3", "10x + 1", two_lines,
            lambda x: 10 * x + 1, POINTS),
    Number("002", "Why are Activation Functions Needed?", "its slope", "10", lambda: ad.grad(two_lines)(0.7)),
)  # fmt: skip
