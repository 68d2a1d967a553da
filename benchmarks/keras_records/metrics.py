"""Keras' metrics: results after each of several batches, signatures and names, for tests/nn/test_metrics.py."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from .losses import listed

MEANS = [
    "MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError",
    "LogCoshError", "CosineSimilarity", "Hinge", "SquaredHinge", "CategoricalHinge", "RootMeanSquaredError",
]  # fmt: skip
CURVES = ["SensitivityAtSpecificity", "SpecificityAtSensitivity", "PrecisionAtRecall", "RecallAtPrecision"]
COUNTS = ["TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives"]
CLASSES = [
    *MEANS, *CURVES, *COUNTS, "KLDivergence", "Poisson", "BinaryCrossentropy", "CategoricalCrossentropy",
    "SparseCategoricalCrossentropy", "Accuracy", "BinaryAccuracy", "CategoricalAccuracy", "SparseCategoricalAccuracy",
    "TopKCategoricalAccuracy", "SparseTopKCategoricalAccuracy", "Precision", "Recall", "AUC", "F1Score", "FBetaScore",
    "R2Score", "IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU", "BinaryIoU", "Mean", "Sum", "MeanMetricWrapper",
]  # fmt: skip
NAMES = ["mse", "MSE", "mae", "mape", "msle", "bce", "BCE", "auc", "AUC", "precision", "f1_score",
         "cosine_similarity", "RootMeanSquaredError", "root_mean_squared_error", "sparse_categorical_accuracy",
         "accuracy", "r2_score"]  # fmt: skip


def cases() -> list[tuple[str, dict[str, Any], str, str]]:
    """A metric, its options, and which targets and predictions it is for."""
    made: list[tuple[str, dict[str, Any], str, str]] = [(name, {}, "numbers", "guesses") for name in MEANS]
    made += [("KLDivergence", {}, "shares", "scores"), ("Poisson", {}, "some", "scores")]
    made += [("BinaryCrossentropy", options, "some", "scores") for options in ({}, {"label_smoothing": 0.1})]
    made += [("BinaryCrossentropy", {"from_logits": True}, "some", "guesses")]
    made += [("CategoricalCrossentropy", {}, "ones", "scores")]
    made += [("SparseCategoricalCrossentropy", {}, "labels", "scores")]
    made += [("SparseCategoricalCrossentropy", {"from_logits": True}, "column", "guesses")]
    made += [("Accuracy", {}, "labels", "others"), ("BinaryAccuracy", {}, "some", "scores")]
    made += [("BinaryAccuracy", {"threshold": 0.3}, "some", "scores"), ("CategoricalAccuracy", {}, "ones", "scores")]
    made += [("SparseCategoricalAccuracy", {}, each, "scores") for each in ("labels", "column", "floats")]
    for k in (1, 2, 3, 5):
        made += [("TopKCategoricalAccuracy", {"k": k}, "ones", "scores")]
        made += [("SparseTopKCategoricalAccuracy", {"k": k}, "labels", "scores")]
    ways = [{}, {"thresholds": 0.3}, {"thresholds": [0.6, 0.2]}, {"class_id": 1}]
    tops = [{"top_k": 2}, {"top_k": 2, "thresholds": 0.4}, {"top_k": 2, "class_id": 0}]
    made += [(name, each, "some", "scores") for name in ("Precision", "Recall") for each in (*ways, *tops)]
    made += [(name, each, "some", "scores") for name in COUNTS for each in ways[:3]]
    methods = ["interpolation", "minoring", "majoring"]
    made += [
        ("AUC", {"curve": curve, "summation_method": method}, "some", "scores")
        for curve in ("ROC", "PR")
        for method in methods
    ]
    made += [("AUC", {"num_thresholds": 5}, "some", "scores"), ("AUC", {"thresholds": [0.7, 0.2]}, "some", "scores")]
    made += [("AUC", {"from_logits": True}, "some", "guesses"), ("AUC", {"multi_label": True}, "some", "scores")]
    weights = {"multi_label": True, "num_labels": 3, "label_weights": [0.2, 0.3, 0.5], "curve": "PR"}
    made += [("AUC", weights, "some", "scores")]
    made += [(name, {rate: 0.5}, "some", "scores") for name, rate in zip(CURVES, _rates(), strict=True)]
    few = {"num_thresholds": 9}
    made += [(name, {rate: 0.7, **few}, "some", "scores") for name, rate in zip(CURVES, _rates(), strict=True)]
    for average in (None, "micro", "macro", "weighted"):
        made += [("F1Score", {"average": average}, "ones", "scores")]
        made += [("FBetaScore", {"average": average, "beta": 2.0, "threshold": 0.4}, "some", "scores")]
    for aggregation in ("uniform_average", "variance_weighted_average", None):
        made += [("R2Score", {"class_aggregation": aggregation}, "numbers", "guesses")]
    made += [("R2Score", {"num_regressors": 2}, "one_number", "one_guess")]
    made += [("MeanIoU", {"num_classes": 3, "dtype": "float32"}, "labels", "others")]
    made += [("MeanIoU", {"num_classes": 4, "ignore_class": 1, "dtype": "float32"}, "labels", "others")]
    made += [("IoU", {"num_classes": 3, "target_class_ids": [0, 2], "dtype": "float32"}, "labels", "others")]
    made += [("OneHotIoU", {"num_classes": 3, "target_class_ids": [0, 1], "dtype": "float32"}, "ones", "scores")]
    made += [("OneHotMeanIoU", {"num_classes": 3, "dtype": "float32"}, "ones", "scores")]
    return made + [("BinaryIoU", {"threshold": 0.4, "dtype": "float32"}, "some", "scores")]


def _rates() -> list[str]:
    return ["specificity", "sensitivity", "recall", "precision"]


def batches() -> list[dict[str, Any]]:
    """Three batches, the last a smaller one: of each kind of targets and predictions, and weights."""
    rng = np.random.default_rng(11)
    made = []
    for count in (6, 6, 4):
        labels = rng.integers(0, 3, count)
        batch = {
            "labels": labels, "column": labels[:, None], "floats": labels.astype("float32"),
            "others": rng.integers(0, 3, count), "ones": np.eye(3, dtype="float32")[labels],
            "some": (rng.random((count, 3)) > 0.4).astype("float32"),
            "numbers": rng.normal(size=(count, 3)).astype("float32"),
            "guesses": rng.normal(size=(count, 3)).astype("float32"),
            "one_number": rng.normal(size=(count, 1)).astype("float32"),
            "one_guess": rng.normal(size=(count, 1)).astype("float32"),
            "shares": rng.dirichlet(np.ones(3), count).astype("float32"),
            "scores": rng.dirichlet(np.ones(3), count).astype("float32"),
            "weights": rng.uniform(0.5, 2, count).astype("float32"),
        }  # fmt: skip
        made.append(batch)
    return made


def record() -> dict[str, Any]:
    """Batches; results of each metric after each of them, without and with weights; signatures; names."""
    from keras import metrics

    signatures = {name: str(inspect.signature(getattr(metrics, name))) for name in CLASSES}
    found = [
        {"class": name, "options": options, "true": true, "pred": pred, "results": _results(name, options, true, pred)}
        for name, options, true, pred in cases()
    ]
    given = [{key: listed(each) for key, each in batch.items()} for batch in batches()]
    objects = {name: type(metrics.get(name)).__name__ for name in NAMES}
    return {"signatures": signatures, "batches": given, "cases": found, "objects": objects}


def _results(name: str, options: dict[str, Any], true: str, pred: str) -> list[list[Any]]:
    from keras import metrics

    plain, weighted = getattr(metrics, name)(**options), getattr(metrics, name)(**options)
    results: list[list[Any]] = [[], []]
    for batch in batches():
        plain.update_state(batch[true], batch[pred])
        weights = batch["weights"]
        if name == "BinaryIoU":  # for which Keras wants a weight for each value
            weights = np.broadcast_to(weights[:, None], batch[true].shape)
        weighted.update_state(batch[true], batch[pred], weights)
        results[0].append(listed(plain.result())["values"])
        results[1].append(listed(weighted.result())["values"])
    return results
