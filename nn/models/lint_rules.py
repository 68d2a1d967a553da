"""What lint looks for: each rule takes an output of a model, and gives a sentence or None."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

_BINARY = {"binary_crossentropy", "binary_focal_crossentropy"}
_CATEGORICAL = {"categorical_crossentropy", "categorical_focal_crossentropy"}
_SPARSE = {"sparse_categorical_crossentropy"}
_REGRESSION = {
    "mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_logarithmic_error",
    "huber", "log_cosh",
}  # fmt: skip
_RANGES = {
    "sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "hard_sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0),
    "hard_tanh": (-1.0, 1.0), "softsign": (-1.0, 1.0), "relu": (0.0, np.inf), "softplus": (0.0, np.inf),
}  # fmt: skip
ROWS = 1000  # of the data that are looked at row by row


class Case(NamedTuple):
    """One output of a model, and what belongs to it; None for what is not known."""

    activation: str | None
    loss: str
    from_logits: bool
    shape: tuple[int | None, ...] | None  # of the output
    y: Any
    metrics: list[str]  # the classes of those that are computed

    @property
    def units(self) -> int | None:
        return self.shape[-1] if self.shape else None


def _is_whole(y: Any) -> bool:
    return y.dtype.kind in "iub" or bool(np.all(y == np.round(y)))


def _is_one_hot(y: Any) -> bool:
    return y.ndim > 1 and y.shape[-1] > 1 and bool(np.all((y == 0) | (y == 1)) and np.all(y.sum(axis=-1) == 1))


def _is_column(y: Any) -> bool:
    return bool(y.ndim == 1 or y.shape[-1] == 1)


# The rules: each gives a sentence, or None


def _one_unit(case: Case) -> str | None:
    if case.units != 1:
        return None
    if case.activation == "softmax":
        return "softmax over one unit is always 1: write Dense(1, activation='sigmoid') with loss='binary_crossentropy'"
    if case.loss in _CATEGORICAL | _SPARSE:
        return (
            f"loss={case.loss!r} needs a unit for each class and the model has one output unit: write "
            "Dense(number_of_classes, activation='softmax'), or for two classes Dense(1, activation='sigmoid') with "
            "loss='binary_crossentropy'"
        )
    return None


def _logits(case: Case) -> str | None:
    """Probabilities taken for logits, or the reverse."""
    wanted = {**dict.fromkeys(_BINARY, "sigmoid"), **dict.fromkeys(_CATEGORICAL | _SPARSE, "softmax")}.get(case.loss)
    if wanted is None or case.activation is None:
        return None
    if case.from_logits and case.activation in ("sigmoid", "softmax"):
        return (
            f"the last layer has activation={case.activation!r} and the loss from_logits=True, so that "
            f"{case.activation} is applied twice: leave out one of them"
        )
    if not case.from_logits and case.activation not in ("sigmoid", "softmax", "hard_sigmoid", "sparsemax"):
        return (
            f"loss={case.loss!r} expects probabilities and the last layer has activation={case.activation!r}: write "
            f"activation={wanted!r} there, or give the loss from_logits=True{_or_nothing(case)}"
        )
    return None


def _or_nothing(case: Case) -> str:
    return "" if case.activation == "linear" else " and the layer no activation"


def _exclusive(case: Case) -> str | None:
    """Sigmoid for classes of which one holds, softmax for labels that hold side by side."""
    if case.units is None or case.units < 2 or case.from_logits:
        return None
    if case.activation == "sigmoid" and case.loss in _CATEGORICAL | _SPARSE:
        return (
            f"loss={case.loss!r} expects probabilities that add up to 1 and sigmoid's do not: write "
            "activation='softmax' in the last layer, or loss='binary_crossentropy' for labels that hold side by side"
        )
    if case.activation == "softmax" and case.loss in _BINARY and case.units > 2:
        return (
            f"loss={case.loss!r} judges each of the {case.units} softmax outputs by itself: write "
            "loss='categorical_crossentropy', or activation='sigmoid' for labels that hold side by side"
        )
    return None


def _label_form(case: Case) -> str | None:
    """Integers for one-hot rows, or the reverse."""
    y, units = case.y, case.units
    if y is None or units is None or units < 2:
        return None
    if case.loss in _SPARSE and y.ndim == len(case.shape or ()) and y.shape[-1] == units:
        return (
            f"loss={case.loss!r} expects a class number for each row and y has shape {y.shape}: write "
            "loss='categorical_crossentropy', or y.argmax(axis=-1)"
        )
    if case.loss in _CATEGORICAL and _is_column(y):
        return (
            f"loss={case.loss!r} expects one-hot rows of {units} and y has shape {y.shape}: write "
            f"loss='sparse_categorical_crossentropy', or to_categorical(y, {units})"
        )
    return None


def _label_range(case: Case) -> str | None:
    """Labels that are no class, or no probability."""
    y = case.y
    if y is None or not y.size:
        return None
    low, high = y.min(), y.max()
    if case.loss in _BINARY and (low < 0 or high > 1):
        if {*np.unique(y[:ROWS]).tolist()} <= {-1, 1}:
            return f"loss={case.loss!r} expects labels 0 and 1 and y has -1 and 1: write (y + 1) / 2, or loss='hinge'"
        many = _is_column(y) and _is_whole(y) and low >= 0
        fix = "use Dense(number_of_classes, activation='softmax') with loss='sparse_categorical_crossentropy'"
        return f"loss={case.loss!r} expects labels between 0 and 1 and y goes from {low:g} to {high:g}: " + (
            f"map two classes to 0 and 1, or for more {fix}" if many else "scale y to 0 to 1"
        )
    if case.loss in _SPARSE and case.units and case.units > 1 and _label_form(case) is None:
        return _class_range(case, low, high)
    return None


def _class_range(case: Case, low: Any, high: Any) -> str | None:
    if not _is_whole(case.y):
        return f"loss={case.loss!r} expects class numbers and y has fractions, from {low:g} to {high:g}: use loss='mse'"
    if low == 1 and high == case.units:
        return f"the labels run from 1 to {high:g} and classes count from 0: write y - 1"
    units = case.units or 0
    if low >= 0 and high < units:
        return None
    fix = (
        f"give it {high + 1:g} units, or correct the labels" if low >= 0 else "no label may be below 0, drop such rows"
    )
    return (
        f"there are labels from {low:g} to {high:g} and the last layer has {units} units, for the classes 0 to "
        f"{units - 1}: {fix}"
    )


def _target_range(case: Case) -> str | None:
    """Targets that the last activation cannot reach."""
    if case.y is None or not case.y.size or case.loss not in _REGRESSION or case.activation not in _RANGES:
        return None
    low, high = _RANGES[case.activation]
    if (case.y.min() >= low and case.y.max() <= high) or _classes_as_numbers(case):
        return None
    reach = f"{low:g} to {high:g}" if np.isfinite(high) else f"{low:g} and more"
    return (
        f"activation={case.activation!r} in the last layer gives {reach} and y goes from "
        f"{case.y.min():g} to {case.y.max():g}: write no activation there, or scale y"
    )


def _classes_as_numbers(case: Case) -> str | None:
    """A loss of regression for labels of classes."""
    if case.y is None or case.loss not in _REGRESSION or case.units is None or case.units < 2:
        return None
    if _is_column(case.y) and _is_whole(case.y):
        return (
            f"loss={case.loss!r} compares {case.units} outputs with single labels, y has shape {case.y.shape}: write "
            "loss='sparse_categorical_crossentropy' for classes, or Dense(1) for a number"
        )
    if case.activation == "softmax" and _is_one_hot(case.y):
        return f"loss={case.loss!r} learns classes slowly after softmax: write loss='categorical_crossentropy'"
    return None


def _shapes_apart(case: Case) -> str | None:
    """Targets of another shape than the outputs."""
    if case.y is None or case.units is None or case.loss not in _REGRESSION | _BINARY | _CATEGORICAL:
        return None
    y_units = 1 if case.y.ndim == 1 else case.y.shape[-1]
    if y_units == case.units or _label_form(case) or _classes_as_numbers(case):
        return None  # the latter are told already
    return f"y has shape {case.y.shape} and the last layer {_units(case.units)}: write Dense({y_units}), or change y"


def _units(count: int) -> str:
    return f"{count} unit{'s' * (count != 1)}"


def _accuracy(case: Case) -> str | None:
    """Shares of right answers where answers are numbers."""
    if case.y is None or case.loss not in _REGRESSION or case.activation not in ("linear", "relu", "softplus", None):
        return None
    named = [each for each in case.metrics if "accuracy" in each.lower() or each.lower() == "acc"]
    if not named or bool(np.all((case.y == 0) | (case.y == 1))):
        return None
    return f"metrics={named!r} counts exact hits, which a regression has not: write metrics=['mae']"


RULES = (
    _one_unit, _logits, _exclusive, _label_form, _label_range, _target_range, _classes_as_numbers, _shapes_apart,
    _accuracy,
)  # fmt: skip
