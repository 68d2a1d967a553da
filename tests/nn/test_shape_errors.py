"""Shapes that do not fit: the error names the user's line, the layer, what it expects and what it got."""

from __future__ import annotations

import re

import numpy as np
import pytest

import nn
from nn import layers

MATRIX, STEPS = np.ones((2, 3)), np.ones((2, 3, 4))

# A layer, what it is built with (None: nothing), and what does not fit; then what the error says of it.
CASES = {
    "features": (layers.Dense(5), MATRIX, MATRIX[:, :2], r"expects (*, 3), got (2, 2); it was built for 3 features"),
    "images": (layers.Dense(5), np.ones((2, 12)), STEPS, r"expects (*, *, 12), got (2, 3, 4); add Flatten() before it"),
    "one row": (layers.Dense(5), None, MATRIX[0], r"expects 2 axes or more, the batch first; got shape (3,)"),
    "batch norm": (layers.BatchNormalization(), MATRIX, MATRIX[:, :2], r"expects (*, 3), got (2, 2)"),
    "batch norm axis": (layers.BatchNormalization(axis=2), None, MATRIX, r"normalizes axis 2; got inputs of shape"),
    "layer norm": (layers.LayerNormalization(), MATRIX, MATRIX[:, :2], r"expects (*, 3), got (2, 2)"),
    "groups": (layers.GroupNormalization(2), None, MATRIX, r"makes 2 groups of the 3 channels; 2 must divide them"),
    "normalization": (layers.Normalization(), MATRIX, MATRIX[:, :2], r"expects (*, 3), got (2, 2)"),
    "slopes": (layers.PReLU(), STEPS, STEPS[:, :2], r"expects (*, 3, *), got (2, 2, 4)"),
    "slopes' axes": (layers.PReLU(), STEPS, MATRIX, r"expects 4 features on axis 2; got shape (2, 3), without"),
    "sums": (layers.Add(), None, [MATRIX, MATRIX[:, :2]], r"expects inputs of shapes that go together; got input 0"),
    "one input": (layers.Add(), None, MATRIX, r"expects a list of 1 or more inputs, such as [a, b]; got one of shape"),
    "many": (layers.Subtract(), None, [MATRIX] * 3, r"expects a list of 2 inputs, such as [a, b]; got 3"),
    "axes": (layers.Concatenate(axis=2), None, [MATRIX, MATRIX], r"has no axis 2 in inputs of shape (2, 3)"),
    "joined": (layers.Concatenate(), None, [MATRIX, STEPS], r"puts inputs side by side along axis -1"),
    "products": (layers.Dot(1), None, [MATRIX, MATRIX[:, :2]], r"multiplies along axes (1, 1), of the same size; got"),
    "elements": (layers.Reshape((5,)), None, MATRIX, r"makes (5,), 5 elements, of each example; got shape (2, 3)"),
    "order": (layers.Permute((2, 1)), None, MATRIX, r"expects 3 axes, the batch first; got shape (2, 3)"),
    "repeated": (layers.RepeatVector(2), None, STEPS, r"expects 2 axes, the batch first; got shape (2, 3, 4)"),
    "maps": (layers.SpatialDropout1D(0.5), None, MATRIX, r"expects 3 axes, the batch first; got shape (2, 3)"),
}  # fmt: skip


def fails(call, at=None):
    """The error of a call on one line; its message begins with that line, or with another one."""
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    where = f"test_shape_errors.py:{(at or call).__code__.co_firstlineno}: "
    text = str(caught.value)
    assert text.startswith(where) and text.count(".py:") == 1
    return text.removeprefix(where)


def named(name):
    """A layer of the table with a name of its own, built; what does not fit; and how the error begins."""
    made, fitting, wrong, says = CASES[name]
    layer = type(made).from_config({**made.get_config(), "name": "mine"})
    if fitting is not None:
        layer(fitting)
    return layer, wrong, f"{type(layer).__name__} 'mine' {says}"


@pytest.mark.parametrize("name", CASES)
def test_a_call_on_arrays(name):
    layer, wrong, says = named(name)
    assert fails(lambda: layer(wrong)).startswith(says)


@pytest.mark.parametrize("name", CASES)
def test_a_call_on_symbolic_tensors(name):
    layer, wrong, says = named(name)
    arrays = wrong if isinstance(wrong, list) else [wrong]
    symbols = [nn.Input(batch_shape=(None, *each.shape[1:])) for each in arrays]
    text = fails(lambda: layer(symbols if isinstance(wrong, list) else symbols[0]))
    assert text.replace("(None,", "(2,").startswith(says.replace("(3,)", "(2,)"))  # of one row there is the batch


