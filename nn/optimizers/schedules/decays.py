"""Rates that only become smaller, along powers, polynomials and stairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .schedule import LearningRateSchedule, as_float, positive, registry


@registry.add()
class ExponentialDecay(LearningRateSchedule):
    """initial_learning_rate * decay_rate ** (step / decay_steps); with `staircase` the exponent is rounded down.

    Raises ValueError for `decay_steps` that are not positive.

    >>> schedule = ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    >>> [round(float(schedule(step)), 4) for step in (0, 10, 20)]
    [0.1, 0.05, 0.025]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:
        self.initial_learning_rate, self.decay_rate = initial_learning_rate, decay_rate
        self.decay_steps, self.staircase, self.name = positive("decay_steps", decay_steps), staircase, name

    def __call__(self, step: Any) -> Any:
        periods = as_float(step) / self.decay_steps
        return self.initial_learning_rate * self.decay_rate ** (np.floor(periods) if self.staircase else periods)


@registry.add()
class InverseTimeDecay(LearningRateSchedule):
    """initial_learning_rate / (1 + decay_rate * step / decay_steps); with `staircase` the quotient is rounded down.

    Raises ValueError for `decay_steps` that are not positive.

    >>> schedule = InverseTimeDecay(0.1, decay_steps=10, decay_rate=1.0)
    >>> [round(float(schedule(step)), 4) for step in (0, 10, 30)]
    [0.1, 0.05, 0.025]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ) -> None:
        self.initial_learning_rate, self.decay_rate = initial_learning_rate, decay_rate
        self.decay_steps, self.staircase, self.name = positive("decay_steps", decay_steps), staircase, name

    def __call__(self, step: Any) -> Any:
        periods = as_float(step) / self.decay_steps
        return self.initial_learning_rate / (1 + self.decay_rate * (np.floor(periods) if self.staircase else periods))


@registry.add()
class PowerDecay(LearningRateSchedule):
    """Power scheduling: initial_learning_rate / (1 + step / decay_steps) ** power.

    With a power of 1 it is an `InverseTimeDecay` of the decay rate 1, and tf.keras' `decay=1 / decay_steps`.
    Raises ValueError for `decay_steps` that are not positive.

    >>> float(PowerDecay(0.5, decay_steps=100, power=2.0)(100))
    0.125
    """

    def __init__(
        self, initial_learning_rate: float, decay_steps: float, power: float = 1.0, name: str = "PowerDecay"
    ) -> None:
        self.initial_learning_rate, self.power = initial_learning_rate, power
        self.decay_steps, self.name = positive("decay_steps", decay_steps), name

    def __call__(self, step: Any) -> Any:
        return self.initial_learning_rate / (1 + as_float(step) / self.decay_steps) ** self.power


@registry.add()
class PiecewiseConstantDecay(LearningRateSchedule):
    """The first of `values` up to the first of `boundaries` (and there), then the second, and so on.

    Raises ValueError unless there is one value more than boundaries.

    >>> schedule = PiecewiseConstantDecay([10, 20], [1.0, 0.5, 0.25])
    >>> schedule(np.array([0, 10, 11, 30]))
    array([1.  , 1.  , 0.5 , 0.25], dtype=float32)
    """

    def __init__(self, boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant") -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                f"PiecewiseConstantDecay: got {len(boundaries)} boundaries and {len(values)} values, expected one "
                "value more than boundaries"
            )
        self.boundaries, self.values, self.name = boundaries, values, name

    def __call__(self, step: Any) -> Any:
        step = as_float(step)
        rate = step.dtype.type(self.values[0])
        for boundary, value in zip(self.boundaries, self.values[1:], strict=True):
            rate = np.where(step > boundary, step.dtype.type(value), rate)
        return rate


@registry.add()
class PolynomialDecay(LearningRateSchedule):
    """From initial_learning_rate to end_learning_rate in `decay_steps`, as (1 - step / decay_steps) ** power.

    With `cycle` it does not stay there: the rate jumps up to the same curve over twice, three times, ... as many
    steps. Raises ValueError for `decay_steps` that are not positive.

    >>> schedule = PolynomialDecay(1.0, decay_steps=10, end_learning_rate=0.5)
    >>> [float(schedule(step)) for step in (0, 5, 10, 20)]
    [1.0, 0.75, 0.5, 0.5]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        self.initial_learning_rate, self.end_learning_rate = initial_learning_rate, end_learning_rate
        self.power, self.cycle = power, cycle
        self.decay_steps, self.name = positive("decay_steps", decay_steps), name

    def __call__(self, step: Any) -> Any:
        periods = as_float(step) / self.decay_steps
        share = periods / np.maximum(np.ceil(periods), 1.0) if self.cycle else np.minimum(periods, 1.0)
        return (self.initial_learning_rate - self.end_learning_rate) * (1 - share) ** self.power + (
            self.end_learning_rate
        )
