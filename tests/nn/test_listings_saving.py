"""The lectures' listings that save, load and go on, as they print them; slips of the page are put right."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import nn as keras

RNG = np.random.default_rng(6)
X = RNG.normal(size=(60, 4)).astype("f4")
TARGET = X[:, :1] * 2 + 1
HELD = X[:20], TARGET[:20]


@pytest.fixture(autouse=True)
def _fresh(tmp_path, monkeypatch):
    keras.utils.clear_session()
    keras.set_random_seed(42)
    monkeypatch.chdir(tmp_path)


def network():
    nn = keras.Sequential()
    nn.add(keras.layers.Dense(units=3, input_shape=(4,), activation="tanh"))
    nn.add(keras.layers.Dense(1))
    nn.compile(optimizer="adam", loss="mse", metrics=["mae"], run_eagerly=True)
    return nn


def assert_same(model, other):
    np.testing.assert_array_equal(model.predict(X, verbose=0), other.predict(X, verbose=0))


# 000 and 001


def test_a_file_holds_architecture_weights_configuration_and_the_state_of_the_optimizer():
    """`.save` (HDF5 file name); "this allows to resume training where it was left off"."""
    model_file = "model_file.h5"
    model = network()
    model.fit(X, TARGET, epochs=2, verbose=0)
    model.save(model_file)
    from nn.models import load_model

    nn = load_model(model_file)
    assert [layer.name for layer in nn.layers] == [layer.name for layer in model.layers]
    assert_same(nn, model)
    assert nn.loss == "mean_squared_error"  # as these files have it
    for found, held in zip(nn.optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(found.numpy(), held.numpy())
    first, second = (each.fit(X, TARGET, shuffle=False, verbose=0).history for each in (model, nn))
    assert first == second


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_architecture_and_weights_apart(form):
    nn = network()
    text = getattr(nn, f"to_{form}")()
    nn.save_weights("weights.weights.h5")
    again = getattr(keras.models, f"model_from_{form}")(text)
    again.load_weights("weights.weights.h5")
    assert_same(again, nn)


def test_a_checkpoint_after_every_epoch():
    fileName = "best.keras"  # printed with a backslash at the ends of lines, which breaks the call
    checkpoint = keras.callbacks.ModelCheckpoint(
        fileName, monitor="val_loss", verbose=1, save_best_only=True, save_weights_only=False, mode="auto", period=1
    )
    nn = network()
    history = nn.fit(X, TARGET, epochs=4, validation_data=HELD, verbose=0, callbacks=[checkpoint]).history
    assert checkpoint.best == min(history["val_loss"])
    assert keras.models.load_model(fileName).evaluate(*HELD, verbose=0)[0] == pytest.approx(checkpoint.best, rel=1e-6)


def test_three_callbacks():
    from nn import callbacks

    fileName1, fileName2 = "model-{epoch}.keras", "training.csv"
    CB1 = callbacks.ModelCheckpoint(fileName1, period=1)
    CB2 = callbacks.EarlyStopping(monitor="val_loss", patience=5, verbose=1, mode="auto", restore_best_weights=True)
    CB3 = callbacks.CSVLogger(fileName2, separator=",", append=False)
    CBlist = [CB1, CB2, CB3]

    nn = network()
    train = nn.fit(X, TARGET, epochs=3, validation_data=HELD, verbose=0, callbacks=CBlist)
    assert sorted(each.name for each in Path().glob("*.keras")) == [f"model-{i}.keras" for i in (1, 2, 3)]
    rows = list(csv.DictReader(Path(fileName2).read_text().splitlines()))
    assert [float(row["val_loss"]) for row in rows] == train.history["val_loss"]
    assert_same(keras.models.load_model("model-3.keras"), nn)


# 002


def test_saving_and_restoring():
    model = network()
    with pytest.raises(ValueError, match=r'SavedModel is not written .* write model.save\("my_keras_model.keras"\)'):
        model.save("my_keras_model", save_format="tf")
    model.save("my_keras_model.keras")
    found = [path.name for path in sorted(Path(".").glob("**/*"))]
    assert found == ["my_keras_model.keras"]
    model_again = keras.models.load_model("my_keras_model.keras")
    assert_same(model_again, model)


def test_checkpoints_and_early_stopping():
    model = network()
    with pytest.raises(ValueError, match=r"write ModelCheckpoint\('my_checkpoints.keras'\)"):
        keras.callbacks.ModelCheckpoint("my_checkpoints", save_best_only=True)
    checkpoint_cb = keras.callbacks.ModelCheckpoint("my_checkpoints.keras", save_best_only=True)
    early_stopping_cb = keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
    history = model.fit(
        X, TARGET, epochs=3, validation_data=HELD, verbose=0, callbacks=[checkpoint_cb, early_stopping_cb]
    )
    best = int(np.argmin(history.history["val_loss"]))
    assert (early_stopping_cb.best_epoch, checkpoint_cb.best) == (best, history.history["val_loss"][best])
    assert_same(keras.models.load_model("my_checkpoints.keras"), model)


def test_a_subclass_is_cloned_by_its_arguments():
    """The page says that it cannot be; here it is, where the attributes are called as the arguments."""

    class WideAndDeep(keras.Model):
        def __init__(self, units=3, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.hidden = keras.layers.Dense(units)

        def call(self, inputs):
            return self.hidden(inputs)

    clone = keras.models.clone_model(WideAndDeep(units=5))
    assert clone(X).shape == (60, 5)


# 003


def test_save_load_predict_and_summary(capsys):
    model, data_to_predict_with = network(), X
    from nn.models import load_model

    model.save("model_file.h5")

    my_model = load_model("model_file.h5")  # printed: my_model.h5
    predictions = my_model.predict(data_to_predict_with)
    my_model.summary()
    np.testing.assert_array_equal(predictions, model.predict(X, verbose=0))
    assert "Trainable params: 19" in capsys.readouterr().out


def test_early_stopping_with_a_split():
    from nn.callbacks import EarlyStopping

    early_stopping_monitor = EarlyStopping(patience=2)
    history = network().fit(X, TARGET, validation_split=0.3, nb_epoch=20, callbacks=[early_stopping_monitor], verbose=0)
    assert len(history.epoch) <= 20
    assert early_stopping_monitor.best == min(history.history["val_loss"])
