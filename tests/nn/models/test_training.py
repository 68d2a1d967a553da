"""Training: what is reported against computations by hand, eager against compiled, and against live Keras."""

from __future__ import annotations

import os
import warnings

import numpy as np
import pytest

import autodiff as ad
import nn

RNG = np.random.default_rng(0)
X = RNG.normal(size=(70, 6)).astype("f4")
LABELS = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0.5)
TARGETS = (X @ RNG.normal(size=(6, 1))).astype("f4")
WEIGHTS = RNG.uniform(0.2, 2, 70).astype("f4")
SPARSE = "sparse_categorical_crossentropy"


def classifier(keras, *between):
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(8, activation="tanh"), *between, layers.Dense(3, activation="softmax")]
    )


def regression(keras):
    hidden = keras.layers.Dense(
        8,
        activation="tanh",
        kernel_regularizer=keras.regularizers.L2(0.01),
        activity_regularizer=keras.regularizers.L2(0.01),
    )
    return keras.Sequential([keras.Input((6,)), hidden, keras.layers.Dense(1)])


def two_outputs(keras):
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    hidden = keras.layers.Dense(5, activation="tanh")(b)
    both = keras.layers.concatenate([a, hidden])
    return keras.Model([a, b], [keras.layers.Dense(1, name="main")(both), keras.layers.Dense(1, name="aux")(hidden)])


HALVES, BOTH = [X[:, :3], X[:, 3:]], [TARGETS, TARGETS]
RUNS = {
    "labels": (classifier, {"loss": SPARSE, "metrics": ["accuracy"]}, {"x": X, "y": LABELS}),
    "weights": (
        classifier, {"loss": SPARSE, "metrics": ["accuracy"], "weighted_metrics": ["accuracy"]},
        {"x": X, "y": LABELS, "sample_weight": WEIGHTS},
    ),
    "class weights": (classifier, {"loss": SPARSE}, {"x": X, "y": LABELS, "class_weight": {0: 1.0, 1: 3.0, 2: 0.5}}),
    "held out": (classifier, {"loss": SPARSE, "metrics": ["acc"]}, {"x": X, "y": LABELS, "validation_split": 0.3}),
    "one-hot": (
        classifier, {"loss": "categorical_crossentropy", "metrics": ["accuracy"]},
        {"x": X, "y": np.eye(3)[LABELS], "validation_data": (X[:10], np.eye(3)[LABELS][:10])},
    ),
    "regularized": (regression, {"loss": "mse", "metrics": ["mae", "mse"]}, {"x": X, "y": TARGETS}),
    "flat targets": (regression, {"loss": "huber"}, {"x": X, "y": TARGETS[:, 0], "sample_weight": WEIGHTS}),
    "two outputs": (two_outputs, {"loss": ["mse", "mae"], "loss_weights": [0.7, 0.3]}, {"x": HALVES, "y": BOTH}),
    "two outputs by name": (
        two_outputs, {"loss": {"main": "mse", "aux": "mae"}, "metrics": {"main": "mae"}},
        {"x": {"a": HALVES[0], "b": HALVES[1]}, "y": {"main": TARGETS, "aux": TARGETS}},
    ),
    "two weights": (
        two_outputs, {"loss": ["mse", "mae"]}, {"x": HALVES, "y": BOTH, "sample_weight": [WEIGHTS, WEIGHTS]},
    ),
}  # fmt: skip


def trained(keras, name, start=None, **options):
    """The history, the weights and the losses at the end of a run of batches in their order, the last one ragged."""
    build, compiling, fitting = RUNS[name]
    model = build(keras)
    start = model.get_weights() if start is None else start
    model.set_weights(start)
    model.compile(keras.optimizers.Adam(0.01), **compiling, **options)
    history = model.fit(**fitting, epochs=3, batch_size=16, shuffle=False, verbose=0).history
    given = {key: value for key, value in fitting.items() if key in ("x", "y", "sample_weight")}
    return start, history, model.get_weights(), model.evaluate(**given, verbose=0, return_dict=True)


