"""Broken files by the thousand: each must load, or be a ModelFileError, without code, other files, or much memory.

`python -m tests.nn.saving.fuzz --inputs 100000` breaks good files of every kind, prints where it is, and can be stopped
at any time; `--seed` and `--first` repeat a failure. Inputs run in a process of their own, so that a crash of a library
is found, and told, too.
"""

from __future__ import annotations

import argparse
import io
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
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

import nn
from benchmarks.keras_records.files import FILES
from nn.saving import ModelFileError

WHOLE = [*sorted(FILES.glob("*.keras")), *sorted(each for each in FILES.glob("*.h5") if "weights" not in each.name)]
WHOLE = [each for each in WHOLE if each.stem != "zoo"]  # of 75 layers: too slow to be broken often
MEMORY = 6 * 2**30  # bytes of address space
SECONDS = 60  # for one input
# What no file may cause, by the names of Python's audit events.
FORBIDDEN = ("exec", "compile", "marshal", "pickle", "os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess",
             "socket", "ctypes", "os.remove", "os.rename", "os.mkdir", "shutil", "urllib", "webbrowser")  # fmt: skip
ODD = [None, True, -1, 0, 1, 2**31, 2**63, 10**30, 1e308, -0.5, float("nan"), "", "x", "../../etc/passwd", "os.system",
       "é" * 50, [], {}, [[]], [None], {"class_name": "Dense"}, {"class_name": "Lambda", "config": {}}, [10**9, 10**9],
       {"class_name": "__lambda__", "config": {"code": "4wAAAAA="}}, {"class_name": "function", "config": "exec"},
       {"module": "os", "class_name": "system", "config": {}, "registered_name": "os.system"},
       {"class_name": "__numpy__", "config": {"value": [1, 2], "dtype": "object"}},
       {"class_name": "__keras_tensor__", "config": {"keras_history": ["a", 0, 7]}}]  # fmt: skip


class Broken(Exception):
    """A file did what it must not do."""


def broken_bytes(draw: random.Random, content: bytes) -> bytes:
    """Bytes with some changed, left out, doubled, or cut off."""
    made = bytearray(content)
    for _ in range(draw.choice([1, 1, 2, 4, 16])):
        at, length = draw.randrange(len(made) or 1), draw.choice([1, 2, 4, 8, 64])
        how = draw.randrange(6)
        if how == 0:
            made[at : at + length] = draw.randbytes(length)
        elif how == 1 and made:
            made[min(at, len(made) - 1)] ^= 1 << draw.randrange(8)
        elif how == 2:
            del made[at : at + length]
        elif how == 3:
            made[at:at] = made[at : at + length]
        elif how == 4:
            made[at : at + length] = draw.choice([b"\x00", b"\xff"]) * length
        elif draw.random() < 0.2:
            del made[at:]
    return bytes(made)


def broken_tree(draw: random.Random, tree: Any) -> Any:
    """JSON with some values replaced, left out, doubled or moved."""
    tree = json.loads(json.dumps(tree))
    for _ in range(draw.choice([1, 1, 2, 5])):
        places = list(_places(tree))
        if not places:
            break
        container, key = draw.choice(places)
        how = draw.randrange(6)
        if how <= 2:
            container[key] = json.loads(json.dumps(draw.choice(ODD)))
        elif how == 3:
            del container[key]
        elif how == 4:
            other, at = draw.choice(places)
            container[key] = json.loads(json.dumps(other[at])) if _has(other, at) else None
        elif isinstance(container, dict):
            container[draw.choice(["name", "class_name", "config", "units", "x", "__class__"])] = container.pop(key)
        else:
            container.append(container[key])
    return tree


def _places(tree: Any) -> Any:
    if isinstance(tree, (dict, list)):
        for key in list(tree) if isinstance(tree, dict) else range(len(tree)):
            yield tree, key
            yield from _places(tree[key])


def _has(container: Any, key: Any) -> bool:
    return key in container if isinstance(container, dict) else key < len(container)


def broken_archive(draw: random.Random, content: bytes) -> bytes:
    """A '.keras' file: broken as a whole, or in its config, or in its weights."""
    if draw.random() < 0.2:
        return broken_bytes(draw, content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    if draw.random() < 0.6:
        members["config.json"] = _broken_json(draw, members["config.json"])
    else:
        members["model.weights.h5"] = broken_bytes(draw, members["model.weights.h5"])
    if draw.random() < 0.05:
        members[draw.choice(["../x", "/x", "config.json/x", "\\x", "."])] = members.pop(draw.choice(list(members)))
    return _packed(members)


def _packed(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, each in members.items():
            archive.writestr(name, each)
    return made.getvalue()


def _broken_json(draw: random.Random, content: bytes) -> bytes:
    if draw.random() < 0.2:
        return broken_bytes(draw, content)
    return json.dumps(broken_tree(draw, json.loads(content))).encode()


def broken_hdf5(draw: random.Random, content: bytes) -> bytes:
    """A '.h5' file: broken as a whole, or in the texts of its attributes."""
    if draw.random() < 0.5:
        return broken_bytes(draw, content)
    import h5py

    made = io.BytesIO(content)
    with h5py.File(made, "r+") as file:
        name = draw.choice(["model_config", "training_config"])
        file.attrs[name] = np.bytes_(_broken_json(draw, json.dumps(json.loads(file.attrs[name])).encode()))
    return made.getvalue()


def check(number: int, seed: int, folder: Path) -> str:
    """Break one file and read it: what came of it. Raises Broken, or what was raised, where that is wrong."""
    draw = random.Random(f"{seed}/{number}")
    source = WHOLE[number % len(WHOLE)]
    content = source.read_bytes()
    made = broken_archive(draw, content) if source.suffix == ".keras" else broken_hdf5(draw, content)
    path = folder / f"broken{source.suffix}"
    path.write_bytes(made)
    ALLOWED.add(str(path))
    try:
        watched(path)
    except ModelFileError as error:
        if len(str(error)) < 20 or len(str(error)) > 5000:
            raise Broken(f"an error that tells nothing, or too much: {error!r:.300}") from error
        return "refused"
    return "read"


def watched(path: Path) -> None:
    """Read a file. Raises Broken where that ran code, or opened another file."""
    SEEN.clear()
    signal.alarm(SECONDS)
    WATCH["on"] = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            nn.models.load_model(path)
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


def prepare() -> None:
    """Import all that reading needs, so that imports are not seen as a file's doing; then watch, within bounds."""
    for path in WHOLE:
        nn.models.load_model(path)
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
    prepare()
    bound()
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
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
