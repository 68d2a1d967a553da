"""A run of `fit`: where it is, told so that another process can go on with it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from typing import Any

from .. import random
from .batches import ArrayBatches
from .stepping import packed


@dataclass
class RunState:
    """What a file keeps of a run: numbers, texts, arrays, lists and dicts of these."""

    epoch: int  # how many are done
    batch: int = 0  # how many are done of the epoch under way
    is_stopped: bool = False
    data: dict[str, Any] = field(default_factory=dict)
    held: dict[str, Any] = field(default_factory=dict)
    callbacks: dict[str, Any] = field(default_factory=dict)
    metrics: list[Any] = field(default_factory=list)
    logs: dict[str, Any] = field(default_factory=dict)
    random: dict[str, Any] = field(default_factory=dict)
    kinds: dict[str, Any] = field(default_factory=dict)  # of batches, by what they were for
    is_from_file: bool = False

    def told(self) -> dict[str, Any]:
        """The state as a file keeps it."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "is_from_file"}

    @classmethod
    def read(cls, told: dict[str, Any]) -> RunState:
        """The state that a file holds. Raises ValueError for counts that are none."""
        made = cls(**told, is_from_file=True)
        if any(type(each) is not int or each < 0 for each in (made.epoch, made.batch)):
            raise ValueError(f"a run cannot be in epoch {made.epoch!r}, batch {made.batch!r}")
        return made


class Run:
    """A run under way: epochs and batches that are done, and all that has a state besides variables."""

    def __init__(self, model: Any, follow: Any, data: Any, held: Any, epoch: int) -> None:
        self.model, self.follow, self.data, self.held = model, follow, data, held
        self.epoch, self.batch = epoch, 0
        self.result: dict[str, Any] = {}  # of the last step
        self.is_over = False
        self.is_complete = False  # neither interrupted nor failed
        self._is_stopped = False  # before it went on
        self._totals: list[Any] = []  # of metrics, which are made when the first batch is seen

    # What happens

    def begin(self) -> None:
        """Tell that the run begins; one that a file holds goes on where `fit` begins at its epoch."""
        self.model.initial_epoch = self.epoch
        self.follow.on_train_begin()
        self.epoch = self.model.initial_epoch  # which a callback may have set
        stored = self.model.last_run
        if stored is None or not stored.is_from_file:
            return
        if stored.epoch == self.epoch:
            self._go_on(stored)
        elif self.epoch:
            warnings.warn(
                f"fit: initial_epoch is {self.epoch}, the run in the file had done {stored.epoch}: callbacks and the "
                f"order of the rows begin anew; to go on with it write initial_epoch={stored.epoch}",
                stacklevel=3,
            )

    def left(self, epochs: int) -> range:
        """The epochs that are left; none of a run that a callback had stopped."""
        return range(self.epoch, self.epoch if self._is_stopped else epochs)

    def begin_epoch(self) -> None:
        if not self.batch:
            self.model.reset_metrics()
            self.follow.on_epoch_begin(self.epoch)

    def batches(self) -> Iterator[Any]:
        """The batches that are left of the epoch."""
        for batch in self.data:
            if self._totals:
                self._restore_metrics(batch)
            yield batch

    def end_epoch(self, logs: dict[str, Any]) -> None:
        epoch = self.epoch
        self.epoch, self.batch, self.result, self._totals = epoch + 1, 0, {}, []
        self.follow.on_epoch_end(epoch, logs)

    def end(self, logs: dict[str, Any]) -> None:
        """Tell that the run ends. What is left of it is plain: data and callbacks are not held any longer."""
        self.is_over = True
        self.follow.on_train_end(logs)
        self.model.last_run = self.state()
        self.model.run = self.model.first_batch = None

    # What a file keeps

    def state(self) -> RunState:
        """Where the run is."""
        model, within = self.model, self.batch > 0
        return RunState(
            epoch=self.epoch,
            batch=self.batch,
            is_stopped=bool(model.stop_training) and not self.is_over,
            data=self.data.get_state(),
            held=self.held.get_state() if self.held is not None else {},
            callbacks=self.follow.get_state(),
            metrics=[[v.numpy() for v in each.variables] for each in model.metrics] if within else [],
            logs=model._logs(self.result) if within else {},
            random=random.get_state(),
            kinds={name: list(stepper.kinds) for name, stepper in self._steppers().items()},
        )

    def _steppers(self) -> dict[str, Any]:
        """What takes the steps of the run."""
        return {"train": self.model.make_train_function(), "test": self.model.make_test_function()}

    def _go_on(self, stored: RunState) -> None:
        from ..saving.errors import reading

        self.batch, self.result, self._totals = stored.batch, stored.logs, stored.metrics
        if self.batch:
            with _unchanged(self.model):  # what callbacks do when an epoch begins has been done
                self.follow.on_epoch_begin(self.epoch)
        with reading("the state of the run that fit goes on with"):
            with _unchanged(self.model):
                for name, stepper in self._steppers().items():
                    stepper.warm_up(stored.kinds[name])
            self.data.set_state(stored.data, stored.batch)
            if self.held is not None:
                self.held.set_state(stored.held, 0)
            self.follow.set_state(stored.callbacks)
            if isinstance(self.data, ArrayBatches):
                self.model.first_batch = self.data.first_batch()
            random.set_state(stored.random)  # after data that is not arrays was gone through
        self.model.stop_training = stored.is_stopped
        self.follow.tell_rest(stored.callbacks)
        self._is_stopped = self.model.stop_training
        if self._is_stopped:
            warnings.warn(
                f"fit: a callback had stopped the run after {self.epoch} epochs, so that there is nothing left of it; "
                "to train further begin a new one: initial_epoch=0",
                stacklevel=4,
            )

    def _restore_metrics(self, batch: Any) -> None:
        """The totals over the batches before; a batch shows which metrics there are."""
        self.model.prepare(packed(batch))
        for metric, values in zip(self.model.metrics, self._totals, strict=True):
            for v, value in zip(metric.variables, values, strict=True):
                v.assign(value)
        self._totals = []


@contextmanager
def _unchanged(model: Any) -> Iterator[None]:
    """Put all variables and generators back afterwards."""
    variables = [*model.weights, *model.optimizer.variables]
    values = [v.numpy() for v in variables]
    generators = model.generators()
    states = [each.bit_generator.state for each in generators]
    yield
    for v, value in zip(variables, values, strict=True):
        v.assign(value)
    for each, state in zip(generators, states, strict=True):
        each.bit_generator.state = state
