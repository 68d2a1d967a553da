"""ModelCheckpoint and BackupAndRestore; what Keras 3.15 does was looked at, and is written down as it was."""

from __future__ import annotations

import os

import numpy as np
import pytest

import nn
from nn.callbacks import BackupAndRestore, Callback, EarlyStopping, ModelCheckpoint
from nn.saving import ModelFileError

from .small import line


def fitted(tmp_path, name, epochs=2, values=None, **options):
    """The files after a run of four batches an epoch; with values for `val_loss` by the epochs' numbers."""
    checkpoint = ModelCheckpoint(tmp_path / name, **options)
    model, x, y = line(run_eagerly=True)

    class Told(Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs.update({} if values is None else {"val_loss": values[epoch]})

    epochs = epochs if values is None else len(values)
    model.fit(x[:8], y[:8], batch_size=2, epochs=epochs, verbose=0, callbacks=[Told(), checkpoint])
    return sorted(os.listdir(tmp_path)), checkpoint


def test_names_hold_epochs_and_metrics(tmp_path):
    found, _ = fitted(tmp_path, "a{epoch:02d}-{val_loss:.2f}.keras", values=[48.374, 35.292])
    assert found == ["a01-48.37.keras", "a02-35.29.keras"]


def test_batches_are_counted_through_epochs(tmp_path):
    assert fitted(tmp_path, "{epoch}-{batch}.keras", save_freq=3)[0] == ["1-3.keras", "2-2.keras"]


def test_period_of_tf_keras(tmp_path):
    assert fitted(tmp_path, "{epoch}.keras", epochs=5, period=2)[0] == ["2.keras", "4.keras"]


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({}, ["1", "2", "4"]),
        ({"mode": "max"}, ["1", "3"]),
        ({"initial_value_threshold": 0.25}, ["4"]),
        ({"monitor": "val_loss", "save_best_only": False}, ["1", "2", "3", "4"]),
    ],
)
def test_the_best_only(tmp_path, options, kept):
    options = {"save_best_only": True, **options}
    found, checkpoint = fitted(tmp_path, "{epoch}.keras", values=[0.5, 0.3, 0.6, 0.1], **options)
    assert found == [f"{each}.keras" for each in kept]
    if options["save_best_only"]:
        assert checkpoint.best == (0.6 if options.get("mode") == "max" else 0.1)


def test_what_it_tells(tmp_path, capsys):
    fitted(tmp_path, "a.keras", values=[0.5, 0.75], save_best_only=True, verbose=1)
    path = tmp_path / "a.keras"
    assert capsys.readouterr().out == (
        f"\nEpoch 1: val_loss improved from None to 0.50000, saving model to {path}\n"
        "\nEpoch 2: val_loss did not improve from 0.50000\n"
    )


def test_without_the_metric_each_is_saved_with_a_warning(tmp_path):
    with pytest.warns(UserWarning, match=r"saves each time: there is no such metric .*give fit validation_data"):
        assert fitted(tmp_path, "{epoch}.keras", save_best_only=True)[0] == ["1.keras", "2.keras"]


def test_weights_alone(tmp_path):
    found, _ = fitted(tmp_path, "{epoch}.weights.h5", epochs=1, save_weights_only=True)
    assert found == ["1.weights.h5"]
    model, _, _ = line(run_eagerly=True)
    model.load_weights(tmp_path / "1.weights.h5")
    assert not np.array_equal(model.get_weights()[0], np.ones((3, 1)))


def test_folders_are_made(tmp_path):
    fitted(tmp_path, "below/it/a.keras")
    assert (tmp_path / "below" / "it" / "a.keras").exists()


@pytest.mark.parametrize(
    ("name", "options", "advice"),
    [
        ("my_checkpoints", {}, r"ModelCheckpoint\('my_checkpoints.keras'\)"),
        ("a.ckpt", {}, r"ModelCheckpoint\('a.keras'\)"),
        ("a.weights.h5", {}, r"ModelCheckpoint\('a.keras'\)"),
        ("a.keras", {"save_weights_only": True}, r"ModelCheckpoint\('a.weights.h5', save_weights_only=True\)"),
        ("a.keras", {"save_freq": 2.5}, "save_freq is 2.5, expected 'epoch' or a number of batches"),
        ("a.keras", {"save_freq": 0}, "save_freq is 0"),
        ("a.keras", {"period": 0}, "period is 0, expected a number of epochs"),
    ],
)
def test_what_is_refused(name, options, advice):
    with pytest.raises(ValueError, match=advice):
        ModelCheckpoint(name, **options)


def test_a_name_that_cannot_be_filled(tmp_path):
    with pytest.raises(KeyError, match=r"there is no 'val_loss' .* only loss, mae, epoch"):
        fitted(tmp_path, "{val_loss}.keras")


