"""The multilayer perceptron in each library: relu layers, softmax cross-entropy of labels, float32."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

import autodiff as ad

from .contenders import Array, Build, Contender, Problem, descent, torch_descent
from .timing import Step

SIZES = (784, 300, 100, 10)


def mlp_problem(batch: int, sizes: Sequence[int] = SIZES) -> Problem:
    """Normal inputs with random labels, in float32; weights and biases layer by layer."""
    rng = np.random.default_rng(0)
    weights = []
    for fan_in, fan_out in pairwise(sizes):
        weights.append((rng.standard_normal((fan_in, fan_out)) * np.sqrt(2 / fan_in)).astype(np.float32))
        weights.append(np.zeros(fan_out, np.float32))
    inputs = rng.standard_normal((batch, sizes[0])).astype(np.float32)
    return Problem(weights, inputs, rng.integers(sizes[-1], size=batch), 0.01)


def numpy_forward(weights: Sequence[Array], inputs: Array, labels: Array) -> tuple[float, list[Array], Array]:
    """The loss, the input of each layer, and the logarithms of the probabilities."""
    layers = [inputs]
    for W, b in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        layers.append(np.maximum(layers[-1] @ W + b, 0))
    logits = layers[-1] @ weights[-2] + weights[-1]
    logits -= logits.max(axis=1, keepdims=True)
    logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return -np.mean(logits[np.arange(len(labels)), labels]), layers, logits


def numpy_mlp(problem: Problem) -> Contender:
    weights = [w.copy() for w in problem.weights]
    _, inputs, labels, rate = problem

    def step() -> Any:
        loss, layers, logs = numpy_forward(weights, inputs, labels)
        g = np.exp(logs)
        g[np.arange(len(labels)), labels] -= 1
        g /= len(labels)
        for i in range(len(layers) - 1, -1, -1):
            W, b, x = weights[2 * i], weights[2 * i + 1], layers[i]
            gW, gb = x.T @ g, g.sum(axis=0)
            g = g @ W.T * (x > 0) if i else g
            W -= rate * gW
            b -= rate * gb
        return loss

    return Contender(step, lambda: weights)


def autodiff_loss(weights: Any, x: Any, labels: Any) -> Any:
    """The loss, of arrays as of tensors."""
    return np.mean(ad.cross_entropy(autodiff_logits(weights, x), labels))


def autodiff_logits(weights: Any, x: Any) -> Any:
    for W, b in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        x = ad.relu(x @ W + b)
    return x @ weights[-2] + weights[-1]


def autodiff_mlp(problem: Problem) -> Contender:
    weights = [ad.tensor(w, requires_grad=True) for w in problem.weights]
    inputs, labels, rate = ad.tensor(problem.inputs), ad.tensor(problem.targets), problem.rate

    def step() -> Any:
        loss = autodiff_loss(weights, inputs, labels)
        loss.backward()
        for w in weights:
            w.data -= rate * w.grad
            w.grad = None
        return loss

    return Contender(step, lambda: [w.numpy() for w in weights])


def autodiff_functional_mlp(problem: Problem) -> Contender:
    weights = [w.copy() for w in problem.weights]
    both = ad.value_and_grad(lambda weights: autodiff_loss(weights, problem.inputs, problem.targets))
    return Contender(descent(both, weights, problem.rate), lambda: weights)


def autograd_mlp(problem: Problem) -> Contender:
    import autograd
    import autograd.numpy as anp

    weights = [w.copy() for w in problem.weights]
    _, inputs, labels, rate = problem
    rows = np.arange(len(labels))

    def loss_of(weights: Any) -> Any:
        x = inputs
        for W, b in zip(weights[:-2:2], weights[1:-2:2], strict=True):
            x = anp.maximum(anp.dot(x, W) + b, 0)
        logits = anp.dot(x, weights[-2]) + weights[-1]
        logits = logits - anp.max(logits, axis=1, keepdims=True)
        return anp.mean(anp.log(anp.sum(anp.exp(logits), axis=1)) - logits[rows, labels])

    return Contender(descent(autograd.value_and_grad(loss_of), weights, rate), lambda: weights)


def torch_mlp(problem: Problem) -> Contender:
    weights, loss_of = torch_network(problem)
    return Contender(torch_descent(loss_of, weights, problem.rate), lambda: [w.detach().numpy().T for w in weights])


def torch_network(problem: Problem) -> tuple[list[Any], Step]:
    """PyTorch's weights, and its forward pass."""
    import torch
    from torch.nn.functional import cross_entropy

    weights = torch_weights(problem)
    inputs, labels = torch.tensor(problem.inputs), torch.tensor(problem.targets)
    return weights, lambda: cross_entropy(torch_logits(weights, inputs), labels)


def torch_weights(problem: Problem) -> list[Any]:
    import torch

    return [torch.tensor(w.T.copy(), requires_grad=True) for w in problem.weights]


def torch_logits(weights: Any, x: Any) -> Any:
    from torch.nn.functional import linear, relu

    for W, b in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        x = relu(linear(x, W, b))
    return linear(x, weights[-2], weights[-1])


def mygrad_mlp(problem: Problem) -> Contender:
    import mygrad as mg
    from mygrad.nnet.losses import softmax_crossentropy

    weights = [mg.tensor(w) for w in problem.weights]
    inputs, labels, rate = mg.tensor(problem.inputs, constant=True), problem.targets.copy(), problem.rate

    def step() -> Any:
        loss = softmax_crossentropy(mygrad_logits(weights, inputs), labels)
        loss.backward()
        for w in weights:
            w.data -= rate * w.grad
        return loss

    return Contender(step, lambda: [w.data for w in weights])


def mygrad_logits(weights: Any, x: Any) -> Any:
    from mygrad.nnet.activations import relu

    for W, b in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        x = relu(x @ W + b)
    return x @ weights[-2] + weights[-1]


def plain_forward(problem: Problem) -> Step:
    """The forward pass in NumPy alone."""
    return lambda: numpy_forward(problem.weights, problem.inputs, problem.targets)[0]


def unrecorded_forward(problem: Problem) -> Step:
    loss_of = _loss_of_tensors(problem)

    def step() -> Any:
        with ad.no_grad():
            return loss_of()

    return step


def recorded_forward(problem: Problem) -> Step:
    return _loss_of_tensors(problem)


def gradient(problem: Problem) -> Step:
    """A recorded forward pass and the backward pass; no update."""
    loss_of = _loss_of_tensors(problem)
    return lambda: loss_of().backward()


def _loss_of_tensors(problem: Problem) -> Step:
    weights = [ad.tensor(w, requires_grad=True) for w in problem.weights]
    inputs, labels = ad.tensor(problem.inputs), ad.tensor(problem.targets)
    return lambda: autodiff_loss(weights, inputs, labels)


PASSES: dict[str, Callable[[Problem], Step]] = {
    "forward, NumPy by hand": plain_forward,
    "forward under no_grad": unrecorded_forward,
    "forward, recorded": recorded_forward,
    "forward and backward": gradient,
}
MLP: dict[str, Build] = {
    "NumPy by hand": numpy_mlp,
    "autodiff": autodiff_mlp,
    "autodiff, value_and_grad": autodiff_functional_mlp,
    "PyTorch": torch_mlp,
    "HIPS autograd": autograd_mlp,
    "MyGrad": mygrad_mlp,
}
