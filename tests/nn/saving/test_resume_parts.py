"""What a file keeps of a run, piece by piece; and files that tell nonsense of one."""

from __future__ import annotations

import json
import random as python_random
import shutil
import warnings
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import nn
from nn.callbacks import Callback, EarlyStopping, History, ModelCheckpoint, ReduceLROnPlateau
from nn.saving import ModelFileError
from nn.saving.hdf5 import Group, opened
from nn.saving.training import _array_bytes, pack, unpack

X = np.arange(16.0, dtype="float32").reshape(8, 2) / 16
Y = X[:, :1] - 1


def made():
    nn.set_random_seed(2)
    model = nn.Sequential([nn.Input(shape=(2,)), nn.layers.Dropout(0.5), nn.layers.Dense(1)])
    model.compile("adam", "mse", run_eagerly=True)
    return model


def saved(path, epochs=2, **options):
    model = made()
    model.fit(X, Y, batch_size=2, epochs=epochs, verbose=0, **options)
    model.save(path)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "run.keras"
    saved(path)
    return path


# The members

numbers = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
arrays = hnp.arrays(st.sampled_from(["float32", "int64", "bool"]), hnp.array_shapes(min_dims=0, max_side=3))
scalars = st.floats(width=32).map(np.float32) | st.integers(0, 9).map(np.int8)
keys = st.text(max_size=3)
states = st.recursive(
    numbers | arrays | scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=5,
)


@given(states)
@settings(max_examples=20, deadline=None)
def test_states_come_back_as_they_were(value):
    held = []
    told = json.loads(json.dumps(pack(value, held)))
    with opened(_array_bytes(held)) as file:
        found = unpack(told, Group(file))
    np.testing.assert_equal(found, value)
    assert str(found) == str(value) or isinstance(value, (list, dict))
    assert type(found) is type(value)


@pytest.mark.parametrize("value", [object(), {1: 2}, np.array(["a"]), lambda: 0])
def test_what_no_file_can_hold_is_refused(value):
    with pytest.raises(TypeError, match=r"the state of a run holds .* let a callback's get_state"):
        pack({"wait": [value]}, [])


def test_a_file_has_the_run_once_the_model_was_trained(tmp_path, path):
    model = made()
    model.save(tmp_path / "new.keras")
    with zipfile.ZipFile(tmp_path / "new.keras") as archive:
        assert "training.json" not in archive.namelist()
    with zipfile.ZipFile(path) as archive:
        told = json.loads(archive.read("training.json"))
    assert (told["run"]["epoch"], told["run"]["batch"], told["run"]["is_stopped"]) == (2, 0, False)
    assert len(told["generators"]) == 1
    again = nn.models.load_model(path)
    again.save(tmp_path / "again.keras")  # a run that was not gone on with is kept
    assert nn.models.load_model(tmp_path / "again.keras").last_run.epoch == 2
    again.save(tmp_path / "without.keras", include_optimizer=False)
    assert nn.models.load_model(tmp_path / "without.keras").last_run is None


def test_single_steps_keep_the_random_numbers_of_layers(tmp_path):
    def stepped(model, count):
        return [model.train_on_batch(X, Y) for _ in range(count)]

    model = made()
    whole = stepped(model, 4)
    model = made()
    stepped(model, 2)
    model.save(tmp_path / "steps.keras")
    np.testing.assert_allclose(stepped(nn.models.load_model(tmp_path / "steps.keras"), 2), whole[2:], rtol=1e-6)


def test_keras_reads_such_files(path):
    keras = pytest.importorskip("keras", reason="Keras is not installed")
    model = keras.models.load_model(path)
    np.testing.assert_allclose(model.predict(X, verbose=0), nn.models.load_model(path).predict(X, verbose=0), rtol=1e-5)
    assert int(model.optimizer.iterations) == 8


# Going on


