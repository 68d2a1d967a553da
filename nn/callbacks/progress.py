"""The progress of a run, as Keras shows it."""

from __future__ import annotations

import shutil
import sys
import time
from typing import Any

from .callback import Callback

_WIDTH = 20
_SECONDS = 0.1  # between two looks
_NOTEBOOKS = ("ipykernel", "pyodide_kernel", "xeus_python")  # whose output is no terminal, but goes back on "\r"


class ProgbarLogger(Callback):
    """A bar for each epoch with its metrics (`verbose=1` and "auto"), or a line for each epoch (`verbose=2`).

    The bar moves in terminals and notebooks. Anywhere else, such as in a file, each epoch is one finished line.
    The time for a step leaves out the first one, which is compiled, and validation.
    """

    def __init__(self) -> None:
        super().__init__()
        self._epochs = 1
        self._steps: int | None = None
        self._is_training = False
        self._begin()

    @property
    def _has_bar(self) -> bool:
        return self.params.get("verbose", 1) in (1, "auto", True)

    def set_params(self, params: dict[str, Any]) -> None:
        super().set_params(params)
        self._steps = params.get("steps")

    def on_train_begin(self, logs: Any = None) -> None:
        self._is_training = True
        self._epochs = self.params.get("epochs", 1)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if self._epochs > 1:
            print(f"Epoch {epoch + 1}/{self._epochs}")
        self._begin()

    def on_test_begin(self, logs: Any = None) -> None:
        if not self._is_training:
            self._begin()

    def on_predict_begin(self, logs: Any = None) -> None:
        self._begin()

    def _begin(self) -> None:
        self._start = self._shown = self._first = self._last = time.perf_counter()
        self._count = self._length = 0
        self._moves = self._has_bar and _goes_back(sys.stdout)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._count = batch + 1
        self._last = time.perf_counter()
        if self._count == 1:
            self._first = self._last
        if self._moves and self._last - self._shown >= _SECONDS:
            self._shown = self._last
            self._show_progress(logs)

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        if not self._is_training:
            self.on_train_batch_end(batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        self.on_train_batch_end(batch)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._finish(logs)

    def on_test_end(self, logs: Any = None) -> None:
        if not self._is_training:
            self._finish(logs)

    def on_predict_end(self, logs: Any = None) -> None:
        self._finish(None)

    def on_train_end(self, logs: Any = None) -> None:
        self._is_training = False

    def _show_progress(self, logs: Any) -> None:
        """A line that the next one replaces: no longer than the screen is wide, as longer ones could not be."""
        counted = f"{self._count}/{self._steps or 'Unknown'}"
        left = (self._steps or self._count) - self._count
        seconds = left * self._per_step() if self._steps else self._last - self._start
        text = self._line(counted, _bar(self._count / self._steps) if self._steps else "", _clock(seconds), logs)
        text = text[: shutil.get_terminal_size().columns - 1]
        self._write("\r" + text.ljust(self._length))
        self._length = len(text)

    def _finish(self, logs: Any) -> None:
        """The finished line. An epoch of unknown length tells that of the next one."""
        if not self._count:  # the end of an epoch that another process has run
            return
        self._steps = self._steps or self._count
        counted = f"{self._count}/{self._steps}"
        seconds = f"{time.perf_counter() - self._start:.0f}s"
        bar = _bar(self._count / max(self._steps, 1)) if self._has_bar else ""
        text = self._line(counted, bar, seconds, logs)
        self._write(("\r" if self._moves else "") + text.ljust(self._length) + "\n")
        self._length = 0

    def _line(self, counted: str, bar: str, seconds: str, logs: Any) -> str:
        times = f"{seconds} {_duration(self._per_step())}/step" if self._has_bar else ""
        parts = [" ".join(each for each in (counted, bar, times) if each)]
        if not self._has_bar:
            parts += [seconds, f"{_duration(self._per_step())}/step"]
        return " - ".join([*parts, *(f"{name}: {_short(value)}" for name, value in (logs or {}).items())])

    def _per_step(self) -> float:
        if self._count > 1:
            return (self._last - self._first) / (self._count - 1)
        return self._last - self._start

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def _goes_back(stream: Any) -> bool:
    """Whether a "\\r" goes back to the beginning of the line."""
    if type(stream).__module__.split(".")[0] in _NOTEBOOKS:
        return True
    return bool(getattr(stream, "isatty", bool)())


def _bar(share: float) -> str:
    done = round(_WIDTH * min(share, 1))
    return "━" * done + "─" * (_WIDTH - done)


def _clock(seconds: float) -> str:
    """A time to wait: 12s, 2:05, 1:00:07."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{seconds:02.0f}"
    return f"{minutes}:{seconds:02.0f}" if minutes else f"{seconds:.0f}s"


def _duration(seconds: float) -> str:
    if seconds < 1e-3:
        return f"{seconds * 1e6:.0f}us"
    return f"{seconds * 1e3:.0f}ms" if seconds < 1 else f"{seconds:.0f}s"


def _short(value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.4f}" if abs(value) > 1e-3 else f"{value:.4e}"
