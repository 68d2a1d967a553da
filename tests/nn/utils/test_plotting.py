"""plot_model: a box for each layer, an arrow for each way."""

import re

import numpy as np
import pytest

from nn import layers
from nn.models import Model, Sequential
from nn.utils import plot_model


def wide_and_deep():
    x = layers.Input(shape=(8,), name="x")
    inner = Sequential([layers.Input(shape=(8,)), layers.Dense(30, name="a"), layers.Dense(4, name="b")], name="inner")
    joined = layers.Concatenate(name="join")([x, inner(x)])
    return Model(x, [layers.Dense(1, name="main")(joined), layers.Dense(1, name="other")(joined)])


def arrows(source):
    return len(re.findall(r"layer\d+ -> layer\d+", source))


def test_a_box_for_each_layer_and_an_arrow_for_each_way():
    source = plot_model(wide_and_deep(), to_file=None).source
    assert arrows(source) == 5
    assert len(set(re.findall(r"(layer\d+) \[", source))) == 5
    for kind in ("InputLayer", "Sequential", "Concatenate", "Dense"):
        assert kind in source
    assert "main" not in source


def test_names_shapes_and_the_rest_are_shown_on_request():
    options = {"show_shapes": True, "show_layer_names": True, "show_dtype": True, "show_layer_activations": True}
    source = plot_model(wide_and_deep(), to_file=None, show_trainable=True, **options).source
    for told in ("main (Dense)", "out: (None, 12)", "in: (None, 8), (None, 4)", "dtype: float32", "activation: linear"):
        assert told in source
    assert "trainable" in source


def test_models_inside_are_opened_on_request():
    source = plot_model(wide_and_deep(), to_file=None, show_layer_names=True, expand_nested=True).source
    assert "a (Dense)" in source and "b (Dense)" in source and "Sequential" not in source
    assert "label=inner" in source
    assert arrows(source) == 6
    assert len(set(re.findall(r"(layer\d+) \[", source))) == 6


def test_pictures_are_written(tmp_path):
    drawing = plot_model(wide_and_deep(), tmp_path / "model.svg", show_shapes=True)
    assert "<svg" in (tmp_path / "model.svg").read_text(encoding="utf-8")
    assert "image/svg+xml" in drawing._repr_mimebundle_()


def test_directions():
    assert "rankdir=LR" in plot_model(wide_and_deep(), None, rankdir="LR").source


def test_a_model_without_symbolic_inputs_says_what_to_do():
    model = Sequential([layers.Dense(1)])
    with pytest.raises(ValueError, match="begin it with an Input, or give it data once"):
        plot_model(model, None)
    model(np.zeros((1, 2)))
    assert arrows(plot_model(model, None).source) == 1