def test_callbacks_after_it_find_the_file_and_go_on_exactly_all_the_same(tmp_path):
    """The end of an epoch is told to those after it when the run goes on."""
    path, found = tmp_path / "a{epoch}.keras", []

    class Upload(Callback):
        def on_epoch_end(self, epoch, logs=None):
            found.append(os.path.exists(tmp_path / f"a{epoch + 1}.keras"))

    stopping = EarlyStopping("loss", min_delta=100, patience=3)
    model, x, y = line(run_eagerly=True)
    history = model.fit(x, y, epochs=9, verbose=0, callbacks=[ModelCheckpoint(path), Upload(), stopping])
    assert found == [True] * 4
    again = EarlyStopping("loss", min_delta=100, patience=3)
    loaded = nn.models.load_model(tmp_path / "a3.keras")
    after = loaded.fit(x, y, epochs=9, initial_epoch=3, verbose=0, callbacks=[again])
    assert after.history == history.history
    assert (again.stopped_epoch, again.wait) == (stopping.stopped_epoch, stopping.wait) == (3, 3)


# BackupAndRestore


class Failing(Callback):
    def __init__(self, epoch, error=RuntimeError):
        super().__init__()
        self.epoch, self.error = epoch, error

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise self.error


def fail(folder, epoch=2, error=RuntimeError, **options):
    model, x, y = line(run_eagerly=True)
    with pytest.raises(error):
        model.fit(x, y, epochs=4, verbose=0, callbacks=[BackupAndRestore(folder, **options), Failing(epoch, error)])


def run(folder, epochs=4, **options):
    model, x, y = line(run_eagerly=True)
    model.fit(x, y, epochs=epochs, verbose=0, callbacks=[BackupAndRestore(folder, **options)] if folder else [])
    return model


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_backup_is_kept_of_runs_that_fail_and_deleted_in_the_end(tmp_path, error):
    folder, whole = tmp_path / "backup", run(None)
    fail(folder, error=error)
    assert os.listdir(folder) == ["latest.zip"]
    model = run(folder)
    assert model.history.history == whole.history.history
    assert model.history.epoch == [0, 1, 2, 3]
    assert not folder.exists()


def test_the_backup_is_kept_if_so_told_and_a_longer_run_goes_on_with_it(tmp_path):
    run(tmp_path, epochs=2, delete_checkpoint=False)
    assert run(tmp_path).history.history == run(None).history.history


def test_the_backup_before_stands_in_for_a_broken_one(tmp_path):
    fail(tmp_path, double_checkpoint=True)
    assert sorted(os.listdir(tmp_path)) == ["latest.zip", "previous.zip"]
    (tmp_path / "latest.zip").write_bytes(b"nothing")
    with pytest.warns(UserWarning, match="latest.zip cannot be read.*the backup before is taken"):
        assert run(tmp_path).history.history == run(None).history.history


def test_the_backup_of_another_model_is_refused(tmp_path):
    fail(tmp_path)
    other = nn.Sequential([nn.Input(shape=(3,)), nn.layers.Dense(2), nn.layers.Dense(1)])
    other.compile("sgd", "mse")
    with pytest.raises(ModelFileError, match=r"latest\.zip"):
        other.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0, callbacks=[BackupAndRestore(tmp_path)])


def test_a_model_gets_its_weights_from_arrays_before_the_run_begins(tmp_path):
    def trained(callbacks):
        nn.set_random_seed(3)
        model = nn.Sequential([nn.layers.Dense(2), nn.layers.Dense(1)])
        model.compile("adam", "mse", run_eagerly=True)
        model.fit(np.ones((8, 3)), np.ones((8, 1)), epochs=3, verbose=0, callbacks=callbacks)
        return model

    with pytest.raises(RuntimeError):
        trained([BackupAndRestore(tmp_path), Failing(2)])
    again, whole = trained([BackupAndRestore(tmp_path)]), trained([])
    assert again.history.history == whole.history.history


def test_a_model_without_weights_and_an_iterator(tmp_path):
    fail(tmp_path)
    model = nn.Sequential([nn.layers.Dense(1)])
    model.compile("sgd", "mse")
    batches = iter([(np.ones((2, 3)), np.ones((2, 1)))])
    with pytest.raises(ValueError, match=r"let the model begin with nn.Input"):
        model.fit(batches, verbose=0, callbacks=[BackupAndRestore(tmp_path)])


@pytest.mark.parametrize("options", [{"backup_dir": ""}, {"backup_dir": "a", "save_freq": "q"}])
def test_backups_that_are_refused(options):
    with pytest.raises(ValueError, match=r"BackupAndRestore: (backup_dir is empty|save_freq is 'q')"):
        BackupAndRestore(**options)
