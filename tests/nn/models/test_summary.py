"""Summaries: the lectures' numbers, Keras' text, and all options."""

import numpy as np
import pytest

import nn
from nn import layers
from nn.models import Model, Sequential
from nn.utils import clear_session

from ..recorded import answers_of_keras

keras = answers_of_keras("summaries")


@pytest.fixture(autouse=True)
def _names():
    clear_session()


def text_of(model, **options):
    told = []
    model.summary(print_fn=told.append, **options)
    (text,) = told
    return text


def table(text):
    """The cells of each row, without the lines between."""
    return [[cell.strip() for cell in line.strip("┃│").split(line[0])] for line in text.splitlines() if line[0] in "┃│"]


def small_mlp():
    return Sequential([layers.Dense(32, activation="relu", input_shape=(20,)), layers.Dense(10, activation="softmax")])


def images_mlp():
    return Sequential([layers.Flatten(input_shape=[28, 28]), layers.Dense(300), layers.Dense(100), layers.Dense(10)])


def wide_and_deep():
    x = layers.Input(shape=(8,))
    normal = layers.Normalization()(x)
    deep = layers.Dense(30)(layers.Dense(30)(normal))
    return Model(x, layers.Dense(1)(layers.Concatenate()([normal, deep])))


def nested():
    x = layers.Input(shape=(8,))
    inner = Sequential([layers.Input(shape=(8,)), layers.Dense(3), layers.Dense(2)], name="inner")
    return Model(x, layers.Dense(1)(inner(x)), name="outer")


def unbuilt():
    return Sequential([layers.Dense(3), layers.Dropout(0.5)])


MODELS = {each.__name__: each for each in (small_mlp, images_mlp, nested, unbuilt)}


@pytest.mark.parametrize("name", MODELS)
def test_the_text_is_that_of_keras(name, keras):
    assert text_of(MODELS[name]()) == keras[name]


def test_nested_layers_are_those_of_keras(keras):
    assert text_of(nested(), expand_nested=True) == keras["nested_expanded"]


def test_a_functional_model_has_keras_cells_but_whole_names(keras):
    ours, theirs = (table(each) for each in (text_of(wide_and_deep()), keras["wide_and_deep"]))
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert one[:3] == other[:3]
        shown = other[3].removesuffix("…") if other[3].endswith("…") else other[3]
        assert one[3].startswith(shown.rstrip(","))
    assert not any("…" in cell for row in ours for cell in row)


@pytest.mark.parametrize(
    ("model", "counts"),
    [(small_mlp, (1002, 1002, 0)), (images_mlp, (266610, 266610, 0)), (wide_and_deep, (1256, 1239, 17))],
)
def test_the_lectures_numbers(model, counts):
    text = text_of(model())
    for name, count in zip(("Total", "Trainable", "Non-trainable"), counts, strict=True):
        assert f" {name} params: {count:,} (" in text
    if model is small_mlp:
        assert [row[2] for row in table(text)[1:]] == ["672", "330"]


def test_the_optimizers_numbers_count_once_it_has_them():
    model = wide_and_deep()
    model.compile("adam", "mse")
    assert "Optimizer params" not in text_of(model)
    model.fit(np.zeros((4, 8)), np.zeros((4, 1)), verbose=0)
    assert " Total params: 3,736 (14.59 KB)" in text_of(model)
    assert " Optimizer params: 2,480 (9.69 KB)" in text_of(model)


def test_what_is_trained():
    model = images_mlp()
    model.layers[1].trainable = False
    assert [row[3] for row in table(text_of(model, show_trainable=True))] == ["Trainable", "-", "N", "Y", "Y"]
    assert " Non-trainable params: 235,500 (" in text_of(model)


def test_shared_layers_tell_each_call():
    x = layers.Input(shape=(8,))
    shared = layers.Dense(8, name="shared")
    rows = table(text_of(Model(x, shared(shared(x)))))
    assert [row[3] for row in rows[-2:]] == ["input_layer[0][0]", "shared[0][0]"]


def test_two_layers_on_one_input_tell_where_it_comes_from():
    x = layers.Input(shape=(8,))
    rows = table(text_of(Model(x, [layers.Dense(1)(x), layers.Dense(2)(x)])))
    assert [row[3] for row in rows] == ["Connected to", "-", "", "input_layer[0][0]", "input_layer[0][0]"]


@pytest.mark.parametrize("length", [50, 60, 76, 100, 120])
@pytest.mark.parametrize("model", [images_mlp, wide_and_deep])
def test_lines_have_the_length_that_is_asked_for(model, length):
    lines = text_of(model(), line_length=length).splitlines()
    assert {len(line) for line in lines if line[0] in "┏┃┡│├└"} == {length}


def test_positions_are_where_columns_end():
    head = text_of(small_mlp(), positions=[0.25, 0.5, 1.0], line_length=104).splitlines()[1]
    assert [len(part) for part in head.strip("┏┓").split("┳")] == [25, 25, 50]
    with pytest.raises(ValueError, match="expected one for each of 3 columns"):
        text_of(small_mlp(), positions=[0.5, 1.0])


def test_a_range_of_layers():
    rows = table(text_of(images_mlp(), layer_range=("dense", "dense_1$")))
    assert [row[0] for row in rows[1:]] == ["dense (Dense)", "dense_1 (Dense)"]
    with pytest.raises(ValueError, match=r"layer_range is .*, there are flatten"):
        text_of(images_mlp(), layer_range=("conv", "dense"))


def test_a_subclassed_model_is_a_list():
    class Mine(Model):
        def __init__(self):
            super().__init__()
            self.hidden = layers.Dense(30)
            self.out = layers.Dense(1)

        def call(self, inputs):
            return self.out(self.hidden(inputs))

    model = Mine()
    assert table(text_of(model))[1:] == [["dense (Dense)", "?", "0 (unbuilt)"], ["dense_1 (Dense)", "?", "0 (unbuilt)"]]
    model(np.zeros((2, 3)))
    assert [row[2] for row in table(text_of(model))[1:]] == ["120", "31"]


def test_summary_prints(capsys):
    small_mlp().summary()
    assert capsys.readouterr().out.startswith('Model: "sequential"\n┏━')


def test_layers_without_weights_are_marked_by_a_dash_only():
    model = Sequential([layers.Input(shape=(3,)), nn.layers.Dropout(0.5)])
    assert table(text_of(model, show_trainable=True))[1][2:] == ["0", "-"]
