"""The engine's speed and memory beside its peers': `python -m benchmarks.engine [--quick] [--threads N]`.

Prints ratios from one run and writes them to out/benchmarks/engine.md. The peers
(PyTorch, HIPS autograd, MyGrad) come with the extra `bench`; those not installed are left out and named.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

import autodiff as ad

from .chain import CHAINS, LENGTH
from .contenders import PEERS, Problem, check, installed, missing, training
from .mlp import MLP, PASSES, SIZES, mlp_problem
from .timing import Maker, Spread, Times, interleaved, memory, progress, ratios, spread
from .xor import XOR, xor_problem

ROOT = Path(__file__).parents[1]
OUTPUT = ROOT / "out" / "benchmarks" / "engine.md"


class Effort(NamedTuple):
    """How many rounds, and for how many seconds each contender runs in a round."""

    rounds: int
    seconds: float


class Goal(NamedTuple):
    """A ratio that is to be at most so much; `measured` is None where a peer is not installed."""

    text: str
    most: float
    measured: float | None


class Section(NamedTuple):
    """A heading with a table under it, and the goals that it answers."""

    title: str
    table: str
    goals: list[Goal]


class Race(NamedTuple):
    """Contenders to be timed, and the goal: one of them against the baseline."""

    title: str
    makers: dict[str, Maker]
    baseline: str
    contender: str
    most: float


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """An aligned Markdown table: the first column to the left, the others to the right.

    >>> print(table(["who", "µs"], [["autodiff", "1.5"]]))
    | who      |  µs |
    |:---------|----:|
    | autodiff | 1.5 |
    """
    first, *others = [max(map(len, column)) for column in zip(head, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        right = [cell.rjust(width) for cell, width in zip(cells[1:], others, strict=True)]
        return f"| {' | '.join([cells[0].ljust(first), *right])} |"

    rule = "|".join([f":{'-' * (first + 1)}", *(f"{'-' * (width + 1)}:" for width in others)])
    return "\n".join([line(head), f"|{rule}|", *map(line, rows)])


def verdict(goal: Goal) -> str:
    """Whether a goal is met.

    >>> verdict(Goal("", 1.15, 1.15)), verdict(Goal("", 1.0, 1.01)), verdict(Goal("", 1.0, None))
    ('met', 'missed', 'not measured')
    """
    if goal.measured is None:
        return "not measured"
    return "met" if goal.measured <= goal.most else "missed"


def timed_section(title: str, times: Times, baseline: str, contender: str, most: float) -> Section:
    """Times and their ratios to the baseline's; without the baseline the times alone."""
    relative = ratios(times, baseline) if baseline in times else {}
    rows = []
    for name, each in times.items():
        ratio = relative.get(name)
        rows.append([name, *_scaled(spread(each), 1e6, ".1f"), *(_scaled(ratio, 1, ".2f") if ratio else "––")])
    head = ["", "µs", "quartiles", f"of {baseline}", "quartiles"]
    measured = relative[contender].median if relative else None
    return Section(title, table(head, rows), [Goal(f"{title}: {contender} of {baseline}", most, measured)])


def _scaled(values: Spread, factor: float, form: str) -> list[str]:
    low, median, high = (format(each * factor, form) for each in values)
    return [median, f"{low}–{high}"]


def training_races() -> list[Race]:
    """Forward, backward and update of the XOR network and of the MLP, each checked first."""
    sizes = "-".join(map(str, SIZES))
    settings = [
        ("XOR network, 4 points, float64", XOR, xor_problem(4), 0.35),
        ("XOR network, 1,000 points, float64", XOR, xor_problem(1000), 0.5),
        (f"MLP {sizes}, batch 32, float32", MLP, mlp_problem(32), 1.0),
        (f"MLP {sizes}, batch 1,024, float32", MLP, mlp_problem(1024), 1.15),
    ]
    races = []
    for title, builds, problem, most in settings:
        check(present := installed(builds), problem)
        makers: dict[str, Maker] = {name: partial(training, build, problem) for name, build in present.items()}
        races.append(Race(title, makers, "PyTorch", "autodiff", most))
    return races


def gradient_race(problem: Problem) -> Race:
    """What a gradient of the MLP costs in forward passes."""
    makers: dict[str, Maker] = {name: partial(each, problem) for name, each in PASSES.items()}
    title = f"A gradient in forward passes, MLP, batch {len(problem.inputs):,}"
    return Race(title, makers, "forward under no_grad", "forward and backward", 4.0)


def run(race: Race, effort: Effort) -> Section:
    """Time a race's contenders."""
    times = interleaved(race.makers, *effort, race.title)
    return timed_section(race.title, times, race.baseline, race.contender, race.most)


