"""LambdaCallback: functions as hooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .callback import HOOKS, Callback


class LambdaCallback(Callback):
    """A callback of functions, each given by the name of its hook; they get the same arguments as the hook.

    Raises TypeError for a name that is no hook.

    >>> import nn
    >>> shout = nn.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))
    """

    def __init__(self, **hooks: Callable[..., Any] | None) -> None:
        super().__init__()
        for name, function in hooks.items():
            if name not in HOOKS:
                raise TypeError(f"LambdaCallback: {name!r} is no hook; there are {', '.join(HOOKS)}")
            if function is not None:
                setattr(self, name, function)
