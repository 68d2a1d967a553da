"""The steps as straight-line NumPy by hand, into buffers that stay: what a compiler of NumPy can hope for.

And their matrix products alone: what no program on this BLAS comes below by much.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .contenders import BETA_1, BETA_2, EPSILON, Array, Contender, Problem
from .timing import Step

BLOCK = 2**15  # elements of float32 of which five arrays fit into a second-level cache of 1 MB


def bare_products(problem: Problem) -> Step:
    """The MLP's products, layer by layer forth and back (three for a layer, two for the first), and nothing between."""
    weights = problem.weights[::2]
    layers = _layers(problem)
    cotangents = [np.ones_like(layer) for layer in layers]
    gradients = [(x.T, g, np.empty_like(W)) for x, W, g in zip(layers[:-1], weights, cotangents[1:], strict=True)]
    back = [(g, W.T, gx) for gx, W, g in zip(cotangents[1:-1], weights[1:], cotangents[2:], strict=True)]
    return _products([*_forth(problem, layers), *gradients, *back])


def bare_forward_products(problem: Problem) -> Step:
    """Those of the forward pass alone."""
    return _products(_forth(problem, _layers(problem)))


def _layers(problem: Problem) -> list[Array]:
    return [problem.inputs, *(_like_layer(problem, W) for W in problem.weights[::2])]


def _forth(problem: Problem, layers: list[Array]) -> list[tuple[Array, Array, Array]]:
    return list(zip(layers[:-1], problem.weights[::2], layers[1:], strict=True))


def bare_xor_products(problem: Problem) -> Step:
    Wi, _, wo = problem.weights
    X = problem.inputs
    V, Y = np.ones((len(wo), X.shape[1])), np.ones(problem.targets.shape)
    U = np.empty_like(V)
    return _products([(Wi.T, X, U), (wo.T, V, Y), (wo, Y, U), (X, V.T, np.empty_like(Wi)), (V, Y.T, np.empty_like(wo))])


def _like_layer(problem: Problem, W: Array) -> Array:
    return np.ones((len(problem.inputs), W.shape[1]), W.dtype)


def _products(calls: Sequence[tuple[Array, Array, Array]]) -> Step:
    bound = [(a.dot, b, out) for a, b, out in calls]

    def step() -> None:
        for dot, b, out in bound:
            dot(b, out=out)

    return step


def flat_mlp(problem: Problem) -> Contender:
    """Descent: the rate is in the cotangent already, and all weights are one array."""
    parameters = flattened(problem.weights)
    step, gradients = flat_gradient(problem, parameters, problem.rate)

    def descend() -> Any:
        loss = step()
        np.subtract(parameters, gradients, out=parameters)
        return loss

    return Contender(descend, lambda: views(parameters, problem.weights))


def flat_adam(problem: Problem) -> Contender:
    """Adam in blocks that stay in the cache; the gradient comes as (1 − β₁) of itself."""
    parameters = flattened(problem.weights)
    step, gradients = flat_gradient(problem, parameters, 1 - BETA_1)
    first, second = np.zeros_like(parameters), np.zeros_like(parameters)
    scratch = np.empty(BLOCK, parameters.dtype)
    beta_1, beta_2, square = (np.array(v, parameters.dtype) for v in (BETA_1, BETA_2, (1 - BETA_2) / (1 - BETA_1) ** 2))
    size, epsilon = np.empty((2, 1), parameters.dtype)
    arrays = (parameters, gradients, first, second)
    blocks = [[each[i : i + BLOCK] for each in arrays] for i in range(0, parameters.size, BLOCK)]
    count = 0

    def descend() -> Any:
        nonlocal count
        loss = step()
        count += 1
        root = (1 - BETA_2**count) ** 0.5
        size[0], epsilon[0] = problem.rate * root / (1 - BETA_1**count), EPSILON * root
        for p, g, m, v in blocks:
            s = scratch[: p.size]
            np.multiply(m, beta_1, out=m)
            np.add(m, g, out=m)
            np.square(g, out=s)
            np.multiply(s, square, out=s)
            np.multiply(v, beta_2, out=v)
            np.add(v, s, out=v)
            np.sqrt(v, out=s)
            np.add(s, epsilon, out=s)
            np.divide(m, s, out=s)
            np.multiply(s, size, out=s)
            np.subtract(p, s, out=p)
        return loss

    return Contender(descend, lambda: views(parameters, problem.weights))


