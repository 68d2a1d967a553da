"""The networks of the graph gallery: each is really computed, some are trained first, and the last run is observed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import autodiff as ad

from . import digits
from .checks import Array
from .session import Training

ETA = 0.25  # the learning rate of the lecture's XOR example
ROWS = 32  # of a batch that is drawn
EPSILON = 1e-5  # keeps batch normalisation from dividing by 0
# Inputs and units of two hidden layers, the output and the auxiliary output: the lecture's.
WIDE_AND_DEEP = ((6, 30), (30, 30), (35, 1), (30, 1))
LAYERS = 10  # of each stack that is compared
UNITS = 16


class Run(NamedTuple):
    """What is drawn, and the numbers that the text beside it states, by name."""

    output: Any
    facts: dict[str, Any]


def parameter(value: Any, name: str) -> ad.Tensor:
    return ad.tensor(value, requires_grad=True, name=name)


def named(result: Any, name: str) -> Any:
    """A result with a name, for drawings."""
    result.name = name
    return result


def rms(array: Array) -> float:
    """The root of the mean square: the size of a gradient, as edges show it."""
    return float(np.sqrt(np.mean(np.square(array))))


def dead(h: Any) -> int:
    """How many relu units, of (rows, units), are 0 in every row."""
    return int(np.sum(~np.any(h.numpy() > 0, axis=0)))


def legend() -> Run:
    """A graph with one of everything that drawings show."""
    with ad.observe():
        x, w = ad.tensor(3.0, name="input"), parameter(2.0, "parameter")
        y = named(x * w, "operation")
        with ad.scope("folded scope"):
            z = np.tanh(y) + 1
        return Run(named(np.square(z), "output"), {})


def neuron(training: Training) -> Run:
    """The README's first example."""
    with ad.observe():
        w, b = parameter(2.0, "w"), parameter(1.0, "b")
        x, target = ad.tensor(3.0, name="x"), ad.tensor(5.0, name="target")
        y = named(w * x + b, "y")
        loss = named((y - target) ** 2, "loss")
    by_y, by_w = ad.gradients(loss, [y, w])
    return Run(loss, {each.name: each.item() for each in (x, target, y, loss)} | {"by_y": by_y, "by_w": by_w})


def lecture_step(training: Training) -> Run:
    """The lecture's XOR network on its first example; its error is t − z, so its weights go along the gradient.

    Source: L. Quijano Sánchez, Neural networks for classification, "Example: multilayer
    perceptron to perform the XOR operation".
    """
    with ad.observe():
        x = ad.tensor([0.0, 1.0], name="x")
        W = parameter([[0.1, 0.5], [-0.7, 0.3]], "W")
        V = parameter([0.2, 0.4], "V")
        a = named(x @ W, "a")
        h = named(ad.sigmoid(a), "h")
        s = named(h @ V, "s")
        z = named(ad.sigmoid(s), "z")
    error = 1 - z.numpy()
    by_V, by_a, delta = ad.gradients(z, [V, a, s], error)
    facts = {"z": z.item(), "error": error, "delta": delta, "delta_h": by_a}
    return Run(z, facts | {"eta": ETA, "new_V": V.numpy() + ETA * by_V})


def trained_digits(training: Training, epochs: int = 5) -> Run:
    """The digits demo's network after a few epochs, on one batch of test digits."""
    train_set, test_set = digits.load()
    trained = digits.train(train_set, test_set, training, epochs)
    with ad.observe():
        X = ad.tensor(test_set.X[:ROWS], name="X")
        W_1, b_1, W_2, b_2 = map(parameter, trained.points[-1], digits.SHAPES)
        with ad.scope("hidden"):
            h = named(ad.relu(X @ W_1 + b_1), "h")
        with ad.scope("output"):
            z = named(h @ W_2 + b_2, "z")
        loss = named(np.mean(ad.cross_entropy(z, test_set.y[:ROWS])), "loss")
    facts = {"epochs": len(trained.losses) - 1, "right": 1 - trained.wrong[-1], "rows": ROWS}
    return Run(loss, facts | {"dead": dead(h), "units": h.shape[1]})