def test_a_run_begins_anew_at_epoch_0(path):
    model = nn.models.load_model(path)
    model.fit(X, Y, epochs=1, verbose=0)
    assert model.history.epoch == [0]
    assert model.last_run.epoch == 1


def test_another_epoch_is_told_of(path):
    with pytest.warns(UserWarning, match=r"initial_epoch is 1, the run in the file had done 2.*write initial_epoch=2"):
        nn.models.load_model(path).fit(X, Y, initial_epoch=1, epochs=2, verbose=0)


def test_in_the_same_process_a_history_begins_anew_as_in_keras():
    model = made()
    model.fit(X, Y, epochs=2, verbose=0)
    assert model.fit(X, Y, initial_epoch=2, epochs=3, verbose=0).epoch == [2]


def test_compile_forgets_the_run(path):
    model = nn.models.load_model(path)
    model.compile("sgd", "mse")
    assert model.fit(X, Y, initial_epoch=2, epochs=3, verbose=0).epoch == [2]


def test_the_best_weights_in_a_file_do_not_lead_the_run_astray(tmp_path):
    """Early stopping puts the best weights back when the run ends; it goes on from the last ones."""

    class Worse(Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["told"] = float(epoch)

    def callbacks():
        return [Worse(), EarlyStopping("told", patience=9, mode="min", restore_best_weights=True)]

    saved(tmp_path / "best.keras", epochs=3, callbacks=callbacks())
    loaded = nn.models.load_model(tmp_path / "best.keras")
    loaded.fit(X, Y, batch_size=2, initial_epoch=3, epochs=5, verbose=0, callbacks=callbacks())
    whole = made()
    whole.fit(X, Y, batch_size=2, epochs=5, verbose=0, callbacks=callbacks())
    assert loaded.history.history == whole.history.history


def test_a_run_that_was_stopped_is_over(tmp_path):
    path = tmp_path / "a{epoch}.keras"
    stopping = EarlyStopping("loss", min_delta=100, patience=1)
    model = made()
    model.fit(X, Y, epochs=5, verbose=0, callbacks=[stopping, ModelCheckpoint(path)])
    loaded = nn.models.load_model(tmp_path / "a2.keras")
    with pytest.warns(UserWarning, match="a callback had stopped the run after 2 epochs"):
        loaded.fit(X, Y, initial_epoch=2, epochs=5, verbose=0, callbacks=[EarlyStopping("loss", patience=1)])
    assert loaded.history.epoch == [0, 1]


def test_a_run_that_was_stopped_and_has_ended_can_be_trained_further(tmp_path):
    saved(tmp_path / "run.keras", epochs=5, callbacks=[EarlyStopping("loss", min_delta=100, patience=1)])
    loaded = nn.models.load_model(tmp_path / "run.keras")
    loaded.fit(X, Y, initial_epoch=2, epochs=4, verbose=0)
    assert loaded.history.epoch == [0, 1, 2, 3]


def test_an_epoch_of_unknown_length_goes_on_after_its_last_batch(tmp_path):
    class Batches:
        def __iter__(self):
            return ((X[i : i + 2], Y[i : i + 2]) for i in range(0, 8, 2))

    whole = made()
    whole.fit(Batches(), epochs=3, verbose=0, callbacks=[ModelCheckpoint(tmp_path / "{epoch}.keras", save_freq=4)])
    loaded = nn.models.load_model(tmp_path / "1.keras")
    assert (loaded.last_run.epoch, loaded.last_run.batch) == (0, 4)
    loaded.fit(Batches(), epochs=3, verbose=0)
    assert loaded.history.history == whole.history.history
    np.testing.assert_array_equal(loaded.get_weights()[0], whole.get_weights()[0])


CALLBACKS = {
    "plateau": lambda: ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=0.1, cooldown=2),
    "stopping": lambda: EarlyStopping("loss", patience=2, restore_best_weights=True),
}


