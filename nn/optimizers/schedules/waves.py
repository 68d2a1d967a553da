"""Rates along half waves of the cosine."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .schedule import LearningRateSchedule, as_float, positive, registry


def _half_wave(share: Any) -> Any:
    """From 1 to 0 as the share goes from 0 to 1."""
    return 0.5 * (1 + np.cos(math.pi * share))


@registry.add()
class CosineDecay(LearningRateSchedule):
    """Half a wave of the cosine from the initial rate to `alpha` times it (Loshchilov & Hutter 2017, eq. 5).

    With a `warmup_target` the rate first goes straight up to it, in `warmup_steps`, and decays from there in the
    `decay_steps` that follow. Raises ValueError for `decay_steps` that are not positive.

    >>> schedule = CosineDecay(0.0, decay_steps=10, warmup_target=1.0, warmup_steps=5)
    >>> [round(float(schedule(step)), 4) for step in (0, 4, 5, 10, 15)]
    [0.0, 0.8, 1.0, 0.5, 0.0]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: float = 0,
    ) -> None:
        self.initial_learning_rate, self.alpha = initial_learning_rate, alpha
        self.decay_steps, self.name = positive("decay_steps", decay_steps), name
        self.warmup_target, self.warmup_steps = warmup_target, warmup_steps

    def __call__(self, step: Any) -> Any:
        step = as_float(step)
        if self.warmup_target is None:
            return self._decayed(self.initial_learning_rate, step)
        decayed = self._decayed(self.warmup_target, step - self.warmup_steps)
        if not self.warmup_steps:
            return decayed
        climb = (self.warmup_target - self.initial_learning_rate) / self.warmup_steps
        return np.where(step < self.warmup_steps, self.initial_learning_rate + climb * step, decayed)

    def _decayed(self, top: float, step: Any) -> Any:
        wave = _half_wave(np.minimum(step / self.decay_steps, 1.0))
        return top * ((1 - self.alpha) * wave + self.alpha)


@registry.add()
class CosineDecayRestarts(LearningRateSchedule):
    """Cosine decay that starts again and again, each time `t_mul` times as long and `m_mul` times as high.

    SGDR (Loshchilov & Hutter 2017, section 3): run i is first_decay_steps * t_mul ** i long, so that i runs
    have ended after first_decay_steps * (t_mul ** i - 1) / (t_mul - 1) steps. The rate ends at `alpha` times the
    initial one. Raises ValueError for `first_decay_steps` that are not positive.

    >>> schedule = CosineDecayRestarts(1.0, first_decay_steps=10)
    >>> [round(float(schedule(step)), 4) for step in (0, 5, 10, 20, 30)]
    [1.0, 0.5, 1.0, 0.5, 1.0]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        self.initial_learning_rate, self.alpha = initial_learning_rate, alpha
        self.t_mul, self.m_mul, self.name = t_mul, m_mul, name
        self.first_decay_steps = positive("first_decay_steps", first_decay_steps)

    def __call__(self, step: Any) -> Any:
        run, share = self._run(as_float(step) / self.first_decay_steps)
        wave = self.m_mul**run * _half_wave(share)
        return self.initial_learning_rate * ((1 - self.alpha) * wave + self.alpha)

    def _run(self, periods: Any) -> tuple[Any, Any]:
        """Which run it is, and which share of it is over."""
        if self.t_mul == 1:
            run = np.floor(periods)
            return run, periods - run
        run = np.floor(np.log(1 + periods * (self.t_mul - 1)) / math.log(self.t_mul))
        run = run + (periods >= self._ended(run + 1))  # at a restart the logarithm may be a little too small
        return run, (periods - self._ended(run)) / self.t_mul**run

    def _ended(self, runs: Any) -> Any:
        return (self.t_mul**runs - 1) / (self.t_mul - 1)


@registry.add()
class OneCycle(LearningRateSchedule):
    """The 1cycle policy (Smith 2018, "A disciplined approach to neural network hyper-parameters", section 5).

    Straight up from `start_learning_rate` (a tenth of the highest unless given) to `max_learning_rate`, as many
    steps down again, and in the `last_steps` (a tenth of all unless given) down to `last_learning_rate` (a
    thousandth of the first unless given), where it stays. Raises ValueError unless 0 <= last_steps < total_steps.

    >>> schedule = OneCycle(1.0, total_steps=100)
    >>> [round(float(schedule(step)), 4) for step in (0, 45, 90, 100)]
    [0.1, 1.0, 0.1, 0.0001]
    """

    def __init__(
        self,
        max_learning_rate: float,
        total_steps: int,
        start_learning_rate: float | None = None,
        last_steps: int | None = None,
        last_learning_rate: float | None = None,
        name: str = "OneCycle",
    ) -> None:
        self.max_learning_rate, self.total_steps, self.name = max_learning_rate, total_steps, name
        self.start_learning_rate = max_learning_rate / 10 if start_learning_rate is None else start_learning_rate
        self.last_steps = total_steps // 10 if last_steps is None else last_steps
        self.last_learning_rate = self.start_learning_rate / 1000 if last_learning_rate is None else last_learning_rate
        if not 0 <= self.last_steps < total_steps:
            raise ValueError(f"OneCycle: got {total_steps} steps, of which {self.last_steps} are the last ones")

    def __call__(self, step: Any) -> Any:
        step, half = as_float(step), (self.total_steps - self.last_steps) / 2
        height = 1 - np.minimum(np.abs(step / half - 1), 1.0)
        cycle = self.start_learning_rate + (self.max_learning_rate - self.start_learning_rate) * height
        over = np.clip((step - 2 * half) / max(self.last_steps, 1), 0.0, 1.0)
        return cycle + (self.last_learning_rate - self.start_learning_rate) * over
