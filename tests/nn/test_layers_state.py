"""Layers that remember or look up: batch statistics, adapted moments, embeddings, and masks on their way."""

import numpy as np
import pytest

import autodiff as ad
from nn.calls import mask_of
from nn.layers import (
    Activation,
    Add,
    BatchNormalization,
    Concatenate,
    Dense,
    Embedding,
    Input,
    LayerNormalization,
    Masking,
    Normalization,
)

X = np.random.default_rng(0).normal(3.0, 2.0, (64, 5)).astype(np.float32)


# Batch normalization


def test_batches_are_normalized_while_training():
    layer = BatchNormalization(epsilon=0.0)
    outputs = layer(X, training=True).numpy()
    np.testing.assert_allclose(outputs.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(outputs.std(axis=0), 1, rtol=1e-5)


def test_moving_averages_follow():
    layer = BatchNormalization(momentum=0.9)
    mean, variance = np.zeros(5), np.ones(5)
    for _ in range(3):
        layer(X, training=True)
        mean, variance = 0.9 * mean + 0.1 * X.mean(axis=0), 0.9 * variance + 0.1 * X.var(axis=0)
    np.testing.assert_allclose(layer.moving_mean.numpy(), mean, rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance.numpy(), variance, rtol=1e-5)
    expected = (X - mean) / np.sqrt(variance + 1e-3)
    np.testing.assert_allclose(layer(X).numpy(), expected, rtol=1e-4, atol=1e-5)


def test_frozen_it_stays_and_normalizes_by_its_averages():
    layer = BatchNormalization()
    layer(X, training=True)
    layer.trainable = False
    before = layer.get_weights()
    np.testing.assert_array_equal(layer(X, training=True).numpy(), layer(X).numpy())
    for now, then in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
    assert layer.trainable_weights == [] and len(layer.non_trainable_weights) == 4


def test_compiled_steps_move_the_averages():
    layer, twin = BatchNormalization(), BatchNormalization()
    step = ad.compile(lambda x: layer(x, training=True))
    for batch in (X, X + 1, X * 2):
        step(batch)
        twin(batch, training=True)
    for a, b in zip(layer.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_its_program_is_short():
    """Two sums over the batch, and one line for what is as large as it at the end."""
    layer = BatchNormalization()
    step = ad.compile(lambda x: layer(x, training=True))
    step(X)
    program = step.source.split("def ")[-1].strip().splitlines()
    assert len(program) == 8, step.source
    assert sum("(64, 5)" in line for line in program) == 2, step.source  # centred; scaled and shifted
    assert sum(".dot(" in line for line in program) == 2, step.source


def test_its_program_with_slopes_is_short():
    layer, w = BatchNormalization(name="norm"), ad.tensor(np.eye(5, dtype=np.float32), requires_grad=True)

    def step(x):
        loss = np.sum(layer(x @ w, training=True) ** 3)
        loss.backward()
        slopes, w.grad = w.grad, None
        return slopes

    compiled = ad.compile(step)
    compiled(X)
    program = compiled.source.split("def step")[-1].strip().splitlines()
    assert len(program) <= 22, compiled.source
    # Products of x, centred, outputs, their slope, and those of what was centred.
    assert sum("(64, 5)" in line for line in program) <= 6, compiled.source
    assert not any("scale(" in line for line in program if "(64, 5)" in line), "guards for infinities are for the small"


def test_far_from_0_the_variance_keeps_its_digits():
    outputs = BatchNormalization(epsilon=0.0)(X[:, :1] / 1000 + 1000, training=True).numpy()
    np.testing.assert_allclose(outputs.std(), 1, rtol=1e-4)


def test_rows_that_do_not_count_have_no_part_in_the_averages():
    x = np.random.default_rng(1).normal(size=(4, 6, 3)).astype(np.float32)
    mask = np.arange(6) < np.array([[2], [6], [0], [3]])
    layer = BatchNormalization(momentum=0.0)
    layer(x, training=True, mask=ad.tensor(mask))
    np.testing.assert_allclose(layer.moving_mean.numpy(), x[mask].mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance.numpy(), x[mask].var(axis=0), rtol=1e-5)
    assert np.isfinite(layer(x, training=True, mask=ad.tensor(mask & False)).numpy()).all()


# Normalization


def test_normalization_has_17_values_before_it_is_adapted():
    layer = Normalization(input_shape=[8])
    layer(Input(shape=(8,)))
    assert [(w.name, w.shape, w.dtype.name) for w in layer.weights] == [
        ("mean", (8,), "float32"), ("variance", (8,), "float32"), ("count", (), "int32"),
    ]  # fmt: skip
    assert sum(w.size for w in layer.non_trainable_weights) == 17 and layer.trainable_weights == []


@pytest.mark.parametrize(
    "given",
    [
        lambda x: x,
        lambda x: x.tolist(),
        lambda x: ad.tensor(x),
        lambda x: (x[i : i + 7] for i in range(0, len(x), 7)),
        lambda x: iter([(x[:40], "y"), (x[40:], "y")]),
    ],
    ids=["array", "list", "tensor", "batches", "pairs"],
)
def test_normalization_adapts_to_all_kinds_of_data(given):
    layer = Normalization()
    layer.adapt(given(X))
    np.testing.assert_allclose(layer.adapt_mean.numpy(), X.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(layer.adapt_variance.numpy(), X.var(axis=0), rtol=1e-6)
    assert int(layer.count.numpy()) == 64
    outputs = layer(X).numpy()
    np.testing.assert_allclose(outputs, (X - X.mean(axis=0)) / X.std(axis=0), rtol=1e-5, atol=1e-5)


def test_a_compiled_program_knows_what_it_is_adapted_to_later():
    layer = Normalization()
    predict = ad.compile(lambda x: layer(x))
    np.testing.assert_array_equal(predict(X).numpy(), X)
    layer.adapt(X)
    np.testing.assert_allclose(predict(X).numpy(), layer(X).numpy(), rtol=1e-6)
    np.testing.assert_allclose(predict(X).numpy().std(axis=0), 1, rtol=1e-5)
    layer.adapt(10 * X)
    np.testing.assert_allclose(predict(10 * X).numpy().std(axis=0), 1, rtol=1e-5)


def test_inverted_it_is_the_way_back():
    there, back = Normalization(), Normalization(invert=True)
    there.adapt(X)
    back.adapt(X)
    np.testing.assert_allclose(back(there(X)).numpy(), X, rtol=1e-5)


def test_constant_columns_become_0():
    x = np.full((10, 2), 0.1, np.float32)
    layer = Normalization()
    layer.adapt(x)
    np.testing.assert_array_equal(layer(x).numpy(), 0)


def test_far_from_0_moments_keep_their_digits():
    layer = Normalization()
    x = np.random.default_rng(2).normal(1e4, 1.0, (1000, 1)).astype(np.float32)
    layer.adapt(x)
    np.testing.assert_allclose(layer.adapt_variance.numpy(), x.astype(float).var(axis=0), rtol=1e-6)


def test_normalization_tells_what_it_cannot_adapt_to():
    layer = Normalization(name="scaled")
    layer.adapt(X)
    with pytest.raises(ValueError, match=r"'scaled' was built for \(5,\) along axis \(-1,\); data has shape \(64, 4\)"):
        layer.adapt(X[:, :4])
    with pytest.raises(ValueError, match="to data without a row"):
        layer.adapt(iter([]))
    with pytest.raises(ValueError, match="nothing to adapt"):
        Normalization(mean=0.0, variance=1.0).adapt(X)
    with pytest.raises(AttributeError, match=r"other\.mean: there is none yet; call adapt"):
        _ = Normalization(name="other").mean


# Embedding


@pytest.mark.parametrize("wrong", [-1, 4])
def test_numbers_without_a_row_are_told_in_compiled_steps_too(wrong):
    layer = Embedding(4, 2, name="words")
    lookup = ad.compile(lambda x: layer(x))
    lookup(np.array([[0, 3]]))
    for call in (layer, lookup):
        with pytest.raises(ValueError, match=r"'words', .*: got numbers from .*, expected 0 to 3; input_dim must be"):
            call(np.array([[1, wrong]]))


def test_rows_met_twice_add_up_their_slopes():
    layer = Embedding(4, 2)
    np.sum(layer(np.array([[1, 1, 3]]))).backward()
    np.testing.assert_array_equal(layer.embeddings.grad, [[0, 0], [2, 2], [0, 0], [1, 1]])


def test_embedding_takes_weights_and_floats_that_are_whole():
    rows = np.arange(8.0).reshape(4, 2)
    layer = Embedding(4, 2, weights=[rows])
    np.testing.assert_array_equal(layer(np.array([2.0, 0.0])).numpy(), rows[[2, 0]])
    assert "weights" not in layer.get_config()


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.int64])
def test_embedding_takes_all_kinds_of_whole_numbers(dtype):
    layer = Embedding(300, 2)
    assert layer(np.array([[0, 100]], dtype)).shape == (1, 2, 2)


# Masks


def chain():
    return [Embedding(5, 4, mask_zero=True), Dense(3, activation="tanh"), LayerNormalization(), Activation("relu")]


NUMBERS = np.array([[1, 2, 0, 0], [3, 4, 2, 0]])


def test_masks_go_through_a_chain():
    x = NUMBERS
    for layer in chain():
        x = layer(x)
    np.testing.assert_array_equal(np.asarray(mask_of(x)), NUMBERS != 0)


def test_masks_go_through_a_chain_in_a_compiled_step():
    layers = chain()

    def step(x):
        for layer in layers:
            x = layer(x)
        return mask_of(x)

    compiled = ad.compile(step)
    for numbers in (NUMBERS, NUMBERS[::-1].copy(), NUMBERS * 0):
        np.testing.assert_array_equal(np.asarray(compiled(numbers)), numbers != 0)


def test_masking_hides_steps():
    x = np.array([[[1.0, 0.0], [7.0, 7.0], [7.0, 1.0]]])
    outputs = Dense(2)(Masking(mask_value=7.0)(x))
    np.testing.assert_array_equal(np.asarray(mask_of(outputs)), [[True, False, True]])
    np.testing.assert_array_equal(Masking(7.0)(x).numpy(), [[[1, 0], [0, 0], [7, 1]]])


def test_masks_of_time_are_put_after_each_other():
    first = Masking()(np.array([[[1.0], [0.0]]]))
    both = Concatenate(axis=1)([first, np.ones((1, 1, 1), np.float32)])
    np.testing.assert_array_equal(np.asarray(mask_of(both)), [[True, False, True]])


def test_where_one_input_has_no_mask_all_steps_count():
    plain = ad.tensor(np.ones((1, 2, 1), np.float32))
    first = Masking()(np.array([[[1.0], [0.0]]]))
    assert mask_of(Add()([first, plain])) is None
    np.testing.assert_array_equal(np.asarray(mask_of(Add()([first, first]))), [[True, False]])
    np.testing.assert_array_equal(np.asarray(mask_of(Concatenate()([first, plain]))), [[True, True]])


def test_masks_live_as_long_as_their_tensors():
    from nn.calls import calls

    outputs = Masking()(np.ones((1, 2, 3)))
    count = len(calls.masks)
    del outputs
    assert len(calls.masks) == count - 1
