"""ReduceLROnPlateau: a lower learning rate once a run gets no better."""

from __future__ import annotations

from typing import Any

import numpy as np

from .monitoring import Monitoring
from .rates import rate_of


class ReduceLROnPlateau(Monitoring):
    """Multiplies the learning rate by `factor` when `monitor` has not become better for `patience` epochs.

    This is performance scheduling. After a reduction `cooldown` epochs do not count; the rate does not fall below
    `min_lr`. The rate is in the logs as `learning_rate`. Raises ValueError for a factor of 1 or more.

    >>> import nn
    >>> nn.callbacks.ReduceLROnPlateau(factor=0.5, patience=5).monitor
    'val_loss'
    """

    state_names = ("wait", "cooldown_counter", "best")

    def __init__(
        self, monitor: str = "val_loss", factor: float = 0.1, patience: int = 10, verbose: int = 0, mode: str = "auto",
        min_delta: float = 1e-4, cooldown: int = 0, min_lr: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(monitor, mode, min_delta)
        if not 0 < factor < 1:
            raise ValueError(f"ReduceLROnPlateau: factor is {factor}, expected a number between 0 and 1")
        self.factor, self.patience, self.verbose = factor, patience, verbose
        self.cooldown, self.min_lr = cooldown, min_lr
        self._begin()

    def _begin(self) -> None:
        self.wait = self.cooldown_counter = 0
        self.best: float | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        self._begin()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        value = self.monitored(logs)
        if logs is not None:
            logs["learning_rate"] = rate_of(self.model)
        if value is None:
            return
        if self.cooldown_counter:
            self.cooldown_counter -= 1
        if self.is_better(value, self.best):
            self.best, self.wait = value, 0
        elif not self.cooldown_counter:
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch: int) -> None:
        old = rate_of(self.model)
        if old <= np.float32(self.min_lr):
            return
        new = max(old * self.factor, self.min_lr)
        self.model.optimizer.learning_rate = new
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {new:g}.")
        self.cooldown_counter, self.wait = self.cooldown, 0
