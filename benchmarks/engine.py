"""The engine's speed and memory beside its peers': `python -m benchmarks.engine [--quick] [--threads N]`.

The peers (PyTorch, HIPS autograd, MyGrad, micrograd) come with the extra `bench`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np

from . import command
from .chain import CHAINS, LENGTH
from .contenders import Build, Problem, check, installed, training
from .mlp import MLP, PASSES, SIZES, mlp_problem
from .race import Bound, Race, run
from .report import Goal, Section, Table
from .runners import Effort, running
from .scalars import SCALARS
from .timing import Maker, memory
from .xor import XOR, xor_problem

TITLE = "The engine: one training step, its gradient and its memory"


def sections(quick: bool) -> Iterator[Section]:
    effort = Effort(3, 0.01) if quick else Effort(5, 0.03)
    with running(quick) as runners:
        batches = (32,) if quick else (32, 1024)
        for race in [*training_races(quick), *(gradient_race(mlp_problem(batch)) for batch in batches)]:
            yield run(race, effort, runners)
    yield memory_section()


def training_races(quick: bool) -> list[Race]:
    """Forward, backward and update of the XOR network and of the MLP, each checked first."""
    sizes = "-".join(map(str, SIZES))
    races = [
        training_race("XOR network, 4 points, float64", XOR, xor_problem(4), 0.35),
        numbers_race(),
        training_race(f"MLP {sizes}, batch 32, float32", MLP, mlp_problem(32), 1.0),
    ]
    if quick:
        return races
    return [
        *races,
        training_race("XOR network, 1,000 points, float64", XOR, xor_problem(1000), 0.5),
        training_race(f"MLP {sizes}, batch 1,024, float32", MLP, mlp_problem(1024), 1.15),
    ]


def training_race(title: str, builds: Mapping[str, Build], problem: Problem, most: float) -> Race:
    return Race(title, training_makers(builds, problem), [Bound("autodiff", "PyTorch", most)])


def numbers_race() -> Race:
    """Where every number is a node, as in micrograd."""
    title = "XOR network number by number, 4 points"
    return Race(title, training_makers(SCALARS, xor_problem(4)), baselines=["micrograd"])


def training_makers(builds: Mapping[str, Build], problem: Problem) -> dict[str, Maker]:
    check(present := installed(builds), problem)
    return {name: partial(training, build, problem) for name, build in present.items()}


def gradient_race(problem: Problem) -> Race:
    """What a gradient of the MLP costs in forward passes."""
    makers: dict[str, Maker] = {name: partial(each, problem) for name, each in PASSES.items()}
    title = f"A gradient in forward passes, MLP, batch {len(problem.inputs):,}"
    return Race(title, makers, [Bound("forward and backward", "forward under no_grad", 4.0)])


def memory_section(size: int = 2**20) -> Section:
    """What a chain of additions keeps, in arrays; PyTorch's own allocator cannot be traced."""
    array = np.ones(size)
    found = {name: memory(chain(array)) for name, chain in installed(CHAINS).items()}
    rows = [[name, *(f"{each / array.nbytes:.1f}" for each in values)] for name, values in found.items()]
    title = f"Memory of {LENGTH} chained adds on {array.nbytes / 2**20:.0f} MB, in arrays beside the input"
    head = ["", "kept by the graph", "peak forward", "peak backward"]
    kept = round(found["autodiff"].kept / array.nbytes, 2)  # the nodes, some kilobytes, round away
    return Section(title, [Table(head, rows)], [Goal(f"{title}: kept", 2.0, kept)])


if __name__ == "__main__":
    command.run(TITLE, "engine", sections)
