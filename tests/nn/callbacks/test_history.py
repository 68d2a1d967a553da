"""History keeps what a run reported: as JSON, and as a picture."""

from __future__ import annotations

import json

import numpy as np
import pytest

import nn


@pytest.fixture(scope="module")
def run():
    nn.set_random_seed(0)
    model = nn.Sequential([nn.Input((2,)), nn.layers.Dense(2, activation="softmax")])
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy", nn.metrics.ConfusionMatrix(2)])
    x = np.random.default_rng(0).random((20, 2)).astype(np.float32)
    y = (x[:, 0] > x[:, 1]).astype(int)
    return model.fit(x, y, epochs=3, validation_split=0.25, initial_epoch=1, verbose=0)


def test_it_survives_json(run, tmp_path):
    run.save(tmp_path / "history.json")
    loaded = nn.callbacks.History.load(tmp_path / "history.json")
    assert (loaded.epoch, loaded.params) == (run.epoch, run.params) == ([1, 2], run.params)
    assert list(loaded.history) == list(run.history)
    for name, values in run.history.items():
        np.testing.assert_array_equal(loaded.history[name], values)


def test_values_that_are_no_numbers_survive(tmp_path):
    history = nn.callbacks.History()
    history.on_epoch_end(0, {"loss": float("nan"), "top": np.float32(0.5)})
    history.save(tmp_path / "history.json")
    values = nn.callbacks.History.load(tmp_path / "history.json").history
    assert np.isnan(values["loss"]).all() and values["top"] == [0.5]


@pytest.mark.parametrize("content", [[], {}, {"history": {}}, "text"])
def test_another_file_is_refused(content, tmp_path):
    (tmp_path / "other.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match="no history"):
        nn.callbacks.History.load(tmp_path / "other.json")


def test_a_plot_shows_each_metric_and_validation_dashed(run):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    ax = run.plot()
    lines = {line.get_label(): line for line in ax.lines}
    assert list(lines) == ["loss", "accuracy", "val_loss", "val_accuracy"]  # no matrix
    assert lines["loss"].get_color() == lines["val_loss"].get_color() != lines["accuracy"].get_color()
    assert (lines["loss"].get_linestyle(), lines["val_loss"].get_linestyle()) == ("-", "--")
    np.testing.assert_array_equal(lines["val_loss"].get_xdata(), [2, 3])
    np.testing.assert_array_equal(lines["val_loss"].get_ydata(), run.history["val_loss"])
    assert [line.get_label() for line in run.plot("loss", ax=pyplot.subplots()[1]).lines] == ["loss"]
    with pytest.raises(ValueError, match="lose"):
        run.plot("lose")
    with pytest.raises(ValueError, match="reported"):
        nn.callbacks.History().plot()
    pyplot.close("all")
