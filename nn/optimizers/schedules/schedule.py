"""What all schedules are."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff import Tensor

from ...registry import Configured, Registry
from ...settings import floatx

registry = Registry("learning rate schedule")


class LearningRateSchedule(Configured):
    """A learning rate that depends on the step; one of your own is a subclass that writes `__call__`.

    >>> class Halves(LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 0.5 ** step
    >>> Halves()(3)
    0.125
    """

    def __call__(self, step: Any) -> Any:
        """The rate of a step."""
        raise NotImplementedError(f"{type(self).__name__} writes no __call__(step)")


def as_float(step: Any) -> Any:
    """Steps as floats, of `floatx()` where they were whole numbers."""
    step = step if isinstance(step, Tensor) else np.asarray(step)
    return step if step.dtype.kind == "f" else step.astype(floatx())


def positive(name: str, value: float) -> float:
    if not value > 0:
        raise ValueError(f"{name} is {value!r}, expected a positive number of steps")
    return value
