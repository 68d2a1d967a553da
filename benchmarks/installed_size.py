"""How much a package and what it needs take on the disk."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator
from pathlib import Path

from .report import ROOT

OURS = "autodiff-nn"
PACKAGES = ("autodiff", "nn")  # what the wheel holds


def closure(requirements: list[str]) -> set[str]:
    """The installed distributions that requirements name, and all that those need."""
    found: set[str] = set()
    waiting = list(needed(requirements))
    while waiting:
        name = waiting.pop()
        if name not in found and is_distribution(name):
            found.add(name)
            waiting += needed(importlib.metadata.requires(name) or [])
    return found


def needed(requirements: list[str]) -> Iterator[str]:
    """The names of the requirements that count here: not those of extras, or of other systems."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    for requirement in map(Requirement, requirements):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield canonicalize_name(requirement.name)


def is_distribution(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def size_of(distribution: str) -> int:
    """The bytes of an installed distribution's files, without bytecode."""
    files = importlib.metadata.files(distribution) or []
    paths = [Path(str(file.locate())) for file in files if file.suffix != ".pyc"]
    return sum(path.stat().st_size for path in paths if path.is_file())


def own_size() -> int:
    """The bytes of what our wheel holds, from the source: an editable installation has no files of its own."""
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*") if "__pycache__" not in path.parts]
    return sum(path.stat().st_size for path in paths if path.is_file())


def sizes(requirements: list[str], own: int = 0) -> tuple[int, int, int]:
    """The bytes of the first requirement's files (or `own`), of all with what they need, and the distributions."""
    names = closure(requirements)
    first = own or size_of(next(needed(requirements)))
    return first, own + sum(map(size_of, names)), len(names) + bool(own)
