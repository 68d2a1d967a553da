"""The benchmarks' arithmetic, and that all contenders compute the same. No speed is asserted here."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from benchmarks import contenders, engine, timing
from benchmarks.chain import LENGTH, autodiff_chain
from benchmarks.contenders import Build, Contender, Problem, check, installed, missing
from benchmarks.mlp import MLP, PASSES, mlp_problem
from benchmarks.xor import XOR, autodiff_xor, numpy_xor, xor_problem


class Clock:
    """Stands for the `time` module; only `advance` moves it."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(timing, "time", made)
    return made


# Timing


def test_seconds_per_step_leaves_out_the_first_steps(clock: Clock) -> None:
    lasts = iter([100.0, 100.0, 100.0, *[2.0] * 10])
    assert timing.seconds_per_step(lambda: clock.advance(next(lasts)), 10) == 2.0


@pytest.mark.parametrize(("each", "count"), [(0.5, 1), (2.0**-10, 41), (2.0**-7, 5)])
def test_steps_for_fills_the_time(clock: Clock, each: float, count: int) -> None:
    assert timing.steps_for(partial(clock.advance, each), 0.04) == count


def test_ratios_are_taken_round_by_round() -> None:
    # The machine is ten times slower in the last round: each median alone would give 3 / 1.5.
    times = {"ours": [2.0, 3.0, 40.0], "theirs": [2.0, 1.5, 10.0], "alone": [1.0, 1.0, 1.0]}
    found = timing.ratios(times, "theirs")
    assert found["ours"] == (1.5, 2.0, 3.0)
    assert found["theirs"] == (1.0, 1.0, 1.0)


def test_interleaved_times_each_contender_in_each_round() -> None:
    problem = xor_problem(4)
    makers = {name: partial(contenders.training, build, problem) for name, build in _OURS.items()}
    times = timing.interleaved(makers, 2, 1e-4, "test")
    assert {name: len(each) for name, each in times.items()} == dict.fromkeys(makers, 2)
    assert all(0 < seconds < 10 for each in times.values() for seconds in each)


def test_memory_tells_what_is_kept_from_what_is_needed() -> None:
    megabyte = 2**20

    def forward() -> timing.Step:
        kept = np.ones(megabyte, np.uint8)
        np.ones(2 * megabyte, np.uint8)
        return lambda: (kept, np.ones(4 * megabyte, np.uint8))

    assert [round(each / megabyte) for each in timing.memory(forward)] == [1, 3, 5]


def test_chain_adds_as_often_as_it_says() -> None:
    pull = autodiff_chain(np.ones(3))()
    assert LENGTH == 100
    assert pull() is None


# Contenders

_OURS = {"NumPy by hand": numpy_xor, "autodiff": autodiff_xor}


@pytest.mark.parametrize("count", [4, 10])
def test_xor_contenders_agree(count: int) -> None:
    check(installed(XOR), xor_problem(count))


@pytest.mark.parametrize("sizes", [(6, 5, 4, 3), (5, 4, 2)])
def test_mlp_contenders_agree(sizes: tuple[int, ...]) -> None:
    check(installed(MLP), mlp_problem(8, sizes))


def test_forward_passes_agree() -> None:
    problem = mlp_problem(8, (6, 5, 3))
    losses = [make(problem)().item() for name, make in PASSES.items() if name != "forward and backward"]
    np.testing.assert_allclose(losses, losses[0], rtol=1e-5)


def test_xor_targets_are_the_exclusive_or() -> None:
    problem = xor_problem(40)
    x, y = np.sign(problem.inputs)
    np.testing.assert_array_equal(problem.targets[0], np.where(x != y, 1.0, -1.0))


@pytest.mark.parametrize("fault", ["loss", "weights"])
def test_check_refuses_a_contender_that_computes_something_else(fault: str) -> None:
    def faulty(problem: Problem) -> Contender:
        made = numpy_xor(problem)
        if fault == "loss":
            return Contender(lambda: made.step() + 1e-6, made.weights)
        return Contender(made.step, lambda: [w + 1e-6 for w in made.weights()])

    builds: dict[str, Build] = {"right": numpy_xor, "wrong": faulty}
    with pytest.raises(AssertionError, match="wrong"):
        check(builds, xor_problem(4))


def test_peers_that_are_not_installed_are_left_out_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contenders, "PEERS", {"PyTorch": "no_such_module", "NumPy": "numpy"})
    monkeypatch.setattr(engine, "PEERS", contenders.PEERS)
    assert missing() == ["PyTorch"]
    assert list(installed({"NumPy": 1, "PyTorch": 2, "PyTorch, fused calls": 3})) == ["NumPy"]
    assert "Not installed, left out: PyTorch" in engine.conditions(engine.Effort(1, 0.01))


# The report


def _section(times: dict[str, list[float]]) -> engine.Section:
    return engine.timed_section("Race", times, "theirs", "ours", 0.5)


def test_timed_section_shows_times_ratios_and_the_goal() -> None:
    section = _section({"ours": [1e-6, 1e-6], "theirs": [2e-6, 2e-6]})
    cells = [cell.strip() for cell in section.table.splitlines()[2].strip("|").split("|")]
    assert cells == ["ours", "1.0", "1.0–1.0", "0.50", "0.50–0.50"]
    assert section.goals == [("Race: ours of theirs", 0.5, 0.5)]


def test_without_the_baseline_no_goal_counts_as_met() -> None:
    section = _section({"ours": [1e-6, 1e-6]})
    assert section.goals[0].measured is None
    assert "not measured" in engine.goals_section([section]).table


@pytest.mark.parametrize(("measured", "said"), [(0.5, "met"), (0.51, "missed"), (None, "not measured")])
def test_verdict(measured: float | None, said: str) -> None:
    assert engine.verdict(engine.Goal("", 0.5, measured)) == said


def test_memory_section_keeps_its_goal() -> None:
    section = engine.memory_section(2**17)
    assert [engine.verdict(goal) for goal in section.goals] == ["met"]


def test_import_seconds_times_the_statement_and_keeps_bytecode(tmp_path: Path) -> None:
    assert engine.import_seconds("import autodiff.tree; time.sleep(0.05)", str(tmp_path)) >= 0.05
    assert list(tmp_path.rglob("tree.*.pyc"))


def test_main_writes_what_it_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    section = _section({"ours": [1.0], "theirs": [1.0]})
    monkeypatch.setattr(engine, "OUTPUT", tmp_path / "out" / "engine.md")
    monkeypatch.setattr(engine, "run", lambda race, effort: section)
    monkeypatch.setattr(engine, "training_races", lambda: [])
    monkeypatch.setattr(engine, "import_section", lambda rounds: section)
    monkeypatch.setattr(engine, "memory_section", lambda: section)
    engine.main(["--quick"])
    written = (tmp_path / "out" / "engine.md").read_text(encoding="utf-8")
    assert written.strip() == capsys.readouterr().out.strip()
    assert written.count("missed") == 4
