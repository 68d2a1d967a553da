"""History: what a run reported."""

from __future__ import annotations

import json
import os
import weakref
from pathlib import Path
from typing import Any

import numpy as np

from .callback import Callback


class History(Callback):
    """The metrics of each epoch: `.history` by name, `.epoch`, and `.params` of the run; `fit` returns it.

    The model has its history, not the other way round: `.model` raises ReferenceError once nobody has the model.

    >>> history = History()
    >>> history.on_epoch_end(0, {"loss": 0.5, "val_loss": 0.75})
    >>> history.history
    {'loss': [0.5], 'val_loss': [0.75]}
    """

    _model: weakref.ref[Any] | None = None
    state_names = ("history", "epoch")

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[Any]] = {}
        self.epoch: list[int] = []

    @property
    def model(self) -> Any:
        """The model, as long as there is one."""
        found = None if self._model is None else self._model()
        if found is None and self._model is not None:
            raise ReferenceError(
                "History.model: the model is gone, a history does not keep it; "
                "give the model a name of its own: model = ..., history = model.fit(...)"
            )
        return found

    @model.setter
    def model(self, model: Any) -> None:
        self._model = None if model is None else weakref.ref(model)

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        model.history = self

    def _may_be(self, name: str, value: Any) -> bool:
        return all(isinstance(each, list) for each in (value.values() if name == "history" else [value]))

    def on_train_begin(self, logs: Any = None) -> None:
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write `history`, `epoch` and `params` as JSON; NaN stays NaN, which JavaScript does not read."""
        held = {"history": self.history, "epoch": self.epoch, "params": self.params}
        Path(path).write_text(json.dumps(held, default=_plain, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> History:
        """The history that `save` wrote; a metric that is an array is a list. Raises ValueError for another file."""
        held = json.loads(Path(path).read_text(encoding="utf-8"))
        if not isinstance(held, dict) or held.keys() != {"history", "epoch", "params"}:
            raise ValueError(f"{os.fspath(path)!r} is no history: expected what History.save wrote")
        made = cls()
        made.history, made.epoch, made.params = held["history"], held["epoch"], held["params"]
        return made

    def plot(self, *names: str, ax: Any = None) -> Any:
        """Draw metrics over the epochs, all or those named; validation's are dashed. Returns matplotlib's axes."""
        try:
            from matplotlib import pyplot
        except ImportError:
            raise ImportError("History.plot needs matplotlib: write `pip install matplotlib`") from None
        unknown = set(names) - set(self.history)
        if unknown or not self.history:
            raise ValueError(f"History.plot: no metrics {sorted(unknown)}; the run has reported {list(self.history)}")
        ax = pyplot.subplots()[1] if ax is None else ax
        colours: dict[str, Any] = {}
        for name, values in self.history.items():
            if (names and name not in names) or any(map(np.ndim, values)):
                continue
            plain, epochs = name.removeprefix("val_"), self._epochs(values)
            style = "--" if name != plain else "-"
            (line,) = ax.plot(epochs, values, style, marker=".", label=name, color=colours.get(plain))
            colours.setdefault(plain, line.get_color())
        ax.set(xlabel="epoch")
        ax.grid(alpha=0.3)
        ax.legend()
        return ax

    def _epochs(self, values: list[Any]) -> list[int]:
        """The epochs of a metric, counted from 1; one that began late has the last of them."""
        return [epoch + 1 for epoch in self.epoch[-len(values) :]] if values else []


def _plain(value: Any) -> Any:
    """What JSON does not know as Python's own."""
    return value.tolist() if hasattr(value, "tolist") else str(value)
