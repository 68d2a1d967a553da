"""History: what a run reported."""

from __future__ import annotations

import weakref
from typing import Any

from .callback import Callback


class History(Callback):
    """The metrics of each epoch: `.history` by name, `.epoch`, and `.params` of the run; `fit` returns it.

    The model has its history, not the other way round: `.model` raises ReferenceError once nobody has the model.
    """

    _model: weakref.ref[Any] | None = None

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

    def on_train_begin(self, logs: Any = None) -> None:
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