def houses(generator: np.random.Generator, rows: int = 1000) -> tuple[Array, Array]:
    """Standardized features of made-up districts, named like those of California housing, and the median price.

    The features are income, age, rooms, bedrooms, population, occupancy, latitude and longitude.
    """
    income, age = generator.lognormal(1.2, 0.45, rows), generator.uniform(1, 52, rows)
    rooms = 3.5 + 0.5 * income + generator.normal(0, 0.6, rows)
    bedrooms = 0.2 * rooms + generator.normal(0, 0.05, rows)
    population, occupancy = generator.lognormal(7, 0.7, rows), generator.normal(3, 0.6, rows)
    latitude, longitude = generator.uniform(32.5, 42, rows), generator.uniform(-124, -114, rows)
    from_the_coast = np.abs(latitude - 37 + 0.8 * (longitude + 120))
    price = 0.4 * income + 0.01 * age - 0.2 * occupancy + 1.5 * np.exp(-from_the_coast) + generator.normal(1, 0.2, rows)
    features = np.stack([income, age, rooms, bedrooms, population, occupancy, latitude, longitude], axis=1)
    return (features - features.mean(axis=0)) / features.std(axis=0), price[:, np.newaxis]


def wide_and_deep(training: Training, steps: int = 1000) -> Run:
    """The functional Keras example: five features go straight to the output, six through two hidden layers.

    Source: the lecture on Keras, "Multiple Inputs and Outputs", after H.-T. Cheng et al., Wide & Deep
    Learning for Recommender Systems, 2016.
    """
    generator = np.random.default_rng(0)
    features, prices = houses(generator)
    params = []
    for k, (size, units) in enumerate(WIDE_AND_DEEP, start=1):
        params.append(parameter(generator.normal(0, np.sqrt(2 / size), (size, units)), f"W_{k}"))
        params.append(parameter(np.zeros(units), f"b_{k}"))
    adam = digits.Adam(params)
    for _ in training.steps(steps, "  wide and deep"):
        rows = generator.integers(len(prices), size=ROWS)
        wide_and_deep_loss(params, features[rows], prices[rows])[0].backward()
        adam.step()
    with ad.observe():
        leaves = [parameter(each.numpy(), each.name) for each in params]
        loss, losses, h_2 = wide_and_deep_loss(leaves, features[:ROWS], prices[:ROWS])
    main, auxiliary = (weight * rms(ad.gradients(each, h_2)) for weight, each in zip((0.9, 0.1), losses, strict=True))
    error, auxiliary_error = (np.sqrt(each.item()) for each in losses)
    facts = {"steps": adam.t, "error": error, "auxiliary_error": auxiliary_error, "spread": prices.std()}
    return Run(loss, facts | {"main": main, "auxiliary": auxiliary, "size": sum(each.size for each in params)})


def wide_and_deep_loss(params: list[Any], features: Array, prices: Array) -> tuple[Any, list[Any], Any]:
    """The weighted sum of the mean squared errors of both outputs, those errors, and the hidden units they share."""
    W_1, b_1, W_2, b_2, W_3, b_3, W_4, b_4 = params
    wide, deep = ad.tensor(features[:, :5], name="wide"), ad.tensor(features[:, 2:], name="deep")
    price = ad.tensor(prices, name="price")
    with ad.scope("hidden 1"):
        h_1 = named(ad.relu(deep @ W_1 + b_1), "h_1")
    with ad.scope("hidden 2"):
        h_2 = named(ad.relu(h_1 @ W_2 + b_2), "h_2")
    joined = named(np.concatenate([wide, h_2], axis=1), "joined")
    with ad.scope("output"):
        y = named(joined @ W_3 + b_3, "y")
    with ad.scope("auxiliary output"):
        y_aux = named(h_2 @ W_4 + b_4, "y_aux")
    with ad.scope("error"):
        E = named(np.mean((y - price) ** 2), "E")
    with ad.scope("aux error"):
        E_aux = named(np.mean((y_aux - price) ** 2), "E_aux")
    return named(0.9 * E + 0.1 * E_aux, "loss"), [E, E_aux], h_2


def batch_normalisation(training: Training) -> Run:
    """S. Ioffe and C. Szegedy, Batch Normalization, 2015, Algorithm 1; the cotangent is random."""
    generator = np.random.default_rng(0)
    with ad.observe():
        x = parameter(generator.normal(3, 2, (ROWS, 4)), "x")
        gamma, beta = parameter(np.ones(4), "γ"), parameter(np.zeros(4), "β")
        mean = named(np.mean(x, axis=0), "μ")
        centred = named(x - mean, "c")
        variance = named(np.mean(centred**2, axis=0), "v")
        normalised = named(centred / np.sqrt(variance + EPSILON), "n")
        y = named(gamma * normalised + beta, "y")
    by_x = ad.gradients(y, x, generator.standard_normal(y.shape))
    shifted, stretched = np.sum(by_x, axis=0), np.sum(by_x * centred.numpy(), axis=0)
    facts = {"shifted": np.abs(shifted).max(), "stretched": np.abs(stretched).max()}
    return Run(y, facts | {"size": rms(by_x), "epsilon": EPSILON})


