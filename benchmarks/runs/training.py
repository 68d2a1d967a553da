"""One training, in a process of its own: `python -m benchmarks.runs.training RUN LIBRARY SEED EPOCHS EVERY SUBSTITUTE`.

Of the data, or of its substitute (1, not 0), it takes every so many rows. Both libraries start from the weights that
`nn` makes of the seed, and each shuffles in its own way. The last line that it prints is what it found, as JSON.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from datetime import datetime, timezone
from itertools import pairwise
from typing import Any

import nn

from .data import Splits
from .declared import RUNS, Run
from .records import LIBRARIES, Settings

Build = Callable[[Any, Any], Any]


def main() -> None:
    name, library, *numbers = sys.argv[1:]
    run = next(run for run in RUNS if run.name == name)
    seed, epochs, every, is_substitute = map(int, numbers)
    settings = Settings(name, library, seed, epochs, every, bool(is_substitute))
    splits = run.substitute() if is_substitute else run.source()
    print(json.dumps(trained(run, settings, splits.thinned(every))))


def trained(run: Run, settings: Settings, splits: Splits) -> dict[str, Any]:
    """Train with a library from a seed, and test before and after: what a record holds but for its seconds."""
    keras = importlib.import_module(LIBRARIES[settings.library])
    x, y = splits.train
    weights = initial_weights(run.build, settings.seed, x)
    keras.utils.set_random_seed(settings.seed)
    model = run.build(keras, x)
    model.set_weights(weights)
    before = evaluated(model, splits)
    ends = [now()]
    clock = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: ends.append(now()))
    history = model.fit(
        x,
        y,
        epochs=settings.epochs,
        batch_size=run.batch,
        validation_data=splits.validation,
        verbose=0,
        callbacks=[clock],
    ).history
    return {
        "history": {name: list(map(float, values)) for name, values in history.items()},
        "before": before,
        "tested": evaluated(model, splits),
        "epoch_seconds": [end[0] - start[0] for start, end in pairwise(ends)],
        "processor_seconds": [end[1] - start[1] for start, end in pairwise(ends)],
        "finished": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }


def now() -> tuple[float, float]:
    """The time on the wall, and that of all processors in this process."""
    return time.perf_counter(), time.process_time()


def initial_weights(build: Build, seed: int, x: Any) -> list[Any]:
    """The weights that our initializers make of a seed."""
    nn.utils.set_random_seed(seed)
    return list(build(nn, x).get_weights())


def evaluated(model: Any, splits: Splits) -> dict[str, float]:
    """The loss and the metrics on the test set."""
    found = model.evaluate(*splits.test, verbose=0, return_dict=True)
    return {name: float(value) for name, value in found.items()}


if __name__ == "__main__":
    main()
