"""What the figures were measured with and on."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import os
import platform
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import autodiff as ad

PEERS = {
    "Keras": "keras",
    "PyTorch": "torch",
    "TensorFlow": "tensorflow",
    "jax.jit": "jax",
    "Numba": "numba",
    "HIPS autograd": "autograd",
    "MyGrad": "mygrad",
    "micrograd": "micrograd",
    "scikit-learn": "sklearn",
}


def is_installed(name: str) -> bool:
    """Whether a peer is there, by its name in the report."""
    return importlib.util.find_spec(PEERS[name]) is not None


def missing() -> list[str]:
    """The peers that are not installed."""
    return [name for name in PEERS if not is_installed(name)]


_SKIPPED: set[str] = set()


@contextmanager
def without(names: Iterable[str]) -> Iterator[None]:
    """Leave peers out of all that is done inside a `with` statement."""
    before = set(_SKIPPED)
    _SKIPPED.update(names)
    try:
        yield
    finally:
        _SKIPPED.clear()
        _SKIPPED.update(before)


def left_out() -> set[str]:
    """The peers that take no part."""
    return {*missing(), *_SKIPPED}


def conditions() -> str:
    """The versions, the machine, its threads, and the peers that are left out, in sentences."""
    versions = [_version("numpy"), *(_version(PEERS[name]) for name in PEERS if is_installed(name))]
    sentences = [
        f"autodiff {ad.__version__}, {', '.join(versions)}, Python {platform.python_version()}.",
        f"{processor()}, {cores()} cores. Threads: NumPy's BLAS {blas_threads()}.",
    ]
    if missing():
        sentences.append(
            f"Not installed, left out: {', '.join(missing())} (the extra `bench` installs all but TensorFlow)."
        )
    if _SKIPPED:
        sentences.append(f"Left out to be quick: {', '.join(sorted(_SKIPPED))}.")
    return " ".join(sentences)


def _version(module: str) -> str:
    name = distribution(module)
    return f"{name} {importlib.metadata.version(name)}"


def distribution(module: str) -> str:
    """What one installs to have an installed module: for sklearn it is scikit-learn."""
    return _distributions()[module][0]


@functools.cache
def _distributions() -> Mapping[str, list[str]]:
    return importlib.metadata.packages_distributions()


def processor() -> str:
    """The processor's name where the system tells it."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def blas_threads() -> str:
    """How many threads NumPy's matrix products may use."""
    return os.environ.get("OPENBLAS_NUM_THREADS") or os.environ.get("OMP_NUM_THREADS") or str(cores())
