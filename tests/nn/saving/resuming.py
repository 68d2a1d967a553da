"""Runs that are saved on their way, and what comes of them when another process goes on.

`python -m tests.nn.saving.resuming FOLDER` goes on with every file below a folder, and writes how each run ended.
`python -m tests.nn.saving.resuming FOLDER CASE FREQUENCY STEPS...` runs a case under BackupAndRestore once for each
number of steps, after which it is killed by signal 9, and once more to its end. Each time is a process of its own,
forked so that the package is imported once.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import nn
from nn import layers, optimizers
from nn.callbacks import (
    BackupAndRestore,
    CSVLogger,
    EarlyStopping,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
)

EPOCHS, ROWS, BATCH = 4, 24, 6
RNG = np.random.default_rng(3)
X = RNG.normal(size=(ROWS, 3)).astype("float32")
Y = (X @ np.array([[1.0], [-2.0], [0.5]]) + RNG.normal(size=(ROWS, 1))).astype("float32")
LABELS = (Y[:, 0] > 0).astype(int)
HELD = RNG.normal(size=(8, 3)).astype("float32"), RNG.normal(size=(8, 1)).astype("float32")


class Seen(nn.callbacks.Callback):
    """Remembers every second loss, and counts the batches: a user's callback with a state."""

    state_names = ("losses", "count")

    def on_train_begin(self, logs: Any = None) -> None:
        self.losses: list[Any] = []
        self.count = np.float32(0)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.count += np.float32(0.1)
        if batch % 2:
            self.losses.append(logs["loss"] * self.count)


def regression(optimizer: Any, middle: Callable[[], list[Any]] = list, **compiled: Any) -> Any:
    nn.set_random_seed(1)
    parts = [layers.Dense(5, activation="tanh"), *middle(), layers.Dense(1)]
    model = nn.Sequential([nn.Input(shape=(3,)), *parts], name="model")
    model.compile(optimizer, "mse", metrics=["mae"], **compiled)
    return model


def callbacks() -> list[Any]:
    """Those whose state steers the run: each of them acts within the four epochs."""
    return [
        EarlyStopping("loss", min_delta=0.3, patience=2, restore_best_weights=True),
        ReduceLROnPlateau("val_mae", factor=0.5, patience=1, min_delta=0.5, cooldown=1),
    ]


def _by_optimizer(name: str) -> dict[str, Any]:
    model = regression(optimizers.get(name), lambda: [layers.Dropout(0.3)], run_eagerly=name != "Adam")
    rows = slice(22)  # the last batch is smaller
    return {"model": model, "x": X[rows], "y": Y[rows], "validation_data": HELD, "callbacks": callbacks()}


def _noise() -> dict[str, Any]:
    kinds = {layers.Dropout: None, layers.GaussianNoise: 7, layers.GaussianDropout: None, layers.AlphaDropout: 7}

    def middle() -> list[Any]:
        return [*[layer(0.2, seed=seed) for layer, seed in kinds.items()], layers.BatchNormalization()]

    return {"model": regression("adam", middle), "x": X, "y": Y}


def _schedule() -> dict[str, Any]:
    schedule = optimizers.schedules.CosineDecay(0.1, 12, warmup_steps=3, warmup_target=0.2)
    optimizer = optimizers.AdamW(schedule, weight_decay=0.01, use_ema=True, ema_overwrite_frequency=3, clipnorm=1.0)
    return {"model": regression(optimizer, run_eagerly=True), "x": X, "y": Y, "validation_split": 0.2}


def _accumulation() -> dict[str, Any]:
    model = regression(optimizers.Adam(0.05, gradient_accumulation_steps=3), run_eagerly=True)
    return {"model": model, "x": X, "y": Y, "sample_weight": np.linspace(0, 1, ROWS).astype("float32")}


def _rates_by_epoch() -> dict[str, Any]:
    """Each epoch takes a factor of the rate before: told twice of one it would take two."""
    compounding = LearningRateScheduler(lambda epoch, rate: rate * 0.7)
    return {"model": regression("rmsprop"), "x": X, "y": Y, "callbacks": [compounding], "shuffle": False}


def _classes() -> dict[str, Any]:
    nn.set_random_seed(1)
    parts = [layers.Dense(4, "relu"), layers.Dropout(0.5), layers.Dense(2, "softmax")]
    model = nn.Sequential([nn.Input(shape=(3,)), *parts], name="model")
    metrics = {"metrics": ["accuracy"], "weighted_metrics": ["accuracy"]}
    model.compile("nadam", "sparse_categorical_crossentropy", **metrics)
    return {"model": model, "x": X, "y": LABELS, "class_weight": {0: 1.0, 1: 3.0}, "validation_split": 0.25}


