"""Lint: outputs, losses, labels and metrics that do not fit each other, told before the first step."""

from __future__ import annotations

import warnings
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

import autodiff as ad
from autodiff.lines import users_level
from autodiff.tree import leaves, map_leaves

from ..losses import as_loss
from ..reading import activation_of, last_activations
from .data import arrays
from .lint_rules import ROWS, RULES, Case

_SCALERS = ("Normalization", "BatchNormalization", "LayerNormalization", "Rescaling", "Embedding")
_told: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()  # by what `compile` made
_LARGE = 50.0  # of inputs, above which tanh and sigmoid are flat


def findings(model: Any, x: Any = None, y: Any = None) -> list[str]:
    """What is likely to be wrong in a compiled model, and the fix: one sentence for each finding.

    `x` and `y` are the data, or a batch of it; without them only the model's own parts are looked at.

    >>> import nn
    >>> model = nn.models.Sequential([nn.layers.Input(shape=(3,)), nn.layers.Dense(1, activation="softmax")])
    >>> import warnings
    >>> with warnings.catch_warnings(record=True) as caught:  # `compile` warns of it, too
    ...     warnings.simplefilter("always")
    ...     model.compile(loss="binary_crossentropy")
    >>> findings(model)[0]
    "softmax over one unit is always 1: write Dense(1, activation='sigmoid') with loss='binary_crossentropy'"
    """
    return _findings(model, arrays(x, "x"), arrays(y, "y"))


def _findings(model: Any, x: Any, y: Any) -> list[str]:
    """The findings for arrays, of whose inputs some rows are looked at, and of whose labels all."""
    x = map_leaves(lambda each: each[:ROWS], x)
    cases = _cases(model, x, y)
    told = []
    for name, case in cases.items():
        prefix = f"output {name!r}: " if len(cases) > 1 else ""
        told += [prefix + sentence for rule in RULES if (sentence := rule(case))]
    return told + ([] if x is None else _unscaled(model, x))


def warn(model: Any, x: Any = None, y: Any = None) -> None:
    """Warn of what is found in a model and in arrays: of each finding once for a `compile`, at the user's line."""
    objectives = model.objectives
    if objectives is None:
        return
    told = _told.setdefault(objectives, set())
    for sentence in _findings(model, x, y):
        if sentence not in told:
            told.add(sentence)
            warnings.warn(sentence, UserWarning, stacklevel=users_level())


# What there is


def _cases(model: Any, x: Any, y: Any) -> dict[str, Case]:
    """The outputs by their names."""
    shapes = _shapes(model, x)
    if shapes is None:
        return {}
    names = (
        model.output_names if len(model.output_names) == len(shapes) else [f"output_{i}" for i in range(len(shapes))]
    )
    losses, metrics = _objectives(model, names)
    functions = last_activations(model)
    functions = functions if len(functions) == len(shapes) else [None] * len(shapes)
    targets = _targets(y, names)
    parts = zip(names, functions, losses, shapes, targets, metrics, strict=True)
    return {name: _case(function, loss, *rest) for name, function, loss, *rest in parts if loss is not None}


def _case(function: str | None, loss: Any, shape: Any, y: Any, metrics: list[str]) -> Case:
    made = as_loss(loss)
    name = getattr(getattr(made, "fn", made), "__name__", type(made).__name__)
    return Case(function, name, bool(getattr(made, "from_logits", False)), shape, y, metrics)


def _shapes(model: Any, x: Any) -> list[tuple[int | None, ...]] | None:
    """The shapes of the outputs, None where neither the model nor data tells them."""
    if getattr(model, "_graph", None) is not None:
        return [tuple(each.shape) for each in model.outputs]
    if x is None:
        return None
    try:
        with ad.no_grad():
            return [(None, *each.shape[1:]) for each in leaves(model(map_leaves(lambda each: each[:1], x)))]
    except (ValueError, TypeError, IndexError):
        return None  # what does not fit is told by the first step, which gets whole batches


def _objectives(model: Any, names: list[str]) -> tuple[list[Any], list[list[str]]]:
    """The loss and the metrics of each output, as `compile` was told."""
    from .objectives import _metrics_per_output, _per_output

    loss, _, plain, weighted = model.objectives._given
    metrics = [_metrics_per_output(each, names) for each in (plain, weighted)]
    return _per_output(loss, names, "loss"), [
        [*map(_metric, a), *map(_metric, b)] for a, b in zip(*metrics, strict=True)
    ]


def _metric(given: Any) -> str:
    return given if isinstance(given, str) else getattr(given, "__name__", type(given).__name__)


def _targets(y: Any, names: list[str]) -> list[Any]:
    if y is None:
        return [None] * len(names)
    if isinstance(y, dict):
        return [y.get(name) for name in names]
    found = list(leaves(y))
    return found if len(found) == len(names) else [None] * len(names)


def _unscaled(model: Any, x: Any) -> list[str]:
    """Large inputs into a layer of tanh or sigmoid: all of its units are flat from the start."""
    largest = max(
        (float(np.abs(each).max()) for each in leaves(x) if each.size and each.dtype.kind in "fiu"), default=0
    )
    if not largest > _LARGE:
        return []
    has_weights = False
    for layer in model.flattened():
        if type(layer).__name__ in _SCALERS:
            return []
        has_weights = has_weights or any(v.ndim >= 2 for v in layer._variables())
        function = activation_of(layer) if has_weights and not hasattr(layer, "layers") else None
        if function in ("tanh", "sigmoid"):
            return [
                f"inputs are as large as {largest:g}, where {function} of layer {layer.name!r} is flat and learns "
                "little: scale them to about -1 to 1, such as x / 255 for images or a Normalization layer"
            ]
        if function not in (None, "linear"):
            return []
    return []
