"""Layers give what Keras' give: outputs, slopes, weights, shapes, configs and masks."""

from typing import Any

import numpy as np
import pytest

import autodiff as ad
import nn.layers
from benchmarks.keras_records.layers import (
    CASES,
    GIVEN,
    MASKED,
    MERGED,
    OTHERS,
    RANDOM,
    ROWS,
    STEPS,
    WHOLE,
    data,
    slopes_of,
    weight_values,
)
from nn.calls import mask_of

from .recorded import answers_of_keras

answers = answers_of_keras("layers")
NUMBERS = range(len(CASES))
# Keras' roots and powers in float32 are not those of NumPy in the last digit, and sums have another order.
CLOSE = {"rtol": 2e-6, "atol": 2e-6}


def made(number: int) -> tuple[Any, Any]:
    """A case's layer, with the weights that Keras' had, and its inputs as tensors that take gradients."""
    name, arguments, shapes = CASES[number]
    layer = getattr(nn.layers, name)(**arguments)
    inputs = [ad.tensor(data(shape, seed), requires_grad=True) for seed, shape in enumerate(shapes)]
    layer(inputs if len(inputs) > 1 else inputs[0])
    layer.set_weights(weight_values([w.shape for w in layer.weights]))
    return layer, inputs


def identity(number: int) -> str:
    name, arguments, _ = CASES[number]
    return f"{name}({', '.join(f'{key}={value}' for key, value in arguments.items())})"


def called(layer: Any, inputs: Any, training: bool) -> Any:
    return layer(inputs if len(inputs) > 1 else inputs[0], training=training)


@pytest.mark.parametrize("number", NUMBERS, ids=identity)
def test_outputs_and_slopes(number, answers):
    answer = answers["cases"][number]
    layer, inputs = made(number)
    outputs = called(layer, inputs, training=not CASES[number][0].startswith(RANDOM))
    assert outputs.dtype == np.float32
    np.testing.assert_allclose(outputs.numpy(), answer["outputs"], **CLOSE)
    np.sum(outputs * slopes_of(outputs.shape)).backward()
    for each, slopes in zip(inputs, answer["of_inputs"], strict=True):
        np.testing.assert_allclose(each.grad, slopes, **CLOSE)
    for weight, slopes in zip(layer.trainable_weights, answer["of_weights"], strict=True):
        np.testing.assert_allclose(weight.grad, slopes, **CLOSE)


@pytest.mark.parametrize("number", [i for i in NUMBERS if CASES[i][0] == "BatchNormalization"], ids=identity)
def test_batch_normalization_afterwards(number, answers):
    answer = answers["cases"][number]
    layer, inputs = made(number)
    np.testing.assert_allclose(called(layer, inputs, training=False).numpy(), answer["later"], **CLOSE)
    called(layer, inputs, training=True)
    for weight, moved in zip(layer.non_trainable_weights, answer["moved"], strict=True):
        np.testing.assert_allclose(weight.numpy(), moved, **CLOSE)


@pytest.mark.parametrize("number", NUMBERS, ids=identity)
def test_weights(number, answers):
    layer, _ = made(number)
    assert [[w.name, list(w.shape), w.dtype.name, w.trainable] for w in layer.weights] == answers["cases"][number][
        "weights"
    ]


@pytest.mark.parametrize("number", NUMBERS, ids=identity)
def test_shapes_of_symbolic_calls(number, answers):
    name, arguments, shapes = CASES[number]
    layer = getattr(nn.layers, name)(**arguments)
    symbolic = [nn.layers.Input(shape=shape[1:]) for shape in shapes]
    expected = tuple(answers["cases"][number]["shape"])
    assert layer(symbolic if len(symbolic) > 1 else symbolic[0]).shape == expected
    any_batch = [(None, *shape[1:]) for shape in shapes]
    assert layer.compute_output_shape(any_batch if len(shapes) > 1 else any_batch[0]) == expected


# What Keras' configs have beyond ours: for quantized weights, which there are not.
BEYOND = {"quantization_config"}


