"""Compiled kernels: kept in a folder, so that another process, or another program, need not compile them again.

Each kernel is a module of its own, named by its text and by what compiles it. Numba keeps the machine code next to
it. Where nothing can be written, kernels are compiled in memory.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pickle
import platform
import sys
import tempfile
import threading
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from .definitions import RESERVED

_kernels: dict[str, Any] = {}
_lock = threading.Lock()


@cache
def usable(backend: str) -> str:
    """The backend; NumPy, after a warning, in place of Numba where that is not installed."""
    if backend == "numba":
        try:
            import numba  # noqa: F401  # to see whether it is there, and works with this NumPy
        except ImportError as error:
            warnings.warn(
                f'ad.compile(backend="numba"): {error}. The program runs on NumPy; for kernels compiled by Numba: '
                'pip install "autodiff-nn[fast]"',
                stacklevel=4,  # past the constructor and ad.compile
            )
            return "numpy"
    return backend


def compiled(modules: dict[str, str]) -> dict[str, Any]:
    """The functions that a program's text defines for Numba; those that only kernels call are in their modules."""
    return {**dict.fromkeys(RESERVED), **{name: kernel(text) for name, text in modules.items()}} if modules else {}


def kernel(text: str) -> Any:
    """The function `kernel` of a module, compiled at its first call for each kind of arguments."""
    import numba

    versions = f"{numba.__version__} {np.__version__} {platform.python_version()}"
    name = f"autodiff_kernel_{hashlib.sha256(f'{versions} {text}'.encode()).hexdigest()[:24]}"
    with _lock:
        if name not in _kernels:
            _kernels[name] = _stored(name, text) or _in_memory(text)
        return _kernels[name]


def folder() -> Path:
    """Where kernels are kept: NUMBA_CACHE_DIR, or the user's folder for what can be made again."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "autodiff"


def _stored(name: str, text: str) -> Any:
    """The kernel from its file; None where there can be no file."""
    try:
        path = folder() / f"{name}.py"
        _write(path, text)
        made = _imported(name, path)
        if hasattr(made, "stats"):  # not where NUMBA_DISABLE_JIT leaves Python functions
            _drop_damaged(Path(made.stats.cache_path), name)
    except (OSError, RuntimeError):  # Numba raises RuntimeError where it finds no place for machine code
        return None
    return made


def _write(path: Path, text: str) -> None:
    """Put a text into a file, at once; all processes write the same, down to the time that Numba compares."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.utime(temporary, (0, 0))
    os.replace(temporary, path)


def _imported(name: str, path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module.kernel


def _drop_damaged(place: Path, name: str) -> None:
    """Remove machine code that cannot be read: Numba would not survive it."""
    found = [*place.glob(f"{name}.*.nbi"), *place.glob(f"{name}.*.nbc")]
    if not all(map(_is_readable, found)):
        for each in found:
            each.unlink(missing_ok=True)


def _is_readable(path: Path) -> bool:
    try:
        with open(path, "rb") as file:
            while file.peek(1):
                pickle.load(file)
    except Exception:  # whatever damaged data make of it
        return False
    return True


def _in_memory(text: str) -> Any:
    namespace: dict[str, Any] = {}
    exec(text.replace(", cache=True", ""), namespace)
    return namespace["kernel"]
