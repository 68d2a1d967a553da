"""Training and prediction through Keras' interface, ours and Keras' own: `python -m benchmarks.fit [--quick]`.

Prints ratios from one run and writes them to out/benchmarks/fit.md. A step of `fit` is that of the lectures'
network of 300, 100 and 10 units on batches of 32, with SGD and the accuracy; the step alone is the floor.
"""

from __future__ import annotations

import importlib.util
import os
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from .compile import Bound, timed_section
from .engine import (
    ROOT,
    Effort,
    Goal,
    Section,
    conditions,
    goals_section,
    import_seconds,
    limit_threads,
    parsed,
    show,
    table,
)
from .timing import Maker, alone, first_call, interleaved, progress, spread

OUTPUT = ROOT / "out" / "benchmarks" / "fit.md"
STEPS = 100  # of one call of fit
ROWS = 32 * STEPS


def data() -> tuple[Any, Any]:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(ROWS, 784)).astype(np.float32)
    return x, generator.integers(0, 10, ROWS)


def classifier(keras: Any) -> Any:
    """The listing, in a module that speaks Keras."""
    model = keras.Sequential(
        [
            keras.Input(shape=(784,)),
            keras.layers.Dense(300, activation="relu"),
            keras.layers.Dense(100, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])
    return model


def ours() -> Any:
    import nn

    return nn


def keras_on(backend: str) -> Any:
    """Keras with a backend; of a process the first import decides."""
    os.environ["KERAS_BACKEND"] = backend
    import keras

    return keras


def fitting(library: Callable[[], Any]) -> Callable[[], Any]:
    """A call of `fit` of one epoch."""
    model, (x, y) = classifier(library()), data()
    return partial(model.fit, x, y, batch_size=32, epochs=1, verbose=0)


def stepping() -> Callable[[], Any]:
    """As many compiled steps on one batch, without `fit` around them."""
    model, (x, y) = classifier(ours()), data()
    batch = x[:32], y[:32]
    model.fit(*batch, verbose=0)
    program = model.train_function.program

    def steps() -> None:
        for _ in range(STEPS):
            program(*batch)

    return steps


def predicting(library: Callable[[], Any], rows: int) -> Callable[[], Any]:
    model, (x, _) = classifier(library()), data()
    return partial(model.predict, x[:rows], verbose=0)


def building() -> Callable[[], Any]:
    return partial(classifier, ours())


def backends() -> dict[str, Callable[[], Any]]:
    """Keras on the backends that are installed."""
    if importlib.util.find_spec("keras") is None:
        return {}
    names = {"JAX": "jax", "TensorFlow": "tensorflow"}
    there = {name: module for name, module in names.items() if importlib.util.find_spec(module) is not None}
    return {f"Keras on {name}": partial(keras_on, module) for name, module in there.items()}


def races(effort: Effort) -> list[Section]:
    peers = backends()
    fits: dict[str, Maker] = {"compiled step alone": stepping, "nn": partial(fitting, ours)}
    fits |= {name: partial(fitting, library) for name, library in peers.items()}
    bounds = [Bound("nn", "compiled step alone", 1.15)]
    bounds += [Bound("nn", name, most) for name, most in (("Keras on JAX", 0.9), ("Keras on TensorFlow", 0.35))]
    bounds = [each for each in bounds if each.baseline in fits]
    title = f"fit, {STEPS} steps of batch 32, 784-300-100-10, SGD, accuracy"
    sections = [timed_section(title, interleaved(fits, effort.rounds, effort.seconds, title), bounds)]
    predicts: dict[str, Maker] = {"nn": partial(predicting, ours, 1)}
    predicts |= {name: partial(predicting, library, 1) for name, library in peers.items()}
    times = interleaved(predicts, effort.rounds, effort.seconds, "predict")
    one = timed_section("predict, one row", times, [])
    goal = Goal("Microseconds for predict of one row", 100, spread(times["nn"]).median * 1e6)
    return [*sections, one._replace(goals=[goal])]


def start_section(rounds: int) -> Section:
    """What comes before the first step: the import, and making the model."""
    with tempfile.TemporaryDirectory() as bytecode:
        import_seconds("import nn", bytecode)  # compiles it
        imports = spread([import_seconds("import nn", bytecode) for _ in range(rounds)]).median
    made = spread([alone(partial(first_call, building)) for _ in progress(range(rounds), "build")]).median
    goals = [Goal("Seconds for import nn", 0.25, imports), Goal("Seconds to build and compile the model", 0.3, made)]
    rows = [["import nn", f"{imports:.3f}"], ["build and compile the model", f"{made:.3f}"]]
    return Section("Before the first step", table(["", "s"], rows), goals)


def main(arguments: Sequence[str] | None = None) -> None:
    options = parsed(arguments, __doc__)
    if options.threads:
        limit_threads(options.threads)
    effort = Effort(5, 0.3) if options.quick else Effort(15, 1.0)
    texts = [conditions(effort)]
    sections = []
    for section in (*races(effort), start_section(3 if options.quick else 7)):
        sections.append(section)
        texts.append(show(section))
    texts.append(show(goals_section(sections)))
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text("\n".join(texts), encoding="utf-8")


if __name__ == "__main__":
    main()
