"""Import time, installed size, first calls: what is counted, on small inputs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks import footprint, installed_size, torch_compiled
from benchmarks.footprint import import_seconds, repeated
from benchmarks.keras_models import SIZES, data, ours
from benchmarks.report import Table


def test_import_seconds_times_the_statement_and_keeps_bytecode(tmp_path: Path) -> None:
    assert import_seconds("import autodiff.tree; time.sleep(0.05)", str(tmp_path)) >= 0.05
    assert list(tmp_path.rglob("tree.*.pyc"))


def test_nobody_is_measured_again_when_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=0.0, perf_counter=lambda: clock.now)
    monkeypatch.setattr(footprint, "time", clock)
    monkeypatch.setattr(footprint, "PATIENCE", 5.0)

    def lasting(seconds: float) -> float:
        clock.now += seconds
        return seconds

    assert repeated(lambda: lasting(1.0), 3, "quick") == [1.0] * 3
    assert repeated(lambda: lasting(2.0), 9, "slower") == [2.0] * 3
    assert repeated(lambda: lasting(60.0), 9, "slow") == [60.0]


def test_imports_are_told_with_their_goals(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = {"import numpy": 0.1, "import autodiff": 0.12, "import nn": 0.2, "import peer": 2.0}
    monkeypatch.setattr(footprint, "import_seconds", lambda statement, _=None: seconds[statement])
    section = footprint.import_section({"peer": "import peer"}, rounds=2)
    (table,) = (part for part in section.parts if isinstance(part, Table))
    assert [row[0] for row in table.rows] == ["NumPy", "autodiff", "nn", "peer"]
    assert table.rows[-1][1] == "2,000 (2,000–2,000)"
    assert [goal.measured for goal in section.goals] == [pytest.approx(1.2), 0.2]


# Installed size


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Three distributions: a needs b, which needs a and c; an extra of a, and another system, need more."""
    requires = {"a": ["b>=1", "c; extra == 'more'", "d; sys_platform == 'none'"], "b": ["A", "c"], "c": None, "d": []}

    def version(name: str) -> str:
        if name not in requires:
            raise installed_size.importlib.metadata.PackageNotFoundError
        return "1"

    def files(name: str) -> list[SimpleNamespace]:
        made = [tmp_path / f"{name}.py", tmp_path / f"{name}.pyc"]
        for path in made:
            path.write_bytes(b"." * {"a": 1, "b": 10, "c": 100, "d": 1000}[name])
        gone = tmp_path / "gone.py"
        return [SimpleNamespace(suffix=path.suffix, locate=lambda path=path: path) for path in (*made, gone)]

    for function in (version, files):
        monkeypatch.setattr(f"importlib.metadata.{function.__name__}", function)
    monkeypatch.setattr("importlib.metadata.requires", requires.get)


@pytest.mark.usefixtures("shelf")
def test_a_size_is_that_of_all_that_is_needed_once() -> None:
    pytest.importorskip("packaging", reason="packaging reads requirements")
    assert installed_size.closure(["a"]) == {"a", "b", "c"}
    assert installed_size.sizes(["a"]) == (1, 111, 3)
    assert installed_size.sizes(["b"]) == (10, 111, 3)
    assert installed_size.sizes(["c", "unknown"], own=7) == (7, 107, 2)


def test_our_size_is_that_of_the_sources() -> None:
    root = Path(installed_size.__file__).parents[1]
    modules = sum(path.stat().st_size for package in ("autodiff", "nn") for path in (root / package).rglob("*.py"))
    assert modules <= installed_size.own_size() < 2 * modules


# First steps


def test_first_steps_are_timed_one_after_the_other() -> None:
    made, trained = footprint.first_steps(ours)
    assert made > 0
    assert trained > 0


def test_data_fit_the_classifier() -> None:
    x, y = data(5)
    assert x.shape == (5, SIZES[0])
    assert set(y) <= set(range(SIZES[-1]))


# PyTorch's compiler


def test_what_cannot_compile_is_left_out_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    both = {"PyTorch": 1, torch_compiled.COMPILED: 2}
    monkeypatch.setattr(torch_compiled, "alone", lambda _: "InvalidCxxCompiler: none")
    assert torch_compiled.able(both, quick=False) == (
        {"PyTorch": 1},
        ["PyTorch, compiled is left out: InvalidCxxCompiler: none."],
    )
    monkeypatch.setattr(torch_compiled, "alone", lambda _: "")
    assert torch_compiled.able(both, quick=False) == (both, [])
    assert torch_compiled.able(both, quick=True)[0] == {"PyTorch": 1}
    assert torch_compiled.able({"jax.jit": 1}, quick=True) == ({"jax.jit": 1}, [])
