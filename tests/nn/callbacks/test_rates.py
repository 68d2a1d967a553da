"""Callbacks that set the learning rate."""

import numpy as np
import pytest

from nn import callbacks
from nn.callbacks.rates import rate_of

from .small import line, told


@pytest.mark.parametrize(
    ("options", "values", "rates"),
    [
        ({"patience": 1}, [3, 3, 3, 1], [0.01, 0.01, 0.001, 0.0001]),
        ({"patience": 2, "factor": 0.5}, [3, 3, 3, 3, 3], [0.01, 0.01, 0.01, 0.005, 0.005]),
        ({"patience": 1, "min_delta": 0.5}, [3, 2.6, 1], [0.01, 0.01, 0.001]),
        ({"patience": 1, "cooldown": 2}, [3, 3, 3, 3, 3], [0.01, 0.01, 0.001, 0.001, 0.0001]),
        ({"patience": 1, "min_lr": 0.004}, [3, 3, 3, 3], [0.01, 0.01, 0.004, 0.004]),
        ({"patience": 1, "mode": "max"}, [3, 2, 4], [0.01, 0.01, 0.001]),
    ],
)
def test_a_plateau_lowers_the_rate(options, values, rates):
    callback = callbacks.ReduceLROnPlateau("loss", **options)
    seen = []
    callback.set_model(line()[0])
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        logs = {"loss": value}
        callback.on_epoch_end(epoch, logs)
        seen.append(logs["learning_rate"])
    np.testing.assert_allclose(seen, rates, rtol=1e-6)


def test_a_lower_rate_is_told_and_used_by_compiled_steps(capsys):
    model, x, y = line()
    callback = callbacks.ReduceLROnPlateau("loss", factor=0.1, patience=1, min_delta=1e9, verbose=1)
    history = model.fit(x, y, epochs=3, verbose=0, callbacks=[callback])
    np.testing.assert_allclose(history.history["learning_rate"], [0.01, 0.01, 0.001], rtol=1e-6)
    assert "Epoch 2: ReduceLROnPlateau reducing learning rate to 0.00" in capsys.readouterr().out
    falls = -np.diff(history.history["loss"])
    assert falls[1] < falls[0]


@pytest.mark.parametrize("factor", [0, 1, 1.5])
def test_a_factor_that_lowers_nothing_is_refused(factor):
    with pytest.raises(ValueError, match="between 0 and 1"):
        callbacks.ReduceLROnPlateau(factor=factor)


def test_a_schedule_of_epoch_and_rate(capsys):
    model, x, y = line()
    halved = callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2, verbose=1)
    history = model.fit(x, y, epochs=3, verbose=0, callbacks=[halved])
    np.testing.assert_allclose(history.history["learning_rate"], [0.005, 0.0025, 0.00125], rtol=1e-6)
    assert "\nEpoch 3: LearningRateScheduler setting learning rate to 0.00125" in capsys.readouterr().out


def test_a_schedule_of_the_epoch_alone():
    model, x, y = line()
    model.fit(x, y, epochs=2, verbose=0, callbacks=[callbacks.LearningRateScheduler(lambda epoch: [0.3, 0.2][epoch])])
    assert rate_of(model) == pytest.approx(0.2)


def test_a_schedule_object_is_a_schedule_of_epochs():
    from nn.optimizers import schedules

    model, x, y = line()
    callback = callbacks.LearningRateScheduler(schedules.ExponentialDecay(0.5, 1, 0.1))
    history = model.fit(x, y, epochs=2, verbose=0, callbacks=[callback])
    np.testing.assert_allclose(history.history["learning_rate"], [0.5, 0.05], rtol=1e-6)


def test_a_schedule_must_give_numbers():
    model, x, y = line()
    with pytest.raises(ValueError, match=r"schedule\(0\) gave 'fast', expected a number"):
        model.fit(x, y, verbose=0, callbacks=[callbacks.LearningRateScheduler(lambda epoch: "fast")])


def test_an_error_in_a_schedule_is_the_users():
    def schedule(epoch, rate):
        raise TypeError("mine")

    with pytest.raises(TypeError, match="mine"):
        told([1.0], callbacks.LearningRateScheduler(schedule))
