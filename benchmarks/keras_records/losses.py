"""Keras' losses: values, reductions, gradients, signatures and names, for tests/nn/test_losses.py."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

NAMES = ["mse", "MSE", "mae", "MAE", "mape", "MAPE", "msle", "MSLE", "bce", "BCE", "kld", "KLD"]
BINARY = ["BinaryCrossentropy", "BinaryFocalCrossentropy"]
CLASSES = [
    "MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError", "Huber",
    "LogCosh", "CosineSimilarity", "Hinge", "SquaredHinge", "CategoricalHinge", *BINARY, "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy", "SparseCategoricalCrossentropy", "CategoricalGeneralizedCrossEntropy",
    "KLDivergence", "Poisson", "Tversky", "Dice",
]  # fmt: skip


def cases() -> list[tuple[str, dict[str, Any], Any, Any]]:
    """A class, its options, targets, predictions."""
    rng = np.random.default_rng(7)
    numbers = rng.normal(size=(5, 4)).astype("float32"), rng.normal(size=(5, 4)).astype("float32")
    shares = rng.dirichlet(np.ones(4), 5).astype("float32")
    logits = (3 * rng.normal(size=(5, 4))).astype("float32")
    ones = np.eye(4, dtype="float32")[rng.integers(0, 4, 5)]
    some = (rng.random((5, 4)) > 0.5).astype("float32")
    labels = rng.integers(0, 4, 5)
    # In Keras these clip exactly at 0 and 1, where its logarithms are of 1e-7.
    sure = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0.5, 0.5, 0, 0], [1, 0, 0, 0], [0.2, 0.2, 0.2, 0.4]], "float32")
    made: list[tuple[str, dict[str, Any], Any, Any]] = [(name, {}, *numbers) for name in CLASSES[:10]]
    made += [("Huber", {"delta": 0.3}, *numbers), ("CosineSimilarity", {"axis": 0}, *numbers)]
    made += [("Hinge", {}, some, numbers[1]), ("SquaredHinge", {}, some, numbers[1])]
    made += [("KLDivergence", {}, shares, shares[::-1].copy()), ("Poisson", {}, some, shares)]
    made += [("MeanSquaredError", {}, numbers[0][:, 0], numbers[1][:, :1])]
    made += [("MeanSquaredError", {}, numbers[0][:, :1], numbers[1][:, 0])]
    made += [("MeanSquaredError", {}, numbers[0].reshape(5, 2, 2), numbers[1].reshape(5, 2, 2))]
    for name in BINARY:
        made += [(name, {}, some, shares), (name, {}, some, sure), (name, {"from_logits": True}, some, logits)]
        made += [(name, {"label_smoothing": 0.1}, some, shares), (name, {"axis": 0}, some, shares)]
        made += [(name, {}, labels % 2, shares[:, :1])]
    made += [("BinaryFocalCrossentropy", {"apply_class_balancing": True, "alpha": 0.7, "gamma": 1.5}, some, shares)]
    for name in ("CategoricalCrossentropy", "CategoricalFocalCrossentropy"):
        made += [(name, {}, ones, shares), (name, {}, ones, sure), (name, {"from_logits": True}, ones, logits)]
        made += [(name, {"label_smoothing": 0.2}, ones, shares), (name, {}, ones, shares * 3)]
        made += [(name, {"from_logits": True, "label_smoothing": 0.2}, ones, logits)]
    made += [("CategoricalFocalCrossentropy", {"alpha": [0.1, 0.2, 0.3, 0.4]}, ones, shares)]
    name = "SparseCategoricalCrossentropy"
    made += [(name, {}, labels, shares), (name, {}, labels[:, None], sure)]
    made += [(name, {"from_logits": True}, labels, logits)]
    made += [("CategoricalGeneralizedCrossEntropy", {"q": 0.7}, labels, shares)]
    made += [(name, {"ignore_class": 1}, labels, shares), (name, {}, labels.astype("float32"), shares)]
    made += [(name, {"ignore_class": -1, "from_logits": True}, np.where(labels == 2, -1, labels), logits)]
    made += [(name, {}, labels[:4].reshape(2, 2), shares[:4].reshape(2, 2, 4))]
    made += [("Tversky", {"alpha": 0.3, "beta": 0.7}, some, shares), ("Dice", {}, some, shares)]
    return made + [("Tversky", {"axis": 0}, some, shares), ("Dice", {"axis": 1}, some, shares)]


def record() -> dict[str, Any]:
    """Cases with values, gradients and reduced values; signatures; what names stand for."""
    from keras import losses

    signatures = {name: str(inspect.signature(getattr(losses, name))) for name in CLASSES}
    functions = {name: losses.get(name).__name__ for name in NAMES}
    return {"signatures": signatures, "functions": functions, "cases": [_case(*each) for each in cases()]}


def _case(name: str, options: dict[str, Any], y_true: Any, y_pred: Any) -> dict[str, Any]:
    import jax
    from keras import losses

    kind = getattr(losses, name)
    values = np.asarray(kind(reduction=None, **options)(y_true, y_pred))
    weights = np.linspace(0.5, 2, values.size).reshape(values.shape).astype("float32")
    given = {"y_true": y_true, "y_pred": y_pred, "sample_weight": weights}
    slope = jax.grad(lambda p: kind(**options)(y_true, p))(y_pred)
    reduced = {
        reduction: [
            float(kind(reduction=reduction, **options)(y_true, y_pred)),
            float(kind(reduction=reduction, **options)(y_true, y_pred, weights)),
        ]
        for reduction in ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight")
    }
    plain = {key: listed(each) for key, each in given.items()}
    found = {"values": listed(values), "gradient": listed(slope), "reduced": reduced}
    return {"class": name, "options": options, **plain, **found}


def listed(array: Any) -> dict[str, Any]:
    """An array as JSON holds it."""
    array = np.asarray(array)
    # float32 in as few digits as tell it
    values = [float(str(each)) for each in array.ravel()] if array.dtype.kind == "f" else array.ravel().tolist()
    return {"dtype": array.dtype.name, "shape": array.shape, "values": values}
