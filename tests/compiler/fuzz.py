"""Random programs for as long as you like: `python -m tests.compiler.fuzz [--minutes 10] [--seed 0] [--count N]`.

Each is compiled for NumPy and for Numba, as a function, as its gradient, and as steps that assign, and compared
with eager calls: to the bit on NumPy where no pass reorders arithmetic, else to rounding. The n-th program
follows from the seed + n alone, so a failure comes with the command that repeats it. Ends with 1 where one failed.
Kernels run as Python, but for each twentieth program, because a compiler takes seconds for what runs in none.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from typing import Any
from unittest.mock import patch

import numpy as np

import autodiff as ad

from ..properties.small_programs import Program, draw_program
from .comparing import agree, array_of, compiling, same
from .test_programs import CHECKPOINTED, as_function, loss_of, other_values, runs_on_arrays

LONGEST = 24  # steps of a program
BACKENDS = ("numpy", "numba") if find_spec("numba") else ("numpy",)
NUDGE = 1e-13  # relative; a result that it changes visibly sits on a jump, where rounding decides


def values(program: Program, seed: int, exact: bool, backend: str) -> None:
    check(as_function(program), other_values(program, seed), exact, backend)


def gradients(program: Program, seed: int, exact: bool, backend: str) -> None:
    function = ad.value_and_grad(lambda *args: loss_of([*args, *as_function(program)(*args)]), (0, 1, 2, 3))
    in_order = exact and not any(function in CHECKPOINTED for function, _ in program.steps)
    check(function, other_values(program, seed), in_order, backend)


def steps(program: Program, seed: int, exact: bool, backend: str) -> None:
    """Weights that go along their gradients, and an average, after several steps."""

    def world() -> tuple[Callable[..., Any], list[Any]]:
        a, b, c, _ = leaves = program.leaves()

        def step(d: Any) -> Any:
            loss = loss_of([a, b, *program.run([a, b, c, d])[4:]])
            loss.backward()
            for each in (a, b):
                each.data -= 0.01 * each.grad
                each.grad = None
            c.data = 0.9 * c.data + 0.1 * np.mean(b.data)
            return loss

        return step, leaves[:3]

    (eager, there), (function, here) = world(), world()
    step = ad.compile(function, backend=backend, check=False)
    for i in range(3):
        d = program.arrays[3] + i
        same(array_of(step(d)), array_of(eager(d)), exact=False)
        same([each.numpy() for each in here], [each.numpy() for each in there], exact=False)


KINDS = (values, gradients, steps)


def check(function: Callable[..., Any], calls: list[list[np.ndarray]], exact: bool, backend: str) -> None:
    """Calls agree; rounding may do what it wants where it does so eagerly, too."""
    try:
        agree(function, calls, exact, backend=backend, check=False)
    except AssertionError:
        if exact or all(is_steady(function, args) for args in calls):
            raise


def is_steady(function: Callable[..., Any], args: list[np.ndarray]) -> bool:
    """Whether a small change of the arguments is a small change of the results."""
    try:
        for factor in (1 - NUDGE, 1 + NUDGE):
            same(function(*[each * factor + (factor - 1) for each in args]), function(*args), exact=False)
    except AssertionError:
        return False
    return True


def cases(seed: int) -> Iterator[tuple[str, Callable[[], None]]]:
    """All that is checked of one program, with its description."""
    rng = np.random.default_rng(seed)
    program = draw_program(seed, int(rng.integers(1, LONGEST)))
    if not runs_on_arrays(program):
        return
    in_order, in_memory = bool(rng.integers(2)), bool(rng.integers(2))
    for kind, backend in itertools.product(KINDS, BACKENDS):

        def case(kind: Any = kind, backend: str = backend) -> None:
            with np.errstate(all="ignore"), compiling(in_order, in_memory), kernels(as_python=seed % 20 != 0):
                kind(program, seed, in_order and backend == "numpy", backend)

        yield f"{kind.__name__} on {backend}, {in_order=}, {in_memory=}", case


def kernels(as_python: bool) -> AbstractContextManager[Any]:
    """As what kernels run."""
    if "numba" not in BACKENDS:
        return nullcontext()
    return patch("numba.config.DISABLE_JIT", int(as_python))


def fuzz(seed: int, count: float, minutes: float) -> int:
    """Run programs until the time or their number is up, or Ctrl-C; returns how many calls failed."""
    began = time.monotonic()
    done = failed = 0
    shown = began
    try:
        while done < count and time.monotonic() - began < 60 * minutes:
            for what, case in cases(seed + done):
                try:
                    case()
                except Exception:
                    failed += 1
                    print(f"\rFAILED: {what}\n{traceback.format_exc()}", end="")
                    print(f"Again: python -m tests.compiler.fuzz --seed {seed + done} --count 1\n")
            done += 1
            if time.monotonic() - shown > 0.5:
                shown = time.monotonic()
                print(f"\r{done} programs, {failed} failures, {shown - began:.0f} s ", end="", flush=True)
    except KeyboardInterrupt:
        print("\nCtrl-C: stopped", end="")
    print(f"\r{done} programs from seed {seed} on, {failed} failures, in {time.monotonic() - began:.0f} s")
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.compiler.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=None, help="of the first program; by default another each time")
    parser.add_argument("--count", type=float, default=float("inf"), help="how many programs; by default no limit")
    options = parser.parse_args()
    seed = int(time.time()) * 1000 if options.seed is None else options.seed
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder  # kernels that nobody needs again
        return 1 if fuzz(seed, options.count, options.minutes) else 0


if __name__ == "__main__":
    sys.exit(main())
