"""Broken files by the thousand: each must load, or be a ModelFileError, without code, other files, or much memory.

`python -m tests.nn.saving.fuzz --inputs 100000` breaks good files of every kind, prints where it is, and can be stopped
at any time; `--seed` and `--first` repeat a failure. Inputs run in a process of their own, so that a crash of a library
is found, and told, too.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import signal
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

import nn
from benchmarks.keras_records.files import FILES
from nn.saving import ModelFileError

from .breaking import broken_archive, broken_hdf5, broken_run

WHOLE = [*sorted(FILES.glob("*.keras")), *sorted(each for each in FILES.glob("*.h5") if "weights" not in each.name)]
WHOLE = [each for each in WHOLE if each.stem != "zoo"]  # of 75 layers: too slow to be broken often
RUN = "run.keras"  # a file of our own, which is written anew by each process
X = np.arange(12.0, dtype="float32").reshape(4, 3) / 12
MEMORY = 6 * 2**30  # bytes of address space
SECONDS = 60  # for one input
# What no file may cause, by the names of Python's audit events.
FORBIDDEN = ("exec", "compile", "marshal", "pickle", "os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess",
             "socket", "ctypes", "os.remove", "os.rename", "os.mkdir", "shutil", "urllib", "webbrowser")  # fmt: skip


class Broken(Exception):
    """A file did what it must not do."""


def write_run(folder: Path) -> Path:
    """A file with a run, some of whose callbacks have a state."""
    nn.set_random_seed(1)
    model = nn.Sequential([nn.Input(shape=(3,)), nn.layers.Dropout(0.5), nn.layers.Dense(1)])
    model.compile("adam", "mse", run_eagerly=True)
    model.fit(X, X[:, :1], batch_size=2, epochs=2, callbacks=callbacks(), verbose=0)
    model.save(folder / RUN)
    return folder / RUN


def callbacks() -> list[Any]:
    stopping = nn.callbacks.EarlyStopping("loss", patience=3, restore_best_weights=True)
    return [stopping, nn.callbacks.ReduceLROnPlateau("loss", patience=1), nn.callbacks.Diagnose()]


def go_on(model: Any) -> None:
    """Let `fit` take up the run that the file tells of."""
    epoch = model.last_run.epoch if model.last_run is not None else 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, X[:, :1], batch_size=2, initial_epoch=epoch, epochs=epoch + 1, callbacks=callbacks(), verbose=0)


def check(number: int, seed: int, folder: Path) -> str:
    """Break one file and read it: what came of it. Raises Broken, or what was raised, where that is wrong."""
    draw = random.Random(f"{seed}/{number}")
    sources = [*WHOLE, folder / RUN]
    source = sources[number % len(sources)]
    how = broken_run if source.name == RUN else broken_archive if source.suffix == ".keras" else broken_hdf5
    path = folder / f"broken{source.suffix}"
    path.write_bytes(how(draw, source.read_bytes()))
    ALLOWED.add(str(path))
    try:
        model = watched(path)
        if how is broken_run:
            go_on(model)
    except ModelFileError as error:
        if len(str(error)) < 20 or len(str(error)) > 5000:
            raise Broken(f"an error that tells nothing, or too much: {error!r:.300}") from error
        return "refused"
    return "read"


def watched(path: Path) -> Any:
    """Read a file. Raises Broken where that ran code, or opened another file."""
    SEEN.clear()
    signal.alarm(SECONDS)
    WATCH["on"] = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return nn.models.load_model(path)
    finally:
        WATCH["on"] = False
        signal.alarm(0)
        if SEEN:
            raise Broken(f"reading it did {SEEN[:3]}")


# What happens while a file is read.
ALLOWED: set[str] = set()
WATCH = {"on": False}
SEEN: list[str] = []


def watch(event: str, args: tuple[Any, ...]) -> None:
    """An audit hook: nothing that runs code, and no other file than the one that is read."""
    if not WATCH["on"] or (event == "compile" and args[0] == b"def foo(): pass"):  # inspect.signature's own
        return
    if event.startswith(FORBIDDEN) or (
        event == "open" and str(args[0]) not in ALLOWED and "pycache" not in str(args[0])
    ):
        SEEN.append(f"{event} {args!r:.200}")


def prepare(folder: Path) -> None:
    """Import all that reading needs, so that imports are not seen as a file's doing; then watch, within bounds."""
    for path in WHOLE:
        nn.models.load_model(path)
    go_on(nn.models.load_model(write_run(folder)))
    sys.addaudithook(watch)
    WATCH["on"] = True
    exec("pass")
    WATCH["on"] = False
    if not SEEN:
        raise Broken("what runs is not seen")


def bound() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def run(first: int, last: int, seed: int, out: Any) -> None:
    """Check a range of inputs; each is told before it is tried, so that a crash can be laid at its door."""
    logging.getLogger("nn").setLevel("CRITICAL")
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        bound()
        for number in range(first, last):
            print(number, file=out, flush=True)
            counts[check(number, seed, Path(folder))] += 1
    print(json.dumps(counts), file=out, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--worker", nargs=2, type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        run(*given.worker, given.seed, sys.stdout)
        return
    sys.exit(0 if rounds(given.first, given.first + given.inputs, given.seed) else 1)


def rounds(first: int, last: int, seed: int, size: int = 5000) -> bool:
    """All inputs, in processes of their own; whether nothing was wrong."""
    failures, counts, at = 0, Counter[str](), first
    try:
        while at < last:
            done, found, error = _round(at, min(at + size, last), seed)
            counts.update(found)
            if error:
                failures += 1
                again = f"python -m tests.nn.saving.fuzz --seed {seed} --first {done} --inputs 1"
                print(f"\ninput {done}: {error}\nagain: {again}")
            at = done + 1
            print(f"{at - first:,} of {last - first:,} inputs, {failures} wrong; {dict(counts)}", flush=True)
    except KeyboardInterrupt:
        print(f"\nstopped; go on with --seed {seed} --first {at}")
    return not failures


def _round(first: int, last: int, seed: int) -> tuple[int, dict[str, int], str]:
    """A range of inputs in a process: the last one that it reached, the counts, and what was wrong."""
    command = [sys.executable, "-m", "tests.nn.saving.fuzz", "--seed", str(seed), "--worker", str(first), str(last)]
    process = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    lines = process.stdout.splitlines() or [str(first)]
    if process.returncode == 0:
        return last - 1, json.loads(lines[-1]), ""
    why = process.stderr[-3000:] if process.returncode > 0 else f"killed by signal {-process.returncode}"
    return int(lines[-1]), {"read or refused": len(lines) - 1}, why


if __name__ == "__main__":
    try:
        main()
    except Exception:
        traceback.print_exc()
        sys.exit(1)
