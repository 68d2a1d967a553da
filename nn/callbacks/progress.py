"""The progress of a run, as Keras shows it."""

from __future__ import annotations

import sys
import time
from typing import Any

from .callback import Callback

_WIDTH = 20
_SECONDS = 0.1  # between two looks


class ProgbarLogger(Callback):
    """A bar for each epoch with its metrics (`verbose=1`), or a line for each epoch (`verbose=2`)."""

    def __init__(self) -> None:
        super().__init__()
        self._epochs = 1
        self._is_training = False

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

    on_predict_begin = on_test_begin

    def _begin(self) -> None:
        self._start = self._shown = time.perf_counter()
        self._count = 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._count = batch + 1
        now = time.perf_counter()
        if self.params.get("verbose") == 1 and now - self._shown >= _SECONDS:
            self._shown = now
            self._show(logs, "\r")

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        if not self._is_training:
            self.on_train_batch_end(batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        self.on_train_batch_end(batch)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._show(logs, "\n")

    def on_test_end(self, logs: Any = None) -> None:
        if not self._is_training:
            self._show(logs, "\n")

    def on_predict_end(self, logs: Any = None) -> None:
        self._show(None, "\n")

    def on_train_end(self, logs: Any = None) -> None:
        self._is_training = False

    def _show(self, logs: Any, end: str) -> None:
        steps = self.params.get("steps")
        elapsed = time.perf_counter() - self._start
        counted = f"{self._count}/{steps}" if steps else f"{self._count}/Unknown"
        told = " - ".join(f"{name}: {_short(value)}" for name, value in (logs or {}).items())
        bar = f" {_bar(self._count / steps)}" if steps and self.params.get("verbose") == 1 else ""
        times = f" {elapsed:.0f}s {_per_step(elapsed / max(self._count, 1))}/step"
        sys.stdout.write(f"\r{counted}{bar}{times}{' - ' * bool(told)}{told}{end if end == chr(10) else ''}")
        sys.stdout.flush()


def _bar(share: float) -> str:
    done = round(_WIDTH * min(share, 1))
    return "━" * done + "─" * (_WIDTH - done)


def _per_step(seconds: float) -> str:
    if seconds < 1e-3:
        return f"{seconds * 1e6:.0f}us"
    return f"{seconds * 1e3:.0f}ms" if seconds < 1 else f"{seconds:.0f}s"


def _short(value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.4f}" if abs(value) > 1e-3 else f"{value:.4e}"
