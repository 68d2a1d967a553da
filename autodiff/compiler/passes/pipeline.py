"""The passes, one after the other."""

from __future__ import annotations

from typing import Any

from ..program import Program, Source
from ..report import Stage
from . import EXACT, NUMPY, REORDERING, lowered
from .sums import summed


def simplified(program: Program, backend: str = "numpy") -> list[Stage]:
    """The stages of a program: as it was traced, and after each pass; the last is the one that runs."""
    stages = [Stage("without what leads to no result", program)]
    stages.append(Stage("primitives taken apart", lowered(program)))
    _settle(stages)
    for name, each in REORDERING.items():
        if backend == "numba" and each is summed:
            continue  # its kernels sum on the way
        stages.append(Stage(name, each(stages[-1].program)))
    _settle(stages)
    for name, each in NUMPY.items() if backend == "numpy" else ():
        stages.append(Stage(name, each(stages[-1].program)))
    last = stages[-1].program
    stages[-1] = stages[-1]._replace(program=last._replace(inputs=_used(last)))
    return stages


def _settle(stages: list[Stage]) -> None:
    """The exact passes, as often as they find something."""
    before: list[str] = []
    while (now := [str(node.primitive.name) for node in stages[-1].program.equations()]) != before:
        before = now
        for name, each in EXACT.items():
            stages.append(Stage(name, each(stages[-1].program)))


def _used(program: Program) -> dict[Any, Source]:
    """The inputs that something depends on."""
    needed = {*program.nodes(), *(leaf for leaf, _ in program.writes)}
    return {leaf: source for leaf, source in program.inputs.items() if leaf in needed}
