"""Monitoring: what callbacks share that wait for a metric to become better."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np

from .callback import Callback, is_count

_UP = re.compile(
    r"acc|auc|precision|recall|specificity|sensitivity|f1|f_beta|fbeta|fmeasure|iou|r2|cosine|true_|score|correlation"
)
_DOWN = re.compile(r"loss|error|entropy|divergence|hinge|poisson|false_|dice|tversky|mse|mae|mape|msle|perplexity|cosh")


class Monitoring(Callback):
    """Compares the values of `monitor`; "auto" finds out whether they should rise or fall.

    A subclass asks `is_better(value, than)` with what `monitored(logs)` gives, which is None where the name is wrong:
    then a warning tells once which names there are.
    """

    otherwise = "does nothing"  # without the metric

    def __init__(self, monitor: str, mode: str, min_delta: float) -> None:
        super().__init__()
        if mode not in ("auto", "min", "max"):
            warnings.warn(
                f"{type(self).__name__}: mode is {mode!r}, 'auto' is taken; it is auto, min or max", stacklevel=3
            )
            mode = "auto"
        self.monitor, self.mode, self.min_delta = monitor, mode, abs(min_delta)
        self._rises: bool | None = None if mode == "auto" else mode == "max"
        self._has_warned = False

    def _may_be(self, name: str, value: Any) -> bool:
        return is_count(value)

    def monitored(self, logs: Any) -> float | None:
        """The value of the metric; None, with a warning, where there is none of its name."""
        logs = logs or {}
        if self.monitor in logs:
            return float(np.asarray(logs[self.monitor]))
        if not self._has_warned:
            self._has_warned = True
            hint = "; give fit validation_data or validation_split" if self._lacks_validation(logs) else ""
            warnings.warn(
                f"{type(self).__name__}(monitor={self.monitor!r}) {self.otherwise}: there is no such metric among "
                f"{', '.join(logs) or 'none'}{hint}",
                stacklevel=2,
            )
        return None

    def _lacks_validation(self, logs: Any) -> bool:
        return self.monitor.startswith("val_") and not any(name.startswith("val_") for name in logs)

    def is_better(self, value: float, than: float | None) -> bool:
        """Whether a value is better than another by more than `min_delta`. A number is better than none; NaN never is.

        Raises ValueError where "auto" cannot tell which values are good.
        """
        if self._rises is None:
            self._rises = self._should_rise()
        if than is None:
            return not np.isnan(value)
        return value - self.min_delta > than if self._rises else value + self.min_delta < than

    def _should_rise(self) -> bool:
        name = self.monitor.removeprefix("val_").lower()
        kinds = [type(each).__name__.lower() for each in self._metrics() if each.name == name]
        for told in (name, *kinds):
            if bool(_UP.search(told)) != bool(_DOWN.search(told)):
                return bool(_UP.search(told))
        raise ValueError(
            f"{type(self).__name__}(monitor={self.monitor!r}): cannot tell whether this metric should rise or fall; "
            "give mode='max' or mode='min'"
        )

    def _metrics(self) -> list[Any]:
        return getattr(self.model, "metrics", [])
