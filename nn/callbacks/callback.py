"""Callback: what is told of a run, and may steer it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np

HOOKS = [  # all that a run tells
    f"on_{what}_{when}"
    for what in ("train", "epoch", "test", "predict", "train_batch", "test_batch", "predict_batch")
    for when in ("begin", "end")
]


class Callback:
    """A subclass overrides the hooks that it wants; `self.model` is the model, `self.params` tells of the run.

    `logs` holds the loss and the metrics; those of validation begin with `val_`. To end the run set
    `self.model.stop_training`. So that a saved run can go on exactly, name the attributes in which a callback remembers
    something in `state_names`: numbers, texts, arrays, lists and dicts of these. Or write `get_state` and `set_state`.

    >>> import nn
    >>> class Shout(nn.callbacks.Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(f"epoch {epoch}!")
    """

    tells_nan = False  # whether it says so itself when the loss is no number
    state_names: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.params: dict[str, Any] = {}
        self.model: Any = None
        self.validation_data = None

    def set_params(self, params: dict[str, Any]) -> None:
        self.params = params

    def set_model(self, model: Any) -> None:
        self.model = model

    def get_state(self) -> dict[str, Any]:
        """What the callback remembers of the run, for a file."""
        return {name: getattr(self, name) for name in self.state_names}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on with what `get_state` told; called when a run goes on, after `on_train_begin`."""
        for name in self.state_names:
            if not self._may_be(name, state[name]):
                raise ValueError(f"{type(self).__name__}: {name} cannot be {state[name]!r:.80}")
            setattr(self, name, state[name])

    def _may_be(self, name: str, value: Any) -> bool:
        """Whether a file may give an attribute this value; what those of a user's callback may be is not known."""
        return True

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
        self._keys = _numbered(given)
        self._hooks = {
            name: [(each, getattr(each, name)) for each in given if _overrides(each, name)] for name in HOOKS
        }
        for when in ("begin", "end"):  # the older names of the hooks for batches of training
            older = f"on_batch_{when}"
            named = [(each, getattr(each, older)) for each in given if _overrides(each, older)]
            self._hooks[f"on_train_batch_{when}"] += named
        self._hook: tuple[str, tuple[Any, ...]] | None = None  # that is being told
        self._told: list[Any] = []

    @property
    def has_batch_hooks(self) -> bool:
        """Whether any callback wants to be told of batches."""
        return any(hooks for name, hooks in self._hooks.items() if "batch" in name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._hooks:
            raise AttributeError(name)
        return partial(self.tell, name)

    def tell(self, name: str, *args: Any, but: Any = ()) -> None:
        """Call a hook of all callbacks that have it, `but` of those of some keys."""
        expected = 2 if "epoch" in name or "batch" in name else 1
        if len(args) < expected:  # hooks may be written without a default for `logs`
            args = (*args, {})
        self._hook, self._told = (name, args), []
        for each, hook in self._hooks[name]:
            self._told.append(each)
            if not but or self._keys[id(each)] not in but:
                hook(*args)
        self._hook = None

    # What they remember

    def get_state(self) -> dict[str, Any]:
        """The state of each callback by its class's name, and the end of a batch or an epoch that is being told."""
        states = {self._keys[id(each)]: each.get_state() for each in self.callbacks if hasattr(each, "get_state")}
        hook = self._hook
        told = hook is not None and hook[0] in _ENDS
        pending = {"hook": hook, "told": [self._keys[id(each)] for each in self._told]} if told else None
        return {"states": {key: state for key, state in states.items() if state}, "pending": pending}

    def set_state(self, state: dict[str, Any]) -> None:
        """Let callbacks go on that have a state by their class's name; others have begun anew."""
        for each in self.callbacks:
            if self._keys[id(each)] in state["states"]:
                each.set_state(state["states"][self._keys[id(each)]])
        _check_pending(state["pending"])

    def tell_rest(self, state: dict[str, Any]) -> None:
        """Tell of an end those that had not been told when the state was taken."""
        if state["pending"] is not None:
            name, args = state["pending"]["hook"]
            self.tell(name, *args, but=state["pending"]["told"])


_ENDS = ("on_train_batch_end", "on_epoch_end")


def is_count(value: Any) -> bool:
    """Whether a value is a number, or None: most of what callbacks remember is."""
    return value is None or isinstance(value, (bool, int, float, np.number))


def _check_pending(pending: Any) -> None:
    """Raise ValueError for an end that cannot be told."""
    if pending is None:
        return
    (name, (number, logs)), told = pending["hook"], pending["told"]
    if name not in _ENDS:
        raise ValueError(f"a run cannot be saved in the hook {name!r:.80}")
    if type(number) is not int or not all(isinstance(each, str) for each in (*told, *logs)):
        raise ValueError(f"{name} cannot be told {number!r:.80}, {logs!r:.80}")


def _numbered(callbacks: list[Any]) -> dict[int, str]:
    """A key for each callback, by its identity: the name of its class, with a number from the second on."""
    keys: dict[int, str] = {}
    for each in callbacks:
        name = type(each).__name__
        number = sum(key.partition(".")[0] == name for key in keys.values()) + 1
        keys[id(each)] = name if number == 1 else f"{name}.{number}"
    return keys


def _listed(callbacks: Any) -> Iterable[Any]:
    if callbacks is None:
        return []
    return callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]


def _overrides(callback: Any, name: str) -> bool:
    method = getattr(type(callback), name, None)
    return name in vars(callback) or (method is not None and method is not getattr(Callback, name))
