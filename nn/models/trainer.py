"""Training, evaluation and prediction, in compiled steps."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

import autodiff as ad
from autodiff.tree import leaves, map_leaves

from .. import callbacks as callbacks_module
from . import divergence, lint
from .batches import ArrayBatches, IteratedBatches, batches, unpacked
from .data import arrays, is_data, split, weights_of_classes
from .divergence import quietly
from .run import Run
from .stepping import Stepper, packed
from .steps import Steps


class Trainer(Steps):
    """A layer that can be trained: compile, fit, evaluate, predict."""

    # Many steps

    @quietly
    def fit(
        self, x: Any = None, y: Any = None, batch_size: int | None = None, epochs: int = 1, verbose: Any = "auto",
        callbacks: Any = None, validation_split: float = 0.0, validation_data: Any = None, shuffle: bool = True,
        class_weight: Any = None, sample_weight: Any = None, initial_epoch: int = 0,
        steps_per_epoch: int | None = None, validation_steps: int | None = None,
        validation_batch_size: int | None = None, validation_freq: Any = 1, nb_epoch: int | None = None,
    ) -> Any:  # fmt: skip
        """Train for some epochs; returns the history. Arguments as in Keras.

        An interrupted run (Ctrl-C) keeps what it has: the weights as they are, and `model.history`.

        A run that was saved to a '.keras' file goes on exactly: `load_model(file).fit(..., initial_epoch=k)` with k
        the epochs that it had done gives the weights, the history, the order of rows and the random numbers of a run
        that was never interrupted. Give the same data and arguments again, and callbacks of the same classes: they
        go on, too (see `Callback.state_names`). Of data that gives batches itself those that were taken are gone
        through again; a generator is given as new, and draws what is random from NumPy's or Python's global numbers
        or from a seed.
        """
        self._compiled()
        epochs = epochs if nb_epoch is None else nb_epoch
        if validation_split and validation_data is None:
            (x, y, sample_weight), validation_data = split(x, y, sample_weight, validation_split)
        data = _training_data(x, y, sample_weight, batch_size, steps_per_epoch, shuffle, class_weight)
        lint.warn(self, *(data.data[:2] if isinstance(data, ArrayBatches) else ()))
        held = _held_out(validation_data, validation_batch_size or batch_size, validation_steps)
        step = self.make_train_function()
        steps = steps_per_epoch or data.count
        follow = self._followed(callbacks, verbose, epochs, steps, add_history=True)
        self._build_for(data)
        run = self.run = Run(self, follow, data, held, initial_epoch)
        self.stop_training = False
        run.begin()
        logs: dict[str, Any] = {}
        try:
            for epoch in run.left(epochs):
                run.begin_epoch()
                logs = self._epoch(step, run, steps)
                if held is not None and _is_due(epoch, validation_freq):
                    logs |= {f"val_{name}": value for name, value in self._evaluated(held, follow).items()}
                run.end_epoch(logs)
                if self.stop_training:
                    break
            run.is_complete = True
        finally:  # callbacks put weights back, and close files, also when the run is interrupted
            run.end(logs)
        divergence.warn(self.history, follow.callbacks)
        return self.history

    def _followed(self, callbacks: Any, verbose: Any, epochs: int, steps: int | None, add_history: bool = False) -> Any:
        """The callbacks of a run as one, with those that every run has."""
        verbose = 1 if verbose == "auto" else int(verbose)
        return callbacks_module.CallbackList(
            callbacks, add_history, verbose != 0, self, verbose=verbose, epochs=epochs, steps=steps
        )

    def _build_for(self, data: Any) -> None:
        """Make the weights, so that callbacks find them when the run begins; batches of iterators cannot be spared."""
        if not self.built and isinstance(data, ArrayBatches) and data.rows:
            self.prepare(packed(data.first_batch()))

    def _epoch(self, step: Stepper, run: Run, steps: int | None) -> dict[str, Any]:
        """One round over the data, or what is left of it; its metrics."""
        follow, result, count = run.follow, run.result, run.batch
        for count, batch in enumerate(run.batches(), run.batch + 1):
            if count == 1 or self.first_batch is None:
                self.first_batch = batch  # for callbacks that look at one
            if follow.has_batch_hooks:
                follow.on_train_batch_begin(count - 1)
            run.result = result = step(batch)
            run.batch = count
            if follow.has_batch_hooks:
                follow.on_train_batch_end(count - 1, self._logs(result))
            if self.stop_training:
                break
            if count == steps:
                break
        if not count:
            raise ValueError("fit: there are no batches: x is empty, or gave all its batches before")
        if steps and count < steps and not self.stop_training:
            warnings.warn(
                f"fit: the data ended after {count} of {steps} steps; give fewer, or repeat the data", stacklevel=3
            )
        return self._logs(result)

    def _logs(self, result: dict[str, Any]) -> dict[str, Any]:
        """What a step returned, as numbers."""
        return {name: _number(value) for name, value in result.items()}

    @quietly
    def evaluate(
        self, x: Any = None, y: Any = None, batch_size: int | None = None, verbose: Any = "auto",
        sample_weight: Any = None, steps: int | None = None, callbacks: Any = None, return_dict: bool = False,
    ) -> Any:  # fmt: skip
        """The loss and the metrics on data: a list in the order of `metrics_names`, a dict with `return_dict`."""
        self._compiled()
        data = batches(x, y, sample_weight, batch_size, steps)
        follow = self._followed(callbacks, verbose, 1, steps or data.count)
        logs = self._evaluated(data, follow)
        if return_dict:
            return logs
        values = list(logs.values())
        return values[0] if len(values) == 1 else values

    def _evaluated(self, data: Any, follow: Any) -> dict[str, Any]:
        """The metrics over data; training's own go on afterwards where they were."""
        step = self.make_test_function()
        self.reset_metrics()
        follow.on_test_begin()
        result: dict[str, Any] = {}
        for i, batch in enumerate(data):
            if follow.has_batch_hooks:
                follow.on_test_batch_begin(i)
            result = step(batch)
            if follow.has_batch_hooks:
                follow.on_test_batch_end(i, self._logs(result))
        if not result:
            raise ValueError("evaluate: there are no batches: x is empty, or gave all its batches before")
        logs = self._logs(result)
        follow.on_test_end(logs)
        return logs

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """The outputs for data, as arrays."""
        step = self.make_predict_function()
        if type(x) is np.ndarray and 0 < len(x) <= (batch_size or 32) and callbacks is None and verbose in (0, "auto"):
            return map_leaves(_array, step((arrays(x, "x"), None, None)))  # one batch: there is nothing to show
        data = batches(x, None, None, batch_size, steps)
        follow = self._followed(callbacks, verbose, 1, steps or data.count)
        follow.on_predict_begin()
        found = []
        for i, batch in enumerate(data):
            follow.on_predict_batch_begin(i)
            found.append(map_leaves(_array, step(batch)))
            follow.on_predict_batch_end(i, {"outputs": found[-1]})
        follow.on_predict_end()
        if not found:
            raise ValueError("predict: there are no rows")
        return _joined(found)

    # Single batches

    @quietly
    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """One step on a batch; the metrics of this batch."""
        self._compiled()
        self.reset_metrics()
        batch = arrays(x, "x"), arrays(y, "y"), arrays(sample_weight, "sample_weight")
        if class_weight is not None:
            batch = *batch[:2], weights_of_classes(batch[1], class_weight, batch[2])
        return self._told(self._logs(self.make_train_function()(batch)), return_dict)

    @quietly
    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """The loss and the metrics of a batch."""
        self._compiled()
        self.reset_metrics()
        batch = arrays(x, "x"), arrays(y, "y"), arrays(sample_weight, "sample_weight")
        return self._told(self._logs(self.make_test_function()(batch)), return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch, as arrays."""
        return map_leaves(_array, self.make_predict_function()((arrays(x, "x"), None, None)))

    def _told(self, logs: dict[str, Any], return_dict: bool) -> Any:
        values = list(logs.values())
        return logs if return_dict else values[0] if len(values) == 1 else values


def _training_data(
    x: Any, y: Any, weight: Any, size: int | None, steps: int | None, shuffle: bool, class_weight: Any
) -> Any:
    """Batches for epochs; with a number of steps an epoch goes on in the arrays where the last one ended."""
    data = batches(x, y, weight, size, None if is_data(x) else steps, shuffle, class_weight)
    return IteratedBatches(data, steps) if steps and isinstance(data, ArrayBatches) else data


def _held_out(data: Any, batch_size: int | None, steps: int | None) -> Any:
    """Batches of validation data: a tuple of arrays, or what gives batches."""
    if data is None:
        return None
    data = tuple(data) if isinstance(data, list) else data
    x, y, weight = unpacked(data) if isinstance(data, tuple) else (data, None, None)
    return batches(x, y, weight, batch_size, steps)


def _is_due(epoch: int, frequency: Any) -> bool:
    return (epoch + 1) % frequency == 0 if isinstance(frequency, int) else epoch + 1 in frequency


def _number(value: Any) -> Any:
    """A number as Python's; an array as it is."""
    array = np.asarray(value.detach() if isinstance(value, ad.Tensor) else value)
    return array.item() if array.ndim == 0 else array


def _array(value: Any) -> Any:
    return value.numpy() if isinstance(value, ad.Tensor) else value


def _joined(found: list[Any]) -> Any:
    """The outputs of all batches as one."""
    parts = iter(zip(*map(leaves, found), strict=True))
    return map_leaves(lambda _: np.concatenate(next(parts)), found[0])