@pytest.mark.parametrize("name", RUNS)
def test_compiled_steps_train_as_python_does(name):
    start, *compiled = trained(nn, name)
    _, *eager = trained(nn, name, start, run_eagerly=True)
    assert list(compiled[0]) == list(eager[0])
    for one, other in zip(compiled, eager, strict=True):
        _agree(one, other, 1e-4)


@pytest.fixture(scope="module")
def keras():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("keras", reason="Keras is not installed")


@pytest.mark.filterwarnings("ignore")  # Keras' own
@pytest.mark.parametrize("name", RUNS)
def test_keras_trains_the_same(keras, name):
    start, *theirs = trained(keras, name)
    _, *ours = trained(nn, name, start)
    for one, other in zip(ours, theirs, strict=True):
        _agree(one, other, 2e-3)


def _agree(one, other, tolerance):
    if isinstance(one, dict):
        assert set(one) == set(other)
        for key in one:
            np.testing.assert_allclose(one[key], other[key], rtol=tolerance, atol=tolerance / 100, err_msg=key)
    else:
        for mine, theirs in zip(one, other, strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=tolerance, atol=tolerance / 10)


# By hand


def test_evaluate_is_the_mean_over_all_rows():
    model = classifier(nn)
    model.compile("sgd", SPARSE, metrics=["accuracy"])
    p = model.predict(X, verbose=0)
    picked = p[np.arange(70), LABELS]
    loss, accuracy = model.evaluate(X, LABELS, batch_size=16, verbose=0)  # the last batch has 6 rows
    np.testing.assert_allclose(loss, -np.log(picked).mean(), rtol=1e-5)
    np.testing.assert_allclose(accuracy, (p.argmax(1) == LABELS).mean(), rtol=1e-6)


def test_what_regularizers_add_is_reported():
    model = regression(nn)
    model.compile("sgd", "mse")
    kernel = model.layers[0].kernel.numpy()
    hidden = model.activations(X)[model.layers[0].name]
    error = np.mean((model.predict(X, verbose=0) - TARGETS) ** 2)
    expected = error + 0.01 * (kernel**2).sum() + 0.01 * (hidden**2).sum() / 70
    np.testing.assert_allclose(model.evaluate(X, TARGETS, batch_size=70, verbose=0), expected, rtol=1e-5)


def test_on_batch():
    model = classifier(nn)
    model.compile("sgd", SPARSE, metrics=["accuracy"])
    losses = [model.train_on_batch(X[:16], LABELS[:16])[0] for _ in range(20)]
    assert losses[-1] < losses[0]
    told = model.test_on_batch(X[:16], LABELS[:16], return_dict=True)
    assert list(told) == ["loss", "accuracy"]
    np.testing.assert_allclose(told["loss"], model.evaluate(X[:16], LABELS[:16], verbose=0)[0], rtol=1e-6)
    np.testing.assert_allclose(model.predict_on_batch(X[:16]), model.predict(X[:16], verbose=0), rtol=1e-6)


# Seeds and orders


def test_a_seed_makes_the_run():
    def run():
        nn.set_random_seed(3)
        model = classifier(nn, nn.layers.Dropout(0.5))
        model.compile("adam", SPARSE)
        return model.fit(X, LABELS, epochs=3, batch_size=16, verbose=0).history["loss"]

    assert run() == run()


