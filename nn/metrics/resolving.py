"""What `compile(metrics=...)` was given, as a metric that fits the output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import accuracies, regression
from .metric import MeanMetricWrapper, Metric, registry

_ACCURACIES = {
    "binary": accuracies.BinaryAccuracy,
    "sparse": accuracies.SparseCategoricalAccuracy,
    "categorical": accuracies.CategoricalAccuracy,
}
_CROSSENTROPIES = {
    "binary": regression.BinaryCrossentropy,
    "sparse": regression.SparseCategoricalCrossentropy,
    "categorical": regression.CategoricalCrossentropy,
}


def resolve(
    identifier: Any,
    loss: Any = None,
    y_true_shape: Sequence[int | None] = (),
    y_pred_shape: Sequence[int | None] = (),
) -> Metric:
    """The metric of a name, a function, a class or an object; it is called as the name was written.

    'accuracy' and 'acc', 'crossentropy' and 'ce' become what fits the shapes: binary for a last axis of 1, sparse
    categorical for labels, categorical for one shape. A `loss` that is given logits makes them take logits, too.
    Raises ValueError for unknown names.

    >>> resolve("acc", y_true_shape=(None,), y_pred_shape=(None, 10))
    <SparseCategoricalAccuracy name=acc>
    """
    if isinstance(identifier, Metric):
        return identifier
    if not isinstance(identifier, str):
        found = registry.get(identifier)
        return found if isinstance(found, Metric) else MeanMetricWrapper(found)
    kind = _kind(tuple(y_true_shape), tuple(y_pred_shape))
    from_logits = bool(getattr(loss, "from_logits", False))
    if identifier.lower() in ("accuracy", "acc"):
        # Logits are above 0 where probabilities are above a half.
        options = {"threshold": 0.0} if kind == "binary" and from_logits else {}
        made = _ACCURACIES[kind](name=identifier, **options)
    elif identifier.lower() in ("crossentropy", "ce"):
        made = _CROSSENTROPIES[kind](name=identifier, from_logits=from_logits)
    else:
        made = registry.find(identifier)(name=identifier)
    assert isinstance(made, Metric)
    return made


def _kind(true: tuple[int | None, ...], pred: tuple[int | None, ...]) -> str:
    if not pred or pred[-1] == 1:
        return "binary"
    return "sparse" if len(true) < len(pred) or true[-1] == 1 else "categorical"