def _steps() -> dict[str, Any]:
    """An epoch goes on in the rows where the one before ended."""
    return {"model": regression("adagrad"), "x": X, "y": Y, "steps_per_epoch": 2}


def _generator() -> dict[str, Any]:
    """A generator that draws from NumPy's global numbers, as augmentation often does."""

    def batches() -> Any:
        while True:
            yield X[:BATCH] + np.random.normal(size=(BATCH, 3)).astype("float32"), Y[:BATCH]

    return {"model": regression("adam"), "x": batches(), "steps_per_epoch": 4, "batch_size": None}


def _listed() -> dict[str, Any]:
    """A list of batches that tells no length."""

    class Batches:
        def __iter__(self) -> Any:
            return ((X[i : i + BATCH], Y[i : i + BATCH]) for i in range(0, ROWS, BATCH))

    return {"model": regression("lion"), "x": Batches(), "batch_size": None, "validation_data": HELD}


CASES: dict[str, Callable[[], dict[str, Any]]] = {
    **{name: lambda name=name: _by_optimizer(name) for name in optimizers.registry.names()},  # type: ignore[misc]
    "noise": _noise,
    "schedule": _schedule,
    "accumulation": _accumulation,
    "rates by epoch": _rates_by_epoch,
    "classes": _classes,
    "steps": _steps,
    "generator": _generator,
    "listed": _listed,
}


def arguments(case: dict[str, Any], *more: Any) -> dict[str, Any]:
    """Those of `fit`; callbacks of the case stand before and after those that save."""
    given = case.pop("callbacks", [])
    kwargs = {"batch_size": BATCH, "verbose": 0, **case}
    return {**kwargs, "callbacks": [*given[:1], *more, Seen(), *given[1:]]}


def ending(model: Any, seen: Any) -> dict[str, Any]:
    """All that a run comes to, the random numbers that it would draw next included."""
    history = {f"history/{name}": np.array(values) for name, values in model.history.history.items()}
    weights = {f"weights/{i}": each for i, each in enumerate(model.get_weights())}
    slots = {f"slots/{i}": v.numpy() for i, v in enumerate(model.optimizer.variables)}
    drawn = [nn.random.generator().random(), np.random.random()]
    told = {"losses": np.array(seen.losses), "count": np.asarray(seen.count)}
    return {**history, **weights, **slots, **told, "epochs": np.array(model.history.epoch), "drawn": np.array(drawn)}


def uninterrupted(name: str, *savers: Any, epochs: int = EPOCHS) -> tuple[Any, dict[str, Any]]:
    """The model after a run, and how it ended."""
    case = CASES[name]()
    model = case.pop("model")
    kwargs = arguments(case, *savers)
    model.fit(epochs=epochs, **kwargs)
    seen = next(each for each in kwargs["callbacks"] if isinstance(each, Seen))
    return model, ending(model, seen)


def gone_on(name: str, path: Path) -> dict[str, Any]:
    """How a run ends that was saved to a file."""
    case = CASES[name]()
    case.pop("model")
    model = nn.models.load_model(path)
    kwargs = arguments(case, *([ModelCheckpoint(path.parent / "again.keras")] if path.stem != "last" else []))
    model.fit(epochs=EPOCHS, initial_epoch=model.last_run.epoch, **kwargs)
    return ending(model, next(each for each in kwargs["callbacks"] if isinstance(each, Seen)))


class Kill(nn.callbacks.Callback):
    """The end of the process, without a word to anybody, after some steps."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.steps = steps

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.steps -= 1
        if not self.steps:
            os.kill(os.getpid(), signal.SIGKILL)


def under_backup(folder: Path, name: str, frequency: Any, steps: int) -> None:
    savers = [BackupAndRestore(folder / "backup", frequency), CSVLogger(folder / "log.csv"), Kill(steps)]
    np.savez(folder / "ending.npz", **uninterrupted(name, *savers)[1])


def killed(folder: Path, name: str, frequency: Any, steps: int) -> None:
    """A process that runs a case until it is killed; 0 steps never are."""
    child = os.fork()
    if not child:
        under_backup(folder, name, frequency, steps)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert (os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0) == (signal.SIGKILL if steps else 0)
    assert (folder / "backup" / "latest.zip").exists() == bool(steps)


def main(folder: Path, name: str = "", frequency: str = "epoch", *steps: str) -> None:
    for each in (*steps, "0") if name else ():
        killed(folder, name, frequency if frequency == "epoch" else int(frequency), int(each))
    for path in sorted(folder.glob("*/[el]*.keras")):
        np.savez(path.with_suffix(".npz"), **gone_on(path.parent.name, path))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