def test_orders_differ_between_epochs():
    seen = []

    class Looking(nn.Sequential):
        def train_step(self, data):
            seen.append(np.array(data[0][:, 0]))
            return super().train_step(data)

    model = Looking([nn.Input((6,)), nn.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    model.fit(X, TARGETS, epochs=2, batch_size=70, verbose=0)
    first, second = seen
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(np.sort(first), np.sort(second))


def test_a_scaled_loss_trains_the_same():
    """The factor keeps small gradients from 0 in low precision; a power of 2 leaves every digit as it is."""
    trained = []
    for factor in (None, 1024.0):
        nn.set_random_seed(0)
        model = classifier(nn)
        model.compile(nn.optimizers.SGD(0.1, loss_scale_factor=factor), SPARSE)
        history = model.fit(X, LABELS, epochs=2, shuffle=False, verbose=0).history
        trained.append([history["loss"], *model.get_weights()])
    for plain, scaled in zip(*trained, strict=True):
        np.testing.assert_array_equal(plain, scaled)


# What users write


def test_a_train_step_of_ones_own():
    class Twice(nn.Model):
        def train_step(self, data):
            x, y = data[0], data[1]
            y_pred = self(x, training=True)
            loss = self.compute_loss(x, y, y_pred) * 2
            gradients = ad.gradients(loss, self.trainable_variables)
            self.optimizer.apply(gradients, self.trainable_variables)
            return {"twice": loss}

    inputs = nn.Input((6,))
    model = Twice(inputs, nn.layers.Dense(1)(inputs))
    model.compile("sgd", "mse")
    history = model.fit(X, TARGETS, epochs=2, batch_size=70, verbose=0).history
    assert list(history) == ["twice"] and history["twice"][1] < history["twice"][0]
    assert not model.train_function.is_eager


def test_a_loss_that_a_layer_adds():
    class Costly(nn.layers.Layer):
        def call(self, inputs):
            self.add_loss(np.mean(inputs**2) * 3)
            return inputs

    model = nn.Sequential([nn.Input((6,)), Costly(), nn.layers.Dense(1)])
    model.compile("sgd", "mse")
    expected = np.mean((model.predict(X, verbose=0) - TARGETS) ** 2) + 3 * np.mean(X**2)
    np.testing.assert_allclose(model.evaluate(X, TARGETS, batch_size=70, verbose=0), expected, rtol=1e-5)


def test_shared_layers_and_nested_models():
    shared = nn.layers.Dense(4, activation="tanh", name="shared")
    a, b = nn.Input((3,)), nn.Input((3,))
    inner = nn.Sequential([nn.Input((8,)), nn.layers.Dense(1)], name="inner")
    model = nn.Model([a, b], inner(nn.layers.concatenate([shared(a), shared(b)])))
    assert model.count_params() == 3 * 4 + 4 + 8 + 1
    model.compile("adam", "mse")
    losses = model.fit(HALVES, TARGETS, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert {"shared", "shared_call_2", "inner"} <= set(model.activations(HALVES))


def test_gradients_by_name_are_those_of_differences():
    model = regression(nn)
    model.compile("sgd", "mse")
    found = model.gradients(X, TARGETS)
    kernel = model.layers[1].kernel
    direction = RNG.normal(size=kernel.shape).astype("f4")
    losses = []
    for step in (1e-2, -1e-2):
        kernel.assign_add(step * direction)
        losses.append(model.evaluate(X, TARGETS, batch_size=70, verbose=0))
        kernel.assign_sub(step * direction)
    slope = np.sum(found[kernel.path] * direction)
    np.testing.assert_allclose((losses[0] - losses[1]) / 2e-2, slope, rtol=1e-3)


# Warnings


def test_nan_in_the_data_is_told():
    wrong = X.copy()
    wrong[3, 2] = np.nan
    model = regression(nn)
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="x holds 1 values that are NaN or infinite in the columns 2"):
        model.predict(wrong, verbose=0)


@pytest.mark.filterwarnings("ignore:validation_split. no example of class 0")
def test_a_class_that_is_missing_on_one_side_is_told():
    model = classifier(nn)
    model.compile("sgd", SPARSE)
    order = np.argsort(LABELS)
    with pytest.warns(UserWarning, match="no example of class 2 is left for training"):
        model.fit(X[order], LABELS[order], validation_split=0.3, verbose=0)
