"""The section on cost: a whole gradient by reverse mode, forward mode and differences, against the parameters."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

import numpy as np

from ..report import Plot, Section, Table
from . import plots
from .cost import (
    COMPILED,
    DIFFERENCES,
    FORWARD,
    REVERSE,
    VALUE,
    WAYS,
    Cost,
    crossover,
    extrapolated,
    measure,
    power_law,
)

SIZES = (1, 2, 4, 10, 30, 100, 300, 1_000, 10_000, 100_000, 1_000_000)
QUICK_SIZES = (1, 4, 10, 100, 10_000, 1_000_000)
# The first costs less for few parameters, if ever; the second for many.
PAIRS = (
    (DIFFERENCES, REVERSE),
    (DIFFERENCES, COMPILED),
    (FORWARD, REVERSE),
    (FORWARD, COMPILED),
    (DIFFERENCES, FORWARD),
)
UNITS = ((1e-3, 1e-6, "µs"), (1.0, 1e-3, "ms"), (100.0, 1.0, "s"), (3600.0, 60.0, "min"), (np.inf, 3600.0, "h"))


def duration(seconds: float) -> str:
    """
    >>> duration(2.5e-5), duration(0.25), duration(90.0), duration(1e5)
    ('25 µs', '250 ms', '90 s', '28 h')
    """
    factor, unit = next((factor, unit) for limit, factor, unit in UNITS if seconds < limit)
    return f"{float(f'{seconds / factor:.2g}'):g} {unit}"


def sections(quick: bool) -> Iterator[Section]:
    sizes = QUICK_SIZES if quick else SIZES
    costs = measure(sizes, *((1, 0.02) if quick else (3, 0.1)))
    seconds = {name: [each.seconds for each in found] for name, found in costs.items()}
    rows = [[f"{size:,}", *(_cell(costs[way.name][i]) for way in WAYS)] for i, size in enumerate(sizes)]
    yield Section(
        "What a whole gradient costs",
        [
            "One tanh neuron with n weights and its mean squared error on four points, float64. Reverse mode takes one"
            " call, forward mode n calls of `ad.jvp`, central differences 2n calls of the function in plain NumPy: the"
            " cheapest that a call can be. The time of compiling, once, is not counted.",
            Plot(plots.costs(costs, _rings(sizes, seconds)), "differences-cost", "Both axes are logarithmic."),
            Table(["n", *(way.name for way in WAYS)], rows, "With ≈: the mean time of some directions times n."),
            *[meeting(a.name, costs[a.name], b.name, costs[b.name]) for a, b in PAIRS],
            _many(sizes, seconds),
        ],
    )


def _cell(cost: Cost) -> str:
    return f"{'≈ ' if cost.estimated else ''}{duration(cost.seconds)}"


def _rings(sizes: Sequence[int], seconds: dict[str, list[float]]) -> list[tuple[float, float]]:
    """Where the crossovers lie in the picture."""
    rings = []
    for first, second in PAIRS:
        size = crossover(sizes, seconds[first.name], seconds[second.name])
        if size is not None:
            logarithm = np.interp(np.log(size), np.log(sizes), np.log(seconds[first.name]))
            rings.append((size, float(np.exp(logarithm))))
    return rings


def meeting(first: str, a: Sequence[Cost], second: str, b: Sequence[Cost]) -> str:
    """From which size on the second way costs less, or what is known instead."""
    sizes = [cost.size for cost in a]
    costs = [[cost.seconds for cost in way] for way in (a, b)]
    words = f"{first} against {second}: ".capitalize()
    found = crossover(sizes, *costs)
    if found is not None:
        i = bisect_right(sizes[:-1], found)
        kind = (
            "estimates" if any(cost.estimated for way in (a, b) for cost in way[i - 1 : i + 1]) else "measured points"
        )
        return f"{words}the latter costs less from n = {found:.1f} on, interpolated between {kind}."
    faster = [x < y for x, y in zip(*costs, strict=True)]
    beyond = extrapolated(sizes, *costs)
    more = f"; power laws fitted to the last points meet at n = {beyond:.0e} (extrapolated)" if beyond else ""
    if not any(faster):
        return f"{words}the latter costs less at every n measured."
    if all(faster):
        return f"{words}the former costs less at every n measured{more}."
    return f"{words}now the one costs less, now the other{more}."


def _many(sizes: Sequence[int], seconds: dict[str, list[float]]) -> str:
    """How the costs grow, and what they come to at the most parameters."""
    exponents = {name: power_law(sizes, found)[1] for name, found in seconds.items()}
    value, reverse, compiled, by_differences = (
        seconds[way.name][-1] for way in (VALUE, REVERSE, COMPILED, DIFFERENCES)
    )
    return (
        f"At n = {sizes[-1]:,} a gradient by reverse mode costs {reverse / value:.1f} times the value alone, compiled"
        f" {compiled / value:.1f} times, and differences would take {duration(by_differences)} (estimated). Over the"
        f" last points reverse mode grows as n^{exponents[REVERSE.name]:.1f}, differences as"
        f" n^{exponents[DIFFERENCES.name]:.1f} (fitted)."
    )