def as_json(value: Any) -> Any:
    """Tuples as lists, as JSON has them."""
    if isinstance(value, dict):
        return {key: as_json(each) for key, each in value.items()}
    return [as_json(each) for each in value] if isinstance(value, (list, tuple)) else value


def check_config(layer: Any, theirs: dict[str, Any]) -> None:
    ours = layer.get_config()
    assert set(ours) == set(theirs) - BEYOND
    for key in set(ours) & set(theirs) - {"name"}:
        assert as_json(ours[key]) == theirs[key], key
    again = type(layer).from_config(ours)
    assert again.get_config() == ours
    assert nn.layers.deserialize(nn.layers.serialize(layer)).get_config() == ours


@pytest.mark.parametrize("number", NUMBERS, ids=identity)
def test_configs(number, answers):
    name, arguments, _ = CASES[number]
    check_config(getattr(nn.layers, name)(**arguments), answers["cases"][number]["config"])


@pytest.mark.parametrize("number", range(len(MASKED)), ids=lambda i: MASKED[i][0])
def test_masks(number, answers):
    name, arguments = MASKED[number]
    embedded = nn.layers.Embedding(5, 2, mask_zero=True)(np.array(STEPS))
    mask = mask_of(getattr(nn.layers, name)(**arguments)(embedded))
    assert (None if mask is None else np.asarray(mask).tolist()) == answers["masked"][number]


@pytest.mark.parametrize("number", range(len(MERGED)), ids=lambda i: MERGED[i][0])
def test_masks_of_several_inputs(number, answers):
    name, arguments = MERGED[number]
    embedding = nn.layers.Embedding(5, 2, mask_zero=True)
    mask = mask_of(getattr(nn.layers, name)(**arguments)([embedding(np.array(STEPS)), embedding(np.array(OTHERS))]))
    assert (None if mask is None else np.asarray(mask).tolist()) == answers["merged"][number]


def test_embedding(answers):
    answer = answers["embedding"]
    layer = nn.layers.Embedding(4, 2)
    check_config(layer, answer["config"])
    layer.build(None)
    layer.set_weights(weight_values([(4, 2)]))
    outputs = layer(np.array(WHOLE))
    np.testing.assert_allclose(outputs.numpy(), answer["outputs"], **CLOSE)
    np.sum(outputs * slopes_of(outputs.shape)).backward()
    np.testing.assert_allclose(layer.embeddings.grad, answer["of_weights"], **CLOSE)


@pytest.mark.parametrize("number", range(4))
def test_adapted_normalization(number, answers):
    answer = answers["adapted"][number]
    layer = nn.layers.Normalization(axis=answer["axis"])
    layer.adapt(data([8, 3, 4], 0))
    np.testing.assert_allclose(layer.adapt_mean.numpy(), answer["mean"], **CLOSE)
    np.testing.assert_allclose(layer.adapt_variance.numpy(), answer["variance"], **CLOSE)


def test_batch_normalization_of_what_a_mask_lets_count(answers):
    answer = answers["batch_normalization_with_mask"]
    layer = nn.layers.BatchNormalization(momentum=0.5)
    outputs = layer(data([2, 4, 2], 0), training=True, mask=ad.tensor(np.array(STEPS) > 0))
    np.testing.assert_allclose(outputs.numpy(), answer["outputs"], **CLOSE)
    for weight, moved in zip(layer.non_trainable_weights, answer["moved"], strict=True):
        np.testing.assert_allclose(weight.numpy(), moved, **CLOSE)


def test_softmax_of_what_a_mask_lets_count(answers):
    outputs = nn.layers.Softmax()(data(ROWS, 0), mask=ad.tensor(data(ROWS, 0) > 0))
    np.testing.assert_allclose(outputs.numpy(), answers["softmax_with_mask"], **CLOSE)


def test_numbers_that_were_given_make_no_weights():
    layer = nn.layers.Normalization(**GIVEN)
    layer(np.ones((2, 4)))
    assert layer.weights == []
    assert layer.mean.shape == (1, 4)
