"""LearningRateFinder: which learning rate to begin with."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from .callback import Callback

_EXPLODED = 4.0  # times the lowest loss, as in fast.ai's search


class LearningRateFinder(Callback):
    """Trains with rates that grow by a constant factor from batch to batch, and tells where the loss shoots up.

    From A. Géron's book, chapter 10 (seed 002, "Learning Rate"): begin with a very low rate, such as 1e-5, go up to a
    very large one, such as 10, in a few hundred steps; the rate to take is lower than the one at which the loss
    starts to climb. Here that is a tenth of it, his rule of thumb: `.best_rate`. `.rates` and `.losses` hold
    all steps (losses of single batches), `.plot()` draws them. The search ends once the loss explodes; then weights,
    optimizer and rate are as before. Where a run has fewer batches than `steps`, the rates grow faster.

    >>> import nn
    >>> finder = nn.callbacks.LearningRateFinder(min_rate=1e-5, max_rate=10, steps=500)

    In use: `model.fit(x, y, epochs=5, callbacks=[finder])`, then `finder.best_rate`.
    Raises ValueError for rates out of order, and for a model without weights.
    """

    def __init__(self, min_rate: float = 1e-5, max_rate: float = 10.0, steps: int = 500) -> None:
        super().__init__()
        if not 0 < min_rate < max_rate or steps < 2:
            raise ValueError(
                f"LearningRateFinder: got rates {min_rate} to {max_rate} in {steps} steps, expected "
                "0 < min_rate < max_rate and 2 steps or more"
            )
        self.min_rate, self.max_rate, self.steps = min_rate, max_rate, steps
        self.rates: list[float] = []
        self.losses: list[float] = []
        self._before: list[tuple[Any, Any]] = []
        self._factor, self._planned = 1.0, steps
        self._errors: Any = {}

    def on_train_begin(self, logs: Any = None) -> None:
        if not self.model.weights:
            raise ValueError(
                "LearningRateFinder: the model has no weights yet, which it needs to put them back afterwards; begin "
                "it with an Input, or call it once on data"
            )
        self.model.optimizer.build(self.model.trainable_variables)
        self._before = [(v, v.numpy()) for v in self._variables()]
        self.rates, self.losses = [], []
        batches = (self.params.get("steps") or self.steps) * self.params.get("epochs", 1)
        self._planned = min(self.steps, batches)
        self._factor = (self.max_rate / self.min_rate) ** (1 / max(self._planned - 1, 1))
        self._errors = np.seterr(over="ignore", invalid="ignore")  # the run is meant to diverge

    def _variables(self) -> list[Any]:
        return [*self.model.weights, *self.model.optimizer.variables]

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.model.reset_metrics()  # so that the loss is that of one batch
        self.model.optimizer.learning_rate = self.min_rate * self._factor ** len(self.rates)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        loss = float((logs or {})["loss"])
        self.rates.append(self.min_rate * self._factor ** len(self.rates))
        self.losses.append(loss)
        is_last = self.rates[-1] * math.sqrt(self._factor) >= self.max_rate
        if is_last or not math.isfinite(loss) or self._has_exploded():
            self.model.stop_training = True

    def _has_exploded(self) -> bool:
        return bool(min(self.losses[-3:]) > _EXPLODED * np.min(np.abs(self._smoothed())))

    def _smoothed(self) -> Any:
        """The mean of each loss and those around it, a twentieth of the run."""
        around = np.ones(2 * (self._planned // 40) + 1)
        counts = np.convolve(np.ones(len(self.losses)), around, "full")
        with np.errstate(invalid="ignore", over="ignore"):
            means = np.convolve(self.losses, around, "full") / counts
        half = len(around) // 2
        return means[half : half + len(self.losses)]

    def on_train_end(self, logs: Any = None) -> None:
        np.seterr(**self._errors)
        for v, value in self._before:
            v.assign(value)
        self._before, self._errors = [], {}
        if self.losses and np.argmin(self._finite()) >= 0.9 * (len(self.losses) - 1) and not self._has_exploded():
            warnings.warn(
                f"LearningRateFinder: the loss was still falling at the last rate, {self.rates[-1]:.2g}; "
                "give a higher max_rate",
                stacklevel=2,
            )

    def _finite(self) -> Any:
        smooth = self._smoothed()
        return np.where(np.isfinite(smooth), smooth, np.inf)

    @property
    def best_rate(self) -> float:
        """A tenth of the rate at which the smoothed loss was lowest. Raises ValueError before a run."""
        if not self.losses:
            raise ValueError("LearningRateFinder has no rates yet: give it to fit(callbacks=[finder]) first")
        return self.rates[int(np.argmin(self._finite()))] / 10

    def plot(self, ax: Any = None) -> Any:
        """Draw the losses over the rates, the latter on a logarithmic scale; returns matplotlib's axes."""
        try:
            from matplotlib import pyplot
        except ImportError:
            raise ImportError("LearningRateFinder.plot needs matplotlib: write `pip install matplotlib`") from None
        best = self.best_rate
        ax = pyplot.subplots()[1] if ax is None else ax
        ax.plot(self.rates, self.losses, alpha=0.3, label="batch")
        ax.plot(self.rates, self._smoothed(), label="smoothed")
        ax.axvline(best, linestyle="--", color="grey", label=f"best rate {best:.2g}")
        finite = self._finite()[np.isfinite(self._finite())]
        ax.set(xscale="log", xlabel="learning rate", ylabel="loss", ylim=(None, 1.5 * max(finite[0], finite.min())))
        ax.legend()
        return ax
