"""Kernels as text and in the cache: compiled once, for all programs and processes; and what is done without Numba."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autodiff as ad
from autodiff.compiler.kernels import storage, usable

from .comparing import same

numba = pytest.importorskip("numba")


def test_kernels_are_the_same_for_all_batch_sizes() -> None:
    def layer(x: Any, b: Any) -> Any:
        return np.maximum(x + b, 0) * 2

    step = ad.compile(layer, backend="numba")
    before = None
    for batch in (40, 50, 60):
        x = np.ones((batch, 40))
        same(step(x, np.ones(40)), layer(x, np.ones(40)))
        before = before or len(storage._kernels)
    assert len(storage._kernels) == before


def test_the_program_runs_from_its_text(tmp_path: Path) -> None:
    """It is a module that needs NumPy and Numba, and each equation of a kernel is a line of it."""

    def layer(x: Any, W: Any, b: Any) -> Any:
        return np.mean(np.tanh(x @ W + b) ** 2)

    rng = np.random.default_rng(0)
    args = [rng.standard_normal(shape) for shape in ((4, 3), (3, 5), (5,))]
    step = ad.compile(layer, backend="numba")
    expected = step(*args)
    path = tmp_path / "exported.py"
    path.write_text(step.source)
    specification = importlib.util.spec_from_file_location("exported", path)
    exported = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(exported)
    np.testing.assert_allclose(exported.layer(*args), expected)
    assert "tanh_ij = np.tanh(add_ij)" in step.source


# Without Numba, and from process to process


def test_without_numba_there_is_one_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    usable.cache_clear()
    with pytest.warns(UserWarning, match=r'pip install "autodiff-nn\[fast\]"'):
        assert usable("numba") == "numpy"
    assert usable("numba") == "numpy"
    assert usable("numpy") == "numpy"
    usable.cache_clear()


def test_where_nothing_can_be_written_kernels_are_compiled_in_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(storage, "_kernels", {})
    monkeypatch.setattr(storage, "folder", lambda: tmp_path / "file" / "folder")
    step = ad.compile(lambda x: x * 5 + 1, backend="numba")
    same([step(np.ones(4)), step(np.ones(4))], [np.full(4, 6.0)] * 2)
    assert not (tmp_path / "file").read_text()


PROCESS = """
import numpy as np, autodiff as ad
from autodiff.compiler.kernels import storage
step = ad.compile(lambda x: np.sum(x * 3 + 1, axis=0), backend="numba")
assert np.array_equal(step(np.ones((4, 40))), np.full(40, 16.0))
(kernel,) = storage._kernels.values()
print(sum(kernel.stats.cache_hits.values()), sum(kernel.stats.cache_misses.values()), sep=" ")
"""


def start(tmp_path: Path) -> subprocess.Popen[str]:
    environment = {"NUMBA_CACHE_DIR": str(tmp_path), "PATH": "", "HOME": str(tmp_path), "PYTHONHASHSEED": "0"}
    return subprocess.Popen([sys.executable, "-W", "error", "-c", PROCESS], env=environment, stdout=-1, text=True)


def hits_and_misses(process: subprocess.Popen[str]) -> list[int]:
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return [int(each) for each in out.split()]


def test_another_process_finds_what_was_compiled(tmp_path: Path) -> None:
    """Two at once do no harm; the next compiles nothing; damaged files are made again."""
    for process in [start(tmp_path), start(tmp_path)]:
        hits, misses = hits_and_misses(process)
        assert hits + misses == 1
    assert hits_and_misses(start(tmp_path)) == [1, 0]
    for path in tmp_path.rglob("*.nb?"):
        path.write_bytes(path.read_bytes()[:-20])
    for path in tmp_path.rglob("*.py"):
        path.write_text("nonsense(")
    assert hits_and_misses(start(tmp_path)) == [0, 1]
    assert hits_and_misses(start(tmp_path)) == [1, 0]
