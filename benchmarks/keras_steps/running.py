"""Training step by step in two libraries, and the largest differences between them on the way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from .cases import Case, batches

PARTS = ("loss", "metrics", "weights", "slots")
State = Mapping[str, Mapping[str, Any]]  # part, name, array


class Worst(NamedTuple):
    """A difference, the step after which it was that large (from 1), and what differed."""

    size: float = 0.0
    step: int = 0
    of: str = ""


class Difference(NamedTuple):
    """The largest ones: as they are, and over the largest number that the array had so far, on whichever side."""

    absolute: Worst = Worst()
    relative: Worst = Worst()


class Result(NamedTuple):
    """The differences of a case by part and name; none where Keras has nothing like it, or where it cannot run."""

    differences: Mapping[str, Mapping[str, Difference]]
    error: str = ""


def state(model: Any, logs: Mapping[str, Any]) -> State:
    """What a model is after a step: a batch's loss and metrics, all weights and the optimizer's variables."""
    numbers = {name: np.asarray(value) for name, value in logs.items()}
    return {
        "loss": {"loss": numbers.pop("loss")},
        "metrics": numbers,
        "weights": _numbered(model.weights),
        "slots": _numbered(model.optimizer.variables),
    }


def _numbered(variables: Iterable[Any]) -> dict[str, Any]:
    """By their places: names of slots have the names of models before them in Keras."""
    return {str(i): np.array(each.numpy()) for i, each in enumerate(variables)}


def train(model: Any, case: Case, dtype: str, steps: int, before: Any = None) -> Iterator[State]:
    """The states after each step; `before` is called ahead of each, with its number from 0."""
    for number, (x, y) in enumerate(batches(case.targets, dtype, steps)):
        if before is not None:
            before(number)
        yield state(model, model.train_on_batch(x, y, return_dict=True))


def largest(
    ours: Iterable[State], theirs: Iterable[State], numbers: Iterable[int] | None = None
) -> dict[str, dict[str, Difference]]:
    """The largest difference of each thing in each part; `numbers` are those of the steps, all from 1 by default.

    Raises ValueError where a state has other names or shapes.

    >>> run = lambda values: [{"loss": {"loss": np.array(value)}} for value in values]
    >>> largest(run([4.0, 2.0]), run([4.0, 2.5]))["loss"]["loss"].relative
    Worst(size=0.2, step=2, of='loss')
    """
    found: dict[str, dict[str, Difference]] = {}
    scales: defaultdict[tuple[str, str], float] = defaultdict(float)
    for step, mine, their in zip(numbers or count(1), ours, theirs, strict=False):
        for part, arrays in their.items():
            if set(arrays) != set(mine[part]):
                raise ValueError(f"{part}: nn has {sorted(mine[part])}, Keras {sorted(arrays)}")
            so_far = found.setdefault(part, {name: Difference() for name in arrays})
            for name, array in arrays.items():
                now = difference(mine[part][name], array, step, name, scales[part, name])
                so_far[name] = larger(so_far[name], now)
                scales[part, name] = max(scales[part, name], scale_of(array))
    return found


def scale_of(array: Any) -> float:
    """The largest number of an array; NaN is none."""
    return float(np.nan_to_num(np.abs(array), nan=0, posinf=np.inf).max(initial=0))


def difference(mine: Any, their: Any, step: int, name: str, before: float = 0.0) -> Difference:
    """How far two arrays are apart; NaN equals NaN, and is infinitely far from numbers.

    `before` is the largest number of the steps before: an array that passes 0 is not measured by what it is there.
    """
    mine, their = np.asarray(mine), np.asarray(their)
    if mine.shape != their.shape:
        raise ValueError(f"{name}: nn has shape {mine.shape}, Keras {their.shape}")
    same = (mine == their) | (np.isnan(mine) & np.isnan(their))
    with np.errstate(invalid="ignore"):  # ∞ - ∞, which is the same
        apart = np.where(same, 0, np.abs(np.subtract(mine, their, dtype=float)))
    size = float(np.nan_to_num(apart, nan=np.inf, posinf=np.inf).max(initial=0))
    scale = max(before, scale_of(mine), scale_of(their))
    relative = size / scale if 0 < scale < np.inf and size < np.inf else size
    return Difference(Worst(size, step, name), Worst(relative, step, name))


def larger(one: Difference, other: Difference) -> Difference:
    """The larger of each; the first one where they are equal."""
    return Difference(*(max(pair, key=lambda each: each.size) for pair in zip(one, other, strict=True)))


def together(differences: Iterable[Difference]) -> Difference:
    """The largest of several."""
    found = Difference()
    for each in differences:
        found = larger(found, each)
    return found
