"""BackupAndRestore: a run that goes on after it was killed."""

from __future__ import annotations

import logging
import os
import warnings
from pathlib import Path
from typing import Any

from .periodic import Periodic

log = logging.getLogger("nn")


class BackupAndRestore(Periodic):
    """Writes the state of the run to `backup_dir` after each epoch, or every `save_freq` batches; and goes on from it.

    Run the same script again after the process was killed, the power failed, or Ctrl-C: `fit` begins where the last
    backup was written, in the middle of an epoch, too, and gives the weights, the history and the random numbers of a
    run that was never interrupted (see `fit` for what must be given again). The backup is replaced as a whole; with
    `double_checkpoint` the one before is kept, too. It is deleted when the run has come to its end, unless
    `delete_checkpoint=False`. Raises ValueError for another `save_freq`, and ModelFileError, a ValueError, where the
    backup is that of another model.

    >>> import nn, tempfile
    >>> model = nn.Sequential([nn.Input(shape=(2,)), nn.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     backup = nn.callbacks.BackupAndRestore(folder)
    ...     history = model.fit(np.ones((4, 2)), np.ones(4), epochs=2, callbacks=[backup], verbose=0)
    >>> history.epoch
    [0, 1]
    """

    state_names = ("_batches",)

    def __init__(
        self, backup_dir: Any, save_freq: Any = "epoch", double_checkpoint: bool = False, delete_checkpoint: bool = True
    ) -> None:
        super().__init__()
        if not os.fspath(backup_dir):
            raise ValueError("BackupAndRestore: backup_dir is empty, expected the name of a folder")
        self._save_every(save_freq)
        self.backup_dir = os.fspath(backup_dir)
        self.double_checkpoint, self.delete_checkpoint = double_checkpoint, delete_checkpoint
        self._latest = Path(self.backup_dir) / "latest.zip"
        self._previous = Path(self.backup_dir) / "previous.zip"

    def on_train_begin(self, logs: Any = None) -> None:
        """Take up the run of the latest backup that can be read."""
        found = [path for path in (self._latest, self._previous) if path.exists()]
        for path in found:
            try:
                return self._restore(path)
            except ValueError as error:
                if path is found[-1]:
                    raise
                warnings.warn(f"{error}; the backup before is taken", stacklevel=2)

    def _restore(self, path: Path) -> None:
        from ..saving.archive import Archive
        from ..saving.errors import ModelFileError, reading
        from ..saving.hdf5 import opened
        from ..saving.training import read_training
        from ..saving.weights_file import WeightsReader

        if not self.model.built:
            raise ValueError(
                "BackupAndRestore: the model has no weights yet, and what gives batches cannot show their shape "
                "beforehand; let the model begin with nn.Input(shape=...)"
            )
        with reading(path), Archive(path) as archive:
            with opened(archive.read("model.weights.h5")) as file:
                WeightsReader(file).read(self.model)
            read_training(archive, self.model)
            if self.model.last_run is None:
                raise ModelFileError("there is no run in it to go on with; delete it to begin anew")
        self.model.initial_epoch = self.model.last_run.epoch
        log.info("%s: the run goes on after %d epochs", path, self.model.initial_epoch)

    def save(self, epoch: int, batch: int | None, logs: dict[str, Any]) -> None:
        """Replace the backup."""
        from ..saving.archive import write_archive
        from ..saving.training import training_members
        from ..saving.weights_file import weights_bytes

        self._latest.parent.mkdir(parents=True, exist_ok=True)
        members = {"model.weights.h5": weights_bytes(self.model), **training_members(self.model)}
        if self.double_checkpoint and self._latest.exists():
            os.replace(self._latest, self._previous)
        write_archive(self._latest, members)

    def on_train_end(self, logs: Any = None) -> None:
        """Delete the backup after a run that was neither interrupted nor failed."""
        if not self.delete_checkpoint or not self.model.run.is_complete:
            return
        for path in (self._latest, self._previous):
            path.unlink(missing_ok=True)
        if self._latest.parent.is_dir() and not any(self._latest.parent.iterdir()):
            self._latest.parent.rmdir()
