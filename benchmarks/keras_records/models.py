"""Whole runs of Keras: weights before and after, histories, evaluations and predictions, in float32."""

from __future__ import annotations

from typing import Any

import numpy as np

EPOCHS, BATCH, ROWS = 4, 10, 60  # 24 steps
SPARSE = "sparse_categorical_crossentropy"


def data() -> dict[str, Any]:
    """Images of 4 × 4 numbers, which the lectures' classifier flattens, labels of them, and a sum; small and random."""
    rng = np.random.default_rng(3)
    images = rng.normal(size=(ROWS, 4, 4)).round(3).astype("float32")
    rows = images.reshape(ROWS, 16)
    return {
        "images": images,
        "wide": rows[:, :5],
        "deep": rows[:, 5:],
        "labels": np.argmax(rows[:, :3], axis=1),
        "sums": rows.sum(axis=1, keepdims=True) / 4,
        "weights": rng.uniform(0.5, 2, ROWS).round(3).astype("float32"),
    }


def classifier(k: Any) -> Any:
    """The lectures' classifier of images, made small."""
    layers = k.layers
    shape = [layers.Input((4, 4)), layers.Flatten(), layers.Dense(8, "relu"), layers.Dense(6, "relu")]
    model = k.Sequential([*shape, layers.Dense(3, "softmax")])
    model.compile(optimizer=k.optimizers.SGD(0.05), loss=SPARSE, metrics=["accuracy"])
    return model


def wide_and_deep(k: Any) -> Any:
    """Two inputs and two outputs, each with a loss of its own weight."""
    layers = k.layers
    wide, deep = k.Input((5,), name="wide"), k.Input((11,), name="deep")
    hidden = layers.Dense(6, "tanh")(layers.Dense(6, "tanh")(deep))
    main = layers.Dense(1, name="main")(layers.Concatenate()([wide, hidden]))
    model = k.Model([wide, deep], [main, layers.Dense(1, name="aux")(hidden)])
    model.compile("adam", loss=["mse", "mae"], loss_weights=[0.9, 0.1], metrics=[["mae"], ["mse"]])
    return model


def normalized(k: Any) -> Any:
    """Batch normalisation, which computes otherwise when evaluated, and dropout that drops nothing."""
    layers = k.layers
    between = [layers.BatchNormalization(momentum=0.8), layers.Activation("elu"), layers.Dropout(0.0)]
    first = [layers.Input((4, 4)), layers.Flatten(), layers.Dense(6, use_bias=False), *between]
    model = k.Sequential([*first, layers.Dense(3, "softmax")])
    schedule = k.optimizers.schedules.ExponentialDecay(0.02, 10, 0.5)
    model.compile(k.optimizers.Nadam(schedule), SPARSE, metrics=["accuracy"])
    return model


def bounded(k: Any) -> Any:
    """Regularizers of kernels, biases and outputs; constraints; clipped gradients."""
    layers = k.layers
    penalties = {
        "kernel_regularizer": k.regularizers.L1L2(0.001, 0.01),
        "bias_regularizer": k.regularizers.L2(0.01),
        "activity_regularizer": k.regularizers.L2(0.001),
    }
    hidden = layers.Dense(6, "sigmoid", kernel_constraint=k.constraints.MaxNorm(0.9), **penalties)
    last = layers.Dense(1, kernel_constraint=k.constraints.NonNeg())
    model = k.Sequential([layers.Input((4, 4)), layers.Flatten(), hidden, last])
    model.compile(k.optimizers.RMSprop(0.01, clipnorm=0.5), "huber", weighted_metrics=["mae"])
    return model


# A model, the keys of its inputs and targets, and what else `fit` is told.
CASES: dict[str, tuple[Any, Any, Any, dict[str, Any]]] = {
    "classifier": (classifier, "images", "labels", {"validation_split": 0.25}),
    "wide and deep": (wide_and_deep, ["wide", "deep"], ["sums", "sums"], {}),
    "normalized": (normalized, "images", "labels", {"class_weight": {0: 1.0, 1: 3.0, 2: 0.5}}),
    "bounded": (bounded, "images", "sums", {"sample_weight": data()["weights"]}),
}


def given(keys: Any) -> Any:
    """Arrays by one key or by several."""
    return [data()[key] for key in keys] if isinstance(keys, list) else data()[keys]


def run(k: Any, name: str, start: Any = None) -> dict[str, Any]:
    """Train a case from given weights, in order; the weights at both ends, history, evaluation, prediction."""
    make, inputs, targets, options = CASES[name]
    model = make(k)
    if start is not None:
        model.set_weights(start)
    first = model.get_weights()
    x, y = given(inputs), given(targets)
    history = model.fit(x, y, batch_size=BATCH, epochs=EPOCHS, shuffle=False, verbose=0, **options).history
    return {
        "start": first,
        "history": history,
        "evaluated": model.evaluate(x, y, batch_size=BATCH, verbose=0, return_dict=True),
        "predicted": model.predict(x, verbose=0),
        "weights": model.get_weights(),
        "slots": [each.numpy() for each in model.optimizer.variables],
    }


def record() -> dict[str, Any]:
    import keras

    keras.utils.set_random_seed(0)
    return {"keras": keras.__version__, "runs": {name: plain(run(keras, name)) for name in CASES}}


def plain(value: Any) -> Any:
    """Arrays as lists, of numbers of 8 digits, which tell a float32."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    array = np.asarray(value, np.float64)
    return np.array([float(f"{each:.8g}") for each in array.ravel()]).reshape(array.shape).tolist()
