"""Random layers: their moments, seeds, and draws in compiled steps."""

import numpy as np
import pytest

import autodiff as ad
import nn
from nn.layers import (
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)

ONES = np.ones((200, 100), np.float32)


def drawn(layer, x=ONES):
    return layer(x, training=True).numpy()


def test_dropout_keeps_the_mean():
    outputs = drawn(Dropout(0.25, seed=1))
    assert set(np.unique(outputs)) == {0, np.float32(1 / 0.75)}
    # 20,000 draws: five standard deviations of their mean.
    assert abs((outputs == 0).mean() - 0.25) < 5 * np.sqrt(0.25 * 0.75 / 20_000)


def test_gaussian_noise_and_dropout_have_their_moments():
    noise = drawn(GaussianNoise(0.5, seed=1)) - 1
    assert abs(noise.mean()) < 5 * 0.5 / np.sqrt(20_000)
    assert abs(noise.std() - 0.5) < 5 * 0.5 / np.sqrt(40_000)
    factors = drawn(GaussianDropout(0.2, seed=1), 2 * ONES) / 2
    assert abs(factors.mean() - 1) < 5 * 0.5 / np.sqrt(20_000)
    assert abs(factors.std() - 0.5) < 5 * 0.5 / np.sqrt(40_000)


def test_alpha_dropout_keeps_mean_and_variance():
    """Of numbers of mean 0 and variance 1; the formula of Klambauer et al. by hand."""
    rate, floor = 0.3, -1.7580993408473766
    x = np.random.default_rng(0).standard_normal((200, 500)).astype(np.float32)
    outputs = drawn(AlphaDropout(rate, seed=1), x)
    a = ((1 - rate) * (1 + rate * floor**2)) ** -0.5
    b = -a * floor * rate
    dropped = np.isclose(outputs, a * floor + b, atol=1e-6)
    assert abs(dropped.mean() - rate) < 5 * np.sqrt(rate * (1 - rate) / 100_000)
    np.testing.assert_allclose(outputs[~dropped], (a * x + b)[~dropped], rtol=1e-5, atol=1e-6)
    assert abs(outputs.mean()) < 0.02 and abs(outputs.var() - 1) < 0.03


@pytest.mark.parametrize("kind", [Dropout, AlphaDropout])
def test_noise_shape_drops_together(kind):
    outputs = drawn(kind(0.5, noise_shape=(None, 1), seed=1), np.ones((50, 4)))
    assert (outputs == outputs[:, :1]).all()
    assert len(np.unique(outputs)) == 2


@pytest.mark.parametrize(
    ("layer", "shape", "axes"),
    [
        (SpatialDropout1D(0.5, seed=1), (4, 5, 6), (1,)),
        (SpatialDropout2D(0.5, seed=1), (4, 2, 3, 6), (1, 2)),
        (SpatialDropout2D(0.5, "channels_first", seed=1), (4, 6, 2, 3), (2, 3)),
        (SpatialDropout3D(0.5, seed=1), (4, 2, 2, 2, 6), (1, 2, 3)),
        (SpatialDropout3D(0.5, data_format="channels_first", seed=1), (4, 6, 2, 2, 2), (2, 3, 4)),
    ],
)
def test_spatial_dropout_drops_whole_maps(layer, shape, axes):
    outputs = drawn(layer, np.ones(shape))
    channels = outputs.mean(axis=axes)
    assert set(np.unique(outputs)) == {0, 2} == set(np.unique(channels))
    assert len(np.unique(channels, axis=0)) > 1  # each example has its own


@pytest.mark.parametrize(
    "make",
    [
        lambda **seed: Dropout(0.5, **seed),
        lambda **seed: AlphaDropout(0.5, **seed),
        lambda **seed: GaussianNoise(0.5, **seed),
        lambda **seed: GaussianDropout(0.5, **seed),
    ],
)
def test_seeds(make):
    first, second = make(), make()
    assert (drawn(first) != drawn(second)).any(), "two layers draw different numbers"
    assert (drawn(first) != drawn(first)).any(), "so do two calls"
    np.testing.assert_array_equal(drawn(make(seed=3)), drawn(make(seed=3)))
    nn.set_random_seed(5)
    before = drawn(make())
    nn.set_random_seed(5)
    np.testing.assert_array_equal(drawn(make()), before)


@pytest.mark.parametrize("kind", [Dropout, AlphaDropout, GaussianDropout])
def test_nothing_happens_after_training_or_at_rate_0(kind):
    x = ad.tensor(ONES)
    assert kind(0.5)(x) is x
    assert kind(0.0)(x, training=True) is x


def test_all_is_dropped_at_rate_1():
    assert not drawn(Dropout(1.0)).any()
    assert not drawn(SpatialDropout1D(1), np.ones((2, 3, 4))).any()


def test_compiled_steps_draw_anew_and_from_each_layer():
    layers = [Dropout(0.5, seed=1), Dropout(0.5, seed=2)]
    step = ad.compile(lambda x: [layer(x, training=True) for layer in layers])
    first, second = step(ONES), step(ONES)
    assert (first[0] != second[0]).any()
    assert (first[0] != first[1]).any()
    np.testing.assert_array_equal(first[0], drawn(Dropout(0.5, seed=1)))
    assert step.source.count(".random(") == 2, "the draws are part of the program"
    assert "float64" not in step.source
