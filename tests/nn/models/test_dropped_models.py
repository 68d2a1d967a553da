"""A model goes when its last name goes, with all that it has: nothing waits for the garbage collector."""

from __future__ import annotations

import copy
import gc
import sys
import weakref

import numpy as np
import pytest

import nn

X = np.random.default_rng(0).normal(size=(16, 2)).astype("f4")
Y = X.sum(axis=1, keepdims=True)


@pytest.fixture
def uncollected():
    """With the garbage collector off."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class Own(nn.Model):
    """A model that a subclass defines, with its layers in a list."""

    def __init__(self):
        super().__init__()
        self.hidden = [nn.layers.Dense(3, activation="tanh"), nn.layers.BatchNormalization()]
        self.out = nn.layers.Dense(1)

    def call(self, inputs):
        for layer in self.hidden:
            inputs = layer(inputs)
        return self.out(inputs)


class Branching(Own):
    """One that asks for values, so that its steps run as Python."""

    def call(self, inputs):
        return super().call(inputs) * (1.0 if inputs.sum() > 0 else 2.0)


def stacked():
    return nn.Sequential([nn.Input((2,)), nn.layers.Dense(3, activation="relu"), nn.layers.Dropout(0.1), *last()])


def built_later():
    return nn.Sequential([nn.layers.Dense(3, kernel_regularizer="l2"), nn.layers.BatchNormalization(), *last()])


def last():
    return [nn.layers.Dense(1, activity_regularizer="l2")]


def connected():
    x = nn.Input((2,))
    shared = nn.layers.Dense(2)
    hidden = nn.layers.concatenate([shared(x), shared(np.tanh(x)) * 2])
    return nn.Model(x, nn.layers.Dense(1)(hidden[:, :3]))


def nested():
    x = nn.Input((2,))
    return nn.Model(x, nn.layers.Dense(1)(Own()(stacked()(x))))


def nothing(model):
    pass


def called(model):
    model(X)
    model.summary(print_fn=lambda line: None)


def compiled(model):
    model.compile("adam", "mse", metrics=["mae"])


def predicting(model):
    model.predict(X, verbose=0, batch_size=5)


def fitted(model):
    compiled(model)
    callbacks = [nn.callbacks.EarlyStopping(restore_best_weights=True), nn.callbacks.LambdaCallback()]
    model.fit(X, Y, epochs=2, verbose=0, validation_split=0.2, callbacks=callbacks)
    model.evaluate(X, Y, verbose=0)
    predicting(model)


def eagerly_fitted(model):
    model.compile("sgd", "mse", run_eagerly=True)
    model.fit(X, Y, verbose=0)


def looked_at(model):
    compiled(model)
    model.train_on_batch(X, Y)
    model.activations(X)
    model.gradients(X, Y)
    assert "def" in model.train_function.program.source


MODELS = [stacked, built_later, connected, nested, Own, Branching]
USES = [nothing, compiled, predicting, eagerly_fitted, looked_at]
CASES = [(make, use) for make in MODELS for use in (called, fitted)] + [(built_later, use) for use in USES]


@pytest.mark.parametrize(("make", "use"), CASES)
def test_it_goes_at_once(uncollected, make, use):
    model = make()
    use(model)
    held = [weakref.ref(each) for each in (model, *model.layers, *model.weights, model.optimizer) if each is not None]
    del model
    assert [each() for each in held if each() is not None] == []


def test_layers_and_tensors_go_without_a_model(uncollected):
    x = nn.Input((2,))
    layer = nn.layers.Dense(3)
    y = layer(x)
    held = [weakref.ref(each) for each in (x, y, layer, x.call.layer)]
    del x, layer
    assert held[2]() is not None and held[3]() is not None  # y was made from them
    del y
    assert [each() for each in held] == [None] * 4


def growth(work, rounds):
    """Blocks of Python's memory, and objects, that each round leaves behind; the collector must find nothing to do."""
    for _ in range(3):
        work()
    gc.collect()
    before = np.array([sys.getallocatedblocks(), len(gc.get_objects())])
    for _ in range(rounds):
        work()
    assert gc.collect() == 0
    return (np.array([sys.getallocatedblocks(), len(gc.get_objects())]) - before) / rounds