def flat_gradient(problem: Problem, parameters: Array, scale: float) -> tuple[Callable[[], Any], Array]:
    """A step that returns the loss of an MLP of three layers, and where it leaves `scale` times the gradient."""
    inputs, labels = problem.inputs, problem.targets
    batch = len(inputs)
    gradients = np.empty_like(parameters)
    W1, b1, W2, b2, W3, b3 = views(parameters, problem.weights)
    dW1, db1, dW2, db2, dW3, db3 = views(gradients, problem.weights)
    h1, h2 = layer(batch, b1), layer(batch, b2)
    d1, d2 = np.empty_like(h1), np.empty_like(h2)
    alive1, alive2 = np.empty_like(h1, bool), np.empty_like(h2, bool)
    zeros1, zeros2 = np.zeros_like(h1), np.zeros_like(h2)  # np.maximum is three times as slow with a scalar
    z = np.empty((b3.size, batch), b3.dtype)  # classes are rows: softmax goes down columns
    entries, column = z.reshape(-1), b3[:, np.newaxis]
    chosen, columns = np.empty(batch, np.intp), np.arange(batch)
    greatest, total, log_total, shift = np.empty((4, batch), b3.dtype)
    each_class, each_point = np.ones(b3.size, b3.dtype), np.ones(batch, b3.dtype)
    zero, share = np.zeros((), b3.dtype), np.array(scale / batch, b3.dtype)

    def step() -> Any:
        np.matmul(inputs, W1, out=h1)
        np.add(h1, b1, out=h1)
        np.maximum(h1, zeros1, out=h1)
        np.matmul(h1, W2, out=h2)
        np.add(h2, b2, out=h2)
        np.maximum(h2, zeros2, out=h2)
        W3.T.dot(h2.T, out=z)
        np.add(z, column, out=z)

        np.maximum.reduce(z, axis=0, out=greatest)
        np.subtract(z, greatest, out=z)
        np.multiply(labels, batch, out=chosen)
        np.add(chosen, columns, out=chosen)
        entries.take(chosen, out=shift, mode="clip")  # the mode that needs no buffer: labels are in range
        np.exp(z, out=z)
        each_class.dot(z, out=total)
        np.log(total, out=log_total)
        np.subtract(log_total, shift, out=log_total)
        loss = log_total.dot(each_point) / batch

        np.divide(share, total, out=total)
        np.multiply(z, total, out=z)
        entries[chosen] -= share
        h2.T.dot(z.T, out=dW3)
        z.dot(each_point, out=db3)
        np.matmul(z.T, W3.T, out=d2)
        np.greater(h2, zero, out=alive2)
        np.multiply(d2, alive2, out=d2)
        np.matmul(h1.T, d2, out=dW2)
        each_point.dot(d2, out=db2)
        np.matmul(d2, W2.T, out=d1)
        np.greater(h1, zero, out=alive1)
        np.multiply(d1, alive1, out=d1)
        np.matmul(inputs.T, d1, out=dW1)  # dot would first fill the result with zeros
        each_point.dot(d1, out=db1)
        return loss

    return step, gradients


def layer(batch: int, bias: Array) -> Array:
    """A buffer whose longer side is contiguous to its shorter one: the BLAS is quickest with tall results."""
    return np.empty((batch, bias.size), bias.dtype, order="C" if batch >= bias.size else "F")


def flattened(arrays: Sequence[Array]) -> Array:
    """Copies of arrays, one behind the other."""
    return np.concatenate([each.reshape(-1) for each in arrays])


def views(flat: Array, like: Sequence[Array]) -> list[Array]:
    """Parts of a flat array, one behind the other, in the shapes of others."""
    parts = np.split(flat, np.cumsum([each.size for each in like])[:-1])
    return [part.reshape(each.shape) for part, each in zip(parts, like, strict=True)]


def flat_xor(problem: Problem) -> Contender:
    """A call's own cost is all there is: fewer calls, operands of one shape, no Python numbers."""
    parameters = flattened(problem.weights)
    gradients = np.empty_like(parameters)
    _, X, Y, rate = problem
    count, hidden = X.shape[1], problem.weights[1].size
    like = [np.concatenate([problem.weights[0], problem.weights[1].T]), problem.weights[2]]
    Wb, wo = views(parameters, like)  # the bias is a third row: its input is 1
    dWb, dwo = views(gradients, like)
    inputs = np.ones((len(Wb), count))
    points = inputs[:-1]
    layers, slopes = np.empty((2, hidden + 1, count))  # both layers, and what tanh does to their cotangents
    V, Yh = layers[:-1], layers[-1:]
    slopes_v, slopes_y = slopes[:-1], slopes[-1:]
    error, gy, gu = np.empty_like(Yh), np.empty_like(Yh), np.empty_like(V)
    errors = error.reshape(-1)
    WbT, woT, guT, gyT = Wb.T, wo.T, gu.T, gy.T
    one, factor = np.array(1.0), np.array(2 * rate / count)

    def step() -> Any:
        points[...] = X
        WbT.dot(inputs, V)
        np.tanh(V, V)
        woT.dot(V, Yh)
        np.tanh(Yh, Yh)
        np.subtract(Yh, Y, error)
        np.multiply(layers, layers, slopes)
        np.subtract(one, slopes, slopes)
        np.multiply(error, factor, gy)
        np.multiply(gy, slopes_y, gy)
        wo.dot(gy, gu)
        np.multiply(gu, slopes_v, gu)
        inputs.dot(guT, dWb)
        V.dot(gyT, dwo)
        np.subtract(parameters, gradients, parameters)
        return errors.dot(errors) / count

    return Contender(step, lambda: views(parameters, problem.weights))
