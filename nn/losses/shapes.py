"""What losses and metrics are given: as arrays of fitting shapes, or an error that tells both shapes."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff import Tensor

from ..settings import floatx


def arrayed(x: Any) -> Any:
    """Tensors and arrays as they are, lists and numbers as arrays."""
    return x if isinstance(x, Tensor) else np.asarray(x)


def as_dtype(x: Any, dtype: Any) -> Any:
    """In another dtype; the same object where it has it already."""
    return x if x.dtype == dtype else x.astype(dtype)


def as_floats(x: Any) -> Any:
    """Floats as they are, whole numbers and truth values in `floatx()`."""
    x = arrayed(x)
    return x if x.dtype.kind == "f" else x.astype(floatx())


def without_last(x: Any) -> Any:
    """Without a last axis of 1."""
    return x.reshape(x.shape[:-1])


def same_rank(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """As Keras aligns them: where just one has a last axis of 1 more, (N,) gains it, and (N, T, 1) loses it."""
    if y_true.ndim == y_pred.ndim + 1 and y_true.shape[-1] == 1:
        return (y_true, y_pred[:, None]) if y_pred.ndim == 1 else (without_last(y_true), y_pred)
    if y_pred.ndim == y_true.ndim + 1 and y_pred.shape[-1] == 1:
        return (y_true[:, None], y_pred) if y_true.ndim == 1 else (y_true, without_last(y_pred))
    return y_true, y_pred


def aligned(name: str, y_true: Any, y_pred: Any, hint: str = "") -> tuple[Any, Any]:
    """Targets and predictions in one shape, `y_true` in the dtype of `y_pred`.

    Raises ValueError for shapes that differ by more than a last axis of 1: NumPy would broadcast some of them.
    """
    y_pred = as_floats(y_pred)
    return matched(name, as_dtype(arrayed(y_true), y_pred.dtype), y_pred, hint)


def matched(name: str, y_true: Any, y_pred: Any, hint: str = "") -> tuple[Any, Any]:
    """Arrays in one shape, each in its own dtype; raises as `aligned` does."""
    y_true, y_pred = same_rank(y_true, y_pred)
    if y_true.shape != y_pred.shape:
        hint = hint or _advice(y_true.shape, y_pred.shape)
        raise ValueError(
            f"{name}: y_true has shape {y_true.shape} and y_pred has shape {y_pred.shape}, "
            f"expected the same shape; {hint}"
        )
    return y_true, y_pred


def _advice(true: tuple[int, ...], pred: tuple[int, ...]) -> str:
    if true[:1] != pred[:1]:
        return "they differ in the number of samples: pass the y that belongs to these x"
    if true == pred[:-1]:
        return (
            f"for labels of {pred[-1]} classes use a sparse_categorical one; "
            f"for one number per sample end the model with Dense(1)"
        )
    if len(true) == len(pred) and true[:-1] == pred[:-1]:
        return f"end the model with Dense({true[-1]}), or choose the columns of y_true"
    return "reshape y_true, or let the model end with a layer of that shape"


def labels_for(name: str, y_true: Any, y_pred: Any) -> Any:
    """Labels without a last axis of 1; raises ValueError unless they have the shape of `y_pred` less its last axis."""
    y_true = arrayed(y_true)
    if y_pred.ndim and y_true.shape == (*y_pred.shape[:-1], 1) and y_pred.ndim == y_true.ndim:
        y_true = without_last(y_true)
    if y_pred.ndim == 0 or y_true.shape != y_pred.shape[:-1]:
        one_hot = y_true.shape == y_pred.shape
        other = name.replace("sparse_", "")
        raise ValueError(
            f"{name}: y_true has shape {y_true.shape} and y_pred has shape {y_pred.shape}, "
            f"expected labels of shape {y_pred.shape[:-1]}; "
            + (f"for one-hot targets use {other}, or write y_true.argmax(-1)" if one_hot else "reshape y_true")
        )
    return y_true


def several_classes(name: str, y_pred: Any, axis: int = -1) -> None:
    """Raise ValueError for predictions of one class only, whose probability is 1 whatever the model says."""
    if y_pred.ndim and y_pred.shape[axis] == 1:
        raise ValueError(
            f"{name}: y_pred has shape {y_pred.shape}, which is one class, expected two or more; "
            f"for one probability per sample use {name.replace('sparse_', '').replace('categorical', 'binary')}, "
            "or end the model with one unit for each class"
        )


def fitting(name: str, weights: Any, values: Any, per_sample: bool = False) -> Any:
    """Sample weights as they multiply the values: a number, or as many axes, of which each may be 1.

    Weights with a last axis of 1 more lose it. Weights with fewer axes belong to the first ones (`per_sample`),
    or raise ValueError: NumPy would take them for the last ones.
    """
    weights = as_dtype(arrayed(weights), values.dtype)
    if weights.ndim == values.ndim + 1 and weights.shape[-1] == 1:
        weights = without_last(weights)
    if per_sample and 0 < weights.ndim < values.ndim:
        weights = weights.reshape((*weights.shape, *[1] * (values.ndim - weights.ndim)))
    if weights.ndim == 0 or _broadcasts(weights.shape, values.shape):
        return weights
    raise ValueError(
        f"{name}: sample_weight has shape {weights.shape}, but there are values of shape {values.shape}; "
        + _weights_advice(weights.shape, values.shape)
    )


def _broadcasts(weights: tuple[int, ...], values: tuple[int, ...]) -> bool:
    return len(weights) == len(values) and all(w in (1, side) for w, side in zip(weights, values, strict=True))


def _weights_advice(weights: tuple[int, ...], values: tuple[int, ...]) -> str:
    if not values:
        return "the last axis was averaged, and it was the only one: give y_true and y_pred as y[:, None]"
    if len(weights) < len(values):
        return f"for a weight per sample write sample_weight.reshape({(-1, *[1] * (len(values) - 1))})"
    return f"give one weight per value, shape {values}, or one per sample"
