"""The benchmarks' arithmetic, and that all contenders compute the same. No speed is asserted here."""

from __future__ import annotations

import os
from functools import partial

import numpy as np
import pytest

from benchmarks import contenders, engine, machine, timing
from benchmarks.chain import LENGTH, autodiff_chain
from benchmarks.contenders import Build, Contender, Problem, check, installed
from benchmarks.mlp import MLP, PASSES, mlp_problem
from benchmarks.report import verdict
from benchmarks.runners import Effort, Runners
from benchmarks.scalars import SCALARS
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


@pytest.mark.parametrize("anew", [True, False])
def test_interleaved_times_each_contender_in_each_round(anew: bool) -> None:
    problem = xor_problem(4)
    makers = {name: partial(contenders.training, build, problem) for name, build in _OURS.items()}
    with Runners() as runners:
        times = runners.interleaved(makers, Effort(2, 1e-4), "test", anew)
    assert {name: len(each) for name, each in times.items()} == dict.fromkeys(makers, 2)
    assert all(0 < seconds < 10 for each in times.values() for seconds in each)


def _process() -> timing.Step:
    return os.getpid


def test_a_contender_keeps_its_process_from_race_to_race() -> None:
    with Runners() as runners:
        first, second = (runners.values({"one": _process, "other": _process}) for _ in range(2))
    assert first == second
    assert len({os.getpid(), *map(int, first.values())}) == 3


def _failing() -> timing.Step:
    raise SystemExit(1)


def test_a_process_that_ends_is_named() -> None:
    with Runners() as runners, pytest.raises(RuntimeError, match="'unlucky' ended"):
        runners.interleaved({"unlucky": _failing}, Effort(1, 1e-4), "test")


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


def test_contenders_by_numbers_agree() -> None:
    check(installed(SCALARS), xor_problem(4), steps=3)


def test_peers_that_are_not_installed_are_left_out_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "PEERS", {"PyTorch": "no_such_module", "pytest": "pytest"})
    assert machine.missing() == ["PyTorch"]
    assert list(installed({"NumPy": 1, "PyTorch": 2, "PyTorch, fused calls": 3})) == ["NumPy"]
    assert "Not installed, left out: PyTorch" in machine.conditions()
    assert f"pytest {pytest.__version__}" in machine.conditions()


# The chapter


def test_memory_section_keeps_its_goal() -> None:
    section = engine.memory_section(2**17)
    assert [verdict(goal) for goal in section.goals] == ["met"]


def test_a_race_has_its_goal_and_whoever_is_installed() -> None:
    race = engine.training_race("XOR", XOR, xor_problem(4), 0.5)
    assert list(race.makers) == list(installed(XOR))
    assert race.bounds == [("autodiff", "PyTorch", 0.5)]
    step = race.makers["autodiff"]()
    assert step().item() != step().item()  # the second is after an update
