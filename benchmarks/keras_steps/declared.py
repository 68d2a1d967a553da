"""What a registry does not tell: arguments beside the defaults, targets that fit, and reasons for differences."""

from __future__ import annotations

from typing import Any

Options = list[dict[str, Any]]

# By registry, the arguments of what has none that would do by themselves, or has more than one way to compute.
VARIANTS: dict[str, dict[str, Options]] = {
    "losses": {
        "BinaryCrossentropy": [{}, {"label_smoothing": 0.1}],
        "CategoricalCrossentropy": [{}, {"from_logits": True}, {"label_smoothing": 0.1}],
        "SparseCategoricalCrossentropy": [{}, {"from_logits": True}],
    },
    "activations": {
        "relu": [{}, {"negative_slope": 0.1, "max_value": 1.0, "threshold": 0.2}],
        "gelu": [{}, {"approximate": True}],
        "threshold": [{"threshold": 0.2, "default_value": -0.5}],
        "piecewise_linear": [{"points": [[0.0, 0.0], [1.0, 1.0]]}],
    },
    "regularizers": {"L1L2": [{"l1": 0.01, "l2": 0.02}], "OrthogonalRegularizer": [{}, {"mode": "columns"}]},
    "constraints": {
        "MaxNorm": [{"max_value": 0.8}],
        "MinMaxNorm": [{"min_value": 0.75, "max_value": 0.9, "rate": 0.3}],
    },
    "layers": {
        "BatchNormalization": [{}, {"momentum": 0.5, "epsilon": 0.1, "center": False}],
        "LayerNormalization": [{}],
        "GroupNormalization": [{"groups": 2}],
        "Normalization": [{"mean": [0.5, -1.0, 0.0, 2.0], "variance": [1.0, 4.0, 0.25, 9.0]}],
        "Dropout": [{"rate": 0.5}, {"rate": 0.25, "noise_shape": (None, 1)}],
        "GaussianNoise": [{"stddev": 0.5}],
    },
    "metrics": {
        "BinaryAccuracy": [{}, {"threshold": 0.3}],
        "Precision": [{}, {"top_k": 2}],
        "Recall": [{}, {"class_id": 1}],
        "AUC": [{}, {"curve": "PR"}],
        "SparseTopKCategoricalAccuracy": [{"k": 2}],
        "TopKCategoricalAccuracy": [{"k": 2}],
        "F1Score": [{}, {"average": "macro"}],
        "IoU": [{"num_classes": 3, "target_class_ids": [0, 2], "sparse_y_pred": False}],
        "MeanIoU": [{"num_classes": 3, "sparse_y_pred": False}],
        "OneHotIoU": [{"num_classes": 3, "target_class_ids": [0, 1]}],
        "OneHotMeanIoU": [{"num_classes": 3}],
        "ConfusionMatrix": [{"num_classes": 3}],
        "SensitivityAtSpecificity": [{"specificity": 0.5}],
        "SpecificityAtSensitivity": [{"sensitivity": 0.5}],
        "PrecisionAtRecall": [{"recall": 0.5}],
        "RecallAtPrecision": [{"precision": 0.5}],
    },
}
ANY_NOISE = {"rate": 0.5}

# Keys of `cases.data`; all others take shares, numbers in (0, 1) that add up to 1.
TARGETS = {
    "SparseCategoricalCrossentropy": "labels",
    "CategoricalGeneralizedCrossEntropy": "labels",
    "CategoricalCrossentropy": "ones",
    "CategoricalFocalCrossentropy": "ones",
    "CategoricalHinge": "ones",
    "SparseCategoricalAccuracy": "labels",
    "SparseTopKCategoricalAccuracy": "labels",
    "CategoricalAccuracy": "ones",
    "TopKCategoricalAccuracy": "ones",
    "IoU": "labels",
    "MeanIoU": "labels",
    "ConfusionMatrix": "labels",
    "OneHotIoU": "ones",
    "OneHotMeanIoU": "ones",
    "F1Score": "ones",
    "FBetaScore": "ones",
    **dict.fromkeys(
        ["Hinge", "SquaredHinge", "BinaryIoU", "AUC", "Precision", "Recall", "BinaryAccuracy", "TruePositives",
         "FalsePositives", "TrueNegatives", "FalseNegatives", "PrecisionAtRecall", "RecallAtPrecision",
         "SensitivityAtSpecificity", "SpecificityAtSensitivity"],
        "some",
    ),
}  # fmt: skip

# Recorded variants of optimizers that take the same way as others here; tests hold them to Keras' records.
ALIKE = {
    "sgd nesterov alone", "sgd schedule", "sgd decay schedule", "rmsprop momentum", "rmsprop centered",
    "adagrad start", "adadelta rho", "adam rate", "adam amsgrad weight decay", "nadam accumulation",
    "lamb weight decay", "lion weight decay", "ema", "accumulation schedule",
}  # fmt: skip

# Limits that these models' gradients pass.
CLIPPED = {"clipnorm": 0.05, "global_clipnorm": 0.05, "clipvalue": 0.01}

# Metrics that do not look at targets and predictions, and so are none of a model's.
NOT_OF_MODELS = {"Mean", "Sum", "MeanMetricWrapper"}

# By kind and name: models that Keras does not build.
UNBUILT = {
    (
        "activations",
        "glu",
    ): "Keras' Dense says that `glu` leaves as many units as it gets, so that no layer fits after it."
}

# What rounding may grow to in 100 steps, over the largest number of an array.
LIMITS = {"float32": 1e-4, "float64": 1e-12}

# By kind, and name without arguments (of metrics their own): why numbers differ by more than rounding.
_EXACT = (
    "Keras adds epsilon, 1e-7, to precision, recall and their sum before it divides; nn computes by the definition."
)
_COUNTS = "Keras divides its counts in float32, also where floatx is float64."
REASONS = {
    (
        "activations",
        "sparsemax",
    ): "the outputs of nn add up to 1, as the definition has it; those of Keras 3.15 may not.",
    ("metrics", "F1Score"): _EXACT,
    ("metrics", "FBetaScore"): _EXACT,
    **{("metrics", name): _COUNTS for name in ("IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU", "BinaryIoU")},
}


def reason(kind: str, case: str, part: str, name: str) -> str:
    """Why one thing of a case differs, an empty string where it should not."""
    told = name if kind == part == "metrics" else case
    return REASONS.get((kind, told.partition("(")[0]), "")
