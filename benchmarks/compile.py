"""Compiled training steps beside their peers: `python -m benchmarks.compile [--quick] [--threads N]`.

The bare matrix products are the floor, and tell what the machine does. Where a goal is missed, the report says
by how much, and which lines take the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import autodiff as ad

from . import command
from .compiled import ADAM_STEPS, MLP_STEPS, XOR_STEPS, Stepping, adam_step, mlp_step, xor_step
from .contenders import Build, Problem, check, installed, training
from .flat import bare_products, bare_xor_products
from .mlp import SIZES, mlp_problem
from .race import BARE, Bound, Race, run
from .report import Section, Table, verdict
from .runners import Effort, alone, running
from .timing import Maker, where_time_goes
from .xor import xor_problem

TITLE = "Compiled training steps"
SLOWEST = 8  # lines that are shown


class Setting(NamedTuple):
    """A step on a problem, who takes it, and what is expected of them."""

    title: str
    problem: Problem
    stepping: Stepping
    bare: Callable[[Problem], Any]
    builds: dict[str, Build]
    bounds: list[Bound]

    def race(self) -> Race:
        makers: dict[str, Maker] = {BARE: partial(self.bare, self.problem)}
        makers |= {name: partial(training, build, self.problem) for name, build in self.builds.items()}
        # Adam's moments of dead units shrink to denormal numbers, which are slow: all begin equally far from them.
        return Race(self.title, makers, self.bounds, [BARE], anew=self.stepping is adam_step)


def sections(quick: bool) -> Iterator[Section]:
    effort = Effort(3, 0.01) if quick else Effort(5, 0.03)
    with running(quick) as runners:
        for setting in settings():
            if quick and (setting.stepping is adam_step or len(setting.problem.inputs) > 32):
                continue
            section = run(setting.race(), effort, runners)
            yield section
            if any(verdict(goal).startswith("missed") for goal in section.goals):
                yield lines_section(setting, 10 if quick else 100)


def settings(sizes: Sequence[int] = SIZES, batches: tuple[int, int] = (32, 1024)) -> list[Setting]:
    """Descent and Adam on the MLP at two batch sizes, and the XOR network; each contender is checked first."""
    small, large = (mlp_problem(batch, sizes) for batch in batches)
    jax, adam = Bound("compiled", "jax.jit", 1.0), Bound("compiled", "PyTorch, fused Adam", 1.0)
    numba = Bound("compiled, Numba", "jax.jit", 0.75)
    of_bare = [Bound("compiled, Numba", BARE, most) for most in (1.35, 1.1)]
    descent = checked(MLP_STEPS, small)
    # Adam divides a gradient by its size: of one that is near 1e-8, the rounding is seen. Of a step that is a tenth.
    moments = checked(ADAM_STEPS, with_rate(small), tolerance=1e-4)
    xor = checked(XOR_STEPS, points := xor_problem(4))
    return [
        mlp_setting("SGD", small, mlp_step, descent, [jax, numba, of_bare[0]]),
        mlp_setting("SGD", large, mlp_step, descent, [jax, of_bare[1]]),
        mlp_setting("Adam", with_rate(small), adam_step, moments, [adam, numba]),
        mlp_setting("Adam", with_rate(large), adam_step, moments, [adam]),
        Setting("XOR network, 4 points, float64", points, xor_step, bare_xor_products, xor, [jax]),
    ]


def with_rate(problem: Problem) -> Problem:
    """The problem with Adam's usual rate."""
    return problem._replace(rate=1e-3)


def mlp_setting(
    method: str, problem: Problem, stepping: Stepping, builds: dict[str, Build], bounds: list[Bound]
) -> Setting:
    sizes = "-".join(map(str, (len(problem.weights[0]), *(b.size for b in problem.weights[1::2]))))
    title = f"MLP {sizes}, {method}, batch {len(problem.inputs):,}, float32"
    return Setting(title, problem, stepping, bare_products, builds, bounds)


def checked(builds: Mapping[str, Build], problem: Problem, tolerance: float | None = None) -> dict[str, Build]:
    """Those that are installed, if they compute the same."""
    present = installed(builds)
    check(present, problem, steps=3, tolerance=tolerance)
    return present


def lines_section(setting: Setting, runs: int) -> Section:
    """The slowest lines of the compiled step."""
    lines = alone(partial(compiled_lines, setting.stepping, setting.problem, runs))
    total = sum(line.seconds for line in lines)
    slowest = sorted(lines, key=lambda line: -line.seconds)[:SLOWEST]
    rows = [[f"`{each.text}`", f"{each.seconds * 1e6:.1f}", f"{each.seconds / total:.0%}"] for each in slowest]
    return Section(f"Where the time goes: {setting.title}", [Table(["", "µs", "of all lines"], rows)])


def compiled_lines(stepping: Stepping, problem: Problem, runs: int) -> Any:
    step, _ = stepping(problem)
    return where_time_goes(ad.compile(step), (problem.inputs, problem.targets), runs)


if __name__ == "__main__":
    command.run(TITLE, "compile", sections)
