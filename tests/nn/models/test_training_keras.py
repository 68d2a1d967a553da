"""Training beside Keras itself: from the same weights and with the same batches come the same numbers."""

import importlib.util
import os

import numpy as np
import pytest

import nn

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("keras") is None, reason="Keras is not installed here"),
    pytest.mark.filterwarnings("ignore:__array__ implementation"),  # of Keras' own variables
]

_rng = np.random.default_rng(0)
X, Z, R = (_rng.normal(size=(50, size)).astype("f") for size in (4, 3, 1))
Y, W = _rng.integers(0, 3, 50), _rng.random(50).astype("f")


@pytest.fixture
def keras():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    return pytest.importorskip("keras")


def sequential(k):
    model = k.Sequential([k.Input((4,)), k.layers.Dense(8, "tanh"), k.layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def regularized(k):
    penalties = {"kernel_regularizer": k.regularizers.L2(0.01), "activity_regularizer": k.regularizers.L1(0.02)}
    model = k.Sequential([k.Input((4,)), k.layers.Dense(8, "tanh", **penalties), k.layers.Dense(3, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"], weighted_metrics=["accuracy"])
    return model


def functional(k):
    a, b = k.Input((4,), name="a"), k.Input((3,), name="b")
    hidden = k.layers.Dense(5, "relu")(a)
    first = k.layers.Dense(1, name="p")(k.layers.Concatenate()([hidden, b]))
    model = k.Model([a, b], [first, k.layers.Dense(3, "softmax", name="q")(hidden)])
    model.compile(
        "rmsprop",
        loss=["mse", "sparse_categorical_crossentropy"],
        loss_weights=[0.9, 0.1],
        metrics={"p": ["mae"], "q": ["accuracy"]},
        weighted_metrics={"p": ["mae"]},
    )
    return model


def subclassed(k):
    class Own(k.Model):
        def __init__(self):
            super().__init__()
            self.first, self.last = k.layers.Dense(6, "relu"), k.layers.Dense(1)
            self.normalized = k.layers.BatchNormalization()

        def call(self, inputs, training=False):
            return self.last(self.normalized(self.first(inputs), training=training))

    model = Own()
    model.compile(k.optimizers.SGD(0.05, momentum=0.9), "mse", metrics=["mae"])
    model(X[:2])
    return model


CASES = {
    "sequential": (sequential, X, Y, {"validation_data": (X, Y)}),
    "split": (sequential, X, Y, {"validation_split": 0.3}),
    "steps": (sequential, X, Y, {"steps_per_epoch": 2}),
    "sample weights": (regularized, X, Y, {"sample_weight": W, "validation_data": (X, Y, W)}),
    "class weights": (regularized, X, Y, {"class_weight": {0: 1.0, 1: 3.0, 2: 0.5}}),
    "functional": (functional, [X, Z], [R, Y], {"validation_data": ([X, Z], [R, Y])}),
    "functional, weights": (functional, [X, Z], [R, Y], {"sample_weight": [W, 1 - W]}),
    "subclassed": (subclassed, X, R, {"validation_data": (X, R)}),
}


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=3e-6)  # three epochs in float32


@pytest.mark.parametrize("case", CASES)
def test_runs_are_those_of_keras(keras, case):
    make, x, y, options = CASES[case]
    theirs, ours = make(keras), make(nn)
    ours.set_weights(theirs.get_weights())
    expected, found = (
        each.fit(x, y, epochs=3, batch_size=16, shuffle=False, verbose=0, **options).history for each in (theirs, ours)
    )
    assert set(found) == set(expected)
    for name, values in expected.items():
        close(found[name], values)
    for mine, their in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        close(mine, their)
    for mine, their in zip(ours.optimizer.variables, theirs.optimizer.variables, strict=True):
        close(mine.numpy(), their.numpy())
    evaluated = [each.evaluate(x, y, verbose=0, return_dict=True) for each in (ours, theirs)]
    for name, value in evaluated[0].items():
        close(value, evaluated[1][name])


def test_single_batches_are_those_of_keras(keras):
    theirs, ours = sequential(keras), sequential(nn)
    ours.set_weights(theirs.get_weights())
    for rows in (50, 10, 30):
        close(ours.train_on_batch(X[:rows], Y[:rows]), theirs.train_on_batch(X[:rows], Y[:rows]))
        close(ours.test_on_batch(X[:rows], Y[:rows]), theirs.test_on_batch(X[:rows], Y[:rows]))
