"""Processes that are killed while they save: what is left is the old file or the new one.

`python -m tests.nn.saving.killing 200` kills a process of its own at each of 200 places that are spread over the
bytes of a file, in the middle of a write, and before and after the file is flushed and renamed; each format in turn.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import nn
from nn.saving import archive

NAMES = ("model.keras", "model.h5", "model.weights.h5")


def model_of(value: float) -> Any:
    """A model whose weights are all one value."""
    model = nn.Sequential([nn.Input(shape=(8,)), nn.layers.Dense(16, name="only")], name="model")
    model.set_weights([np.full(w.shape, value) for w in model.weights])
    return model


def save(model: Any, path: Path) -> None:
    model.save_weights(path) if "weights" in path.name else model.save(path)


def value_in(path: Path) -> float:
    """The value of all weights in a file, which must be one."""
    if "weights" in path.name:
        model = model_of(-1.0)
        model.load_weights(path)
    else:
        model = nn.models.load_model(path)
    (value,) = {float(each) for weights in model.get_weights() for each in weights.ravel()}
    return value


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Dying(io.FileIO):
    """A file that kills its process after a number of bytes."""

    left = 0

    def write(self, content: Any) -> int:
        content = memoryview(content).cast("B")
        if len(content) >= Dying.left:
            super().write(content[: Dying.left])
            die()
        Dying.left -= len(content)
        return super().write(content)


def opening(left: int) -> Any:
    def fdopen(handle: int, mode: str) -> Any:
        Dying.left = left
        return Dying(handle, "w+")

    return fdopen


def killing_at(place: Any) -> None:
    """Let this process die after some bytes, or before or after a step."""
    if isinstance(place, int):
        archive.os.fdopen = opening(place)
        return
    when, name = place.split()
    before = getattr(os, name)

    def dying(*args: Any) -> None:
        if when == "after":
            before(*args)
        die()

    setattr(os, name, dying)


def killed(path: Path, new: Any, place: Any) -> bool:
    """Save in a process of its own that is to die at a place; whether it did."""
    child = os.fork()
    if child == 0:
        try:
            killing_at(place)
            save(new, path)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def check(name: str, count: int) -> dict[str, int]:
    """Kill at places all over a file; how often the old and the new file was there afterwards."""
    found = {"old": 0, "new": 0}
    old, new = model_of(1.0), model_of(2.0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        save(new, path)
        size = path.stat().st_size
        steps = [f"{when} {step}" for when in ("before", "after") for step in ("fsync", "replace")]
        for place in [*np.linspace(0, size - 1, count, dtype=int).tolist(), *steps]:
            save(old, path)
            if not killed(path, new, place):
                raise AssertionError(f"{name}: was not killed at {place}")
            value = value_in(path)
            assert value in (1.0, 2.0), (name, place, value)
            assert value == (2.0 if place == "after replace" else 1.0), (name, place, value)
            found["new" if value == 2.0 else "old"] += 1
    return found


if __name__ == "__main__":
    for each in NAMES:
        print(each, check(each, int(sys.argv[1]) if len(sys.argv) > 1 else 200), flush=True)
