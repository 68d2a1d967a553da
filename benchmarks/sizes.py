"""A training step over batch, width, depth and threads: `python -m benchmarks.sizes [--quick]`.

The network has as many inputs as each hidden layer has units, and 10 classes; float32, plain SGD. One thread for
every library, so that no pool's waiting is timed, and then one against two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from typing import NamedTuple

from . import command
from .compiled import MLP_STEPS
from .contenders import Build, Problem, check, installed, training
from .crossing import Line, along, crossings, seconds_at, told_along
from .flat import bare_products
from .machine import cores
from .mlp import MLP, mlp_problem
from .race import BARE, is_ours, is_peer, quickest, standing, told
from .report import Part, Plot, Section, Table
from .runners import Effort, Runners, running
from .timing import Maker, Times, ratios, spread
from .torch_compiled import COMPILED, able, torch_compiled_mlp

TITLE = "A training step over batch, width, depth and threads"
THREADED = ("autodiff", "compiled", "compiled, Numba", "jax.jit", "PyTorch")
STEPS: dict[str, Build] = {
    **{name: MLP_STEPS[name] for name in THREADED},
    COMPILED: torch_compiled_mlp,
    "HIPS autograd": MLP["HIPS autograd"],
    "MyGrad": MLP["MyGrad"],
}


class Point(NamedTuple):
    """The rows of a batch, the units of a hidden layer, and how many of those there are."""

    batch: int = 32
    width: int = 256
    depth: int = 2

    def problem(self) -> Problem:
        return mlp_problem(self.batch, [self.width] * (self.depth + 1) + [10])


AXES = {
    "batch": (1, 32, 256, 1024, 4096),
    "width": (16, 64, 256, 1024, 2048),
    "depth": (1, 2, 5, 10, 50),
}
QUICK_AXES = {"batch": (1, 32, 1024), "width": (16, 256), "depth": (2, 5)}
UNITS = {"batch": "rows of a batch", "width": "units of a hidden layer", "depth": "hidden layers"}
COMPILED_AT = (Point(1), Point(1024))  # PyTorch compiles some seconds for each
WORDS = {"quicker": "we win", "even": "even", "slower": "we lose"}
THREADED_AT = (Point(), Point(1024), Point(width=2048))


def sections(quick: bool) -> Iterator[Section]:
    effort = Effort(3, 0.01) if quick else Effort(5, 0.03)
    present, left_out = able(installed(STEPS), quick)
    check({name: build for name, build in present.items() if name != COMPILED}, mlp_problem(8, (6, 5, 4, 3)))
    measured: dict[Point, Times] = {}
    with command.threads(1), running(quick) as runners:
        for axis, sizes in (QUICK_AXES if quick else AXES).items():
            points = {size: Point()._replace(**{axis: size}) for size in sizes}
            for point in points.values():
                if point not in measured:
                    measured[point] = runners.interleaved(makers(present, point), effort, told_point(point))
            yield axis_section(axis, {size: measured[point] for size, point in points.items()}, left_out)
    yield winners_section(measured)
    if cores() > 1 and not quick:
        yield threads_section(present, THREADED_AT, effort)


def makers(present: Mapping[str, Build], point: Point) -> dict[str, Maker]:
    problem = point.problem()
    found: dict[str, Maker] = {BARE: partial(bare_products, problem)}
    left = {name: build for name, build in present.items() if name != COMPILED or point in COMPILED_AT}
    return found | {name: partial(training, build, problem) for name, build in left.items()}


def told_point(point: Point) -> str:
    """
    >>> told_point(Point(1024))
    'batch 1,024, width 256, depth 2'
    """
    return ", ".join(f"{axis} {size:,}" for axis, size in point._asdict().items())


def axis_section(axis: str, line: Line, notes: Sequence[str]) -> Section:
    """The chart, the shares of the floor's time, and where ours cross with peers."""
    from .charts import time_against_size

    fixed = ", ".join(f"{name} {size}" for name, size in Point()._asdict().items() if name != axis)
    caption = f"A training step over the {axis}; {fixed}; one thread. Lower is better; bands are quartiles."
    names = list(dict.fromkeys(name for times in line.values() for name in times))
    figure = time_against_size(line, f"{axis} ({UNITS[axis]})", crossing_points(line, names))
    parts: list[Part] = [
        Plot(figure, f"sizes-{axis}", caption),
        shares_table(line, names),
        crossings_table(line, names),
        *notes,
    ]
    return Section(f"Over the {axis}", parts)


