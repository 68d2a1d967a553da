"""Periodic: what callbacks share that save at the end of each epoch, or after some batches."""

from __future__ import annotations

from typing import Any

from .callback import Callback, is_count


class Periodic(Callback):
    """Calls `save(epoch, batch, logs)` after each epoch, when `batch` is None, or after every `save_freq` batches.

    Batches are counted through all epochs. A subclass calls `_save_every` in its `__init__`.
    """

    def _save_every(self, save_freq: Any) -> None:
        if save_freq != "epoch" and (type(save_freq) is not int or save_freq < 1):
            raise ValueError(
                f"{type(self).__name__}: save_freq is {save_freq!r}, expected 'epoch' or a number of batches"
            )
        self.save_freq = save_freq
        self._batches = self._epoch = 0  # batches since the last time
        if save_freq != "epoch":
            self.on_train_batch_end = self._batch_end  # type: ignore[method-assign]  # else batches cost nothing

    def _may_be(self, name: str, value: Any) -> bool:
        return is_count(value)

    def save(self, epoch: int, batch: int | None, logs: dict[str, Any]) -> None:
        """Write what there is to write."""
        raise NotImplementedError

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch

    def _batch_end(self, batch: int, logs: Any = None) -> None:
        self._batches += 1
        if self._batches >= self.save_freq:
            self._batches = 0
            self.save(self._epoch, batch, logs or {})

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.save_freq == "epoch":
            self.save(epoch, None, logs or {})