def import_section(rounds: int) -> Section:
    """How long an import takes in a new process, from bytecode, without the interpreter's own start."""
    times: dict[str, list[float]] = {"import numpy": [], "import autodiff": []}
    with tempfile.TemporaryDirectory() as bytecode:
        import_seconds("import autodiff", bytecode)  # compiles both
        for _ in progress(range(rounds), "import"):
            for statement, each in times.items():
                each.append(import_seconds(statement, bytecode))
    return timed_section("Import in a new process", times, "import numpy", "import autodiff", 1.3)


def import_seconds(statement: str, bytecode: str) -> float:
    """The time of one import statement in a new process that keeps its bytecode in a directory of its own.

    Bytecode that is installed with one package, but may not be written for another, would decide the ratio.
    """
    code = f"import time; start = time.perf_counter(); {statement}; print(time.perf_counter() - start)"
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), env.get("PYTHONPATH")]))
    env["PYTHONPYCACHEPREFIX"] = bytecode
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    return float(done.stdout)


def memory_section(size: int = 2**20) -> Section:
    """What a chain of additions keeps, in arrays; PyTorch's own allocator cannot be traced."""
    array = np.ones(size)
    found = {name: memory(chain(array)) for name, chain in installed(CHAINS).items()}
    rows = [[name, *(f"{each / array.nbytes:.1f}" for each in values)] for name, values in found.items()]
    title = f"Memory of {LENGTH} chained adds on {array.nbytes / 2**20:.0f} MB, in arrays beside the input"
    head = ["", "kept by the graph", "peak forward", "peak backward"]
    kept = round(found["autodiff"].kept / array.nbytes, 2)  # the nodes, some kilobytes, round away
    return Section(title, table(head, rows), [Goal(f"{title}: kept", 2.0, kept)])


def goals_section(sections: Sequence[Section]) -> Section:
    """All goals, with what was measured."""
    goals = [goal for section in sections for goal in section.goals]
    rows = [[g.text, f"{g.most:g}", "–" if g.measured is None else f"{g.measured:.2f}", verdict(g)] for g in goals]
    return Section("Goals", table(["goal", "at most", "measured", ""], rows), [])


def conditions(effort: Effort) -> str:
    """What the numbers were measured with and on."""
    modules = ["numpy", *(PEERS[name] for name in PEERS if name not in missing())]
    versions = [f"{module} {importlib.metadata.version(module)}" for module in modules]
    absent = f"Not installed, left out: {', '.join(missing())} (the extra `bench` installs them)." if missing() else ""
    return "\n".join(
        line
        for line in (
            f"autodiff {ad.__version__}, {', '.join(versions)}, Python {platform.python_version()}.",
            f"{_processor()}, {_cores()} cores. Threads: {_threads()}.",
            f"{effort.rounds} rounds of about {effort.seconds * 1e3:.0f} ms for each contender, one process for each, "
            "interleaved. Ratios are medians of the rounds' ratios.",
            absent,
        )
        if line
    )


def _processor() -> str:
    """The processor's name where the system tells it."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _threads() -> str:
    """How many threads NumPy's BLAS and PyTorch may use."""
    blas = os.environ.get("OPENBLAS_NUM_THREADS") or os.environ.get("OMP_NUM_THREADS") or str(_cores())
    if "PyTorch" in missing():
        return f"NumPy's BLAS {blas}"
    import torch

    return f"NumPy's BLAS {blas}, PyTorch {torch.get_num_threads()}"


def show(section: Section) -> str:
    """A section as Markdown, printed as it is ready."""
    text = f"## {section.title}\n\n{section.table}\n"
    print(text, flush=True)
    return text


def limit_threads(count: int) -> None:
    """Let the libraries use that many threads in the processes started from now on."""
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = str(count)


def parsed(arguments: Sequence[str] | None, about: str | None = __doc__) -> argparse.Namespace:
    """The command's options; --threads 1 is for a machine that others load: there, threads wait for one another."""
    parser = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few and short rounds")
    parser.add_argument("--threads", type=int, help="threads for every library (default: what each takes by itself)")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run everything; each table is printed as soon as it is ready."""
    options = parsed(arguments)
    effort = Effort(5, 0.01) if options.quick else Effort(15, 0.04)
    if options.threads:
        limit_threads(options.threads)
    texts = [f"# Speed and memory of the engine\n\n{conditions(effort)}\n"]
    print(texts[0], flush=True)
    races = [*training_races(), gradient_race(mlp_problem(32)), gradient_race(mlp_problem(1024))]
    sections = []
    for race in races:
        sections.append(run(race, effort))
        texts.append(show(sections[-1]))
    for section in (import_section(effort.rounds), memory_section()):
        sections.append(section)
        texts.append(show(section))
    texts.append(show(goals_section(sections)))
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text("\n".join(texts), encoding="utf-8")


if __name__ == "__main__":
    main()
