"""What a library costs before its first step is done, and what it needs: `python -m benchmarks.footprint [--quick]`.

Import time, installed size, the latency of first calls, and the peak of memory while training.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TypeVar

from . import command
from .compile import with_rate
from .compiled import ADAM_STEPS, MLP_STEPS, adam_step, compiled, mlp_step
from .contenders import Build, Problem, installed, training
from .installed_size import own_size, sizes
from .keras_models import BACKENDS, Library, classifier, data, libraries
from .machine import PEERS, distribution, is_installed
from .mlp import MLP, SIZES, mlp_problem
from .race import number, told
from .report import ROOT, Goal, Section, Table
from .runners import alone
from .timing import Resident, first_call, progress, resident, spread
from .torch_compiled import COMPILED, able, cold_torch_mlp

Item = TypeVar("Item")
TITLE = "Before and beside the steps: import, size, first call, memory"
PATIENCE = 4.0  # seconds after which nobody is measured once more
STEPS = 20  # after which the peak of memory is taken
IMPORTS = {
    "jax.jit": "import jax",
    "PyTorch": "import torch",
    "TensorFlow": "import tensorflow",
    "HIPS autograd": "import autograd.numpy",
    "MyGrad": "import mygrad",
    "micrograd": "import micrograd.engine",
    "scikit-learn": "import sklearn.neural_network",
}
STEPS_FIRST: dict[str, Build] = {**MLP_STEPS, COMPILED: cold_torch_mlp, "HIPS autograd": MLP["HIPS autograd"]}


def sections(quick: bool) -> Iterator[Section]:
    rounds = 1 if quick else 3
    yield import_section({} if quick else peer_imports(), rounds)
    yield size_section()
    yield first_steps_section(quick, rounds)
    if not quick:
        yield models_section(libraries(quick), rounds)
        problem = mlp_problem(1024)
        yield memory_section("SGD", problem, installed(MLP_STEPS), "PyTorch")
        yield memory_section("Adam", with_rate(problem), installed(ADAM_STEPS), "PyTorch, fused Adam")


def repeated(task: Callable[[], Item], rounds: int, what: str) -> list[Item]:
    """What a task measures, so many times, or until patience ends."""
    found: list[Item] = []
    end = time.perf_counter() + PATIENCE
    for _ in progress(range(rounds), what):
        if not found or time.perf_counter() < end:
            found.append(task())
    return found


# Import


def import_section(peers: Mapping[str, str], rounds: int) -> Section:
    """How long an import takes in a new process, without the interpreter's own start."""
    times = own_imports(rounds)
    for name, statement in peers.items():
        import_seconds(statement)  # whose files the system then has at hand
        times[name] = repeated(partial(import_seconds, statement), rounds, f"import {name}")
    ratio = spread([b / a for a, b in zip(times["NumPy"], times["autodiff"], strict=True)]).median
    rows = [[name, told(spread(each), 1e3)] for name, each in times.items()]
    goals = [
        Goal("Import in a new process: import autodiff of import numpy", 1.3, ratio),
        Goal("Seconds for import nn", 0.25, spread(times["nn"]).median),
    ]
    notes = [] if peers else ["A quick run leaves out the imports of the peers."]
    return Section("Import in a new process", [Table(["", "ms (quartiles)"], rows), *notes], goals)


def peer_imports() -> dict[str, str]:
    """The statements, of those that are installed."""
    statements = installed(IMPORTS)
    for name in list(libraries(quick=False))[1:]:
        backend = BACKENDS[name.removeprefix("Keras on ")][1]
        statements[name] = f"import os; os.environ['KERAS_BACKEND'] = '{backend}'; import keras"
    return statements


def own_imports(rounds: int) -> dict[str, list[float]]:
    """NumPy's and ours, in turns.

    From bytecode in a directory of its own: what is installed with one package, but may not be written for another,
    would decide the ratio.
    """
    statements = {"NumPy": "import numpy", "autodiff": "import autodiff", "nn": "import nn"}
    times: dict[str, list[float]] = {name: [] for name in statements}
    with tempfile.TemporaryDirectory() as bytecode:
        import_seconds("import nn", bytecode)  # compiles all
        for _ in progress(range(rounds), "import"):
            for name, statement in statements.items():
                times[name].append(import_seconds(statement, bytecode))
    return times