def test_unknown_sizes_are_told_as_such():
    layer, wrong, _ = named("features")
    text = fails(lambda: layer(nn.Input(wrong.shape[1:])))
    assert text == "Dense 'mine' expects (*, 3), got (None, 2); it was built for 3 features"


@pytest.mark.parametrize("name", CASES)
def test_a_call_in_a_model_of_ones_own_and_in_its_first_steps(name):
    layer, wrong, says = named(name)
    inputs = tuple(wrong) if isinstance(wrong, list) else wrong

    class Own(nn.Model):
        def call(self, inputs):
            return call_of(layer, list(inputs) if isinstance(inputs, tuple) else inputs)

    call_of = lambda layer, inputs: layer(inputs)  # noqa: E731  # on a line of its own
    model = Own()
    model.compile("sgd", "mse")
    rows = len(wrong[0] if isinstance(wrong, list) else wrong)
    for step in (
        lambda: model(inputs),
        lambda: model.predict(inputs, verbose=0),
        lambda: model.fit(inputs, np.zeros((rows, 1)), verbose=0),
        lambda: model.evaluate(inputs, np.zeros((rows, 1)), verbose=0),
    ):
        assert fails(step, at=call_of).startswith(says)


def stack():
    return nn.Sequential([nn.layers.Dense(4, name="hidden"), nn.layers.Dense(1)])


def test_the_first_steps_of_a_model_without_a_call_of_ones_own():
    model = stack()
    model.build((None, 3))
    model.compile("sgd", "mse")
    says = "Dense 'hidden' expects (*, 3), got (2, 2); it was built for 3 features"
    assert fails(lambda: model.predict(MATRIX[:, :2], verbose=0)) == says
    assert fails(lambda: model.fit(MATRIX[:, :2], MATRIX[:, :1], verbose=0)) == says
    assert fails(lambda: model.train_on_batch(MATRIX[:, :2], MATRIX[:, :1])) == says
    model.fit(MATRIX, MATRIX[:, :1], verbose=0)
    assert fails(lambda: model.fit(MATRIX[:, :2], MATRIX[:, :1], verbose=0)) == says
    assert fails(lambda: model.evaluate(MATRIX[:, :2], MATRIX[:, :1], verbose=0)) == says


def test_layers_that_need_to_know_a_size():
    for layer in (layers.Dense(2, name="d"), layers.LayerNormalization(name="d"), layers.PReLU(name="d")):
        text = fails(lambda layer=layer: layer(nn.Input((None,))))
        assert re.match(r"\w+ 'd' needs a known size of axis -?1 of the inputs; got shape \(None, None\)", text)
    assert "'hidden' needs a known size" in fails(lambda: stack().build((None, None)))


def test_functions_of_the_users_are_where_they_fail():
    reshape = lambda x: x.reshape(7)  # noqa: E731  # on a line of its own
    text = fails(lambda: layers.Lambda(reshape, name="mine")(MATRIX), at=reshape)
    assert text.startswith("Lambda 'mine', called with shape (2, 3): reshape(float32 (2, 3), shape=(7,))")
    text = fails(lambda: layers.Lambda(reshape, name="mine")(nn.Input((3,))), at=reshape)
    assert text.startswith("Lambda 'mine', called with shape (None, 3): reshape(")
    assert text.endswith("(where None was tried as 2 and 3)")


def test_operations_on_symbolic_tensors():
    x, y = nn.Input((3,)), nn.Input((2,))
    assert re.match(r"Operation 'add\w*', called with shape \(None, 3\), \(None, 2\): add\(", fails(lambda: x + y))
    assert "called with shape (None, 3), (2, 2): matmul(" in fails(lambda: x @ np.ones((2, 2), "f4"))


def test_models_of_several_inputs():
    a, b = nn.Input((3,)), nn.Input((2,))
    model = nn.Model([a, b], layers.concatenate([a, b]), name="both")
    assert fails(lambda: model([MATRIX])) == "Model 'both', called with shape (2, 3): got 1 inputs, expected 2"


def test_errors_of_other_kinds_are_left_alone():
    class Own(layers.Layer):
        def call(self, inputs):
            raise KeyError("missing")

    with pytest.raises(KeyError, match=r"^'missing'$"):
        Own()(MATRIX)
