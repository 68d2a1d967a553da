"""Callback lists, CSV files, functions as hooks, the end at NaN."""

import numpy as np
import pytest

from nn import callbacks

from .small import line


def test_hooks_may_be_written_without_a_default_for_logs():
    model, x, y = line()
    seen = []

    class Strict(callbacks.Callback):
        def on_train_begin(self, logs):
            seen.append(("train", logs))

        def on_epoch_begin(self, epoch, logs):
            seen.append((epoch, logs))

        def on_train_batch_begin(self, batch, logs):
            seen.append((f"batch {batch}", logs))

    model.fit(x, y, batch_size=70, verbose=0, callbacks=[Strict()])
    assert seen == [("train", {}), (0, {}), ("batch 0", {})]


def test_a_list_of_lists_knows_its_model_and_params():
    inner = callbacks.CallbackList([callbacks.History()], add_history=True, steps=3)
    (history,) = inner.callbacks
    assert history.params == {"steps": 3}
    assert not inner.has_batch_hooks


def test_a_function_for_every_hook():
    model, x, y = line()
    told = []
    spies = {
        name: (lambda *args, name=name: told.append(name))
        for name in ("on_train_begin", "on_epoch_begin", "on_train_batch_end", "on_test_end", "on_epoch_end")
    }
    model.fit(x, y, batch_size=70, verbose=0, validation_data=(x, y), callbacks=[callbacks.LambdaCallback(**spies)])
    assert told == ["on_train_begin", "on_epoch_begin", "on_train_batch_end", "on_test_end", "on_epoch_end"]


def test_a_function_for_no_hook_is_refused():
    with pytest.raises(TypeError, match="'on_epoch' is no hook; there are on_train_begin"):
        callbacks.LambdaCallback(on_epoch=print)


def test_a_loss_of_nan_ends_the_run(capsys):
    model, x, y = line(optimizer="sgd")
    model.set_weights([np.full(w.shape, np.nan, w.dtype) for w in model.weights])
    history = model.fit(x, y, epochs=3, verbose=0, callbacks=[callbacks.TerminateOnNaN()])
    assert len(history.epoch) == 1
    assert capsys.readouterr().out == "Batch 0: Invalid loss, terminating training\n"
    with pytest.raises(RuntimeError, match="the loss is nan after batch 0"):
        model.fit(x, y, verbose=0, callbacks=[callbacks.TerminateOnNaN(raise_error=True)])


def test_base_logger_is_taken():
    model, x, y = line()
    model.fit(x, y, verbose=0, callbacks=[callbacks.BaseLogger(stateful_metrics=["mae"])])


def rows(path, separator=","):
    return [row.split(separator) for row in path.read_text().splitlines()]


def test_a_row_for_each_epoch(tmp_path):
    model, x, y = line()
    path = tmp_path / "log.csv"
    history = model.fit(x, y, epochs=2, verbose=0, callbacks=[callbacks.CSVLogger(path, separator=";")])
    head, *body = rows(path, ";")
    assert head == ["epoch", "loss", "mae", "val_loss", "val_mae"]
    assert [row[0] for row in body] == ["0", "1"]
    assert [float(row[1]) for row in body] == history.history["loss"]
    assert all(row[3:] == ["NA", "NA"] for row in body)


def test_a_file_is_begun_anew_or_gone_on_with(tmp_path):
    model, x, y = line()
    path = tmp_path / "log.csv"
    for append in (False, False, True):
        model.fit(x, y, epochs=1, verbose=0, callbacks=[callbacks.CSVLogger(str(path), append=append)])
    model.fit(x, y, validation_data=(x, y), verbose=0, callbacks=[callbacks.CSVLogger(path, append=True)])
    assert [row[0] for row in rows(path)] == ["epoch", "0", "0", "0"]
    assert "NA" not in rows(path)[-1]


def test_arrays_are_one_cell(tmp_path):
    path = tmp_path / "log.csv"
    log = callbacks.CSVLogger(path, separator=";")
    log.on_train_begin()
    log.on_epoch_end(0, {"val_f": np.array([1.5, 2.0])})
    assert path.read_text() == "epoch;val_f\n0;[1.5, 2.0]\n"
