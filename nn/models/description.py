"""A model in words: everything that is in force, also what nobody set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..losses import as_loss
from ..settings import floatx
from .objectives import Objectives

_INDENT = "    "


def describe(model: Any) -> str:
    """Every setting of a model: of its layers, the optimizer, the loss, the metrics and the batches.

    >>> import nn
    >>> model = nn.models.Sequential([nn.layers.Input(shape=(3,)), nn.layers.Dense(2, name="hidden")], name="small")
    >>> print(describe(model).partition(chr(10))[0])
    small: Sequential, 8 weights in float32, of which 8 are trained
    """
    return "\n".join([_title(model), "", "Layers", *_layers(model), "", "Training", *_training(model)])


def _title(model: Any) -> str:
    kinds = sorted({v.dtype.name for v in model.weights}) or [floatx()]
    count, trained = (sum(v.size for v in weights) for weights in (model.weights, model.trainable_weights))
    return (
        f"{model.name}: {type(model).__name__}, {count:,} weights in {' and '.join(kinds)}, "
        f"of which {trained:,} are trained"
    )


def _layers(model: Any, depth: int = 1) -> Iterator[str]:
    for layer in model.layers:
        yield f"{_INDENT * depth}{layer.name}: {type(layer).__name__}{'' if layer.trainable else ', frozen'}"
        if hasattr(layer, "layers"):
            yield from _layers(layer, depth + 1)
        else:
            yield from _settings(layer.get_config(), depth + 1, "name", "trainable")


def _training(model: Any) -> Iterator[str]:
    if model.objectives is None:
        yield f"{_INDENT}not compiled yet"
        return
    yield f"{_INDENT}optimizer: {type(model.optimizer).__name__}"
    yield from _settings(model.optimizer.get_config(), 2, "name")
    yield from _objectives(model.objectives)
    how = "as Python" if model.run_eagerly else "compiled"
    yield f"{_INDENT}steps: {how}; batches of 32 rows unless fit(batch_size=...) says otherwise, shuffled in each epoch"


def _objectives(objectives: Objectives) -> Iterator[str]:
    loss, weights, *metrics = objectives._given
    for each in objectives.losses if objectives.is_ready else _listed(loss):
        yield from _loss(each)
    if weights is not None:
        yield f"{_INDENT}loss_weights: {_text(weights)}"
    if objectives.is_ready:
        for _, is_weighted, metric in objectives.metrics:
            yield f"{_INDENT}metric {metric.name!r}: {type(metric).__name__}{', weighted' if is_weighted else ''}"
            yield from _settings(metric.get_config(), 2, "name")
    else:
        for each in [each for given in metrics for each in _listed(given)]:
            yield f"{_INDENT}metric {_text(each)}: what it stands for follows from the first batch"


def _loss(given: Any) -> Iterator[str]:
    if given is None:
        yield f"{_INDENT}loss: none"
        return
    loss = as_loss(given)
    yield f"{_INDENT}loss: {getattr(getattr(loss, 'fn', None), '__name__', type(loss).__name__)}"
    yield from _settings(loss.get_config(), 2, "name", "fn")


def _listed(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, (list, tuple)) else [value] if value is not None else []


def _settings(config: dict[str, Any], depth: int, *without: str) -> Iterator[str]:
    return (f"{_INDENT * depth}{key}: {_text(value)}" for key, value in config.items() if key not in without)


def _text(value: Any) -> str:
    """A value of a config: objects as the call that makes them, rates without the noise of float32."""
    if isinstance(value, dict) and set(value) >= {"class_name", "config"}:
        inner = ", ".join(f"{key}={_text(each)}" for key, each in value["config"].items() if key != "name")
        return f"{value['class_name']}({inner})"
    if isinstance(value, float) and float(np.float32(value)) == value:
        return f"{float(str(np.float32(value))):g}"
    if isinstance(value, (list, tuple)):
        inner = ", ".join(map(_text, value))
        return f"({inner})" if isinstance(value, tuple) else f"[{inner}]"
    return value if isinstance(value, str) else getattr(value, "__name__", str(value))
