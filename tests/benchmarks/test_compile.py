"""The benchmark of compiled steps: its arithmetic, and that all contenders compute the same. No time is asserted."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import Any

import numpy as np
import pytest

import autodiff as ad
from benchmarks import compile as benchmark
from benchmarks import footprint, machine, runners, timing
from benchmarks.compile import Setting
from benchmarks.compiled import ADAM_STEPS, MLP_STEPS, XOR_STEPS, adam_step, compiled, mlp_step, xor_step
from benchmarks.contenders import Contender, Problem, check, installed
from benchmarks.flat import bare_products, bare_xor_products, flat_mlp, flattened, layer, views
from benchmarks.mlp import autodiff_loss, mlp_problem, numpy_mlp
from benchmarks.race import BARE
from benchmarks.report import Section, Table, verdict
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
    monkeypatch.setattr(machine, "PEERS", {"jax.jit": "no_such_module", "Numba": "nor_this", "PyTorch": "numpy"})
    present = installed(dict.fromkeys(["compiled", "compiled, Numba", "jax.jit", "PyTorch, fused Adam"]))
    assert list(present) == ["compiled", "PyTorch, fused Adam"]


# Settings


def _rows(section: Section) -> list[list[str]]:
    (table,) = (part for part in section.parts if isinstance(part, Table))
    return [list(row) for row in table.rows]


def test_settings_have_the_goals_of_the_contenders_that_they_time() -> None:
    made = benchmark.settings(SMALL, (3, 8))
    assert [setting.title for setting in made] == [
        "MLP 6-5-4-3, SGD, batch 3, float32",
        "MLP 6-5-4-3, SGD, batch 8, float32",
        "MLP 6-5-4-3, Adam, batch 3, float32",
        "MLP 6-5-4-3, Adam, batch 8, float32",
        "XOR network, 4 points, float64",
    ]
    known = {BARE, *MLP_STEPS, *ADAM_STEPS, *XOR_STEPS}
    for setting in made:
        assert list(setting.race().makers) == [BARE, *setting.builds]
        assert {name for bound in setting.bounds for name in bound[:2]} <= known
        assert setting.race().anew == (setting.stepping is adam_step)


def test_contenders_that_differ_are_refused() -> None:
    builds = {"right": flat_mlp, "wrong": lambda problem: flat_mlp(problem._replace(rate=0.1))}
    with pytest.raises(AssertionError, match="wrong"):
        benchmark.checked(builds, mlp_problem(8, SMALL))


# Memory, the first call, and lines


def test_what_runs_alone_has_a_process_of_its_own() -> None:
    assert runners.alone(os.getpid) != os.getpid()


def _holding(size: int) -> timing.Step:
    kept = []
    return lambda: kept.append(np.ones(size, np.uint8))


def test_resident_growth_is_that_of_the_steps() -> None:
    found = runners.alone(partial(timing.resident, partial(_holding, 1), partial(_holding, 4 * MEGABYTE), 10))
    assert 40 <= round(found.growth / MEGABYTE) <= 42  # the allocator rounds up
    assert found.peak > found.growth + 10 * MEGABYTE  # Python and NumPy


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
    found = iter([timing.Resident(30 * MEGABYTE, 90 * MEGABYTE), timing.Resident(20 * MEGABYTE, 200 * MEGABYTE)])
    monkeypatch.setattr(footprint, "alone", lambda _: next(found))
    builds = dict.fromkeys(["compiled", "PyTorch"], flat_mlp)
    section = footprint.memory_section("SGD", mlp_problem(8, SMALL), builds, baseline)
    assert _rows(section) == [["compiled", "30.0", "90.0"], ["PyTorch", "20.0", "200.0"]]
    assert [goal.measured for goal in section.goals] == [measured]


def test_first_calls_are_counted_in_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    lasts = iter([7.0, 8.0, 9.0, 0.3, 0.1, 0.2, 0.6, 0.4, 0.5])
    monkeypatch.setattr(footprint, "alone", lambda _: next(lasts))
    monkeypatch.setattr(footprint, "STEPS_FIRST", {"autodiff": flat_mlp})
    section = footprint.first_steps_section(quick=True, rounds=3)
    assert [row[1] for row in _rows(section)] == ["8.00 (7.50–8.50)", "0.20 (0.15–0.25)", "0.50 (0.45–0.55)"]
    assert [verdict(goal) for goal in section.goals] == ["met", "missed by 67%"]


def test_sections_measure_compiled_steps_in_processes_of_their_own() -> None:
    problem = mlp_problem(4, SMALL)
    memory = footprint.memory_section("SGD", problem, {"compiled": partial(compiled, mlp_step)}, "absent")
    assert float(_rows(memory)[0][1]) >= 0
    setting = Setting("", problem, mlp_step, bare_products, {}, [])
    assert len(_rows(benchmark.lines_section(setting, runs=2))) == benchmark.SLOWEST


def test_the_slowest_lines_are_shown_slowest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [timing.Line(f"line {i}", seconds * 1e-6) for i, seconds in enumerate([1.0, 6.0, 3.0])]
    monkeypatch.setattr(benchmark, "alone", lambda _: lines)
    monkeypatch.setattr(benchmark, "SLOWEST", 2)
    section = benchmark.lines_section(Setting("", xor_problem(4), xor_step, bare_xor_products, {}, []), runs=1)
    assert _rows(section) == [["`line 1`", "6.0", "60%"], ["`line 2`", "3.0", "30%"]]
