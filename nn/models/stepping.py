"""Steps of a model as compiled programs, or as Python where they cannot be."""

from __future__ import annotations

import logging
from typing import Any

import autodiff as ad

log = logging.getLogger("nn")


class Stepper:
    """A method of a model, compiled: it takes batches, and falls back to Python once it asks for values."""

    def __init__(self, model: Any, method: str) -> None:
        def step(data: Any) -> Any:
            return getattr(model, method)(data)

        step.__name__ = step.__qualname__ = method
        self._step = step
        self._model = model
        self.program: Any = None if model.run_eagerly else ad.compile(step, backend="numpy")

    def __call__(self, batch: Any) -> Any:
        """Run the step. What a compiled function must not do makes all further steps eager, with the reason logged."""
        if self.program is None:
            return self._step(batch)
        from autodiff.compiler import TraceError

        try:
            return self.program(batch)
        except TraceError as error:
            log.warning("%s runs eagerly from now on: %s", self._step.__name__, error)
            self.program = None
            return self._step(batch)
