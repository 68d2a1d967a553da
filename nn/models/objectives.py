"""What a model is trained and judged by: losses and metrics for each of its outputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from typing import Any

import numpy as np

from autodiff.tree import leaves, map_leaves

from .. import losses, metrics
from ..calls import mask_of


class Objectives:
    """The losses and metrics of a model, one list entry for each output.

    `loss`, `loss_weights`, `metrics` and `weighted_metrics` are given as to `Model.compile`. Which function a name
    such as 'accuracy' stands for is decided when the first batch shows the shapes.
    """

    def __init__(self, loss: Any, loss_weights: Any, plain: Any, weighted: Any) -> None:
        self._given = loss, loss_weights, plain, weighted
        self.told = map_leaves(_as_given, self._given)  # for files
        self.total = metrics.Mean(name="loss")
        self.losses: list[Any] = []
        self.weights: list[float] = []
        self.names: list[str] = []  # of the outputs
        self.trackers: list[Any] = []  # of each output's loss, where there are several
        self.metrics: list[tuple[int, bool, Any]] = []  # the output's place, whether weighted, the metric
        self.is_ready = False

    def prepare(self, names: Sequence[str], y: Any, y_pred: Any) -> None:
        """Make the losses and metrics for outputs of these names; of `y` and `y_pred` the shapes count."""
        if self.is_ready:
            return
        loss, weights, plain, weighted = self._given
        count, self.names = len(names), list(names)
        self.losses = [losses.get(each) for each in _per_output(loss, names, "loss")]
        self.weights = [1.0 if each is None else float(each) for each in _per_output(weights, names, "loss_weights")]
        self.trackers = [metrics.Mean(name=f"{each}_loss") for each in names] if count > 1 else []
        pairs = list(zip(_flat(y, names), leaves(y_pred), strict=True))
        for is_weighted, given in ((False, plain), (True, weighted)):
            for i, listed in enumerate(_metrics_per_output(given, names)):
                for each in listed:
                    self.metrics.append((i, is_weighted, self._metric(each, i, pairs[i], names)))
        self._make_unique()
        self.is_ready = True

    def _make_unique(self) -> None:
        """A weighted metric beside a plain one of its name is `weighted_...`, as in Keras; others get numbers."""
        plain = {(i, metric.name) for i, is_weighted, metric in self.metrics if not is_weighted}
        for i, is_weighted, metric in self.metrics:
            if is_weighted and (i, metric.name) in plain:
                metric.name = _weighted_name(metric.name, self.names[i])
        for i, metric in enumerate(self.all_metrics()):
            name, taken, count = metric.name, {each.name for each in self.all_metrics()[:i]}, 0
            while metric.name in taken:
                count += 1
                metric.name = f"{name}_{count}"

    def _metric(self, given: Any, i: int, pair: tuple[Any, Any], names: Sequence[str]) -> Any:
        y, y_pred = pair
        metric = metrics.resolve(given, self.losses[i], () if y is None else np.shape(y), y_pred.shape)
        if len(names) > 1 and not metric.name.startswith(f"{names[i]}_"):
            metric.name = f"{names[i]}_{metric.name}"
        return metric

    def loss(self, y: Any, y_pred: Any, sample_weight: Any, added: Sequence[Any]) -> Any:
        """The number that training makes small: losses by their weights, and what layers add."""
        total: Any = 0.0
        parts = []
        for i, (target, output, weight) in enumerate(self._rows(y, y_pred, sample_weight)):
            if self.losses[i] is None:
                continue
            if target is None:
                raise ValueError(_no_target(self.names[i], len(self.names)))
            value = _value(self.losses[i], target, output, weight)
            parts.append((i, value))
            total = total + (value if self.weights[i] == 1.0 else self.weights[i] * value)
        for each in added:
            total = total + each
        if isinstance(total, float):
            raise ValueError("the model has no loss: give compile(loss=...), or add_loss in a layer")
        self._track(total, parts, y_pred)
        return total

    def _track(self, total: Any, parts: list[tuple[int, Any]], y_pred: Any) -> None:
        rows = next(iter(leaves(y_pred))).shape[0]
        self.total.update_state(_detached(total), sample_weight=rows)
        for i, value in parts if self.trackers else ():
            self.trackers[i].update_state(_detached(value), sample_weight=rows)

    def update(self, y: Any, y_pred: Any, sample_weight: Any) -> None:
        """Let all metrics look at a batch."""
        rows = list(self._rows(y, y_pred, sample_weight))
        for i, is_weighted, metric in self.metrics:
            target, output, weight = rows[i]
            if target is not None:
                metric.update_state(target, _detached(output), sample_weight=weight if is_weighted else mask_of(output))

    def _rows(self, y: Any, y_pred: Any, sample_weight: Any) -> Iterator[tuple[Any, Any, Any]]:
        """Target, output and weights, output by output."""
        outputs = list(leaves(y_pred))
        targets, weights = _flat(y, self.names), _flat(sample_weight, self.names, repeat=True)
        for target, output, weight in zip(targets, outputs, weights, strict=True):
            mask = mask_of(output)
            if mask is not None:
                mask = mask.astype(output.dtype)
                weight = (
                    mask if weight is None else mask * weight.reshape(weight.shape + (1,) * (mask.ndim - weight.ndim))
                )
            yield target, output, weight

    def all_metrics(self) -> list[Any]:
        """The metrics in the order in which they are reported."""
        return [self.total, *self.trackers, *(metric for _, _, metric in self.metrics)]


def _as_given(value: Any) -> Any:
    """A metric with the name that it has now; in the model it may get another."""
    return copy(value) if isinstance(value, metrics.Metric) else value


def _weighted_name(name: str, output: str) -> str:
    prefix = f"{output}_" if name.startswith(f"{output}_") else ""
    return f"{prefix}weighted_{name.removeprefix(prefix)}"


def _value(loss: Any, target: Any, output: Any, weight: Any) -> Any:
    """A loss object's value; a function's is averaged."""
    return losses.as_loss(loss)(target, output, sample_weight=weight)


def _detached(value: Any) -> Any:
    return value.detach() if hasattr(value, "detach") else value


def _no_target(name: str, count: int) -> str:
    which = f" for the output {name!r}" if count > 1 else ""
    return f"there are no targets{which}, which the loss needs: give y beside x, or batches of (x, y)"


def _flat(value: Any, names: Sequence[str], repeat: bool = False) -> list[Any]:
    """The values for each output, by its name where a dict is given; None where there is none."""
    count = len(names)
    if value is None:
        return [None] * count
    if isinstance(value, dict):
        unknown = set(value) - set(names)
        if unknown:
            raise ValueError(f"targets or weights for unknown outputs {sorted(unknown)}; the model has {list(names)}")
        return [value.get(name) for name in names]
    if count == 1:
        return [next(iter(leaves(value)))]
    found = list(value) if isinstance(value, (list, tuple)) else [value]
    if repeat and len(found) == 1:
        found = found * count
    if len(found) != count:
        raise ValueError(f"the model has {count} outputs {list(names)}, got targets or weights for {len(found)}")
    return found


def _per_output(given: Any, names: Sequence[str], what: str) -> list[Any]:
    """An argument of compile as one entry for each output."""
    if isinstance(given, dict) and "class_name" not in given:
        unknown = set(given) - set(names)
        if unknown:
            raise ValueError(f"compile({what}=): unknown outputs {sorted(unknown)}; the model has {list(names)}")
        return [given.get(name) for name in names]
    if isinstance(given, (list, tuple)):
        if len(given) != len(names):
            raise ValueError(f"compile({what}=): got {len(given)} entries for the {len(names)} outputs {list(names)}")
        return list(given)
    return [given] * len(names)


def _metrics_per_output(given: Any, names: Sequence[str]) -> list[list[Any]]:
    """Metrics as a list for each output; one list is for all outputs, as in tf.keras."""
    if given is None:
        return [[] for _ in names]
    if isinstance(given, dict):
        return [_listed(each) for each in _per_output(given, names, "metrics")]
    given = _listed(given)
    if len(names) > 1 and any(isinstance(each, (list, tuple)) for each in given):
        return [_listed(each) for each in _per_output(given, names, "metrics")]
    if len(names) > 1 and len(given) == len(names) and len(given) > 1:
        return [[each] for each in given]
    return [list(given) for _ in names]


def _listed(value: Any) -> list[Any]:
    return [] if value is None else list(value) if isinstance(value, (list, tuple)) else [value]
