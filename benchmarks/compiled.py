"""The training steps of `benchmarks.compile`: compiled ones, and Adam in each library.

A step of autodiff's is one text, run as it is or compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import autodiff as ad

from .contenders import BETA_1, BETA_2, EPSILON, Build, Contender, Problem
from .flat import flat_adam, flat_mlp, flat_xor
from .mlp import MLP, autodiff_loss, torch_network
from .xor import XOR

Stepping = Callable[[Problem], tuple[Callable[[Any, Any], Any], list[ad.Tensor]]]


def mlp_step(problem: Problem) -> tuple[Callable[[Any, Any], Any], list[ad.Tensor]]:
    """Descent of the MLP as a function of a batch, and the weights that it changes."""
    weights = [ad.tensor(w, requires_grad=True) for w in problem.weights]
    rate = problem.rate

    def step(x: Any, y: Any) -> Any:
        loss = autodiff_loss(weights, x, y)
        loss.backward()
        for w in weights:
            w.data -= rate * w.grad
            w.grad = None
        return loss

    return step, weights


def adam_step(problem: Problem) -> tuple[Callable[[Any, Any], Any], list[ad.Tensor]]:
    """Adam (Kingma & Ba 2015, Algorithm 1), the moments' bias corrected in the step's size as its section 2 has it."""
    weights = [ad.tensor(w, requires_grad=True) for w in problem.weights]
    first, second = ([ad.tensor(np.zeros_like(w)) for w in problem.weights] for _ in range(2))
    count, rate, dtype = ad.tensor(0.0), problem.rate, problem.inputs.dtype

    def step(x: Any, y: Any) -> Any:
        loss = autodiff_loss(weights, x, y)
        loss.backward()
        count.data = count.data + 1
        root = np.sqrt(1 - BETA_2**count.data)
        size = (rate * root / (1 - BETA_1**count.data)).astype(dtype)
        epsilon = (EPSILON * root).astype(dtype)
        for w, m, v in zip(weights, first, second, strict=True):
            m.data = BETA_1 * m.data + (1 - BETA_1) * w.grad
            v.data = BETA_2 * v.data + (1 - BETA_2) * w.grad**2
            w.data -= size * (m.data / (np.sqrt(v.data) + epsilon))
            w.grad = None
        return loss

    return step, weights


def xor_step(problem: Problem) -> tuple[Callable[[Any, Any], Any], list[ad.Tensor]]:
    """Descent of the XOR network as a function of points, which are columns."""
    Wi, b, wo = weights = [ad.tensor(w, requires_grad=True) for w in problem.weights]
    rate = problem.rate

    def step(X: Any, Y: Any) -> Any:
        loss = np.mean((Y - np.tanh(wo.T @ np.tanh(Wi.T @ X + b))) ** 2)
        loss.backward()
        for w in weights:
            w.data -= rate * w.grad
            w.grad = None
        return loss

    return step, weights


def eager(stepping: Stepping, problem: Problem) -> Contender:
    step, weights = stepping(problem)
    return Contender(partial(step, problem.inputs, problem.targets), lambda: [w.numpy() for w in weights])


def compiled(stepping: Stepping, problem: Problem, **options: Any) -> Contender:
    """A step that ad.compile made, with its options."""
    step, weights = stepping(problem)
    program = ad.compile(step, **options)
    return Contender(partial(program, problem.inputs, problem.targets), lambda: [w.numpy() for w in weights])


def jax_training(loss_of: Any, start: Any, update: Any, problem: Problem) -> Contender:
    """One jitted function of a state (weights, and what `start` adds) that it takes over, and of a batch."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", problem.inputs.dtype == np.float64)
    state = start([jnp.array(w) for w in problem.weights])
    inputs, targets = jnp.array(problem.inputs), jnp.array(problem.targets)

    @partial(jax.jit, donate_argnums=0)
    def updated(state: Any, x: Any, y: Any) -> Any:
        loss, gradients = jax.value_and_grad(loss_of)(state[0], x, y)
        return update(state, gradients, problem.rate), loss

    def step() -> Any:
        nonlocal state
        state, loss = updated(state, inputs, targets)
        return loss.block_until_ready()

    return Contender(step, lambda: [np.array(w) for w in state[0]])


