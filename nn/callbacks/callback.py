"""Callback: what is told of a run, and may steer it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

HOOKS = [  # all that a run tells
    f"on_{what}_{when}"
    for what in ("train", "epoch", "test", "predict", "train_batch", "test_batch", "predict_batch")
    for when in ("begin", "end")
]


class Callback:
    """A subclass overrides the hooks that it wants; `self.model` is the model, `self.params` tells of the run.

    `logs` holds the loss and the metrics; those of validation begin with `val_`. To end the run set
    `self.model.stop_training`.

    >>> import nn
    >>> class Shout(nn.callbacks.Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(f"epoch {epoch}!")
    """

    tells_nan = False  # whether it says so itself when the loss is no number

    def __init__(self) -> None:
        self.params: dict[str, Any] = {}
        self.model: Any = None
        self.validation_data = None

    def set_params(self, params: dict[str, Any]) -> None:
        self.params = params

    def set_model(self, model: Any) -> None:
        self.model = model

    def on_train_begin(self, logs: Any = None) -> None: ...
    def on_train_end(self, logs: Any = None) -> None: ...
    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None: ...
    def on_epoch_end(self, epoch: int, logs: Any = None) -> None: ...
    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None: ...
    def on_train_batch_end(self, batch: int, logs: Any = None) -> None: ...
    def on_test_begin(self, logs: Any = None) -> None: ...
    def on_test_end(self, logs: Any = None) -> None: ...
    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None: ...
    def on_test_batch_end(self, batch: int, logs: Any = None) -> None: ...
    def on_predict_begin(self, logs: Any = None) -> None: ...
    def on_predict_end(self, logs: Any = None) -> None: ...
    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None: ...
    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None: ...

    def on_batch_begin(self, batch: int, logs: Any = None) -> None: ...
    def on_batch_end(self, batch: int, logs: Any = None) -> None: ...


class CallbackList:
    """Callbacks as one; each hook calls those that override it, and batches cost nothing where none does."""

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        from .history import History
        from .progress import ProgbarLogger

        given = list(callbacks.callbacks if isinstance(callbacks, CallbackList) else _listed(callbacks))
        if add_progbar and not any(isinstance(each, ProgbarLogger) for each in given):
            given.append(ProgbarLogger())
        if add_history and not any(isinstance(each, History) for each in given):
            given.append(History())
        self.callbacks: list[Any] = given
        for each in given:
            if model is not None:
                each.set_model(model)
            each.set_params(params)
        self._hooks = {name: [getattr(each, name) for each in given if _overrides(each, name)] for name in HOOKS}
        for when in ("begin", "end"):  # the older names of the hooks for batches of training
            older = f"on_batch_{when}"
            self._hooks[f"on_train_batch_{when}"] += [getattr(each, older) for each in given if _overrides(each, older)]

    @property
    def has_batch_hooks(self) -> bool:
        """Whether any callback wants to be told of batches."""
        return any(hooks for name, hooks in self._hooks.items() if "batch" in name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._hooks:
            raise AttributeError(name)

        expected = 2 if "epoch" in name or "batch" in name else 1

        def tell(*args: Any) -> None:
            if len(args) < expected:  # hooks may be written without a default for `logs`
                args = (*args, {})
            for hook in self._hooks[name]:
                hook(*args)

        return tell


def _listed(callbacks: Any) -> Iterable[Any]:
    if callbacks is None:
        return []
    return callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]


def _overrides(callback: Any, name: str) -> bool:
    method = getattr(type(callback), name, None)
    return name in vars(callback) or (method is not None and method is not getattr(Callback, name))
