"""Schedules: Keras' values, what they are at their corners, and the same for numbers, arrays, tensors and compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autodiff as ad
from benchmarks.keras_records.optimizers import AT, FIXTURE, SCHEDULES
from nn.optimizers import schedules
from nn.optimizers.schedules import CosineDecay, CosineDecayRestarts, OneCycle, PiecewiseConstantDecay, PowerDecay

KERAS = np.load(FIXTURE)
OURS: dict[str, tuple[str, dict[str, Any]]] = {
    "power": ("PowerDecay", {"initial_learning_rate": 0.1, "decay_steps": 20, "power": 1.5}),
    "one cycle": ("OneCycle", {"max_learning_rate": 0.1, "total_steps": 100}),
    "one cycle given": (
        "OneCycle",
        {
            "max_learning_rate": 1.0,
            "total_steps": 140,
            "start_learning_rate": 0.2,
            "last_steps": 19,
            "last_learning_rate": 0.01,
        },
    ),
}
ALL = {**SCHEDULES, **OURS}


def made(name: str) -> Any:
    kind, config = ALL[name]
    return getattr(schedules, kind)(**config)


@pytest.mark.parametrize("name", SCHEDULES)
def test_recorded_keras(name):
    """Cosines and powers of float32 are rounded in two ways; near a rate of 0 only the difference can be small."""
    np.testing.assert_allclose([made(name)(int(step)) for step in AT], KERAS[f"schedule/{name}"], rtol=2e-6, atol=1e-8)


@pytest.mark.parametrize("name", ALL)
def test_numbers_arrays_tensors_and_programs_agree(name):
    schedule = made(name)
    one_by_one = np.array([schedule(int(step)) for step in AT])
    compiled = ad.compile(schedule)
    for steps in (AT, AT.astype(np.int32), AT.astype(np.float32), ad.tensor(AT), ad.tensor(AT, dtype="float32")):
        for found in (schedule(steps), compiled(steps), compiled(steps)):
            assert found.dtype == np.float32
            np.testing.assert_allclose(np.array(found), one_by_one, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", ALL)
def test_the_dtype_of_floats_is_kept(name):
    for dtype in ("float32", "float64"):
        assert made(name)(AT.astype(dtype)).dtype == dtype
        assert made(name)(np.dtype(dtype).type(3.0)).dtype == dtype


@pytest.mark.parametrize("name", ALL)
def test_config_round_trip(name):
    kind, config = ALL[name]
    schedule = made(name)
    assert config.items() <= schedule.get_config().items()
    again = schedules.deserialize(schedules.serialize(schedule))
    assert type(again).__name__ == kind and again.get_config() == schedule.get_config()
    np.testing.assert_array_equal(again(AT), schedule(AT))


def test_pieces_by_hand():
    found = PiecewiseConstantDecay([2, 5], [1.0, 0.5, 0.1])(np.array([0.0, 2.0, 2.5, 5.0, 5.5]))
    np.testing.assert_array_equal(found, [1.0, 1.0, 0.5, 0.5, 0.1])


def test_power_by_hand():
    np.testing.assert_allclose(PowerDecay(0.5, 10, power=3.0)(np.array([0.0, 10.0, 30.0])), [0.5, 0.5 / 8, 0.5 / 64])


def test_one_cycle_by_hand():
    schedule = OneCycle(1.0, 110, start_learning_rate=0.2, last_steps=10, last_learning_rate=0.1)
    steps = np.array([0.0, 25.0, 50.0, 75.0, 100.0, 105.0, 110.0, 500.0])
    np.testing.assert_allclose(schedule(steps), [0.2, 0.6, 1.0, 0.6, 0.2, 0.15, 0.1, 0.1], rtol=1e-12)
    by_default = OneCycle(1.0, 110)
    np.testing.assert_allclose(by_default(np.array([0.0, 49.5, 99.0, 110.0])), [0.1, 1.0, 0.1, 1e-4], rtol=1e-9)
    without_end = OneCycle(1.0, 100, last_steps=0, last_learning_rate=0.01)
    np.testing.assert_allclose(without_end(np.array([99.0, 100.0, 101.0])), [0.118, 0.1, 0.01], rtol=1e-12)


@pytest.mark.parametrize("t_mul", [1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_restarts_are_where_they_belong(t_mul, dtype):
    """At the first step of each run the rate is the highest, although the logarithm of a power is rounded."""
    schedule = CosineDecayRestarts(1.0, 4, t_mul=t_mul)
    starts = dtype([4 * sum(t_mul**k for k in range(i)) for i in range(5)])
    np.testing.assert_allclose(schedule(starts), 1.0, rtol=1e-5)
    assert (schedule(starts[1:] - dtype(0.01)) < 0.01).all()


def test_warmup_is_straight_and_reaches_its_target():
    schedule = CosineDecay(0.25, 10, warmup_target=1.0, warmup_steps=3)
    np.testing.assert_allclose(schedule(np.array([0.0, 1.0, 2.0, 3.0])), [0.25, 0.5, 0.75, 1.0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: schedules.ExponentialDecay(0.1, 0, 0.5), "decay_steps is 0, expected a positive number of steps"),
        (lambda: schedules.InverseTimeDecay(0.1, -1, 0.5), "decay_steps is -1"),
        (lambda: schedules.PolynomialDecay(0.1, 0), "decay_steps is 0"),
        (lambda: schedules.PowerDecay(0.1, 0), "decay_steps is 0"),
        (lambda: CosineDecay(0.1, 0), "decay_steps is 0"),
        (lambda: CosineDecayRestarts(0.1, 0), "first_decay_steps is 0"),
        (lambda: PiecewiseConstantDecay([1, 2], [1.0, 0.5]), "got 2 boundaries and 2 values, expected one value more"),
        (lambda: OneCycle(1.0, 10, last_steps=10), "got 10 steps, of which 10 are the last ones"),
        (lambda: schedules.get("exponentialdecoy"), "is no learning rate schedule; did you mean 'ExponentialDecay'"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_schedule_without_call():
    with pytest.raises(NotImplementedError, match=r"LearningRateSchedule writes no __call__\(step\)"):
        schedules.LearningRateSchedule()(1)
