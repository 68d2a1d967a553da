"""Compiled training steps beside their peers: `python -m benchmarks.compile [--quick] [--threads N]`.

Prints ratios from one run and writes them to out/benchmarks/compile.md. The bare matrix products are the floor,
and tell what the machine does. Where a goal is missed, the report says by how much, and which lines take the time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import autodiff as ad

from .compiled import ADAM_STEPS, MLP_STEPS, XOR_STEPS, Stepping, adam_step, compiled, mlp_step, xor_step
from .contenders import Build, Problem, check, installed, training
from .engine import ROOT, Effort, Goal, Section, conditions, limit_threads, parsed, show, table, verdict
from .flat import bare_products, bare_xor_products
from .mlp import SIZES, mlp_problem
from .timing import (
    Maker,
    Times,
    alone,
    first_call,
    interleaved,
    progress,
    ratios,
    resident_growth,
    spread,
    where_time_goes,
)
from .xor import xor_problem

OUTPUT = ROOT / "out" / "benchmarks" / "compile.md"
BARE = "bare matrix products"
STEPS = 50  # after which the peak of memory is taken
SLOWEST = 8  # lines that are shown


class Bound(NamedTuple):
    """A goal of a race: the contender's time is at most so much of the baseline's."""

    contender: str
    baseline: str
    most: float


class Race(NamedTuple):
    """Contenders to be timed, and what is expected of them."""

    title: str
    problem: Problem
    stepping: Stepping
    bare: Callable[[Problem], Any]
    builds: dict[str, Build]
    bounds: list[Bound]

    def makers(self) -> dict[str, Maker]:
        makers: dict[str, Maker] = {BARE: partial(self.bare, self.problem)}
        return makers | {name: partial(training, build, self.problem) for name, build in self.builds.items()}


def races(sizes: Sequence[int] = SIZES, batches: tuple[int, int] = (32, 1024)) -> list[Race]:
    """Descent and Adam on the MLP at two batch sizes, and the XOR network; each contender is checked first."""
    small, large = (mlp_problem(batch, sizes) for batch in batches)
    jax, adam = Bound("compiled", "jax.jit", 1.0), Bound("compiled", "PyTorch, fused Adam", 1.0)
    numba = Bound("compiled, Numba", "jax.jit", 0.75)
    of_bare = [Bound("compiled, Numba", BARE, most) for most in (1.35, 1.1)]
    return [
        mlp_race("SGD", small, mlp_step, MLP_STEPS, [jax, numba, of_bare[0]]),
        mlp_race("SGD", large, mlp_step, MLP_STEPS, [jax, of_bare[1]]),
        mlp_race("Adam", with_rate(small), adam_step, ADAM_STEPS, [adam, numba]),
        mlp_race("Adam", with_rate(large), adam_step, ADAM_STEPS, [adam]),
        checked(Race("XOR network, 4 points, float64", xor_problem(4), xor_step, bare_xor_products, XOR_STEPS, [jax])),
    ]


def with_rate(problem: Problem) -> Problem:
    """The problem with Adam's usual rate."""
    return problem._replace(rate=1e-3)


def mlp_race(method: str, problem: Problem, stepping: Stepping, builds: dict[str, Build], bounds: list[Bound]) -> Race:
    sizes = "-".join(map(str, (len(problem.weights[0]), *(b.size for b in problem.weights[1::2]))))
    title = f"MLP {sizes}, {method}, batch {len(problem.inputs):,}, float32"
    return checked(Race(title, problem, stepping, bare_products, builds, bounds))


def checked(race: Race) -> Race:
    """The race of those that are installed, if they compute the same."""
    race = race._replace(builds=installed(race.builds))
    # Adam divides a gradient by its size: of one that is near 1e-8, the rounding is seen. Of a step that is a tenth.
    tolerance = 1e-4 if race.stepping is adam_step else None
    check(race.builds, race.problem, steps=3, tolerance=tolerance)
    return race


def timed_section(title: str, times: Times, bounds: Sequence[Bound]) -> Section:
    """Times, and their ratios to those of each baseline that took part."""
    baselines = [name for name in dict.fromkeys([BARE, *(bound.baseline for bound in bounds)]) if name in times]
    relative = {baseline: ratios(times, baseline) for baseline in baselines}
    rows = []
    for name, each in times.items():
        low, median, high = (f"{seconds * 1e6:.1f}" for seconds in spread(each))
        rows.append([name, median, f"{low}–{high}", *(f"{relative[base][name].median:.2f}" for base in baselines)])
    goals = [
        Goal(f"{title}: {who} of {base}", most, relative[base][who].median if base in times and who in times else None)
        for who, base, most in bounds
    ]
    return Section(title, table(["", "µs", "quartiles", *(f"of {base}" for base in baselines)], rows), goals)


