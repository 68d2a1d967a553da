"""Counts: weights, layers, steps of an epoch, rows of a split, columns of one-hot labels."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import cache, partial
from typing import Any

import numpy as np

import nn

from .claims import Claim, Number, Text

TITLE = "Counts: weights, layers, steps, rows"
ABOUT = (
    "`nn` builds each model as its listing does and counts; steps are those that `fit` and `evaluate` took over as "
    "many rows as the lecture has."
)
FASHION = [784, 300, 100, 10]
DIGITS = [784, 16, 16, 10]
LABELS = [0, 5, 1, 0]


def dense(sizes: Sequence[int]) -> Any:
    """Dense layers between layers of these sizes."""
    first, *others = sizes
    layers = [nn.layers.Dense(units, name=f"layer_{i}") for i, units in enumerate(others, 1)]
    return nn.Sequential([nn.layers.Input((first,)), *layers], name="mlp")


def layer_counts(sizes: Sequence[int]) -> list[int]:
    """Weights and biases of each layer."""
    return [layer.count_params() for layer in dense(sizes).layers]


def shapes(sizes: Sequence[int]) -> list[tuple[int, ...]]:
    """Of the first layer's weights and biases."""
    return [each.shape for each in dense(sizes).layers[0].get_weights()]


@cache
def wide_and_deep() -> Any:
    """The listing of 002: eight features, two hidden layers of 30."""
    features = nn.layers.Input(shape=(8,))
    normalized = nn.layers.Normalization()(features)
    hidden = nn.layers.Dense(30, activation="relu")(normalized)
    hidden = nn.layers.Dense(30, activation="relu")(hidden)
    output = nn.layers.Dense(1)(nn.layers.concatenate([normalized, hidden]))
    return nn.Model(inputs=[features], outputs=[output])


def wide_and_deep_counts() -> list[int]:
    return [each.count_params() for each in wide_and_deep().layers if isinstance(each, nn.layers.Dense)]


def summary(model: Any) -> str:
    lines: list[str] = []
    model.summary(print_fn=lines.append)
    return "\n".join(lines)


def flattened() -> Any:
    return nn.Sequential([nn.layers.Flatten(input_shape=[28, 28])])


