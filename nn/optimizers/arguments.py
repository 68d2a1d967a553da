"""What arguments may be, and what is said when they are not."""

from __future__ import annotations

import difflib
import inspect
import math
from typing import Any

import numpy as np


def between(name: str, value: Any, low: float = 0, high: float = 1) -> Any:
    """A number as it was given. Raises ValueError where it is no number from `low` to `high`."""
    if not isinstance(value, (int, float, np.number)) or not low <= value <= high:
        raise ValueError(f"{name} is {value!r}, expected a number from {low} to {high}")
    return value


def whole(name: str, value: Any, least: int) -> Any:
    if value is not None and (not isinstance(value, (int, np.integer)) or value < least):
        raise ValueError(f"{name} is {value!r}, expected None or a whole number of at least {least}")
    return value


def one_of(**limits: Any) -> None:
    """Raise ValueError where more than one limit is given, or one is negative."""
    given = {name: between(name, value, 0, math.inf) for name, value in limits.items() if value is not None}
    if len(given) > 1:
        raise ValueError(f"got {', '.join(f'{name}={value}' for name, value in given.items())}, expected one at most")


def refuse(kind: type, unknown: dict[str, Any]) -> None:
    """Raise ValueError for arguments that no class on the way to `kind` has."""
    for name in unknown:
        known = [each for one in kind.__mro__ if "__init__" in vars(one) for each in inspect.signature(one).parameters]
        close = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(dict.fromkeys(known))}"
        raise ValueError(f"{kind.__name__} has no argument {name!r}; {hint}")
