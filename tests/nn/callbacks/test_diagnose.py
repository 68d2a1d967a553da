"""Diagnose: networks built to have each ailment, and healthy ones, the lectures' among them."""

import io

import numpy as np
import pytest

import nn
from nn import callbacks, layers, optimizers
from nn.models import Model, Sequential

# The models here are ill on purpose, and say so.
pytestmark = pytest.mark.filterwarnings("ignore:inputs are as large:UserWarning", "ignore:metrics=:UserWarning")


def blobs(rows=320, features=20, classes=4):
    """Classes around centres of their own, in inputs of mean 0 and about 1 in size."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, classes, rows)
    x = rng.normal(size=(classes, features))[labels] + 0.7 * rng.normal(size=(rows, features))
    return x.astype("float32"), labels


def network(hidden=("relu",) * 2, units=50, optimizer="sgd", last=None, loss=None, **options):
    nn.set_random_seed(2)
    layer = [layers.Dense(units, activation=f, name=f"hidden_{i}", **options) for i, f in enumerate(hidden, 1)]
    last = last or layers.Dense(4, activation="softmax", name="output")
    model = Sequential([layers.Input(shape=(20,)), *layer, last])
    model.compile(optimizer, loss or "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def diagnosed(model, x, y, epochs=2, **options):
    diagnose = callbacks.Diagnose()
    model.fit(x, y, epochs=epochs, verbose=0, callbacks=[diagnose], **options)
    return diagnose.findings


def scaled_weights(model, factor):
    """Multiply all matrices of the hidden layers."""
    for layer in model.layers[:-1]:
        layer.kernel.assign(layer.kernel.numpy() * factor)
    return model


def with_dead_units(share):
    model = network(hidden=("relu",))
    bias = np.zeros(50, "float32")
    bias[: round(share * 50)] = -1e3
    model.layers[0].bias.assign(bias)
    return model


def test_dead_units(capsys):
    x, y = blobs()
    (found,) = diagnosed(with_dead_units(0.6), x, y)
    assert (found.epoch, found.layer, found.ailment) == (0, "hidden_1", "dead")
    assert found.value == pytest.approx(0.6, abs=0.05)
    out = capsys.readouterr().out
    assert out.startswith("Diagnose, epoch 1: Dense 'hidden_1': ")
    assert "of 50 relu units are dead, 0 for all 32 rows" in out
    assert "he_normal" in out and "Lower the learning rate (0.01)" in out
    assert out.count("\n") == 1


def test_few_dead_units_are_no_ailment():
    assert diagnosed(with_dead_units(0.2), *blobs()) == []


@pytest.mark.parametrize("separate", ["ReLU", "Activation"])
def test_units_of_a_separate_relu_are_counted_too(separate):
    nn.set_random_seed(2)
    x = layers.Input(shape=(20,))
    hidden = layers.Dense(50, bias_initializer=nn.initializers.Constant(-1e3))(x)
    relu = {"ReLU": layers.ReLU, "Activation": lambda: layers.Activation("relu")}[separate]
    model = Model(x, layers.Dense(4, activation="softmax")(relu()(hidden)))
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert [(each.ailment, each.value) for each in diagnosed(model, *blobs())] == [("dead", 1.0)]


def test_a_few_rows_prove_nothing_unless_they_are_all():
    x, y = blobs(rows=8)
    model = with_dead_units(0.6)
    assert diagnosed(model, x, y, batch_size=1) == []
    assert [each.ailment for each in diagnosed(model, x, y, batch_size=8)] == ["dead"]


@pytest.mark.parametrize("function", ["tanh", "sigmoid"])
def test_saturated_activations(function, capsys):
    x, y = blobs()
    found = diagnosed(network(hidden=(function,)), 100 * x, y)
    assert ("hidden_1", "saturated") in [each[1:3] for each in found]
    assert "Scale the inputs to about -1 to 1" in capsys.readouterr().out


def test_a_sure_output_is_not_saturated():
    x, y = blobs(classes=2)
    last = layers.Dense(1, activation="sigmoid", bias_initializer=nn.initializers.Constant(20.0))
    model = network(hidden=("relu",), last=last, loss="binary_crossentropy")
    assert "saturated" not in [each.ailment for each in diagnosed(model, x, 0 * y)]


def test_vanishing_gradients(capsys):
    found = diagnosed(network(hidden=("sigmoid",) * 10), *blobs())
    assert [each[1:3] for each in found] == [("hidden_1", "vanishing")]
    assert found[0].value < 1e-4
    out = capsys.readouterr().out
    assert "of that at Dense 'hidden_10'" in out and "'relu' with kernel_initializer='he_normal'" in out


def test_exploding_gradients(capsys):
    model = scaled_weights(network(hidden=("linear",) * 8, optimizer=optimizers.SGD(1e-12)), 10)
    model.layers[-1].kernel.assign(0.01 * model.layers[-1].kernel.numpy())
    found = diagnosed(model, 1e-6 * blobs()[0], blobs()[1])
    assert ("hidden_1", "exploding") in [each[1:3] for each in found]
    assert "clipnorm=1.0" in capsys.readouterr().out


def test_a_gradient_out_of_proportion_to_the_weights():
    x, _ = blobs()
    model = network(hidden=("relu",), last=layers.Dense(1), loss="mse", optimizer=optimizers.SGD(1e-9))
    found = diagnosed(model, x, np.full((320, 1), 1e7))
    assert (model.name, "exploding") in [each[1:3] for each in found]


def test_a_gradient_that_is_no_number():
    x, y = blobs()
    model = network()
    model.layers[1].bias.assign(np.full(50, np.nan))
    found = diagnosed(model, x, y, epochs=1)
    assert [(each.ailment, each.value) for each in found] == [("exploding", float("inf"))]


def test_large_steps(capsys):
    model = network(hidden=("tanh",), optimizer=optimizers.Adam(0.5))
    found = diagnosed(model, *blobs(), epochs=1, batch_size=320)
    assert "large step" in [each.ailment for each in found]
    assert "Lower the learning rate (0.5), such as by dividing it by 3" in capsys.readouterr().out


def test_small_steps(capsys):
    (found,) = diagnosed(network(optimizer=optimizers.SGD(1e-7)), *blobs())
    assert found.ailment == "small step"
    assert "Raise the learning rate (1e-07)" in capsys.readouterr().out


HEALTHY = {
    "relu, sgd (002, 004)": {},
    "relu, adam (000)": {"hidden": ("relu",), "units": 32, "optimizer": "adam"},
    "tanh, nadam (000)": {"hidden": ("tanh",), "optimizer": "nadam"},
    "relu of He, sgd": {"kernel_initializer": "he_normal"},
    "elu of He, adam (004)": {"hidden": ("elu",) * 2, "kernel_initializer": "he_normal", "optimizer": "adam"},
    "selu of LeCun, deep (004)": {"hidden": ("selu",) * 6, "kernel_initializer": "lecun_normal"},
    "adam of 0.01 (004)": {"optimizer": lambda: optimizers.Adam(0.01)},
    "momentum (004)": {"optimizer": lambda: optimizers.SGD(0.05, momentum=0.9, nesterov=True)},
    "two layers of sigmoid (003)": {"hidden": ("sigmoid",) * 2, "optimizer": "adam"},
    "three layers of sigmoid": {"hidden": ("sigmoid",) * 3, "optimizer": "adam"},
    "leaky relu (003)": {"hidden": ("leaky_relu",) * 2, "optimizer": "adam"},
}


@pytest.mark.parametrize("name", HEALTHY)
def test_no_false_alarm_on_the_lectures_networks(name, capsys):
    options = {key: value() if callable(value) else value for key, value in HEALTHY[name].items()}
    assert diagnosed(network(**options), *blobs(), epochs=15) == []
    assert capsys.readouterr().out == ""


def test_no_false_alarm_on_regression_and_xor():
    x, _ = blobs()
    model = network(hidden=("relu",) * 3, last=layers.Dense(1), loss="mse", optimizer="adam")
    assert diagnosed(model, x, x[:, :1] ** 2 + x[:, 1:2], epochs=15) == []
    xor = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")
    nn.set_random_seed(3)
    model = Sequential(
        [layers.Input(shape=(2,)), layers.Dense(4, activation="tanh"), layers.Dense(1, activation="sigmoid")]
    )
    model.compile(optimizers.SGD(0.5), "mse")
    assert diagnosed(model, xor, np.array([[0], [1], [1], [0]], "float32"), epochs=300) == []


def test_each_finding_is_told_once_and_between_the_bars(monkeypatch):
    import sys

    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    x, y = blobs()
    diagnose = callbacks.Diagnose()
    with_dead_units(0.6).fit(x, y, epochs=3, callbacks=[diagnose])
    lines = stream.getvalue().splitlines()
    assert [each.split()[0] for each in lines] == ["Epoch", "10/10", "Diagnose,", "Epoch", "10/10", "Epoch", "10/10"]
    assert len(diagnose.findings) == 1


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_run_with_it_is_the_run_without_it(optimizer):
    x, y = blobs()
    histories = []
    for watch in ([], [callbacks.Diagnose()]):
        model = network(hidden=("sigmoid",), optimizer=optimizer)
        model.layers[0].generator = np.random.default_rng(0)
        histories.append(model.fit(x, y, epochs=3, verbose=0, callbacks=watch).history)
    assert histories[0] == histories[1]


def test_random_layers_draw_as_without_it():
    x, y = blobs()

    class Noise(layers.Layer):
        def __init__(self):
            super().__init__()
            self.generator = np.random.default_rng(5)

        def call(self, inputs, training=False):
            return inputs * self.generator.normal(size=1).astype("float32") if training else inputs

    losses = []
    for watch in ([], [callbacks.Diagnose()]):
        nn.set_random_seed(2)
        model = Sequential([layers.Input(shape=(20,)), Noise(), layers.Dense(4, activation="softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
        losses.append(model.fit(x, y, epochs=3, shuffle=False, verbose=0, callbacks=watch).history["loss"])
    assert losses[0] == losses[1]