@pytest.mark.parametrize("name", CALLBACKS)
@given(values=st.lists(st.sampled_from([0.5, 1.0, 1.5, np.nan]), min_size=2, max_size=9), data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_callback_goes_on_as_if_nothing_had_been(name, values, data):
    """Told some epochs, and its successor the others, it ends as one that was told all."""
    at = data.draw(st.integers(0, len(values)))
    model, first, second, whole = made(), *(CALLBACKS[name]() for _ in range(3))

    def told(callback, epochs):
        for epoch in epochs:
            callback.on_epoch_end(epoch, {"loss": values[epoch]})

    for each in (first, second, whole):
        each.set_model(model)
        each.on_train_begin()
    rate = float(model.optimizer.learning_rate)
    told(whole, range(len(values)))
    expected, model.optimizer.learning_rate = float(model.optimizer.learning_rate), rate
    told(first, range(at))
    second.set_state(first.get_state())
    told(second, range(at, len(values)))
    assert float(model.optimizer.learning_rate) == expected
    np.testing.assert_equal(second.get_state(), whole.get_state())


def test_an_interrupted_epoch_goes_on(tmp_path):
    class Stop(Callback):
        def on_train_batch_end(self, batch, logs=None):
            if self.model.run.epoch == 1 and batch == 1:
                raise KeyboardInterrupt

    model = made()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, batch_size=2, epochs=3, verbose=0, callbacks=[Stop()])
    model.save(tmp_path / "run.keras")
    whole = made()
    whole.fit(X, Y, batch_size=2, epochs=3, verbose=0)
    loaded = nn.models.load_model(tmp_path / "run.keras")
    assert loaded.last_run.batch == 2
    loaded.fit(X, Y, batch_size=2, initial_epoch=1, epochs=3, verbose=0)
    assert loaded.history.history == whole.history.history
    loaded = nn.models.load_model(tmp_path / "run.keras")
    with pytest.raises(ModelFileError, match=r"the epoch under way had batch_size=2, which fit must be given again"):
        loaded.fit(X, Y, batch_size=4, initial_epoch=1, epochs=3, verbose=0)


