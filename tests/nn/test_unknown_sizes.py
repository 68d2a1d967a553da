"""Sizes that nobody knows yet, beside that of the batch: what comes out is unknown where it depends on them."""

from __future__ import annotations

import os

import numpy as np
import pytest

import nn

# What makes the outputs, the shape of one example, and the shape of the outputs, as Keras 3.15 tells it.
CASES = {
    "a free place": (lambda keras, x: keras.layers.Reshape((-1, 2))(x), (None,), (None, None, 2)),
    "a free place of steps": (lambda keras, x: keras.layers.Reshape((-1, 6))(x), (None, 3), (None, None, 6)),
    "all places told": (lambda keras, x: keras.layers.Reshape((7,))(x), (None,), (None, 7)),
    "all places told, of steps": (lambda keras, x: keras.layers.Reshape((4, 3))(x), (None, 2), (None, 4, 3)),
    "flattened": (lambda keras, x: keras.layers.Flatten()(x), (None, 4), (None, None)),
    "repeated": (lambda keras, x: keras.layers.RepeatVector(3)(x), (None,), (None, 3, None)),
    "turned": (lambda keras, x: keras.layers.Permute((2, 1))(x), (None, 2), (None, 2, None)),
    "features of steps": (lambda keras, x: keras.layers.Dense(5)(x), (None, 4), (None, None, 5)),
    "words": (lambda keras, x: keras.layers.Embedding(9, 5)(x), (None,), (None, None, 5)),
    "joined": (lambda keras, x: keras.layers.concatenate([x, x], axis=1), (None, 4), (None, None, 4)),
    "added": (lambda keras, x: keras.layers.add([x, x]), (None, 4), (None, None, 4)),
    "multiplied": (lambda keras, x: keras.layers.Dot((2, 2))([x, x]), (None, 4), (None, None, None)),
    "two unknown": (lambda keras, x: keras.layers.Reshape((-1, 3))(x), (None, None, 3), (None, None, 3)),
    "normalized": (lambda keras, x: keras.layers.LayerNormalization()(x), (None, 4), (None, None, 4)),
    "a chain": (
        lambda keras, x: keras.layers.Dense(2)(keras.layers.Reshape((-1, 8))(keras.layers.Dense(4)(x))),
        (None, 3), (None, None, 2),
    ),
    "a model": (
        lambda keras, x: keras.Sequential([keras.layers.Reshape((-1, 4)), keras.layers.Dense(1)])(x),
        (None, 2), (None, None, 1),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def keras():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    return pytest.importorskip("keras", reason="Keras is not installed")


@pytest.mark.parametrize("name", CASES)
def test_shapes_are_those_of_keras(keras, name):
    make, shape, expected = CASES[name]
    assert make(keras, keras.Input(shape)).shape == expected


@pytest.mark.parametrize("name", CASES)
def test_shapes(name):
    make, shape, expected = CASES[name]
    assert make(nn, nn.Input(shape)).shape == expected


def test_values_of_every_size():
    x = nn.Input((None, 3))
    model = nn.Model(x, nn.layers.Reshape((-1, 6))(x))
    for steps in (2, 4, 10):
        rows = np.arange(5 * steps * 3, dtype="f4").reshape(5, steps, 3)
        np.testing.assert_array_equal(model.predict(rows, verbose=0), rows.reshape(5, -1, 6))
    with pytest.raises(ValueError, match="a multiple of 6 elements, of each example; got shape"):
        model.predict(np.ones((5, 3, 3)), verbose=0)


def test_functions_that_cut_and_halve():
    x = nn.Input((None, 4))
    assert x[:, ::2].shape == (None, None, 4)
    assert x[:, 1:].shape == (None, None, 4)
    assert x[:, :1].shape == (None, 1, 4)
    assert x[:, 30:].shape == (None, None, 4)
    assert np.mean(x, axis=1).shape == (None, 4)


def test_a_layer_that_tells_its_shape_need_not_fit_every_size():
    class Picky(nn.layers.Layer):
        def call(self, inputs):
            if inputs.shape[1] != 7:
                raise ValueError("7 steps, please")
            return inputs[:, 0]

        def compute_output_shape(self, input_shape):
            return input_shape[0], input_shape[2]

    x = nn.Input((None, 4))
    y = Picky()(x)
    assert y.shape == (None, 4)
    assert nn.Model(x, y).predict(np.ones((2, 7, 4)), verbose=0).shape == (2, 4)
    with pytest.raises(ValueError, match="7 steps, please"):
        Picky()(nn.Input((6, 4)))


def test_zeros_in_the_place_of_values_raise_no_warnings():
    class Logs(nn.layers.Layer):
        def call(self, inputs):
            return np.log(inputs) / inputs

    assert Logs()(nn.Input((3,))).shape == (None, 3)
