"""Training that diverges: the loss says so, one warning explains it, and NumPy keeps silent about each operation."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import autodiff as ad
import nn

X = np.random.default_rng(0).normal(size=(64, 4)).astype("f4")
Y = X[:, :1] * 2

CASES = {
    "squares": ({}, {"loss": "mse", "optimizer": nn.optimizers.SGD}, 1e10),
    "exponentials": ({"activation": "exponential"}, {"loss": "mse", "optimizer": nn.optimizers.SGD}, 10.0),
    "labels": ({"activation": "relu"}, {"loss": "binary_crossentropy", "optimizer": nn.optimizers.SGD}, 1e20),
    "Adam": ({}, {"loss": "mse", "optimizer": nn.optimizers.Adam}, 1e30),
}


def made(name, is_eager):
    nn.set_random_seed(0)
    layer, options, rate = CASES[name]
    last = "sigmoid" if name == "labels" else None
    model = nn.Sequential([nn.Input((4,)), nn.layers.Dense(8, **layer), nn.layers.Dense(1, activation=last)])
    model.compile(options["optimizer"](rate), options["loss"], run_eagerly=is_eager)
    return model, (Y > 0).astype(int) if name == "labels" else Y


@pytest.mark.parametrize("is_eager", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_one_warning_at_the_users_line(name, is_eager):
    model, y = made(name, is_eager)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        history = model.fit(X, y, epochs=4, verbose=0)
        line = test_one_warning_at_the_users_line.__code__.co_firstlineno + 6
        model.evaluate(X, y, verbose=0)
        model.train_on_batch(X, y)
        model.test_on_batch(X, y)
    assert np.isnan(history.history["loss"][-1])
    (told,) = caught
    assert str(told.message).startswith("fit: the loss is ") and "lower learning rate" in str(told.message)
    assert (told.filename, told.lineno) == (__file__, line)


def test_it_is_told_when_it_began():
    model, _ = made("squares", False)
    model.compile(nn.optimizers.SGD(nn.optimizers.schedules.PiecewiseConstantDecay([5], [0.01, 1e20])), "mse")
    with pytest.warns(UserWarning, match="fit: the loss is nan in epoch 4"):
        losses = model.fit(X, Y, epochs=5, verbose=0).history["loss"]
    assert np.isfinite(losses[:3]).all() and not np.isfinite(losses[3:]).any()


def test_callbacks_that_tell_it_tell_it_alone(capsys):
    model, y = made("squares", False)
    history = model.fit(X, y, epochs=9, verbose=0, callbacks=[nn.callbacks.TerminateOnNaN()])
    assert len(history.epoch) == 1 and "Invalid loss" in capsys.readouterr().out
    model, y = made("squares", False)
    diagnose = nn.callbacks.Diagnose()
    model.fit(X, y, epochs=9, verbose=0, callbacks=[diagnose])
    assert any("NaN or infinite" in each.message for each in diagnose.findings)
    model, y = made("squares", False)
    with pytest.raises(RuntimeError, match="the loss is inf"):
        model.fit(X, y, epochs=9, verbose=0, callbacks=[nn.callbacks.TerminateOnNaN(raise_error=True)])


@pytest.mark.parametrize("is_eager", [True, False])
def test_who_asks_numpy_to_raise_is_heard(is_eager):
    model, y = made("squares", is_eager)
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        model.fit(X, y, epochs=4, verbose=0)
    assert np.geterr()["over"] == "warn"


def test_training_that_goes_well_says_nothing():
    model, _ = made("squares", False)
    model.compile("adam", "mse")
    model.fit(X, Y, epochs=2, verbose=0)


def test_errors_of_numpy_are_as_before_afterwards():
    before = np.geterr()
    model, y = made("squares", False)
    with pytest.warns(UserWarning, match="fit: the loss"):
        model.fit(X, y, verbose=0)
    assert np.geterr() == before


def test_the_first_operation_that_fails_is_found_as_the_warning_says():
    model, y = made("squares", True)
    with ad.debug(), pytest.raises(FloatingPointError, match="made the first inf"):
        model.fit(X, y, epochs=4, verbose=0)
