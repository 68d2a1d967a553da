"""Training: data by name and by steps, custom steps, freezing, changes of a model, and what errors say."""

import logging

import numpy as np
import pytest

import autodiff as ad
import nn as keras
from nn import layers


@pytest.fixture
def x():
    return np.random.default_rng(0).normal(size=(50, 4)).astype("f")


@pytest.fixture
def labels():
    return np.random.default_rng(1).integers(0, 3, 50)


def classifier(**options):
    keras.set_random_seed(1)
    model = keras.Sequential([layers.Dense(8, activation="relu", input_shape=(4,)), layers.Dense(3, "softmax")])
    model.compile(
        **{"optimizer": "adam", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"], **options}
    )
    return model


def two_outputs():
    inputs = keras.Input((4,))
    return keras.Model(inputs, [layers.Dense(1, name="p")(inputs), layers.Dense(1, name="q")(inputs)])


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_targets_of_a_dict_go_to_outputs_by_name(x):
    model = two_outputs()
    model.compile("sgd", {"q": "mse", "p": "mae"})
    zeros, ones = np.zeros((50, 1)), np.ones((50, 1))
    listed = model.evaluate(x, [zeros, ones], verbose=0)
    assert model.evaluate(x, {"q": ones, "p": zeros}, verbose=0) == listed
    weights = {"q": np.zeros(50), "p": np.ones(50)}
    assert model.evaluate(x, [zeros, ones], sample_weight=weights, verbose=0)[2] == 0
    with pytest.raises(ValueError, match=r"unknown outputs \['z'\]; the model has \['p', 'q'\]"):
        model.evaluate(x, {"p": ones, "z": ones}, verbose=0)
    with pytest.raises(ValueError, match="no targets for the output 'q'"):
        model.evaluate(x, {"p": ones}, verbose=0)


def test_an_output_without_a_loss_needs_no_targets(x):
    model = two_outputs()
    model.compile("sgd", {"p": "mse"})
    history = model.fit(x, {"p": x[:, :1]}, verbose=0).history
    assert history["loss"] == history["p_loss"]


def test_a_subclass_of_dicts(x):
    class Both(keras.Model):
        def __init__(self):
            super().__init__()
            self.first, self.second = layers.Dense(1), layers.Dense(1)

        def call(self, inputs):
            return {"b": self.first(inputs["x"]), "a": self.second(inputs["x"])}

    model = Both()
    model.compile("sgd", {"a": "mse", "b": "mse"}, loss_weights={"a": 0.0})
    found = model.evaluate({"x": x}, {"a": x[:, :1], "b": x[:, 1:2]}, verbose=0, return_dict=True)
    outputs = model.predict({"x": x}, verbose=0)
    assert found["a_loss"] == pytest.approx(np.mean((outputs["a"] - x[:, :1]) ** 2), rel=1e-5)
    assert found["loss"] == pytest.approx(np.mean((outputs["b"] - x[:, 1:2]) ** 2), rel=1e-5)


def test_steps_limit_arrays(x, labels):
    model = classifier(optimizer=keras.optimizers.SGD(0.0))
    first = model.evaluate(x[:10], labels[:10], verbose=0)
    assert model.evaluate(x, labels, batch_size=10, steps=1, verbose=0) == first
    assert model.predict(x, batch_size=10, steps=2, verbose=0).shape == (20, 3)
    history = model.fit(
        x, labels, batch_size=10, steps_per_epoch=2, epochs=2, shuffle=False, verbose=0,
        validation_data=[x, labels], validation_steps=1,
    ).history  # fmt: skip
    assert [history["val_loss"][1], history["val_accuracy"][1]] == first
    rounds = [model.evaluate(x[at : at + 20], labels[at : at + 20], verbose=0)[0] for at in (0, 20)]
    np.testing.assert_allclose(history["loss"], rounds, rtol=1e-6)


def test_class_weights_of_batches_that_are_given(x, labels):
    weights = {0: 1.0, 1: 2.0, 2: 3.0}
    model, other = classifier(), classifier()
    one = model.fit(x, labels, class_weight=weights, batch_size=50, shuffle=False, verbose=0).history
    assert other.fit(iter([(x, labels)]), class_weight=weights, verbose=0).history == one
    third = classifier()
    third.train_on_batch(x, labels, class_weight=weights)
    assert same(third.get_weights(), model.get_weights())
    assert same(other.get_weights(), model.get_weights())


@pytest.mark.parametrize("weighted", [False, True])
def test_a_custom_step_gets_what_there_is(x, weighted):
    lengths = []

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, inputs):
            return self.dense(inputs)

        def train_step(self, data):
            lengths.append(len(data))
            loss = np.mean((self(data[0], training=True) - data[1]) ** 2)
            self.optimizer.apply(ad.gradients(loss, self.trainable_variables), self.trainable_variables)
            return {"mine": loss}

    model = Own()
    model.compile("sgd")
    weight = {"sample_weight": np.ones(50)} if weighted else {}
    history = model.fit(x, x[:, :1], epochs=5, verbose=0, **weight).history
    assert set(lengths) == {3 if weighted else 2}
    assert history["mine"][-1] < history["mine"][0]


def test_compiled_steps_are_the_eager_ones(x, labels):
    runs = [classifier(run_eagerly=eager) for eager in (False, True)]
    histories = [each.fit(x, labels, epochs=3, batch_size=16, shuffle=False, verbose=0).history for each in runs]
    assert histories[0] == histories[1] and same(*(each.get_weights() for each in runs))


