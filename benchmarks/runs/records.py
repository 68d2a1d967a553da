"""What one training found, in a file of its own in out/benchmarks/runs.

The file's name ends with a digest of the settings, the versions and the program, so a change of any of them trains
anew, and what was trained before is not trained again.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ..report import FOLDER as REPORT
from ..report import ROOT

FOLDER = REPORT / "runs"
LIBRARIES = {"nn": "nn", "Keras": "keras"}  # by their names in the report
SOURCES = ["autodiff/**/*.py", "nn/**/*.py", *(f"benchmarks/runs/{n}.py" for n in ("data", "networks", "training"))]


class Settings(NamedTuple):
    """What makes a training: of the data, or its substitute, every so many rows are taken."""

    run: str
    library: str
    seed: int
    epochs: int
    every: int
    is_substitute: bool


class Record(NamedTuple):
    """The figures of one training; seconds are those of the clock on the wall."""

    history: dict[str, list[float]]
    before: dict[str, float]  # on the test set
    tested: dict[str, float]
    epoch_seconds: list[float]  # with the validation; the first with compiling
    processor_seconds: list[float]  # of an epoch, by all threads together
    finished: str  # when
    seconds: float  # of the whole process, with its imports


def path(settings: Settings) -> Path:
    """The file of a training."""
    identity = json.dumps([settings, versions(settings.library), sources()])
    digest = hashlib.sha256(identity.encode()).hexdigest()[:16]
    return FOLDER / f"{settings.run}-{settings.library}-{settings.seed}-{digest}.json"


def save(settings: Settings, record: Record) -> None:
    """Write a record, whole or not at all."""
    text = json.dumps({"settings": settings._asdict(), "versions": versions(settings.library), **record._asdict()})
    place = path(settings)
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_suffix(".part")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, place)


def load(settings: Settings) -> Record:
    """Read a record. Raises FileNotFoundError where there is none."""
    found = json.loads(path(settings).read_text(encoding="utf-8"))
    return Record(**{name: found[name] for name in Record._fields})


@cache
def versions(library: str) -> dict[str, str]:
    """Of what takes part in a training with a library."""
    packages = ["numpy", *(["keras", "jax"] if library == "Keras" else [])]
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in packages}}


@cache
def sources() -> str:
    """A digest of the program that a training runs."""
    digest = hashlib.sha256()
    for place in sorted(place for pattern in SOURCES for place in ROOT.glob(pattern)):
        digest.update(place.read_bytes())
    return digest.hexdigest()