def test_the_first_batch_of_an_epoch_is_found_again(tmp_path):
    """For callbacks that look at one, such as Diagnose, though the epoch goes on in its middle or at its end."""
    seen = []

    class Look(Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(self.model.first_batch[0])

    def callbacks(frequency):
        return [ModelCheckpoint(tmp_path / "a{epoch}.keras", save_freq=frequency), Look()]

    for frequency in ("epoch", 6):
        seen.clear()
        made().fit(X, Y, batch_size=2, epochs=2, verbose=0, callbacks=callbacks(frequency))
        expected = list(seen)
        loaded = nn.models.load_model(tmp_path / "a2.keras")
        loaded.fit(X, Y, batch_size=2, initial_epoch=loaded.last_run.epoch, epochs=2, verbose=0, callbacks=[Look()])
        np.testing.assert_array_equal(seen[-1], expected[1])


def test_nothing_of_the_data_is_held_after_a_run():
    model = made()
    model.fit(X, Y, epochs=1, verbose=0)
    assert model.run is None
    assert model.first_batch is None


# Random numbers


def test_the_random_numbers_of_all_go_on():
    nn.set_random_seed(4)
    nn.random.generator()
    state = nn.random.get_state()

    def drawn():
        return nn.random.generator().random(), np.random.normal(), python_random.random()

    first = drawn()
    nn.set_random_seed(5)
    nn.random.set_state(state)
    assert drawn() == first


def test_a_position_outside_of_the_state_is_refused():
    """NumPy takes it, and reads there."""
    state = nn.random.get_state()
    state["numpy"]["state"]["pos"] = 10**6
    with pytest.raises(ValueError, match=r"position 1000000, expected 0 to 624"):
        nn.random.set_state(state)


# Broken files


def rewritten(path, change, encoding="utf-8"):
    """A copy whose training.json was changed."""
    copy = path.with_name("broken.keras")
    shutil.copy(path, copy)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "training.json":
                told = json.loads(content)
                content = json.dumps(change(told) or told).encode(encoding)
            new.writestr(name, content)
    return copy


LOADING = {
    "a list": lambda told: [1],
    "no generators": lambda told: told.pop("generators") and None,
    "another generator": lambda told: told["generators"][0].update(bit_generator="MT19937"),
    "a negative epoch": lambda told: told["run"].update(epoch=-1),
    "a text as epoch": lambda told: told["run"].update(epoch="2"),
    "an unknown key": lambda told: told["run"].update(other=1),
    "a missing key": lambda told: told["run"].pop("epoch") and None,
    "an array that is not there": lambda told: told["run"].update(logs={"__array__": 99}),
}
FITTING = {
    "callbacks": lambda told: told["run"].update(callbacks=[]),
    "a callback": lambda told: told["run"]["callbacks"]["states"].update(History={"history": 3}),
    "an end of no epoch": lambda told: told["run"]["callbacks"].update(
        pending={"hook": ["on_epoch_end", ["x", {}]], "told": []}
    ),
    "a count of texts": lambda told: told["run"]["callbacks"]["states"]["EarlyStopping"].update(wait="x"),
    "other weights": lambda told: told["run"]["callbacks"]["states"]["EarlyStopping"].update(best_weights=[1.0]),
    "no random state": lambda told: told["run"].update(random={}),
    "no order": lambda told: told["run"]["data"].update(next={"bit_generator": "PCG64"}),
    "huge batches": lambda told: told["run"].update(kinds={"train": [["float32", 2**40, 2]], "test": []}),
    "batches of objects": lambda told: told["run"].update(kinds={"train": [["object", 2, 2]], "test": []}),
    "no kinds": lambda told: told["run"].update(kinds={}),
}


@pytest.mark.parametrize("name", LOADING)
def test_files_that_tell_nonsense_are_not_loaded(path, name):
    with pytest.raises(ModelFileError, match=r"broken\.keras"):
        nn.models.load_model(rewritten(path, LOADING[name]))


def test_a_run_in_another_encoding_is_not_guessed(path):
    with pytest.raises(ModelFileError, match=r"broken\.keras cannot be read"):
        nn.models.load_model(rewritten(path, lambda told: told, "utf-16-le"))


@pytest.mark.parametrize("name", FITTING)
def test_runs_that_are_nonsense_are_not_gone_on_with(tmp_path, name):
    stopping = EarlyStopping("loss")
    saved(path := tmp_path / "run.keras", callbacks=[stopping])
    model = nn.models.load_model(rewritten(path, FITTING[name]))
    with pytest.raises(ModelFileError, match="the state of the run that fit goes on with"):
        model.fit(X, Y, batch_size=2, initial_epoch=2, epochs=3, verbose=0, callbacks=[stopping])


def test_a_hook_that_is_none_is_not_called(path):
    pending = {"hook": ["__init__", [0, {}]], "told": []}
    model = nn.models.load_model(rewritten(path, lambda told: told["run"]["callbacks"].update(pending=pending)))
    with pytest.raises(ModelFileError, match="saved in the hook '__init__"):
        model.fit(X, Y, batch_size=2, initial_epoch=2, epochs=3, verbose=0)


def test_other_generators_begin_anew(path):
    copy = rewritten(path, lambda told: told["generators"].clear())
    with pytest.warns(UserWarning, match="0 random generators, the model 1: they begin anew"):
        nn.models.load_model(copy)


def test_a_callback_of_another_kind_begins_anew(path):
    """The file tells of no EarlyStopping, and of a History that nobody asked for."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = nn.models.load_model(path)
        stopping = EarlyStopping("loss", patience=5)
        model.fit(X, Y, batch_size=2, initial_epoch=2, epochs=3, verbose=0, callbacks=[stopping, History()])
    assert stopping.best_epoch == 2
    assert model.history.epoch == [0, 1, 2]