def shares_table(line: Line, names: Sequence[str]) -> Table:
    """Microseconds of the floor, and the shares of it."""
    first, *others = [[f"{BARE}, µs", *(told(spread(times[BARE]), 1e6) for times in line.values())]] + [
        [name, *(told(ratios(times, BARE)[name]) if name in times else "–" for times in line.values())]
        for name in names
        if name != BARE
    ]
    caption = f"Shares of the time of the {BARE} (the floor), medians and quartiles."
    return Table(["", *(f"{size:,}" for size in line)], [first, *others], caption)


def crossings_table(line: Line, names: Sequence[str]) -> Table:
    """Each of ours against each peer."""
    rows = [[f"{who} against {peer}", told_along(along(line, who, peer))] for who, peer in pairs(names)]
    return Table(["", "is"], rows, "Who is quicker where; even: the quartiles do not tell them apart.")


def crossing_points(line: Line, names: Sequence[str]) -> list[tuple[float, float]]:
    """Where ours cross peers: sizes and seconds."""
    return [
        (size, seconds_at(line, who, size)) for who, peer in pairs(names) for size in crossings(along(line, who, peer))
    ]


def pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    """Each of ours with each peer."""
    return list(product(filter(is_ours, names), filter(is_peer, names)))


def winners_section(measured: Mapping[Point, Times]) -> Section:
    """Who is the quickest at each point, and what that makes of our quickest: when to use something else."""
    rows, lost = [], 0
    for point, times in measured.items():
        ours = quickest({name: each for name, each in times.items() if is_ours(name)})
        peers = {name: each for name, each in times.items() if is_peer(name)}
        if not peers:
            continue
        peer = quickest(peers)
        ratio = ratios(times, peer)[ours]
        lost += standing(ratio) == "slower"
        rows.append([told_point(point), ours, peer, told(ratio), WORDS[standing(ratio)]])
    said = f"At {lost} of {len(rows)} points a peer is quicker than all of ours. There, if time is what counts, use it."
    head = ["", "our quickest", "the quickest peer", "ours of the peer's time", ""]
    return Section("When to use something else", [said, Table(head, rows)] if rows else ["No peer is installed."])


def threads_section(present: Mapping[str, Build], points: Sequence[Point], effort: Effort) -> Section:
    """What a second thread does, from one interleaved run of both."""
    rows: dict[str, list[str]] = {}
    with Runners() as runners:
        for point in points:
            alone, both = (
                numbered(makers({n: b for n, b in present.items() if n in THREADED}, point), n) for n in (1, 2)
            )
            for count, each in ((1, alone), (2, both)):
                with command.threads(count):
                    runners.start(each)
            times = runners.interleaved(alone | both, effort, told_point(point))
            for one, two in zip(alone, both, strict=True):
                rows.setdefault(one.removesuffix(", 1"), []).append(told(ratios(times, one)[two]))
    head = ["", *map(told_point, points)]
    said = "Time with two threads as a share of that with one: below 1 the second thread helps, 0.5 is all it can do."
    return Section("Two threads against one", [said, Table(head, [[name, *each] for name, each in rows.items()])])


def numbered(found: Mapping[str, Maker], threads: int) -> dict[str, Maker]:
    return {f"{name}, {threads}": maker for name, maker in found.items()}


if __name__ == "__main__":
    command.run(TITLE, "sizes", sections)
