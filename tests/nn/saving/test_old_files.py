"""Files of Keras 1 and 2 are read.

No such Keras can be run here: the files are written by hand, by the layout that those versions document
(benchmarks/keras_records/files.py). So these tests hold the reader to that layout, not to a file that Keras 1 wrote.
"""

import shutil

import h5py
import numpy as np
import pytest

import nn
from benchmarks.keras_records.files import BIASES, FILES, KERNELS, classes, rows, slots

STACKS = ["keras1", "keras2_stack"]


def softmax(z):
    z = np.exp(z - z.max(axis=-1, keepdims=True))
    return z / z.sum(axis=-1, keepdims=True)


def by_hand(x, factor=1):
    return softmax(factor * np.tanh(x @ KERNELS[0] + BIASES[0]) @ KERNELS[1] + BIASES[1])


@pytest.mark.parametrize("name", STACKS)
def test_a_stack(name):
    model = nn.models.load_model(FILES / f"{name}.h5")
    np.testing.assert_allclose(model.predict(rows(), verbose=0), by_hand(rows()), rtol=1e-5)
    assert [type(layer).__name__ for layer in model.layers] == ["Dense", "Dropout", "Dense"]
    assert model.layers[1].rate == 0.25
    assert model.layers[0].kernel_regularizer.l2 == pytest.approx(0.01)
    assert model.input_shape == (None, 3)


def test_a_graph():
    model = nn.models.load_model(FILES / "keras2_graph.h5")
    np.testing.assert_allclose(model.predict(rows(), verbose=0), by_hand(rows(), 2), rtol=1e-5)


@pytest.mark.parametrize("name", ["keras2_stack", "keras2_graph"])
def test_moments_of_adam_that_are_filed_kind_by_kind(name):
    optimizer = nn.models.load_model(FILES / f"{name}.h5").optimizer
    assert (type(optimizer).__name__, int(optimizer.iterations)) == ("Adam", 7)
    assert float(optimizer.learning_rate) == pytest.approx(0.01)
    stored = [each for pair in zip(slots(0.01), slots(0.001), strict=True) for each in pair]
    for variable, value in zip(optimizer.variables[2:], stored, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


def test_momentum_without_names():
    optimizer = nn.models.load_model(FILES / "keras1.h5").optimizer
    assert (type(optimizer).__name__, optimizer.momentum, int(optimizer.iterations)) == ("SGD", 0.9, 7)
    for variable, value in zip(optimizer.variables[2:], slots(0.01), strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


@pytest.mark.parametrize("name", [*STACKS, "keras2_graph"])
def test_it_goes_on_training_and_is_saved_anew(name, tmp_path):
    model = nn.models.load_model(FILES / f"{name}.h5")
    model.fit(rows(), classes(), verbose=0)
    model.save(tmp_path / "new.keras")
    again = nn.models.load_model(tmp_path / "new.keras")
    np.testing.assert_array_equal(again.predict(rows(), verbose=0), model.predict(rows(), verbose=0))


def test_unknown_settings_are_left_out_with_a_note(tmp_path, caplog):
    shutil.copy(FILES / "keras2_stack.h5", tmp_path / "new.h5")
    with h5py.File(tmp_path / "new.h5", "r+") as file:
        text = file.attrs["model_config"]
        file.attrs["model_config"] = text.replace('"use_bias": true', '"use_bias": true, "groups": 1, "sparse": false')
    model = nn.models.load_model(tmp_path / "new.h5")
    np.testing.assert_allclose(model.predict(rows(), verbose=0), by_hand(rows()), rtol=1e-5)
    assert "left out what is not known here: Dense.groups = 1" in caplog.text
    assert "sparse" not in caplog.text  # what is off is nothing that is missed


def test_names_of_weights_that_are_cut_into_several_attributes(tmp_path):
    shutil.copy(FILES / "keras2_stack.h5", tmp_path / "cut.h5")
    with h5py.File(tmp_path / "cut.h5", "r+") as file:
        names = file["model_weights"].attrs["layer_names"]
        del file["model_weights"].attrs["layer_names"]
        file["model_weights"].attrs["layer_names0"], file["model_weights"].attrs["layer_names1"] = names[:2], names[2:]
    model = nn.models.load_model(tmp_path / "cut.h5")
    np.testing.assert_allclose(model.predict(rows(), verbose=0), by_hand(rows()), rtol=1e-5)
