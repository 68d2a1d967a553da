"""Diagnose: what goes wrong in a network, layer by layer, and the remedy."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .ailments import AILMENTS, Look
from .callback import Callback
from .rates import rate_of


class Finding(NamedTuple):
    """One ailment of one layer. Epochs count from 0; `value` is the figure that gave it away."""

    epoch: int
    layer: str
    ailment: str
    value: float
    message: str


class Diagnose(Callback):
    """Looks at one batch in each epoch, and prints a line for each ailment, with the figures and the remedy.

    It finds dead units, saturated activations, vanishing and exploding gradients, and steps that are too large or too
    small for the weights (see `nn.callbacks.ailments` for the limits and where they come from). Each ailment of a
    layer is told once; `.findings` lists them. The run itself goes on as it would without.

    >>> import nn
    >>> diagnose = nn.callbacks.Diagnose()

    In use: `model.fit(x, y, epochs=10, callbacks=[diagnose])`, then `diagnose.findings`.
    """

    tells_nan = True

    def __init__(self) -> None:
        super().__init__()
        self.findings: list[Finding] = []
        self._untold: list[Finding] = []

    def get_state(self) -> dict[str, Any]:
        return {"findings": list(map(list, self.findings)), "untold": len(self._untold)}

    def set_state(self, state: dict[str, Any]) -> None:
        self.findings = [Finding(*each) for each in state["findings"]]
        self._untold = self.findings[len(self.findings) - state["untold"] :]

    def on_train_begin(self, logs: Any = None) -> None:
        self.findings, self._untold = [], []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._tell()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        batch = getattr(self.model, "first_batch", None)
        if batch is None:
            return
        is_whole = self.params.get("steps") == 1
        with np.errstate(all="ignore"):  # numbers that are no numbers any more are what is looked for
            look = look_at(self.model, batch, is_whole, is_first=epoch == 0)
            found = [finding for ailment in AILMENTS for finding in ailment(look)]
        known = {(each.layer, each.ailment) for each in self.findings}
        new = [Finding(epoch, *each) for each in found if each[:2] not in known]
        self.findings += new
        self._untold += new

    def on_train_end(self, logs: Any = None) -> None:
        self._tell()

    def _tell(self) -> None:
        """Print what is new; between epochs, where no bar is under way."""
        for each in self._untold:
            print(f"Diagnose, epoch {each.epoch + 1}: {each.message}")
        self._untold = []


def look_at(model: Any, batch: Any, is_whole: bool, is_first: bool) -> Look:
    """All figures for a batch; afterwards model, optimizer and random numbers are as before."""
    x, y, weight = batch
    variables = [*model.weights, *model.optimizer.variables]
    values = [v.numpy() for v in variables]
    generators = model.generators()
    states = [each.bit_generator.state for each in generators]
    try:
        activations = model.activations(x)
        gradients = model.gradients(x, y, weight)
        steps = _steps(model, gradients)
    finally:
        for v, value in zip(variables, values, strict=True):
            v.assign(value)
        for each, state in zip(generators, states, strict=True):
            each.bit_generator.state = state
    return Look(model, activations, gradients, steps, rate_of(model), is_whole, is_first)


def _steps(model: Any, gradients: Any) -> dict[str, float]:
    """How far one step moves each matrix of weights, by its own size."""
    weights = list(model.trainable_variables)
    before = {v.path: v.numpy() for v in weights if v.ndim >= 2}
    model.optimizer.apply([gradients[v.path] for v in weights], weights)
    moved = {}
    for v in weights:
        size = np.linalg.norm(before[v.path]) if v.path in before else 0.0
        if size > 0:
            moved[v.path] = float(np.linalg.norm(v.numpy() - before[v.path]) / size)
    return moved
