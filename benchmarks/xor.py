"""The XOR network in each library: 2 tanh hidden units with a bias, a tanh output, mean squared error.

Points are columns: U = Wiᵀ X + b, V = tanh U, Yh = tanh(woᵀ V), and the loss is mean((Y − Yh)²).
"""

from __future__ import annotations

from typing import Any

import numpy as np

import autodiff as ad

from .contenders import Build, Contender, Problem, descent, torch_descent


def xor_problem(count: int) -> Problem:
    """`count` points near the corners of a square, ±1 by the exclusive or of their signs, in float64."""
    rng = np.random.default_rng(0)
    corners = np.array([[-1.0, -1.0, 1.0, 1.0], [-1.0, 1.0, -1.0, 1.0]])
    inputs = np.resize(np.arange(4), count)
    points = corners[:, inputs] + 0.1 * rng.standard_normal((2, count))
    weights = [rng.standard_normal(shape) for shape in ((2, 2), (2, 1), (2, 1))]
    return Problem(weights, points, -np.prod(np.sign(points), axis=0, keepdims=True), 0.1)


def numpy_xor(problem: Problem) -> Contender:
    Wi, b, wo = weights = [w.copy() for w in problem.weights]
    _, X, Y, rate = problem

    def step() -> Any:
        V = np.tanh(Wi.T @ X + b)
        Yh = np.tanh(wo.T @ V)
        error = Yh - Y
        gy = error * (2 / Y.size) * (1 - Yh * Yh)
        gu = wo @ gy * (1 - V * V)
        for w, g in zip(weights, (X @ gu.T, gu.sum(1, keepdims=True), V @ gy.T), strict=True):
            w -= rate * g
        return np.mean(error * error)

    return Contender(step, lambda: weights)


def autodiff_xor(problem: Problem) -> Contender:
    Wi, b, wo = weights = [ad.tensor(w, requires_grad=True) for w in problem.weights]
    X, Y, rate = ad.tensor(problem.inputs), ad.tensor(problem.targets), problem.rate

    def step() -> Any:
        loss = np.mean((Y - np.tanh(wo.T @ np.tanh(Wi.T @ X + b))) ** 2)
        loss.backward()
        for w in weights:
            w.data -= rate * w.grad
            w.grad = None
        return loss

    return Contender(step, lambda: [w.numpy() for w in weights])


def autodiff_functional_xor(problem: Problem) -> Contender:
    return _functional_xor(problem, np, ad.value_and_grad)


def autograd_xor(problem: Problem) -> Contender:
    import autograd
    import autograd.numpy as anp

    return _functional_xor(problem, anp, autograd.value_and_grad)


def _functional_xor(problem: Problem, xp: Any, value_and_grad: Any) -> Contender:
    """One text for both libraries that differentiate functions of arrays."""
    weights = [w.copy() for w in problem.weights]
    _, X, Y, rate = problem

    def loss_of(weights: Any) -> Any:
        Wi, b, wo = weights
        return xp.mean((Y - xp.tanh(wo.T @ xp.tanh(Wi.T @ X + b))) ** 2)

    return Contender(descent(value_and_grad(loss_of), weights, rate), lambda: weights)


def torch_xor(problem: Problem) -> Contender:
    import torch

    Wi, b, wo = weights = [torch.tensor(w, requires_grad=True) for w in problem.weights]
    X, Y, rate = torch.tensor(problem.inputs), torch.tensor(problem.targets), problem.rate

    def loss_of() -> Any:
        return torch.mean((Y - torch.tanh(wo.T @ torch.tanh(Wi.T @ X + b))) ** 2)

    return Contender(torch_descent(loss_of, weights, rate), lambda: [w.detach().numpy() for w in weights])


def torch_fused_xor(problem: Problem) -> Contender:
    """PyTorch at its quickest: a call for each layer and for the loss, rows for points."""
    import torch
    from torch.nn.functional import linear, mse_loss

    Wi, b, wo = weights = [torch.tensor(w.T.copy(), requires_grad=True) for w in problem.weights]
    X, Y, rate = torch.tensor(problem.inputs.T.copy()), torch.tensor(problem.targets.T.copy()), problem.rate

    def loss_of() -> Any:
        return mse_loss(torch.tanh(linear(torch.tanh(linear(X, Wi, b)), wo)), Y)

    return Contender(torch_descent(loss_of, weights, rate), lambda: [w.detach().numpy().T for w in weights])


def mygrad_xor(problem: Problem) -> Contender:
    import mygrad as mg

    Wi, b, wo = weights = [mg.tensor(w) for w in problem.weights]
    X, Y = (mg.tensor(each, constant=True) for each in (problem.inputs, problem.targets))

    def step() -> Any:
        loss = mg.mean((Y - mg.tanh(wo.T @ mg.tanh(Wi.T @ X + b))) ** 2)
        loss.backward()
        for w in weights:
            w.data -= problem.rate * w.grad
        return loss

    return Contender(step, lambda: [w.data for w in weights])


XOR: dict[str, Build] = {
    "NumPy by hand": numpy_xor,
    "autodiff": autodiff_xor,
    "autodiff, value_and_grad": autodiff_functional_xor,
    "PyTorch": torch_xor,
    "PyTorch, fused calls": torch_fused_xor,
    "HIPS autograd": autograd_xor,
    "MyGrad": mygrad_xor,
}