def compile_section(problem: Problem, rounds: int) -> Section:
    """How long the first call of a step takes: each time in a new process, which has NumPy and autodiff loaded."""
    rows, goals = [], []
    for name, stepping in {"SGD": mlp_step, "Adam": adam_step}.items():
        task = partial(first_call, partial(training, partial(compiled, stepping, check=False), problem))
        low, median, high = spread([alone(task) for _ in progress(range(rounds), "first call")])
        rows.append([name, f"{median:.3f}", f"{low:.3f}–{high:.3f}"])
        goals.append(Goal(f"Seconds for the first call of the MLP's step, {name}", 0.3, median))
    return Section("First call of the MLP's step, check=False", table(["", "s", "quartiles"], rows), goals)


def memory_section(name: str, problem: Problem, builds: Mapping[str, Build], baseline: str) -> Section:
    """By how much a process grows for a contender and some of its steps."""
    small = mlp_problem(4, [8] * len(SIZES))
    growth = {
        who: alone(partial(resident_growth, partial(training, build, small), partial(training, build, problem), STEPS))
        for who, build in builds.items()
    }
    rows = [[who, f"{size / 2**20:.1f}"] for who, size in growth.items()]
    title = f"Memory of the MLP's step, {name}, batch {len(problem.inputs):,}"
    measured = growth["compiled"] / growth[baseline] if growth.get(baseline) else None
    goal = Goal(f"{title}: compiled of {baseline}", 1.0, measured)
    return Section(title, table(["", f"MB after {STEPS} steps"], rows), [goal])


def lines_section(race: Race, runs: int = 100) -> Section:
    """The slowest lines of the compiled step."""
    lines = alone(partial(compiled_lines, race.stepping, race.problem, runs))
    total = sum(line.seconds for line in lines)
    slowest = sorted(lines, key=lambda line: -line.seconds)[:SLOWEST]
    rows = [[f"`{each.text}`", f"{each.seconds * 1e6:.1f}", f"{each.seconds / total:.0%}"] for each in slowest]
    return Section(f"Where the time goes: {race.title}", table(["", "µs", "of all lines"], rows), [])


def compiled_lines(stepping: Stepping, problem: Problem, runs: int) -> Any:
    step, _ = stepping(problem)
    return where_time_goes(ad.compile(step), (problem.inputs, problem.targets), runs)


def outcome(goal: Goal) -> str:
    """Whether a goal is met, and if not, by how much it is missed.

    >>> outcome(Goal("", 1.0, 0.5)), outcome(Goal("", 0.5, 0.6)), outcome(Goal("", 1.0, None))
    ('met', 'missed by 20%', 'not measured')
    """
    said = verdict(goal)
    return f"missed by {(goal.measured or 0) / goal.most - 1:.0%}" if said == "missed" else said


def is_missed(goal: Goal) -> bool:
    return verdict(goal) == "missed"


def goals_section(sections: Sequence[Section]) -> Section:
    """All goals, with what was measured."""
    goals = [goal for section in sections for goal in section.goals]
    rows = [[g.text, f"{g.most:g}", "–" if g.measured is None else f"{g.measured:.2f}", outcome(g)] for g in goals]
    return Section("Goals", table(["goal", "at most", "measured", ""], rows), [])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run everything; each table is printed as soon as it is ready."""
    options = parsed(arguments, __doc__)
    effort = Effort(5, 0.01) if options.quick else Effort(15, 0.04)
    if options.threads:
        limit_threads(options.threads)
        os.environ["NUMBA_NUM_THREADS"] = os.environ["NPROC"] = str(options.threads)  # the latter is XLA's
    texts = [f"# Compiled training steps\n\n{conditions(effort)}\n"]
    print(texts[0], flush=True)
    sections: list[Section] = []

    def add(section: Section) -> None:
        sections.append(section)
        texts.append(show(section))

    for race in races():
        add(timed_section(race.title, interleaved(race.makers(), *effort, race.title), race.bounds))
        if any(map(is_missed, sections[-1].goals)):
            add(lines_section(race))
    add(compile_section(mlp_problem(32), effort.rounds))
    add(memory_section("SGD", mlp_problem(1024), installed(MLP_STEPS), "PyTorch"))
    add(memory_section("Adam", with_rate(mlp_problem(1024)), installed(ADAM_STEPS), "PyTorch, fused Adam"))
    texts.append(show(goals_section(sections)))
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text("\n".join(texts), encoding="utf-8")


if __name__ == "__main__":
    main()
