"""LearningRateFinder: it finds the rate at which a known problem diverges, and leaves no trace."""

import warnings

import numpy as np
import pytest

import nn
from nn import callbacks, layers
from nn.models import Sequential


def linear(optimizer="sgd"):
    """Regression on normal inputs: plain gradient descent diverges above 2 / (2 * largest eigenvalue) = about 1."""
    nn.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(640, 4)).astype("float32")
    y = (x @ np.array([[1.0], [2.0], [-1.0], [0.5]], "float32")) + 0.1 * rng.normal(size=(640, 1)).astype("float32")
    model = Sequential([layers.Input(shape=(4,)), layers.Dense(1)])
    model.compile(optimizer, "mse")
    return model, x, y


def test_the_rate_is_below_the_one_that_diverges():
    model, x, y = linear()
    finder = callbacks.LearningRateFinder(1e-4, 100, steps=200)
    model.fit(x, y, epochs=10, verbose=0, callbacks=[finder])
    assert 0.005 < finder.best_rate < 0.2
    assert 0.3 < finder.rates[-1] < 30  # the search ended soon after the loss exploded
    assert len(finder.rates) == len(finder.losses) < 200
    np.testing.assert_allclose(np.diff(np.log(finder.rates)), np.log(1e6) / 199, rtol=1e-6)
    assert finder.losses[0] > 10 * min(finder.losses)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_everything_is_as_before(optimizer):
    model, x, y = linear(optimizer)
    before, rate = model.get_weights(), float(model.optimizer.learning_rate)
    model.fit(x, y, epochs=5, verbose=0, callbacks=[callbacks.LearningRateFinder(1e-3, 10, steps=100)])
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert float(model.optimizer.learning_rate) == rate
    assert int(model.optimizer.iterations) == 0
    again, _, _ = linear(optimizer)
    fitted = [each.fit(x, y, shuffle=False, verbose=0).history["loss"] for each in (model, again)]
    assert fitted[0] == fitted[1]


def test_a_short_run_covers_all_rates():
    model, x, y = linear()
    finder = callbacks.LearningRateFinder(1e-4, 0.1, steps=500)
    with pytest.warns(UserWarning, match=r"still falling at the last rate, 0\.1"):
        model.fit(x, y, verbose=0, callbacks=[finder])
    assert len(finder.rates) == 20
    np.testing.assert_allclose([finder.rates[0], finder.rates[-1]], [1e-4, 0.1], rtol=1e-9)


def test_the_losses_are_those_of_single_batches():
    model, x, y = linear()
    first = model.test_on_batch(x[:32], y[:32])
    model.reset_metrics()
    finder = callbacks.LearningRateFinder(1e-9, 1e-8, steps=20)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(x, y, shuffle=False, verbose=0, callbacks=[finder])
    assert finder.losses[0] == pytest.approx(first, rel=1e-5)
    expected = [model.evaluate(x[i : i + 32], y[i : i + 32], verbose=0) for i in range(0, 640, 32)]
    np.testing.assert_allclose(finder.losses, expected, rtol=1e-5)


def test_rates_out_of_order_are_refused():
    with pytest.raises(ValueError, match="0 < min_rate < max_rate"):
        callbacks.LearningRateFinder(1.0, 0.1)


def test_a_model_without_weights_is_refused():
    model = Sequential([layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="no weights yet"):
        model.fit(iter([(np.ones((4, 2)), np.ones((4, 1)))]), verbose=0, callbacks=[callbacks.LearningRateFinder()])


def test_there_is_no_best_rate_before_a_run():
    with pytest.raises(ValueError, match="no rates yet"):
        _ = callbacks.LearningRateFinder().best_rate


def test_plot():
    matplotlib = pytest.importorskip("matplotlib", reason="the extra matplotlib is not installed")
    matplotlib.use("agg")
    model, x, y = linear()
    finder = callbacks.LearningRateFinder(1e-4, 100, steps=100)
    model.fit(x, y, epochs=5, verbose=0, callbacks=[finder])
    ax = finder.plot()
    assert (ax.get_xscale(), ax.get_xlabel()) == ("log", "learning rate")
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), finder.rates)
    matplotlib.pyplot.close("all")