class Steps(nn.callbacks.Callback):
    """Counts the batches of training and of evaluation."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.count += 1

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self.count += 1


@cache
def steps(method: str, rows: int, **settings: Any) -> int:
    """The steps that `fit` or `evaluate` takes over so many rows of a small model."""
    model, counter = dense([1, 1]), Steps()
    model.compile("sgd", "mse")
    zeros = np.zeros((rows, 1), "f4")
    getattr(model, method)(zeros, zeros, verbose=0, callbacks=[counter], **settings)
    return counter.count


def images(rows: int) -> Any:
    """So many images, without their memory."""
    return np.broadcast_to(np.zeros((), np.uint8), (rows, 28, 28))


def one_hot(labels: Sequence[int]) -> Any:
    return nn.utils.to_categorical(labels, num_classes=10)


def default(function: Any, argument: str) -> Any:
    """What an argument is when it is left out."""
    return inspect.signature(function).parameters[argument].default


def default_line(function: Any, argument: str) -> str:
    return f"{function.__name__}(..., {argument}={default(function, argument)!r}, ...)"


small = partial(Number, "000/001", "Building Neural Networks")
wide = partial(Number, "002", "Wide and Deep Neural Network: summary")

CLAIMS: tuple[Claim, ...] = (
    small("weights of 20–32–10, by layer", "672 330", lambda: layer_counts([20, 32, 10])),
    small("in total", "1,002", lambda: dense([20, 32, 10]).count_params()),
    Number("000", "Building Neural Networks - Layers", "“a stack of 3 Dense layers”", "3",
           lambda: len(dense([20, 32, 10]).layers), derivation=lambda: summary(dense([20, 32, 10]))),
    Number("002, 004", "Model Summary", "weights of 784–300–100–10, by layer", "235500 30100 1010",
           lambda: layer_counts(FASHION)),
    Number("002, 004", "Model Summary", "in total", "266,610", lambda: dense(FASHION).count_params()),
    Number("002", "Number of Parameters", "weights of the first layer", "235 500", lambda: layer_counts(FASHION)[0],
           marks=" ."),
    Text("002", "Model Layers", "shapes of its weights and biases", "[(784, 300), (300,)]", lambda: shapes(FASHION)),
    Text("002, 004", "Model Summary", "shape behind Flatten", "(None, 784)", lambda: flattened().output_shape),
    Text("004", "In [7]: model.output_shape", "output shape", "(None, 10)", lambda: dense(FASHION).output_shape),
    Number("003", "Computation Explosion", "weights of 784–16–16–10", "13.002", lambda: dense(DIGITS).count_params(),
           marks=".,"),
    Number("003", "Computation Explosion", "their expression, ((784·16 + 16)·16 + 16)·10", "13.002",
           lambda: ((784 * 16 + 16) * 16 + 16) * 10, marks=".,", derivation=lambda: summary(dense(DIGITS))),
    wide("weights of its Dense layers", "270 930 39", wide_and_deep_counts),
    wide("in total", "1,256", lambda: wide_and_deep().count_params()),
    wide("trainable", "1,239", lambda: sum(each.size for each in wide_and_deep().trainable_weights)),
    wide("not trainable: 8 means, 8 variances, 1 count", "17",
         lambda: sum(each.size for each in wide_and_deep().non_trainable_weights)),
    Number("002, 004", "Training and evaluating", "steps of an epoch of 55,000 images", "1719",
           lambda: steps("fit", 55_000)),
    Number("004", "In [18]: model.evaluate", "steps over 10,000 test images", "313", lambda: steps("evaluate", 10_000)),
    Number("003", "Stochastic gradient descent", "batches of 10 · 100 + 50 samples", "11",
           lambda: steps("fit", 1050, batch_size=100)),
    Number("003", "Stochastic gradient descent", "updates with all samples in one batch", "1",
           lambda: steps("fit", 1050, batch_size=1050)),
    Text("002", "Load the Data", "shape of all images but the last 5,000", "(55000, 28, 28)",
         lambda: images(60_000)[:-5000].shape),
    Text("000/001", "MNIST Dataset", "shapes of 40,000 for training and the rest", "(40000, 28, 28) (20000, 28, 28)",
         lambda: f"{images(60_000)[:40_000].shape} {images(60_000)[40_000:].shape}"),
    Number("002", "Converting to One-Hot Labels", "first row of to_categorical([0, 5, 1, 0], num_classes=10)",
           "[1., 0., 0., 0., 0., 0., 0., 0., 0.]", lambda: one_hot(LABELS)[0],
           derivation=lambda: repr(one_hot(LABELS))),
    Number("002", "Compiling the Model", "class 3 as a one-hot row", "[0., 0., 0., 1., 0., 0., 0., 0., 0.]",
           lambda: one_hot([3]), derivation=lambda: repr(one_hot([3]))),
    Number("004", "Compiling the Model", "class 3 as a one-hot row", "[0., 0., 0., 1., 0., 0., 0., 0., 0., 0.]",
           lambda: one_hot([3])),
    Number("002", "Converting from One-Hot Labels", "np.argmax of the ten columns", "[0, 5, 1, 0]",
           lambda: np.argmax(one_hot(LABELS), axis=1)),
    Number("003", "Early stopping", "“By default we normally have 10 epochs”", "10",
           lambda: default(nn.Model.fit, "epochs"), derivation=lambda: default_line(nn.Model.fit, "epochs")),
    Number("002", "Compiling the Model", "default rate of SGD", "0.01",
           lambda: nn.optimizers.SGD().learning_rate.numpy()),
    Number("004", "Gradient Descent with Adaptive Learning Rate", "default rate of Adam", "0.001",
           lambda: nn.optimizers.Adam().learning_rate.numpy()),
)  # fmt: skip
