"""What is trained of each run: the data that is there, how much of it, and how many seeds fit into the time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple

from nn.datasets import MissingDataError

from . import processes, records
from .declared import Run
from .records import Record, Settings

BUDGET = 150.0  # seconds for all trainings
Found = Mapping[str, Sequence[Record]]  # the records of each library, seed by seed


class Effort(NamedTuple):
    """Every so many rows, one of so many epochs, and the seconds for all trainings (0: one seed each)."""

    every: int
    shorter: int
    budget: float


FULL, QUICK = Effort(1, 1, BUDGET), Effort(10, 10, 0.0)


class Trial(NamedTuple):
    """A run on the data that is there."""

    run: Run
    data: str
    sizes: str
    epochs: int
    every: int
    is_substitute: bool  # whether the data is not the lecture's

    @property
    def is_lectures(self) -> bool:
        """Whether it is the lecture's data, all of it, for all its epochs."""
        return self.every == 1 and self.epochs == self.run.epochs and not self.is_substitute

    def settings(self, library: str, seed: int) -> Settings:
        return Settings(self.run.name, library, seed, self.epochs, self.every, self.is_substitute)

    def title(self) -> str:
        """What is run, and whether it is only a quick look."""
        look = f": a quick look, {self.epochs} epochs on each {self.every}th row, not the result"
        return f"{self.data}, {self.run.title}{look if self.every > 1 else ''}"


def make_trial(run: Run, effort: Effort) -> Trial:
    """Look at the data. Raises ImportError where it is missing and scikit-learn, which has a substitute, too."""
    try:
        splits, is_substitute = run.source(), False
    except MissingDataError:
        splits, is_substitute = run.substitute(), True
    epochs = max(3, run.epochs // effort.shorter)  # the third is the first in which nothing is compiled
    sizes = splits.thinned(effort.every).sizes()
    return Trial(run, splits.name, sizes, epochs, effort.every, is_substitute)


def train(trials: Sequence[Trial], libraries: Sequence[str], seeds: Sequence[int]) -> Iterator[Settings]:
    """Train each with each library from each seed, as far as there are no records yet.

    The last library, which takes longest to start, comes first, so that the processes end at about the same time.
    """
    slow_first = libraries[::-1]
    return processes.train_all([t.settings(name, seed) for t in trials for seed in seeds for name in slow_first])


def read_records(trial: Trial, libraries: Sequence[str], seeds: int) -> Found:
    """The records of each library, seed by seed."""
    return {name: [records.load(trial.settings(name, seed)) for seed in range(seeds)] for name in libraries}


def seconds_a_seed(trial: Trial, libraries: Sequence[str]) -> float:
    """How long one seed takes with all libraries, side by side."""
    return sum(first.seconds for (first,) in read_records(trial, libraries, 1).values()) / processes.AT_ONCE


def seeds_there(trial: Trial, libraries: Sequence[str]) -> int:
    """How many seeds have records of all libraries from earlier runs."""
    seeds = range(trial.run.seeds)
    found = (all(records.path(trial.settings(name, seed)).exists() for name in libraries) for seed in seeds)
    return len(list(takewhile(bool, found)))


def seeds_within(
    costs: Mapping[str, float], there: Mapping[str, int], most: Mapping[str, int], budget: float
) -> dict[str, int]:
    """How many seeds of each run are told: one in any case, those that are there, and what fits into the budget.

    Those of the cheapest run come first.

    >>> seeds_within({"long": 60.0, "short": 10.0}, {"long": 0, "short": 0}, {"long": 5, "short": 5}, budget=240.0)
    {'long': 3, 'short': 5}
    >>> seeds_within({"long": 60.0, "short": 10.0}, {"long": 2, "short": 5}, {"long": 5, "short": 5}, budget=130.0)
    {'long': 4, 'short': 5}
    """
    seeds = {name: max(1, there[name]) for name in costs}
    left = budget - sum(cost for name, cost in costs.items() if not there[name])
    for name in sorted(costs, key=lambda name: costs[name]):
        more = min(most[name] - seeds[name], int(max(left, 0) // costs[name]))
        seeds[name] += more
        left -= more * costs[name]
    return seeds