@pytest.mark.parametrize(("ask", "call"), [(float, "float(t)"), (lambda t: t.item(), ".item()")])
def test_a_model_that_asks_for_values_trains_eagerly(x, caplog, ask, call):
    class Branching(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, inputs):
            return self.dense(inputs) if ask(np.mean(inputs)) < 100 else inputs

    keras.set_random_seed(0)
    model, eager = Branching(), Branching()
    model.compile("sgd", "mse")
    eager.compile("sgd", "mse", run_eagerly=True)
    eager(x), model(x)
    eager.set_weights(model.get_weights())
    with caplog.at_level(logging.WARNING, "nn"):
        model.fit(x, x[:, :1], epochs=2, shuffle=False, verbose=0)
    eager.fit(x, x[:, :1], epochs=2, shuffle=False, verbose=0)
    assert len(caplog.records) == 1 and "train_step of branching" in caplog.text
    assert "runs eagerly from now on" in caplog.text and f"{call} asks for the values" in caplog.text
    assert same(model.get_weights(), eager.get_weights())


def test_frozen_layers_and_frozen_models_keep_their_weights(x, labels):
    model = classifier()
    model.fit(x, labels, verbose=0)
    for frozen, kept in ((model.layers[0], [True, True, False, False]), (model, [True] * 4)):
        frozen.trainable = False
        model.compile("adam", "sparse_categorical_crossentropy")
        before = model.get_weights()
        assert model.fit(x, labels, verbose=0).history["loss"][0] > 0
        assert [np.array_equal(*each) for each in zip(before, model.get_weights(), strict=True)] == kept


def test_a_frozen_normalization_keeps_its_averages(x, labels):
    model = classifier()
    normalization = layers.BatchNormalization()
    model = keras.Sequential([model.layers[0], normalization, model.layers[1]])
    normalization.trainable = False
    model.compile("sgd", "sparse_categorical_crossentropy")
    before, last = normalization.get_weights(), model.layers[2].get_weights()
    model.fit(x, labels, verbose=0)
    assert same(normalization.get_weights(), before) and not same(model.layers[2].get_weights(), last)


def test_layers_added_and_taken_off_after_a_prediction(x):
    model = classifier()
    assert model.predict(x, verbose=0).shape == (50, 3)
    model.add(layers.Dense(7))
    assert model.predict(x, verbose=0).shape == (50, 7)
    model.pop()
    assert model.predict(x, verbose=0).shape == (50, 3)


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (lambda m, x, y: m.fit(x[:, :3], y, verbose=0), "'dense.*expects .* 4"),
        (lambda m, x, y: m.predict(x[:5, :3], verbose=0), r"expects \(\*, 4\), got \(5, 3\)"),
        (lambda m, x, y: m.fit(x, verbose=0), "no targets"),
        (lambda m, x, y: m.fit(x, y[:40], verbose=0), "x has 50, y has 40"),
        (lambda m, x, y: m.fit(x[:0], y[:0], verbose=0), "no batches"),
        (lambda m, x, y: m.evaluate(x[:0], y[:0], verbose=0), "no batches"),
        (lambda m, x, y: m.fit(x, y, batch_size=0, verbose=0), "batch_size is 0"),
        (lambda m, x, y: m.fit(x, y, batch_size=8.0, verbose=0), "batch_size is 8.0"),
        (lambda m, x, y: keras.Sequential([layers.Dense(1)]).fit(x, y), "not compiled"),
        (lambda m, x, y: classifier(loss=None).fit(x, y, verbose=0), "no loss"),
        (
            lambda m, x, y: two_outputs().compile("sgd", {"p": "mse", "other": "mse"}),
            r"unknown outputs \['other'\]; the model has \['p', 'q'\]",
        ),
    ],
)
def test_errors_tell_what_is_missing(x, labels, run, message):
    with pytest.raises(ValueError, match=message):
        run(classifier(), x, labels)


def test_metrics_of_single_batches_are_of_them_alone(x, labels):
    model = classifier(optimizer=keras.optimizers.SGD(0.0))
    model.train_on_batch(x, labels)
    alone = model.evaluate(x[:7], labels[:7], verbose=0)
    assert model.train_on_batch(x[:7], labels[:7]) == model.test_on_batch(x[:7], labels[:7]) == alone


def test_a_weighted_metric_beside_a_plain_one(x, labels):
    model = classifier(weighted_metrics=["accuracy"])
    found = model.evaluate(x, labels, sample_weight=(labels == 0).astype("f"), verbose=0, return_dict=True)
    right = model.predict(x, verbose=0).argmax(axis=1) == labels
    assert list(found) == ["loss", "accuracy", "weighted_accuracy"]
    assert found["weighted_accuracy"] == pytest.approx(right[labels == 0].mean())


@pytest.mark.parametrize("rows", [40, 50])
def test_steps_begin_anew_when_arrays_are_used_up(x, labels, rows):
    model = classifier(optimizer=keras.optimizers.SGD(0.0))
    options = {"batch_size": 10, "steps_per_epoch": rows // 10, "epochs": 3, "shuffle": False, "verbose": 0}
    losses = model.fit(x[:rows], labels[:rows], **options).history["loss"]
    assert losses == pytest.approx([model.evaluate(x[:rows], labels[:rows], verbose=0)[0]] * 3)
