"""describe: every default in force."""

import numpy as np

import nn
from nn import layers
from nn.models import Sequential
from nn.models.description import describe
from nn.utils import clear_session


def described(compiled=True, trained=False, **options):
    clear_session()
    model = Sequential([layers.Dense(4, activation="relu", input_shape=(3,)), layers.Dense(2, activation="softmax")])
    if compiled:
        settings = {"optimizer": "adam", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
        model.compile(**{**settings, **options})
    if trained:
        model.fit(np.zeros((4, 3)), np.zeros(4, int), verbose=0)
    return describe(model)


def lines(text):
    return [line.strip() for line in text.splitlines()]


def test_all_settings_of_layers():
    text = lines(described())
    assert text[0] == "sequential: Sequential, 26 weights in float32, of which 26 are trained"
    first = text[text.index("dense: Dense") : text.index("dense_1: Dense")]
    for setting in ("units: 4", "activation: relu", "use_bias: True", "bias_initializer: Zeros()"):
        assert setting in first
    assert any(each.startswith("kernel_initializer: GlorotUniform(seed=None") for each in first)
    assert set(layers.Dense(4).get_config()) - {"name", "trainable"} <= {each.split(":")[0] for each in first}


def test_all_settings_of_the_optimizer_without_the_noise_of_float32():
    text = lines(described(optimizer=nn.optimizers.Adam(0.003)))
    at = text.index("optimizer: Adam")
    settings = text[at + 1 : text.index("loss: sparse_categorical_crossentropy")]
    assert "learning_rate: 0.003" in settings and "epsilon: 1e-07" in settings and "beta_2: 0.999" in settings
    assert {each.split(":")[0] for each in settings} == set(nn.optimizers.Adam().get_config()) - {"name"}


def test_the_reduction_of_the_loss_and_the_batches():
    text = described()
    assert "reduction: sum_over_batch_size" in text
    assert "batches of 32 rows" in text and "steps: compiled" in text
    assert "steps: as Python" in described(run_eagerly=True)


def test_what_accuracy_stands_for():
    assert "metric accuracy: what it stands for follows from the first batch" in described()
    assert "metric 'accuracy': SparseCategoricalAccuracy" in described(trained=True)


def test_schedules_are_told_as_the_call_that_makes_them():
    rate = nn.optimizers.schedules.ExponentialDecay(0.1, decay_steps=100, decay_rate=0.9)
    text = described(optimizer=nn.optimizers.SGD(rate))
    assert "learning_rate: ExponentialDecay(initial_learning_rate=0.1, decay_steps=100, decay_rate=0.9" in text


def test_several_losses_and_their_weights():
    x = layers.Input(shape=(3,))
    model = nn.models.Model(x, [layers.Dense(1, name="a")(x), layers.Dense(1, name="b")(x)])
    model.compile("sgd", loss=["mse", nn.losses.Huber(delta=2.0)], loss_weights=[0.9, 0.1])
    text = lines(describe(model))
    assert "loss: mean_squared_error" in text and "delta: 2" in text and "loss_weights: [0.9, 0.1]" in text


def test_a_model_that_is_not_compiled():
    assert described(compiled=False).endswith("Training\n    not compiled yet")


def test_frozen_layers_and_models_inside():
    inner = Sequential([layers.Input(shape=(3,)), layers.Dense(2, name="deep")], name="inner")
    inner.trainable = False
    text = describe(Sequential([layers.Input(shape=(3,)), inner]))
    assert "\n    inner: Sequential, frozen\n        deep: Dense, frozen\n            dtype" in text
