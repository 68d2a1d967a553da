"""EarlyStopping: the end of a run that gets no better."""

from __future__ import annotations

from typing import Any

import numpy as np

from .monitoring import Monitoring


class EarlyStopping(Monitoring):
    """Ends the run when `monitor` has not become better, by more than `min_delta`, for `patience` epochs.

    With `restore_best_weights` the weights of the best epoch come back, whichever way the run ends. With a `baseline`
    only values better than it count as a success. Before `start_from_epoch` nothing counts. Afterwards `.best`,
    `.best_epoch` and `.stopped_epoch` (0: the run was not stopped) tell what happened; epochs count from 0.

    >>> import nn
    >>> nn.callbacks.EarlyStopping(patience=10, restore_best_weights=True).monitor
    'val_loss'
    """

    state_names = ("wait", "best", "best_epoch", "best_weights", "last_weights", "stopped_epoch", "_is_stopped")

    def __init__(
        self, monitor: str = "val_loss", min_delta: float = 0, patience: int = 0, verbose: int = 0, mode: str = "auto",
        baseline: float | None = None, restore_best_weights: bool = False, start_from_epoch: int = 0,
    ) -> None:  # fmt: skip
        super().__init__(monitor, mode, min_delta)
        self.patience, self.verbose, self.baseline = patience, verbose, baseline
        self.restore_best_weights, self.start_from_epoch = restore_best_weights, start_from_epoch
        self._begin()

    def _begin(self) -> None:
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best: float | None = None
        self.best_weights: list[Any] | None = None
        self.last_weights: list[Any] | None = None  # where these are not the best, and the run may go on
        self._is_stopped = False

    def on_train_begin(self, logs: Any = None) -> None:
        self._begin()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        value = self.monitored(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        self.wait += 1
        if self.is_better(value, self.best):
            self._remember(epoch, value)
            if self.baseline is None or self.is_better(value, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch, self._is_stopped = epoch, True
            self.model.stop_training = True

    def _remember(self, epoch: int, value: float) -> None:
        self.best, self.best_epoch = value, epoch
        if self.restore_best_weights:
            self.best_weights = self.model.get_weights()

    def on_train_end(self, logs: Any = None) -> None:
        if self._is_stopped and self.verbose:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        self._is_stopped = False
        if self.best_weights is not None:
            if self.verbose:
                print(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
            self.last_weights = self.model.get_weights()
            self.model.set_weights(self.best_weights)

    def _may_be(self, name: str, value: Any) -> bool:
        if not name.endswith("weights") or value is None:
            return super()._may_be(name, value)
        return [np.shape(each) for each in value] == [each.shape for each in self.model.weights]

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on; from the weights with which the run ended, where the best ones had been put in their place."""
        super().set_state(state)
        if self.last_weights is not None:
            self.model.set_weights(self.last_weights)
        self.last_weights = None
