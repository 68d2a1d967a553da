"""Two contenders along an axis of sizes: who is quicker where, and where they cross."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise

import numpy as np

from .race import standing
from .timing import Spread, Times, ratios, spread

Line = Mapping[int, Times]  # the times at each size


def along(line: Line, who: str, other: str) -> dict[int, Spread]:
    """The shares of the other's time, at the sizes at which both were timed."""
    return {size: ratios(times, other)[who] for size, times in line.items() if who in times and other in times}


def crossings(shares: Mapping[int, Spread]) -> list[float]:
    """The sizes at which a time overtakes another: between a size where it is quicker and the next where it is slower.

    Sizes at which they are not told apart count for neither. Between two sizes both times are taken as powers of
    the size, as straight lines are on logarithmic axes.

    >>> crossings({1: Spread(0.5, 0.5, 0.5), 16: Spread(2, 2, 2)})
    [4.0]
    """
    apart = [(size, share.median) for size, share in shares.items() if standing(share) != "even"]
    return [
        math.exp(math.log(a) + (math.log(b) - math.log(a)) * math.log(p) / (math.log(p) - math.log(q)))
        for (a, p), (b, q) in pairwise(apart)
        if (p < 1) != (q < 1)
    ]


def seconds_at(line: Line, who: str, size: float) -> float:
    """A contender's median at a size between those that were timed, on a straight line of logarithms.

    >>> round(seconds_at({1: {"a": [1.0]}, 100: {"a": [9.0]}}, "a", 10), 6)
    3.0
    """
    found = {each: spread(times[who]).median for each, times in line.items() if who in times}
    return float(np.exp(np.interp(np.log(size), np.log(list(found)), np.log(list(found.values())))))


def told_along(shares: Mapping[int, Spread]) -> str:
    """Where one is quicker, slower, or not told apart, and the sizes at which that changes.

    >>> told_along({1: Spread(0.5, 0.5, 0.5), 16: Spread(2, 2, 2), 32: Spread(3, 3, 3)})
    'quicker at 1; slower at 16, 32; crossing near 4'
    """
    if not shares:
        return "not timed"
    runs = groupby(shares, key=lambda size: standing(shares[size]))
    said = [f"{how} at {_listed(list(sizes))}" for how, sizes in runs]
    places = [f"{size:,.0f}" for size in crossings(shares)]
    return "; ".join([*said, *([f"crossing near {' and '.join(places)}"] if places else [])])


def _listed(sizes: Sequence[int]) -> str:
    return ", ".join(f"{size:,}" for size in sizes)
