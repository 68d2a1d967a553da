"""What became of a function on its way to a program, step by step."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

from ..graph import Graph
from ..node import Node
from .blocks import Block, rows_of
from .program import Program
from .source import Source
from .statements import Launch, Statement, nbytes


class Stage(NamedTuple):
    """The program after one pass."""

    name: str
    program: Program

    @property
    def equations(self) -> int:
        return len(self.program.equations())

    @property
    def graph(self) -> Graph:
        """The program as a graph, to print and to draw."""
        return Graph(list(dict.fromkeys(self.program.ends())))


class Report(NamedTuple):
    """Equations after each pass, and the memory that the program keeps; `print` shows it as a table."""

    stages: list[Stage]
    traced: int  # equations, with those that lead to no result
    source: Source
    seconds: float

    @property
    def statements(self) -> int:
        return len(self.source.statements)

    @property
    def buffers(self) -> int:
        return len(self.source.layout.buffers)

    @property
    def buffer_bytes(self) -> int:
        """Bytes that the program keeps from call to call."""
        return sum(buffer.size * buffer.dtype.itemsize for buffer in self.source.layout.buffers)

    @property
    def bytes_unplanned(self) -> int:
        """Bytes that all results together would take, each in an array of its own."""
        return sum(nbytes(node) for node in self.stages[0].program.equations())

    @property
    def fused(self) -> list[tuple[int, str]]:
        """What runs together: how many equations, and how."""
        found = []
        for step in self.source.statements:
            if isinstance(step, Block):
                nodes, how = [each.node for each in step.statements], f"{rows_of(step.shape)} rows at a time"
            elif isinstance(step, Statement):
                continue
            else:
                kernel = step.kernel if isinstance(step, Launch) else step.launch.kernel
                nodes, how = list(kernel.nodes), "in one kernel"
            names = ", ".join(dict.fromkeys(node.primitive.name for node in nodes))
            found.append((len(nodes), f"{how}, on {nodes[-1].dtype} {_largest(nodes)}: {names}"))
        return found

    def __str__(self) -> str:
        counted = [("traced", self.traced), *((stage.name, stage.equations) for stage in self.stages)]
        changed = [pair for before, pair in pairwise(counted) if before[1] != pair[1]]
        width = max(len(name) for name, _ in counted)
        rows = [f"{name:<{width}}  {count:>6} equations" for name, count in (counted[0], *changed)]
        rows.append(f"{'written as':<{width}}  {self.statements:>6} statements, in {self.seconds:.3f} s")
        rows.append(
            f"{'memory':<{width}}  {self.buffers:>6} buffers of {self.buffer_bytes:,} bytes in all "
            f"({self.bytes_unplanned:,} if each result had its own)"
        )
        rows.append(f"{'in place':<{width}}  {len(self.source.layout.places):>6} results of operands or variables")
        rows += [f"{'fused':<{width}}  {count:>6} equations {text}" for count, text in self.fused]
        return "\n".join(rows)


def _largest(nodes: list[Node]) -> tuple[int, ...]:
    return max((node.shape for node in nodes), key=math.prod)
