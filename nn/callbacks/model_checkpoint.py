"""ModelCheckpoint: the model in files while it is trained."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from .monitoring import Monitoring
from .periodic import Periodic


class ModelCheckpoint(Periodic, Monitoring):
    """Saves the model after each epoch, or every `save_freq` batches; with `save_best_only` where `monitor` improves.

    `filepath` ends in '.keras' or '.h5', with `save_weights_only` in '.weights.h5' or '.h5'. It may hold the epoch and
    metrics, `"{epoch:02d}-{val_loss:.2f}.keras"`; epochs and batches count from 1 in it. A '.keras' file holds the run,
    too: `load_model(file).fit(..., initial_epoch=k)` goes on exactly. `initial_value_threshold` is what the first
    value must be better than. Of tf.keras is `period`: that many epochs are between two files. Raises ValueError for
    another name or frequency, and KeyError for metrics in the name that there are none of.

    >>> import nn
    >>> nn.callbacks.ModelCheckpoint("best.keras", save_best_only=True).monitor
    'val_loss'
    """

    otherwise = "saves each time"
    state_names = ("best", "_batches", "_epochs")

    def __init__(
        self, filepath: Any, monitor: str = "val_loss", verbose: int = 0, save_best_only: bool = False,
        save_weights_only: bool = False, mode: str = "auto", save_freq: Any = "epoch",
        initial_value_threshold: float | None = None, period: int = 1,
    ) -> None:  # fmt: skip
        super().__init__(monitor, mode, 0)
        self.filepath, self.verbose = os.fspath(filepath), verbose
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        self.best, self.period = initial_value_threshold, period
        self._epochs = 0  # since the last file
        self._save_every(save_freq)
        self._check()

    def _check(self) -> None:
        kinds = (".weights.h5", ".h5") if self.save_weights_only else (".keras", ".h5")
        if not self.filepath.endswith(kinds) or (self.filepath.endswith(".weights.h5") and not self.save_weights_only):
            name = Path(self.filepath)
            while name.suffix in (".h5", ".weights", ".keras", ".hdf5", ".ckpt", ".tf"):
                name = name.with_suffix("")
            raise ValueError(
                f"ModelCheckpoint: the name {self.filepath!r} does not tell the format; write "
                f"ModelCheckpoint({str(name) + kinds[0]!r}{', save_weights_only=True' * self.save_weights_only})"
            )
        if type(self.period) is not int or self.period < 1:
            raise ValueError(f"ModelCheckpoint: period is {self.period!r}, expected a number of epochs")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._epochs += 1
        if self._epochs >= self.period:
            self._epochs = 0
            super().on_epoch_end(epoch, logs)

    def save(self, epoch: int, batch: int | None, logs: dict[str, Any]) -> None:
        """Write the file, if it is to be written."""
        path = self._path(epoch, batch, logs)
        value = self.monitored(logs) if self.save_best_only else None
        if value is None:  # also where there is no such metric, of which a warning tells
            return self._write(path, f"Epoch {epoch + 1}: saving model to {path}")
        if not self.is_better(value, self.best):
            return self._tell(f"Epoch {epoch + 1}: {self.monitor} did not improve from {self._shown()}")
        best, self.best = self._shown(), value
        self._write(
            path, f"Epoch {epoch + 1}: {self.monitor} improved from {best} to {value:.5f}, saving model to {path}"
        )

    def _shown(self) -> str:
        return "None" if self.best is None else f"{self.best:.5f}"

    def _path(self, epoch: int, batch: int | None, logs: dict[str, Any]) -> str:
        known = {**logs, "epoch": epoch + 1, **({} if batch is None else {"batch": batch + 1})}
        try:
            return str(self.filepath.format(**known))
        except KeyError as error:
            raise KeyError(
                f"ModelCheckpoint: there is no {error.args[0]!r} to put into the name {self.filepath!r}, only "
                f"{', '.join(known)}"
            ) from None

    def _write(self, path: str, message: str) -> None:
        self._tell(message)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        (self.model.save_weights if self.save_weights_only else self.model.save)(path, overwrite=True)

    def _tell(self, message: str) -> None:
        if self.verbose:
            print(f"\n{message}")
