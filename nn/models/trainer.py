"""Training, evaluation and prediction, in compiled steps."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

import autodiff as ad
from autodiff.tree import leaves, map_leaves

from .. import callbacks as callbacks_module
from .. import optimizers
from ..calls import calling
from ..layers.layer import Layer
from .data import ArrayBatches, IteratedBatches, arrays, batches, is_data, split, unpacked, weights_of_classes
from .objectives import Objectives
from .stepping import Stepper


class Trainer(Layer):
    """A layer that can be trained: compile, fit, evaluate, predict."""

    def _set_up(self) -> None:
        self.optimizer: Any = None
        self.loss: Any = None
        self.history: Any = None
        self.stop_training = False
        self.first_batch: Any = None  # of the epoch under way
        self.run_eagerly = False
        self.objectives: Objectives | None = None
        self._output_count: int | None = None
        self._forget_steps()

    def _forget_steps(self) -> None:
        """Steps are made anew for other layers, and for what another `compile` told."""
        self.train_function: Stepper | None = None
        self.test_function: Stepper | None = None
        self.predict_function: Stepper | None = None

    def compile(
        self, optimizer: Any = "rmsprop", loss: Any = None, loss_weights: Any = None, metrics: Any = None,
        weighted_metrics: Any = None, run_eagerly: bool = False, steps_per_execution: int = 1,
        jit_compile: Any = "auto", auto_scale_loss: bool = True,
    ) -> None:  # fmt: skip
        """Say how to train: the optimizer, the loss, and what to report; arguments as in Keras.

        Steps run compiled unless `run_eagerly`. `steps_per_execution`, `jit_compile` and `auto_scale_loss` are taken
        for Keras' sake, and change nothing.
        """
        self.optimizer = optimizers.get(optimizer)
        self.loss, self.run_eagerly = loss, run_eagerly
        self.objectives = Objectives(loss, loss_weights, metrics, weighted_metrics)
        self._forget_steps()

    @property
    def output_names(self) -> list[str]:
        """The names of the outputs."""
        return [f"output_{i + 1}" for i in range(self._output_count or 1)]

    # One step

    def train_step(self, data: Any) -> dict[str, Any]:
        """One step on a batch `(x, y, sample_weight)`; a subclass may write its own."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        with calling(training=True, losses=[]) as state:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x, y, y_pred, sample_weight, added=state.losses)
        weights = self.trainable_variables
        if weights:  # a frozen model reports, and learns nothing
            self.optimizer.apply(ad.gradients(loss, weights), weights)
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def test_step(self, data: Any) -> dict[str, Any]:
        """The loss and the metrics of a batch."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        with ad.no_grad(), calling(training=False, losses=[]) as state:
            y_pred = self(x, training=False)
            self.compute_loss(x, y, y_pred, sample_weight, added=state.losses)
            return self.compute_metrics(x, y, y_pred, sample_weight)

    def predict_step(self, data: Any) -> Any:
        """The outputs for a batch."""
        with ad.no_grad():
            return self(unpack_x_y_sample_weight(data)[0], training=False)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True,
        added: Sequence[Any] = (),
    ) -> Any:  # fmt: skip
        """The loss of a batch: that of `compile`, and what regularizers and layers add."""
        objectives = self._objectives(y, y_pred)
        regularized = [v.regularizer(v) for v in self.trainable_variables if v.regularizer is not None]
        return objectives.loss(y, y_pred, sample_weight, [*added, *regularized])

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Let the metrics look at a batch; their results so far."""
        self._objectives(y, y_pred).update(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def get_metrics_result(self) -> dict[str, Any]:
        """The metrics' results so far, by their names."""
        return {each.name: each.result() for each in self.metrics}

    def reset_metrics(self) -> None:
        """Let all metrics begin anew."""
        for each in self.metrics:
            each.reset_state()

    @property
    def metrics(self) -> list[Any]:
        """The metrics in the order in which they are reported; the loss first."""
        from ..metrics import Metric

        own = [each for each in vars(self).values() if isinstance(each, Metric)]
        told = self.objectives.all_metrics() if self.objectives is not None else []
        return list(dict.fromkeys([*told, *own]))

    @property
    def metrics_names(self) -> list[str]:
        return [each.name for each in self.metrics]

    def _objectives(self, y: Any, y_pred: Any) -> Objectives:
        objectives = self._compiled()
        if not objectives.is_ready:
            self._output_count = len(list(leaves(y_pred)))
            names = self.output_names if len(self.output_names) == self._output_count else None
            if isinstance(y_pred, dict):
                names = list(y_pred)
            objectives.prepare(names or [f"output_{i + 1}" for i in range(self._output_count)], y, y_pred)
        return objectives

    def _compiled(self) -> Objectives:
        if self.objectives is None:
            raise ValueError("the model is not compiled: call model.compile(optimizer=..., loss=...) first")
        return self.objectives

    def prepare(self, batch: Any) -> None:
        """Make all variables that a step needs, before steps are compiled: one look at a batch shows the shapes."""
        x, y, _ = unpack_x_y_sample_weight(batch)
        if self.objectives is None or (self.objectives.is_ready and self.optimizer.built):
            return
        with ad.no_grad(), calling(training=False, losses=[]):
            y_pred = self(x, training=False)
        self._objectives(y, y_pred)
        if not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)

    # Steps as programs

    def make_train_function(self) -> Stepper:
        if self.train_function is None:
            self.train_function = Stepper(self, "train_step")
        return self.train_function

    def make_test_function(self) -> Stepper:
        if self.test_function is None:
            self.test_function = Stepper(self, "test_step")
        return self.test_function

    def make_predict_function(self) -> Stepper:
        if self.predict_function is None:
            self.predict_function = Stepper(self, "predict_step")
        return self.predict_function

    # Many steps

    def fit(
        self, x: Any = None, y: Any = None, batch_size: int | None = None, epochs: int = 1, verbose: Any = "auto",
        callbacks: Any = None, validation_split: float = 0.0, validation_data: Any = None, shuffle: bool = True,
        class_weight: Any = None, sample_weight: Any = None, initial_epoch: int = 0,
        steps_per_epoch: int | None = None, validation_steps: int | None = None,
        validation_batch_size: int | None = None, validation_freq: Any = 1, nb_epoch: int | None = None,
    ) -> Any:  # fmt: skip
        """Train for some epochs; returns the history. Arguments as in Keras.

        An interrupted run (Ctrl-C) keeps what it has: the weights as they are, and `model.history`.
        """
        self._compiled()
        epochs = epochs if nb_epoch is None else nb_epoch
        if validation_split and validation_data is None:
            (x, y, sample_weight), validation_data = split(x, y, sample_weight, validation_split)
        data = _training_data(x, y, sample_weight, batch_size, steps_per_epoch, shuffle, class_weight)
        held = _held_out(validation_data, validation_batch_size or batch_size, validation_steps)
        step = self.make_train_function()
        verbose = 1 if verbose == "auto" else int(verbose)
        steps = steps_per_epoch or data.count
        follow = callbacks_module.CallbackList(
            callbacks,
            add_history=True,
            add_progbar=verbose != 0,
            model=self,
            verbose=verbose,
            epochs=epochs,
            steps=steps,
        )
        self.stop_training = False
        follow.on_train_begin()
        logs: dict[str, Any] = {}
        try:
            for epoch in range(initial_epoch, epochs):
                self.reset_metrics()
                follow.on_epoch_begin(epoch)
                logs = self._epoch(step, data, follow, steps)
                if held is not None and _is_due(epoch, validation_freq):
                    logs |= {f"val_{name}": value for name, value in self._evaluated(held, follow).items()}
                follow.on_epoch_end(epoch, logs)
                if self.stop_training:
                    break
        finally:  # callbacks put weights back, and close files, also when the run is interrupted
            follow.on_train_end(logs)
            self.first_batch = None
        return self.history

    def _epoch(self, step: Stepper, data: Any, follow: Any, steps: int | None) -> dict[str, Any]:
        """One round over the data; its metrics."""
        count = 0
        result: dict[str, Any] = {}
        for count, batch in enumerate(data, 1):
            if count == 1:
                self.first_batch = batch  # for callbacks that look at one
            if follow.has_batch_hooks:
                follow.on_train_batch_begin(count - 1)
            result = step(batch)
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

    def evaluate(
        self, x: Any = None, y: Any = None, batch_size: int | None = None, verbose: Any = "auto",
        sample_weight: Any = None, steps: int | None = None, callbacks: Any = None, return_dict: bool = False,
    ) -> Any:  # fmt: skip
        """The loss and the metrics on data: a list in the order of `metrics_names`, a dict with `return_dict`."""
        self._compiled()
        data = batches(x, y, sample_weight, batch_size, steps)
        verbose = 1 if verbose == "auto" else int(verbose)
        follow = callbacks_module.CallbackList(
            callbacks, add_progbar=verbose != 0, model=self, verbose=verbose, epochs=1, steps=steps or data.count
        )
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
        data = batches(x, None, None, batch_size, steps)
        step = self.make_predict_function()
        if isinstance(data, ArrayBatches) and data.rows <= data.size and callbacks is None and verbose in (0, "auto"):
            return map_leaves(_array, step((*data.data,)))
        verbose = 1 if verbose == "auto" else int(verbose)
        follow = callbacks_module.CallbackList(
            callbacks, add_progbar=verbose != 0, model=self, verbose=verbose, epochs=1, steps=steps or data.count
        )
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

    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """One step on a batch; the metrics of this batch alone."""
        self._compiled()
        self.reset_metrics()
        batch = arrays(x, "x"), arrays(y, "y"), arrays(sample_weight, "sample_weight")
        if class_weight is not None:
            batch = *batch[:2], weights_of_classes(batch[1], class_weight, batch[2])
        return self._told(self._logs(self.make_train_function()(batch)), return_dict)

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """The loss and the metrics of this batch alone."""
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


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """x, y and sample weights of a batch, None for what it has not."""
    return unpacked_parts(data)


def unpacked_parts(data: Any) -> tuple[Any, Any, Any]:
    parts = data if isinstance(data, tuple) else (data,)
    x, y, weight = (*parts, None, None)[:3]
    return x, y, weight


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