def residual_block(training: Training) -> Run:
    """K. He et al., Deep Residual Learning for Image Recognition, 2016; x stands for what came from below."""
    generator = np.random.default_rng(0)
    with ad.observe():
        x = parameter(generator.standard_normal((ROWS, 8)), "x")
        W_1 = parameter(generator.normal(0, np.sqrt(2 / 8), (8, 8)), "W_1")
        W_2 = parameter(generator.normal(0, np.sqrt(1 / 8), (8, 8)), "W_2")
        with ad.scope("branch"):
            f = named(ad.relu(x @ W_1) @ W_2, "f")
        y = named(x + f, "y")
    straight = np.ones(y.shape)
    return Run(y, {"straight": rms(straight), "branch": rms(ad.gradients(f, x, straight))})


def recurrent_cell(training: Training, steps: int = 4) -> Run:
    """J. L. Elman, Finding Structure in Time, 1990: h_t = tanh(x_t W_x + h_(t−1) W_h), untrained."""
    generator = np.random.default_rng(0)
    with ad.observe():
        W_x = parameter(generator.normal(0, np.sqrt(1 / 3), (3, 4)), "W_x")
        W_h = parameter(generator.normal(0, np.sqrt(1 / 4), (4, 4)), "W_h")
        states, carried = [ad.tensor(np.zeros((2, 4)), name="h_0")], []
        for t in range(1, steps + 1):
            x = ad.tensor(generator.standard_normal((2, 3)), name=f"x_{t}")
            with ad.scope(f"step {t}"):
                carried.append(states[-1] @ W_h)
                states.append(named(np.tanh(carried[-1] + x @ W_x), f"h_{t}"))
        loss = named(np.mean(states[-1] ** 2), "loss")
    by_carried = ad.gradients(loss, carried)
    parts = [h.numpy().T @ g for h, g in zip(states, by_carried, strict=False)]
    return Run(loss, {"steps": steps, "parts": [rms(each) for each in parts]})


def derivatives(training: Training) -> Run:
    """tanh and its first two derivatives, each a graph that leads on from the one before."""
    with ad.observe():
        x = parameter(0.5, "x")
        y = named(np.tanh(x), "y")
        with ad.scope("y′"):
            dy = named(ad.gradients(y, x, ad.tensor(1.0, name="seed_1"), create_graph=True), "dy")
        with ad.scope("y″"):
            ddy = named(ad.gradients(dy, x, ad.tensor(1.0, name="seed_2"), create_graph=True), "ddy")
    return Run([y, dy, ddy], {"x": x.item(), "dy": dy.item(), "ddy": ddy.item()})


def stack(x: Any, activation: Callable[[Any], Any], gain: float, letter: str, generator: Any) -> list[Any]:
    """The results of layers without biases; weights have variance `gain` / inputs."""
    results = [x]
    for k in range(1, LAYERS + 1):
        weights = generator.normal(0, np.sqrt(gain / UNITS), (UNITS, UNITS))
        with ad.scope(f"layer {k}"):
            a = results[-1] @ parameter(weights, f"W_{letter}{k}")
            results.append(named(activation(a), f"{letter}_{k}"))
    return results[1:]


def sigmoid_and_relu(training: Training) -> Run:
    """Two deep stacks, each initialised by the scheme made for it.

    Weights of variance 1 / inputs for sigmoid (Glorot and Bengio, 2010, for as many outputs as
    inputs), and 2 / inputs for relu (He et al., 2015): each keeps the size of what goes through.
    """
    generator = np.random.default_rng(0)
    with ad.observe():
        x = ad.tensor(generator.standard_normal((ROWS, UNITS)), name="x")
        with ad.scope("sigmoid"):
            s = stack(x, ad.sigmoid, 1, "s", generator)
        with ad.scope("relu"):
            r = stack(x, ad.relu, 2, "r", generator)
        outputs = [named(np.mean(s[-1]), "y_sigmoid"), named(np.mean(r[-1]), "y_relu")]
    by_s, by_r = ([rms(g) for g in ad.gradients(*pair)] for pair in zip(outputs, (s, r), strict=True))
    shrinks = by_s[-1] / by_s[0]
    facts = {"sigmoid": shrinks, "per_layer": shrinks ** (1 / (LAYERS - 1)), "bound": 4 ** (LAYERS - 1)}
    return Run(outputs, facts | {"relu": by_r[0] / by_r[-1], "dead": sum(map(dead, r)), "units": LAYERS * UNITS})
