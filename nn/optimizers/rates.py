"""Learning rates of an optimizer: numbers that are kept in a variable, schedules, and functions."""

from __future__ import annotations

import numbers
from typing import Any

from autodiff import Tensor
from autodiff.context import state

from ..settings import floatx
from ..variables import Variable
from . import schedules


def new_rate(given: Any, owner: str) -> Any:
    """A number as a variable, a schedule or a function as it is. Raises ValueError for anything else."""
    if callable(given):
        return given
    if not isinstance(given, numbers.Real):
        raise ValueError(
            f"{owner}: learning_rate is {given!r}, expected a number, a schedule, or a function without arguments"
        )
    return Variable(float(given), (), floatx(), False, "learning_rate", f"{owner}/learning_rate")


def current(rate: Any, iterations: Any) -> Any:
    """What the rate is now: schedules look at the iterations, functions at what they like.

    Raises TypeError where a compiled program would keep the number that a function gives the first time.
    """
    if isinstance(rate, Variable):
        return rate
    if isinstance(rate, schedules.LearningRateSchedule):
        return rate(iterations)
    value = rate()
    if state.context.tracer is not None and not isinstance(value, Tensor):
        raise TypeError(
            f"learning_rate is a function, {rate!r}, that gave {value!r}: a compiled step would ask it only once. "
            "Let it return a Variable, take a schedule, or set optimizer.learning_rate between steps"
        )
    return value


def restored(rate: Any) -> Any:
    """The rate of a config: a schedule of its own config, anything else as it is."""
    return schedules.deserialize(rate) if isinstance(rate, dict) else rate
