"""Single steps: what a batch is trained, judged and predicted by, and the programs that run them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import autodiff as ad
from autodiff.tree import leaves

from .. import optimizers
from ..calls import calling
from ..layers.layer import Layer
from . import lint
from .objectives import Objectives
from .run import Run, RunState
from .stepping import Stepper, unpack_x_y_sample_weight


class Steps(Layer):
    """A layer that takes single steps: of training, of a test, of prediction."""

    def _set_up(self) -> None:
        self.optimizer: Any = None
        self.loss: Any = None
        self.history: Any = None
        self.run: Run | None = None  # that is under way
        self.last_run: RunState | None = None  # how the last one ended, or what a file holds of it
        self.initial_epoch = 0  # of the run under way; callbacks may change it when it begins
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
        self.last_run = None
        self._forget_steps()
        lint.warn(self)

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
            self.optimizer.apply(ad.gradients(self.optimizer.scale_loss(loss), weights), weights)
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