def import_seconds(statement: str, bytecode: str | None = None) -> float:
    """The time of one import statement in a new process, which keeps its bytecode in a directory if one is given."""
    code = f"import time; start = time.perf_counter(); {statement}; print(time.perf_counter() - start)"
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), env.get("PYTHONPATH")]))
    if bytecode:
        env["PYTHONPYCACHEPREFIX"] = bytecode
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    return float(done.stdout)


# Installed size


def size_section() -> Section:
    """Megabytes on the disk, as installed here."""
    found = {"autodiff and nn": sizes(["numpy", "graphviz"], own_size())}
    for name in filter(is_installed, PEERS):
        found[name.replace("jax.jit", "JAX")] = sizes([distribution(PEERS[name])])
    if is_installed("Keras") and is_installed("jax.jit"):
        found["Keras on JAX"] = sizes(["keras", "jax"])
    rows = [[name, number(own / 1e6), number(both / 1e6), str(count)] for name, (own, both, count) in found.items()]
    head = ["", "MB", "MB with what it needs", "packages"]
    said = (
        "Files of the installed packages, without bytecode; of autodiff and nn, what the wheel holds. "
        "Keras needs one of its backends, too."
    )
    return Section("Installed size", [said, Table(head, rows)])


# First calls


def first_steps_section(quick: bool, rounds: int) -> Section:
    """How long the first call of the MLP's step takes, each time in a new process that has the library loaded."""
    builds, notes = able(installed(STEPS_FIRST), quick)
    problem = mlp_problem(32)
    goals, rows = [], []
    for name, build in builds.items():
        times = repeated(partial(alone, partial(first_call, partial(training, build, problem))), rounds, name)
        rows.append([name, told(spread(times))])
    for name, stepping in {"SGD": mlp_step, "Adam": adam_step}.items():
        make = partial(training, partial(compiled, stepping, check=False), problem)
        times = repeated(partial(alone, partial(first_call, make)), rounds, name)
        rows.append([f"compiled, {name}, check=False", told(spread(times))])
        goals.append(Goal(f"Seconds for the first call of the MLP's step, {name}", 0.3, spread(times).median))
    said = (
        "A first call traces and compiles, where there is something to compile; `ad.compile` also runs the function "
        "eagerly and compares, unless `check=False`."
    )
    return Section("First call of the MLP's step", [said, Table(["", "s (quartiles)"], rows), *notes], goals)


def models_section(there: Mapping[str, Library], rounds: int) -> Section:
    """What comes before a model's second step: making it, and its first batch, each time in a new process."""
    found = {name: repeated(partial(alone, partial(first_steps, each)), rounds, name) for name, each in there.items()}
    rows = []
    for name, each in found.items():
        made, trained = (spread(seconds) for seconds in zip(*each, strict=True))
        rows.append([name, told(made), told(trained)])
    goal = Goal("Seconds to build and compile the model", 0.3, spread([each[0] for each in found["nn"]]).median)
    head = ["", "build and compile, s", "first train_on_batch, s"]
    return Section("First steps of a model", [Table(head, rows)], [goal])


def first_steps(library: Library) -> tuple[float, float]:
    """The seconds in which a model is made, and takes its first batch."""
    keras, (x, y) = library(), data(32)
    start = time.perf_counter()
    model = classifier(keras)
    made = time.perf_counter()
    model.train_on_batch(x, y)
    return made - start, time.perf_counter() - made


# Memory


def memory_section(name: str, problem: Problem, builds: Mapping[str, Build], baseline: str) -> Section:
    """By how much a process grows for a contender and some of its steps, and how much it has at most."""
    small = mlp_problem(4, [8] * len(SIZES))
    found: dict[str, Resident] = {}
    for who, build in progress(builds.items(), "memory"):
        found[who] = alone(partial(resident, partial(training, build, small), partial(training, build, problem), STEPS))
    rows = [[who, *(f"{size / 2**20:.1f}" for size in each)] for who, each in found.items()]
    title = f"Memory of the MLP's step, {name}, batch {len(problem.inputs):,}"
    measured = found["compiled"].growth / found[baseline].growth if baseline in found else None
    goal = Goal(f"{title}: compiled of {baseline}", 1.0, measured)
    return Section(title, [Table(["", f"MB for {STEPS} steps", "MB of the whole process"], rows)], [goal])


if __name__ == "__main__":
    command.run(TITLE, "footprint", sections)
