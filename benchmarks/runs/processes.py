"""Trainings in processes of their own, two at once, each with one thread."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from tempfile import TemporaryFile
from typing import Any, NamedTuple

from ..command import THREADS
from ..report import ROOT
from . import records
from .records import Record, Settings

AT_ONCE = 2
LOOK = 0.05  # seconds between two looks at the processes


class Started(NamedTuple):
    """A process, when it was started, and what it writes."""

    process: subprocess.Popen[bytes]
    time: float
    output: Any
    errors: Any


def train_all(wanted: Sequence[Settings]) -> Iterator[Settings]:
    """Train what has no record yet; each is yielded when its record is there.

    Raises RuntimeError with the last lines of a process that failed. Whatever ends this early ends the processes.
    """
    waiting = [each for each in wanted if not records.path(each).exists()]
    yield from [each for each in wanted if each not in waiting]
    running: dict[Settings, Started] = {}
    try:
        while waiting or running:
            while waiting and len(running) < AT_ONCE:
                settings = waiting.pop(0)
                running[settings] = start(settings)
            time.sleep(LOOK)
            for settings in [each for each, started in running.items() if started.process.poll() is not None]:
                records.save(settings, result(settings, running.pop(settings)))
                yield settings
    finally:
        for started in running.values():
            stop(started)


def start(settings: Settings) -> Started:
    """Start a training."""
    environment = {"KERAS_BACKEND": "jax", **os.environ, **dict.fromkeys(THREADS, "1")}
    # Files, since a pipe would be full before its end is read; result() or stop() closes them.
    output, errors = TemporaryFile(), TemporaryFile()  # noqa: SIM115
    process = subprocess.Popen(command(settings), cwd=ROOT, env=environment, stdout=output, stderr=errors)
    return Started(process, time.perf_counter(), output, errors)


def command(settings: Settings) -> list[str]:
    """A training, as it can be started by hand as well."""
    name, library, *numbers = settings
    return [sys.executable, "-m", "benchmarks.runs.training", name, library, *(str(int(n)) for n in numbers)]


def result(settings: Settings, started: Started) -> Record:
    """What a process that has ended wrote in its last line."""
    with started.output as output, started.errors as errors:
        if started.process.returncode:
            last = "\n".join(text_of(errors)[-10:])
            raise RuntimeError(f"{' '.join(command(settings)[1:])} ended with {started.process.returncode}:\n{last}")
        return Record(**json.loads(text_of(output)[-1]), seconds=time.perf_counter() - started.time)


def stop(started: Started) -> None:
    """End a training before its end."""
    with started.output, started.errors, started.process:
        started.process.terminate()


def text_of(stream: Any) -> list[str]:
    """The lines of a file, from its beginning."""
    stream.seek(0)
    lines: list[str] = stream.read().decode(errors="replace").splitlines()
    return lines
