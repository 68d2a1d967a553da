"""BaseLogger: there for its name."""

from __future__ import annotations

from collections.abc import Iterable

from .callback import Callback


class BaseLogger(Callback):
    """Does nothing: of tf.keras, where it averages metrics over an epoch, which they do themselves here."""

    def __init__(self, stateful_metrics: Iterable[str] | None = None) -> None:
        super().__init__()
        self.stateful_metrics = set(stateful_metrics or ())
