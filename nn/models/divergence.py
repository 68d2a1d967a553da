"""Training that diverges: told once, in the words of training, instead of by each operation that overflows."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from autodiff.lines import users_level

Run = TypeVar("Run", bound=Callable[..., Any])


def quietly(run: Run) -> Run:
    """A method without NumPy's warnings of overflow and NaN; what was set to raise (`np.seterr`) raises."""

    @functools.wraps(run)
    def quiet(*args: Any, **kwargs: Any) -> Any:
        with np.errstate(**{kind: "ignore" for kind, how in np.geterr().items() if how == "warn"}):  # type: ignore[arg-type]  # its own keys
            return run(*args, **kwargs)

    return quiet  # type: ignore[return-value]  # of the same signature


def warn(history: Any, callbacks: Sequence[Any]) -> None:
    """Warn, at the user's line, where the loss of a run is NaN or infinite, and no callback tells of it."""
    losses = history.history.get("loss", [])
    wrong = next((i for i, each in enumerate(losses) if isinstance(each, float) and not math.isfinite(each)), None)
    if wrong is None or any(getattr(each, "tells_nan", False) for each in callbacks):
        return
    warnings.warn(
        f"fit: the loss is {losses[wrong]} in epoch {wrong + 1}: the steps are too large, or the data hold NaN. Take a "
        "lower learning rate, clip gradients (clipnorm=1.0 of the optimizer), scale inputs and targets; "
        "callbacks.TerminateOnNaN() ends such a run, and with run_eagerly=True inside of autodiff.debug() the first "
        "operation that fails is named",
        UserWarning,
        stacklevel=users_level(),
    )