def test_memory_stays_flat_over_200_models(uncollected):
    kinds = iter([stacked, connected, Own, nested] * 60)
    blocks, objects = growth(lambda: called(next(kinds)()), 200)
    assert blocks < 5 and objects < 0.5  # names are counted; a model takes hundreds of blocks


@pytest.mark.parametrize("use", [predicting, fitted])
def test_memory_stays_flat_over_models_with_programs(uncollected, use):
    blocks, objects = growth(lambda: use(stacked()), 2)
    assert blocks < 200 and objects < 2  # Python's caches; a program takes thousands of blocks


def test_memory_stays_flat_over_1000_predictions(uncollected):
    model = connected()
    blocks, objects = growth(lambda: model.predict(X, verbose=0), 1000)
    assert blocks < 0.1 and objects < 0.01


def test_memory_stays_flat_over_predictions_in_batches(uncollected):
    model = built_later()
    blocks, objects = growth(lambda: predicting(model), 100)
    assert blocks < 0.5 and objects < 0.1


def test_data_are_the_callers(uncollected):
    model = built_later()
    compiled(model)
    x, y = X.copy(), Y.copy()
    for _ in range(3):
        model.train_on_batch(x, y)
        model.predict(x, verbose=0)
    held = weakref.ref(x), weakref.ref(y)
    del x, y
    assert [each() for each in held] == [None, None]


def test_a_history_goes_on_without_its_model(uncollected):
    model = built_later()
    compiled(model)
    history = model.fit(X, Y, epochs=2, verbose=0)
    assert history.model is model and model.history is history
    del model
    assert history.epoch == [0, 1] and len(history.history["loss"]) == 2 and history.params["epochs"] == 2
    with pytest.raises(ReferenceError, match="give the model a name of its own"):
        history.model  # noqa: B018  # the look is what raises


def test_steps_without_their_model_say_so(uncollected):
    step = stacked().make_predict_function()
    with pytest.raises(ReferenceError, match="predict_step: the model is gone"):
        step((X, None, None))


def test_a_layer_knows_the_calls_of_what_is_still_there():
    x = nn.Input((2,))
    layer = nn.layers.Dense(3)
    y = layer(x)
    assert layer.input is x and layer.output.key == y.key
    del y
    with pytest.raises(AttributeError, match="no model calls it on symbolic tensors"):
        layer.output  # noqa: B018  # the look is what raises
    model = nn.Model(x, layer(x))
    inner = nn.Model(model.input, layer.output)
    np.testing.assert_array_equal(inner(X).numpy(), model(X).numpy())


def test_the_first_data_build_a_model_and_keep_its_step():
    model = built_later()
    compiled(model)
    model.train_on_batch(X, Y)
    step = model.train_function
    model.train_on_batch(X, Y)
    assert step is not None and model.train_function is step


def test_layers_of_a_stack_have_outputs():
    model = stacked()
    inner = nn.Model(model.input, model.layers[0].output)
    np.testing.assert_array_equal(inner(X).numpy(), model.activations(X)[model.layers[0].name])


@pytest.mark.parametrize("make", [connected, nested, stacked])
def test_a_copy_is_a_model_of_its_own(make):
    model = make()
    copied = copy.deepcopy(model)
    np.testing.assert_array_equal(copied(X).numpy(), model(X).numpy())
    lines: list[str] = []
    copied.summary(print_fn=lines.append)
    copied.layers[-1].set_weights([np.zeros_like(each) for each in copied.layers[-1].get_weights()])
    assert not copied(X).numpy().any() and model(X).numpy().any()
    assert copied.layers[-1].output.call.layer is copied.layers[-1]
