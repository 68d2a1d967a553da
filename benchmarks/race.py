"""Contenders timed against each other: what a race is, and how its outcome is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .machine import PEERS
from .report import Goal, Section, Table
from .runners import Effort, Runners
from .timing import Maker, Spread, Times, ratios, spread

BARE = "bare matrix products"
OURS = ("autodiff", "compiled", "nn")  # with what a comma adds


class Bound(NamedTuple):
    """A goal of a race: the contender's time is at most so much of the baseline's."""

    contender: str
    baseline: str
    most: float


class Race(NamedTuple):
    """Contenders to be timed, what is expected of them, and whom they are compared with beside that."""

    title: str
    makers: Mapping[str, Maker]
    bounds: Sequence[Bound] = ()
    baselines: Sequence[str] = ()
    anew: bool = False


def run(race: Race, effort: Effort, runners: Runners) -> Section:
    """Time a race's contenders."""
    times = runners.interleaved(race.makers, effort, race.title, race.anew)
    return timed_section(race.title, times, race.bounds, race.baselines)


def timed_section(title: str, times: Times, bounds: Sequence[Bound] = (), baselines: Sequence[str] = ()) -> Section:
    """Times, and their ratios to those of each baseline that took part."""
    names = dict.fromkeys([*baselines, *(bound.baseline for bound in bounds)])
    relative = {name: ratios(times, name) for name in names if name in times}
    rows = [
        [name, told(spread(each), 1e6), *(told(relative[base][name]) for base in relative)]
        for name, each in times.items()
    ]
    goals = [
        Goal(
            f"{title}: {who} of {base}", most, relative[base][who].median if base in relative and who in times else None
        )
        for who, base, most in bounds
    ]
    head = ["", "µs (quartiles)", *(f"of {base}" for base in relative)]
    return Section(title, [*outcome(times), Table(head, rows)], goals)


def told(values: Spread, factor: float = 1) -> str:
    """The median, and the quartiles in brackets.

    >>> told(Spread(0.9, 1.0, 1.25)), told(Spread(0.5, 0.51, 0.52), 1e3), told(Spread(1.0, 2.0, 3.0), 1e6)
    ('1.00 (0.90–1.25)', '510 (500–520)', '2,000,000 (1,000,000–3,000,000)')
    """
    low, median, high = (number(value * factor) for value in values)
    return f"{median} ({low}–{high})"


def number(value: float) -> str:
    """A positive number with three digits, or all before its point.

    >>> number(0.0512), number(1.5), number(51.21), number(1234.5)
    ('0.051', '1.50', '51.2', '1,234')
    """
    digits = 3 if value < 0.1 else 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:,.{digits}f}"


def standing(ratio: Spread) -> str:
    """Whether what takes that share of another's time is quicker, slower, or not told apart by its quartiles.

    >>> standing(Spread(0.8, 0.9, 0.95)), standing(Spread(1.1, 1.2, 1.3)), standing(Spread(0.9, 1.1, 1.2))
    ('quicker', 'slower', 'even')
    """
    return "quicker" if ratio.high < 1 else "slower" if ratio.low > 1 else "even"


def is_ours(name: str) -> bool:
    return name.split(", ")[0] in OURS


def is_peer(name: str) -> bool:
    return name.split(", ")[0] in PEERS or name.startswith("Keras on ")


def quickest(times: Times) -> str:
    """The contender of the least median.

    >>> quickest({"a": [3.0, 1.0, 1.0], "b": [2.0, 2.0, 0.5]})
    'a'
    """
    return min(times, key=lambda name: spread(times[name]).median)


def outcome(times: Times) -> list[str]:
    """A sentence on our quickest against every peer, and one on eager autodiff: where we lose, they say so.

    >>> outcome({"autodiff": [3.0, 3.0], "PyTorch": [1.0, 1.0], "MyGrad": [9.0, 9.0]})
    ['autodiff loses to PyTorch: it takes 3.00 times as long.']
    >>> outcome({"autodiff": [1.0, 1.0], "MyGrad": [2.0, 2.0]})
    ['No peer is quicker than autodiff.']
    """
    ours = {name: each for name, each in times.items() if is_ours(name)}
    peers = [name for name in times if is_peer(name)]
    if not ours or not peers:
        return []
    return [_against(name, peers, times) for name in dict.fromkeys([quickest(ours), "autodiff"]) if name in ours]


def _against(name: str, peers: Sequence[str], times: Times) -> str:
    found = {peer: ratios(times, peer)[name] for peer in peers}
    lost = {peer: ratio.median for peer, ratio in found.items() if standing(ratio) == "slower"}
    if not lost:
        return f"No peer is quicker than {name}."
    shares = ", ".join(number(ratio) for ratio in lost.values())
    return f"{name} loses to {', '.join(lost)}: it takes {shares} times as long."
