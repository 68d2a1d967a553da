"""LearningRateScheduler: a learning rate for each epoch."""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from .callback import Callback
from .rates import rate_of


class LearningRateScheduler(Callback):
    """Sets the learning rate at the beginning of each epoch to `schedule(epoch, rate)`, or `schedule(epoch)`.

    Epochs count from 0. The rate is in the logs as `learning_rate`. Raises ValueError where the schedule gives no
    number.

    >>> import nn
    >>> halved = nn.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    """

    def __init__(self, schedule: Callable[..., Any], verbose: int = 0) -> None:
        super().__init__()
        self.schedule, self.verbose = schedule, verbose
        self._takes_rate = _takes_two(schedule)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        rate = self.schedule(epoch, rate_of(self.model)) if self._takes_rate else self.schedule(epoch)
        if isinstance(rate, str) or (not isinstance(rate, numbers.Real) and np.shape(rate) != ()):
            raise ValueError(f"LearningRateScheduler: schedule({epoch}) gave {rate!r}, expected a number")
        self.model.optimizer.learning_rate = float(rate)
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {rate_of(self.model):g}.")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if logs is not None:
            logs["learning_rate"] = rate_of(self.model)


def _takes_two(schedule: Callable[..., Any]) -> bool:
    try:
        inspect.signature(schedule).bind(0, 0.0)
    except TypeError:
        return False
    return True
