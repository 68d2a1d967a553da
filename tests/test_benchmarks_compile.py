"""The benchmark of compiled steps: its arithmetic, and that all contenders compute the same. No time is asserted."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autodiff as ad
from benchmarks import compile as benchmark
from benchmarks import contenders, timing
from benchmarks.compile import BARE, Bound, Race
from benchmarks.compiled import ADAM_STEPS, MLP_STEPS, XOR_STEPS, adam_step, compiled, mlp_step, xor_step
from benchmarks.contenders import Contender, Problem, check, installed
from benchmarks.engine import Goal, Section
from benchmarks.flat import bare_products, bare_xor_products, flat_mlp, flattened, layer, views
from benchmarks.mlp import autodiff_loss, mlp_problem, numpy_mlp
from benchmarks.xor import numpy_xor, xor_problem

SMALL = (6, 5, 4, 3)
MEGABYTE = 2**20
# Contenders


@pytest.mark.parametrize("batch", [3, 32])  # with fewer points than units, layers are stored the other way round
def test_contenders_of_descent_agree(batch: int) -> None:
    check(installed({"NumPy by hand": numpy_mlp, **MLP_STEPS}), mlp_problem(batch, SMALL), steps=3)


@pytest.mark.parametrize("batch", [3, 32])
def test_contenders_of_adam_agree(batch: int) -> None:
    check(installed(ADAM_STEPS), mlp_problem(batch, SMALL)._replace(rate=1e-3), steps=3)


@pytest.mark.parametrize("count", [4, 10])
def test_contenders_of_the_xor_network_agree(count: int) -> None:
    check(installed({"NumPy by hand": numpy_xor, **XOR_STEPS}), xor_problem(count), steps=3)


def test_adam_is_its_algorithm() -> None:
    """Against Algorithm 1 of the paper as it stands there, in float64."""
    problem = mlp_problem(8, SMALL)
    problem = problem._replace(weights=[w.astype(float) for w in problem.weights], inputs=problem.inputs.astype(float))
    step, weights = adam_step(problem)
    expected = [w.copy() for w in problem.weights]
    m, v = ([np.zeros_like(w) for w in expected] for _ in range(2))
    for t in range(1, 5):
        before = [ad.tensor(w, requires_grad=True) for w in expected]
        autodiff_loss(before, problem.inputs, problem.targets).backward()
        for i, g in enumerate(w.grad for w in before):
            m[i] = 0.9 * m[i] + 0.1 * g
            v[i] = 0.999 * v[i] + 0.001 * g**2
            expected[i] -= problem.rate * (m[i] / (1 - 0.9**t)) / (np.sqrt(v[i] / (1 - 0.999**t)) + 1e-8)
        step(problem.inputs, problem.targets)
        for mine, theirs in zip(weights, expected, strict=True):
            np.testing.assert_allclose(mine.numpy(), theirs, rtol=1e-12, atol=1e-15)


def test_check_compares_all_steps() -> None:
    """A contender that forgets its moments is right once."""

    def forgetful(problem: Problem) -> Contender:
        made = [ADAM_STEPS["NumPy flat plan"](problem)]

        def step() -> Any:
            loss = made[0].step()
            made[0] = ADAM_STEPS["NumPy flat plan"](problem._replace(weights=[w.copy() for w in made[0].weights()]))
            return loss

        return Contender(step, lambda: made[0].weights())

    builds = {"right": ADAM_STEPS["NumPy flat plan"], "wrong": forgetful}
    problem = mlp_problem(8, SMALL)
    check(builds, problem)
    with pytest.raises(AssertionError, match="wrong"):
        check(builds, problem, steps=3)


def test_bare_products_are_those_of_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[tuple[int, ...], ...]] = []

    def recorded(products: Any) -> Any:
        calls.extend((a.shape, b.shape, out.shape) for a, b, out in products)
        for a, b, out in products:
            assert (a @ b).shape == out.shape
        return lambda: None

    monkeypatch.setattr("benchmarks.flat._products", recorded)
    bare_products(mlp_problem(8, SMALL))
    assert [out for _, _, out in calls] == [(8, 5), (8, 4), (8, 3), (6, 5), (5, 4), (4, 3), (8, 5), (8, 4)]
    calls.clear()
    bare_xor_products(xor_problem(4))
    assert [out for _, _, out in calls] == [(2, 4), (1, 4), (2, 4), (2, 2), (2, 1)]


def test_bare_products_leave_the_problem_alone() -> None:
    for bare, problem in ((bare_products, mlp_problem(8, SMALL)), (bare_xor_products, xor_problem(4))):
        before = [each.copy() for each in (*problem.weights, problem.inputs)]
        bare(problem)()
        for now, then in zip((*problem.weights, problem.inputs), before, strict=True):
            np.testing.assert_array_equal(now, then)


def test_views_are_parts_of_the_flat_array() -> None:
    arrays = [np.arange(6.0).reshape(2, 3), np.arange(2.0), np.arange(3.0).reshape(3, 1)]
    flat = flattened(arrays)
    for part, array in zip(views(flat, arrays), arrays, strict=True):
        np.testing.assert_array_equal(part, array)
        assert np.shares_memory(part, flat)


@pytest.mark.parametrize(("batch", "flag"), [(3, "F_CONTIGUOUS"), (8, "C_CONTIGUOUS")])
def test_a_layer_is_stored_tall(batch: int, flag: str) -> None:
    made = layer(batch, np.zeros(5, np.float32))
    assert made.shape == (batch, 5)
    assert made.flags[flag]


def test_contenders_without_their_library_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contenders, "PEERS", {"jax.jit": "no_such_module", "Numba": "nor_this", "PyTorch": "numpy"})
    present = installed(dict.fromkeys(["compiled", "compiled, Numba", "jax.jit", "PyTorch, fused Adam"]))
    assert list(present) == ["compiled", "PyTorch, fused Adam"]


# Ratios and goals


def _race_section(times: dict[str, list[float]]) -> Section:
    bounds = [Bound("compiled", "jax.jit", 1.0), Bound("compiled, Numba", BARE, 1.35)]
    return benchmark.timed_section("Race", times, bounds)


def test_a_race_is_told_in_ratios_to_each_baseline() -> None:
    section = _race_section({BARE: [1e-6, 1e-6], "compiled": [3e-6, 3e-6], "jax.jit": [2e-6, 2e-6]})
    assert _cells(section, 0) == ["", "µs", "quartiles", f"of {BARE}", "of jax.jit"]
    assert _cells(section, 3) == ["compiled", "3.0", "3.0–3.0", "3.00", "1.50"]
    assert section.goals == [
        Goal("Race: compiled of jax.jit", 1.0, 1.5),
        Goal(f"Race: compiled, Numba of {BARE}", 1.35, None),
    ]


def _cells(section: Section, line: int) -> list[str]:
    return [cell.strip() for cell in section.table.splitlines()[line].strip("|").split("|")]


def test_without_the_baseline_a_goal_is_not_measured() -> None:
    section = _race_section({BARE: [1e-6], "compiled": [1e-6]})
    assert "of jax.jit" not in section.table
    assert [benchmark.outcome(goal) for goal in section.goals] == ["not measured", "not measured"]


@pytest.mark.parametrize(("measured", "said"), [(0.75, "met"), (0.9, "missed by 20%"), (None, "not measured")])
def test_outcome_says_by_how_much(measured: float | None, said: str) -> None:
    goal = Goal("", 0.75, measured)
    assert benchmark.outcome(goal) == said
    assert benchmark.is_missed(goal) == said.startswith("missed")


def test_goals_are_shown_with_what_was_measured() -> None:
    section = benchmark.goals_section([Section("", "", [Goal("a", 1.0, 1.5)]), Section("", "", [Goal("b", 0.3, None)])])
    assert [_cells(section, i) for i in (2, 3)] == [
        ["a", "1", "1.50", "missed by 50%"],
        ["b", "0.3", "–", "not measured"],
    ]


def test_races_have_the_goals_of_the_contenders_that_they_time() -> None:
    made = benchmark.races(SMALL, (3, 8))
    assert [race.title for race in made] == [
        "MLP 6-5-4-3, SGD, batch 3, float32",
        "MLP 6-5-4-3, SGD, batch 8, float32",
        "MLP 6-5-4-3, Adam, batch 3, float32",
        "MLP 6-5-4-3, Adam, batch 8, float32",
        "XOR network, 4 points, float64",
    ]
    known = {BARE, *MLP_STEPS, *ADAM_STEPS, *XOR_STEPS}
    for race in made:
        assert list(race.makers()) == [BARE, *race.builds]
        assert {name for bound in race.bounds for name in bound[:2]} <= known


def test_a_race_of_contenders_that_differ_is_refused() -> None:
    builds = {"right": flat_mlp, "wrong": lambda problem: flat_mlp(problem._replace(rate=0.1))}
    race = Race("", mlp_problem(8, SMALL), mlp_step, bare_products, builds, [])
    with pytest.raises(AssertionError, match="wrong"):
        benchmark.checked(race)


# Memory, the first call, and lines


def test_what_runs_alone_has_a_process_of_its_own() -> None:
    assert timing.alone(os.getpid) != os.getpid()


def _holding(size: int) -> timing.Step:
    kept = []
    return lambda: kept.append(np.ones(size, np.uint8))


def test_resident_growth_is_that_of_the_steps() -> None:
    found = timing.alone(partial(timing.resident_growth, partial(_holding, 1), partial(_holding, 4 * MEGABYTE), 10))
    assert 40 <= round(found / MEGABYTE) <= 42  # the allocator rounds up


def test_first_call_leaves_out_what_comes_before_and_after(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock:
        now = 0.0

        def perf_counter(self) -> float:
            return self.now

    clock = Clock()
    monkeypatch.setattr(timing, "time", clock)

    def make() -> timing.Step:
        clock.now += 100
        return step

    def step() -> None:
        clock.now += 2

    assert timing.first_call(make) == 2


@pytest.mark.parametrize(("stepping", "problem"), [(mlp_step, mlp_problem(8, SMALL)), (xor_step, xor_problem(4))])
def test_where_time_goes_tells_the_lines_of_the_program(stepping: Any, problem: Problem) -> None:
    step, _ = stepping(problem)
    program = ad.compile(step)
    before = sys.gettrace()
    lines = timing.where_time_goes(program, (problem.inputs, problem.targets), 3)
    assert sys.gettrace() is before
    source = [" ".join(line.split()) for line in program.source.splitlines()]
    places = [source.index(line.text) for line in lines]
    assert places == sorted(places)
    assert lines[-1].text.startswith("return")
    assert len(lines) > 5
    assert all(line.seconds > 0 for line in lines)


@pytest.mark.parametrize(("baseline", "measured"), [("PyTorch", 1.5), ("absent", None)])
def test_memory_is_told_in_megabytes_and_compared(
    monkeypatch: pytest.MonkeyPatch, baseline: str, measured: float | None
) -> None:
    grown = iter([30 * MEGABYTE, 20 * MEGABYTE])
    monkeypatch.setattr(benchmark, "alone", lambda _: next(grown))
    builds = dict.fromkeys(["compiled", "PyTorch"], flat_mlp)
    section = benchmark.memory_section("SGD", mlp_problem(8, SMALL), builds, baseline)
    assert [_cells(section, i) for i in (2, 3)] == [["compiled", "30.0"], ["PyTorch", "20.0"]]
    assert [goal.measured for goal in section.goals] == [measured]


def test_first_calls_are_counted_in_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    lasts = iter([0.3, 0.1, 0.2, 0.6, 0.4, 0.5])
    monkeypatch.setattr(benchmark, "alone", lambda _: next(lasts))
    section = benchmark.compile_section(mlp_problem(8, SMALL), 3)
    assert [_cells(section, i)[1] for i in (2, 3)] == ["0.200", "0.500"]
    assert [benchmark.outcome(goal) for goal in section.goals] == ["met", "missed by 67%"]


def test_sections_measure_compiled_steps_in_processes_of_their_own() -> None:
    problem = mlp_problem(4, SMALL)
    assert benchmark.compile_section(problem, 1).goals[0].measured
    memory = benchmark.memory_section("SGD", problem, {"compiled": partial(compiled, mlp_step)}, "absent")
    assert float(_cells(memory, 2)[1]) >= 0
    race = Race("", problem, mlp_step, bare_products, {}, [])
    assert len(benchmark.lines_section(race, runs=2).table.splitlines()) == 2 + benchmark.SLOWEST


def test_the_slowest_lines_are_shown_slowest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [timing.Line(f"line {i}", seconds * 1e-6) for i, seconds in enumerate([1.0, 6.0, 3.0])]
    monkeypatch.setattr(benchmark, "alone", lambda _: lines)
    monkeypatch.setattr(benchmark, "SLOWEST", 2)
    section = benchmark.lines_section(Race("", xor_problem(4), xor_step, bare_xor_products, {}, []))
    assert [_cells(section, i) for i in (2, 3)] == [["`line 1`", "6.0", "60%"], ["`line 2`", "3.0", "30%"]]
    assert len(section.table.splitlines()) == 4


def test_main_writes_what_it_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    section = Section("Some section", "", [Goal("some goal", 0.5, 1.0)])
    race = Race("Race", xor_problem(4), xor_step, bare_xor_products, {}, [Bound("compiled", BARE, 0.5)])
    monkeypatch.setattr(benchmark, "OUTPUT", tmp_path / "out" / "compile.md")
    monkeypatch.setattr(benchmark, "races", lambda: [race])
    monkeypatch.setattr(benchmark, "interleaved", lambda *_: {BARE: [1.0], "compiled": [1.0]})
    monkeypatch.setattr(benchmark, "compile_section", lambda *_: section)
    monkeypatch.setattr(benchmark, "memory_section", lambda *_: section)
    monkeypatch.setattr(benchmark, "lines_section", lambda race: Section("Where", "", []))
    benchmark.main(["--quick"])
    written = (tmp_path / "out" / "compile.md").read_text(encoding="utf-8")
    assert written.strip() == capsys.readouterr().out.strip()
    assert written.count("missed by 100%") == 4
    assert written.count("## Where") == 1
