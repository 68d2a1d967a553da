"""TerminateOnNaN: the end of a run whose loss is no number any more."""

from __future__ import annotations

import math
from typing import Any

from .callback import Callback


class TerminateOnNaN(Callback):
    """Ends the run when the loss is NaN or infinite; with `raise_error` by a RuntimeError."""

    tells_nan = True

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self.raise_error = raise_error

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(
                f"the loss is {loss} after batch {batch}; a lower learning rate or clipnorm=1.0 may help"
            )
        print(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True
