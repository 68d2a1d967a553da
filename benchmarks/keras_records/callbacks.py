"""When Keras' callbacks stop a run or lower its rate, and the files that they write, for made-up runs."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

_WALKS = [np.random.default_rng(seed).normal(size=12).cumsum() / 2 + 3 for seed in range(6)]
RUNS = [[round(float(value), 2) for value in walk] for walk in _WALKS]
RUNS += [[3.0, 2.0, 1.0, 0.5], [1.0] * 6, [1.0, 2.0, 3.0, 2.0, 1.0, 0.5]]
STOPPING: list[dict[str, Any]] = [
    {"patience": 0}, {"patience": 1}, {"patience": 3}, {"patience": 2, "min_delta": 0.3},
    {"patience": 2, "mode": "max"}, {"patience": 2, "baseline": 2.5}, {"patience": 1, "start_from_epoch": 4},
    {"patience": 2, "mode": "max", "min_delta": -0.4, "baseline": 3.5},
]  # fmt: skip
PLATEAU: list[dict[str, Any]] = [
    {"patience": 1}, {"patience": 2, "factor": 0.5}, {"patience": 1, "cooldown": 2, "factor": 0.5},
    {"patience": 0, "min_lr": 0.003}, {"patience": 1, "mode": "max", "min_delta": 0.5}, {"patience": 2, "cooldown": 1},
]  # fmt: skip
LOGS: list[list[dict[str, float]]] = [
    [{"loss": 1.5, "accuracy": 0.5}, {"loss": 1.0, "accuracy": 0.75}],
    [{"loss": 1.5, "val_loss": 2.5}, {"loss": 1.0}, {"loss": 0.5, "val_loss": 2.0}],
]


def stopping(callbacks: Any, model: Any, run: list[float], options: dict[str, Any]) -> list[Any]:
    """Which epoch a run is stopped at, and which one was best."""
    callback = callbacks.EarlyStopping("told", **{"mode": "min", **options})
    callback.set_model(model)
    model.stop_training = False
    callback.on_train_begin({})
    for epoch, value in enumerate(run):
        callback.on_epoch_end(epoch, {"told": value})
        if model.stop_training:
            break
    return [callback.stopped_epoch, model.stop_training, callback.best, callback.wait]


def rates(callbacks: Any, model: Any, run: list[float], options: dict[str, Any]) -> list[float]:
    """The rate after each epoch."""
    callback = callbacks.ReduceLROnPlateau("told", **{"mode": "min", **options})
    callback.set_model(model)
    model.optimizer.learning_rate = 0.01
    callback.on_train_begin({})
    found = []
    for epoch, value in enumerate(run):
        callback.on_epoch_end(epoch, {"told": value})
        found.append(float(np.asarray(model.optimizer.learning_rate)))
    return found


def file(callbacks: Any, model: Any, logs: list[dict[str, float]]) -> str:
    """What the file of a run holds, and of another one after it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        for append in (False, True):
            callback = callbacks.CSVLogger(str(path), append=append)
            callback.set_model(model)
            callback.on_train_begin({})
            for epoch, each in enumerate(logs):
                callback.on_epoch_end(epoch, dict(each))
            callback.on_train_end({})
        return path.read_text()


def answers(callbacks: Any, model: Any) -> dict[str, Any]:
    """The same of any package with these callbacks."""
    return {
        "stopping": [[stopping(callbacks, model, run, each) for run in RUNS] for each in STOPPING],
        "rates": [[rates(callbacks, model, run, each) for run in RUNS] for each in PLATEAU],
        "files": [file(callbacks, model, logs) for logs in LOGS],
    }


def record() -> dict[str, Any]:
    import keras

    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return answers(keras.callbacks, model)