def jax_mlp_loss(weights: Any, x: Any, labels: Any) -> Any:
    import jax
    import jax.numpy as jnp

    logs = jax.nn.log_softmax(jax_logits(weights, x))
    return -jnp.mean(jnp.take_along_axis(logs, labels[:, jnp.newaxis], axis=1))


def jax_logits(weights: Any, x: Any) -> Any:
    import jax

    for W, b in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        x = jax.nn.relu(x @ W + b)
    return x @ weights[-2] + weights[-1]


def jax_xor_loss(weights: Any, X: Any, Y: Any) -> Any:
    import jax.numpy as jnp

    Wi, b, wo = weights
    return jnp.mean((Y - jnp.tanh(wo.T @ jnp.tanh(Wi.T @ X + b))) ** 2)


def jax_weights(weights: Any) -> Any:
    return (weights,)


def jax_descent(state: Any, gradients: Any, rate: float) -> Any:
    return ([w - rate * g for w, g in zip(state[0], gradients, strict=True)],)


def jax_moments(weights: Any) -> Any:
    import jax.numpy as jnp

    return weights, *([jnp.zeros_like(w) for w in weights] for _ in range(2)), jnp.zeros((), weights[0].dtype)


def jax_adam(state: Any, gradients: Any, rate: float) -> Any:
    import jax.numpy as jnp

    weights, first, second, count = state
    count = count + 1
    root = jnp.sqrt(1 - BETA_2**count)
    size, epsilon = rate * root / (1 - BETA_1**count), EPSILON * root
    first = [BETA_1 * m + (1 - BETA_1) * g for m, g in zip(first, gradients, strict=True)]
    second = [BETA_2 * v + (1 - BETA_2) * g * g for v, g in zip(second, gradients, strict=True)]
    moved = [w - size * m / (jnp.sqrt(v) + epsilon) for w, m, v in zip(weights, first, second, strict=True)]
    return moved, first, second, count


def torch_adam(problem: Problem) -> Contender:
    import torch

    weights, loss_of = torch_network(problem)
    optimizer = torch.optim.Adam(weights, problem.rate, (BETA_1, BETA_2), EPSILON, fused=True)

    def step() -> Any:
        loss = loss_of()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        return loss

    return Contender(step, lambda: [w.detach().numpy().T for w in weights])


def _ways(stepping: Stepping) -> dict[str, Build]:
    """A step of autodiff's in all ways to run it."""
    return {
        "autodiff": partial(eager, stepping),
        "compiled": partial(compiled, stepping),
        "compiled, Numba": partial(compiled, stepping, backend="numba"),
    }


MLP_STEPS: dict[str, Build] = {
    "NumPy flat plan": flat_mlp,
    **_ways(mlp_step),
    "jax.jit": partial(jax_training, jax_mlp_loss, jax_weights, jax_descent),
    "PyTorch": MLP["PyTorch"],
    "MyGrad": MLP["MyGrad"],
}
ADAM_STEPS: dict[str, Build] = {
    "NumPy flat plan": flat_adam,
    **_ways(adam_step),
    "jax.jit": partial(jax_training, jax_mlp_loss, jax_moments, jax_adam),
    "PyTorch, fused Adam": torch_adam,
}
XOR_STEPS: dict[str, Build] = {
    "NumPy flat plan": flat_xor,
    **_ways(xor_step),
    "jax.jit": partial(jax_training, jax_xor_loss, jax_weights, jax_descent),
    "PyTorch": XOR["PyTorch"],
    "PyTorch, fused calls": XOR["PyTorch, fused calls"],
    "MyGrad": XOR["MyGrad"],
}
