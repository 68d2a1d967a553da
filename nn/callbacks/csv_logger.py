"""CSVLogger: a file with a row for each epoch."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import numpy as np

from .callback import Callback


class CSVLogger(Callback):
    """Writes the metrics of each epoch into a CSV file: `epoch` first, the others by their names' order.

    There are columns for validation in any case, with NA where it did not run. With `append` rows are added to the
    columns of the file that is there.

    >>> import nn
    >>> log = nn.callbacks.CSVLogger("training.csv", separator=",", append=False)
    """

    def __init__(self, filename: Any, separator: str = ",", append: bool = False) -> None:
        super().__init__()
        self.filename, self.sep, self.append = os.fspath(filename), separator, append
        self.keys: list[str] = []
        self._before = b""

    def on_train_begin(self, logs: Any = None) -> None:
        path = Path(self.filename)
        self._before = path.read_bytes() if path.exists() else b""
        self.keys = self._columns_there() if self.append else []
        if not self.append:
            path.write_bytes(b"")

    def get_state(self) -> dict[str, Any]:
        path = Path(self.filename)
        return {"keys": self.keys, "bytes": path.stat().st_size if path.exists() else 0}

    def set_state(self, state: dict[str, Any]) -> None:
        """Put the rows back that were there, without those of epochs that are run again."""
        if len(self._before) >= state["bytes"]:
            self.keys = list(map(str, state["keys"]))
            Path(self.filename).write_bytes(self._before[: state["bytes"]])

    def _columns_there(self) -> list[str]:
        """The columns of the file; none where there is no file, or nothing in it."""
        path = Path(self.filename)
        if not path.exists():
            return []
        with path.open(newline="", encoding="utf-8") as file:
            return next(csv.reader(file, delimiter=self.sep), [])[1:]

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs = logs or {}
        rows: list[list[Any]] = []
        if not self.keys:
            self.keys = _columns(logs)
            rows.append(["epoch", *self.keys])
        rows.append([epoch, *(_cell(logs.get(key, "NA")) for key in self.keys)])
        with Path(self.filename).open("a", newline="", encoding="utf-8") as file:
            csv.writer(file, delimiter=self.sep, lineterminator="\n").writerows(rows)


def _columns(logs: dict[str, Any]) -> list[str]:
    names = sorted(logs)
    validated = any(name.startswith("val_") for name in names)
    return names if validated else names + [f"val_{name}" for name in names]


def _cell(value: Any) -> Any:
    """Arrays as one cell: "[1, 2]"."""
    return value if isinstance(value, str) or np.ndim(value) == 0 else f"[{', '.join(map(str, np.ravel(value)))}]"
