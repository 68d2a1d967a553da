"""What Keras gave, kept for where it is not installed: `python -m benchmarks.keras_steps.recorded` asks it anew.

Of each case and dtype one row of numbers: the first weights, then the states after the steps of KEPT, in the order of
`running.PARTS`; of layers that draw random numbers also what they drew.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import nn

from .cases import BATCH
from .declared import UNBUILT
from .distributions import Drawn, of_keras
from .kinds import all_cases
from .noise import asked, give, tell
from .running import PARTS, Result, State, largest, train

FIXTURE = Path(__file__).parents[2] / "tests" / "fixtures" / "keras" / "steps.npz"
DTYPES = ("float32", "float64")
KEPT = (20, 100)


def flat(arrays: Any) -> Any:
    """Arrays as one row."""
    return np.concatenate([np.zeros(0), *(np.ravel(each) for each in arrays)])


def row(states: Iterator[State]) -> Any:
    """The states that are kept, as one row."""
    return flat(
        each for number, one in enumerate(states, 1) if number in KEPT for part in PARTS for each in one[part].values()
    )


class Records:
    """The fixture as it is read."""

    def __init__(self) -> None:
        with np.load(FIXTURE) as found:
            self.arrays = {name: found[name] for name in found.files}
        told = json.loads(str(self.arrays["told"]))
        self.keras, self.known = told["keras"], told["known"]
        self.keys = [(kind, name) for kind, name in told["keys"]]

    def row(self, key: tuple[str, str], dtype: str) -> Any:
        """What was recorded of a case."""
        ends = np.cumsum(self.arrays["lengths"])
        place = self.keys.index(key)
        return self.arrays[dtype][ends[place] - self.arrays["lengths"][place] : ends[place]]

    def drawn(self) -> dict[str, Drawn]:
        """What was recorded of initializers."""
        rows = {name: row for name, row in self.arrays.items() if name.startswith("drawn ")}
        return {name.removeprefix("drawn "): Drawn(row[0], row[1], row[2:]) for name, row in rows.items()}

    def noise(self, key: tuple[str, str], dtype: str) -> Any:
        """The effects of the noisy layers: step, layer, the axes of a batch; nothing of other cases."""
        return self.arrays.get(f"{dtype} {key[1]}")


@cache
def records() -> Records:
    """The fixture, read once."""
    return Records()


def drawn() -> dict[str, Drawn]:
    """What was recorded of initializers."""
    return records().drawn()


def prepare(dtype: str) -> None:
    """Let a new process compute in a dtype."""
    nn.set_floatx(dtype)
    warnings.simplefilter("ignore")  # nn advises against some losses after softmax, which are compared all the same


def compared(key: tuple[str, str], dtype: str, until: int = KEPT[-1], run_eagerly: bool = False) -> Result:
    """What a case differs by from its record, at the kept steps `until` one; `nn.floatx()` is to be the dtype.

    Raises ValueError where the record is longer or shorter than what nn has.
    """
    if key not in records().keys:
        return Result({}, UNBUILT.get(key, ""))
    case, numbers, noise = all_cases()[key], records().row(key, dtype), records().noise(key, dtype)
    model = case.compiled(nn, lambda piece: str(piece) in records().known)
    taken = _Taker(numbers)
    model.set_weights([taken.like(each) for each in model.get_weights()])
    weights, model.run_eagerly = taken.place, run_eagerly
    given = give(model)
    kept = [number for number in KEPT if number <= until]
    states = train(model, case, dtype, until, lambda step: tell(given, () if noise is None else noise[step]))
    ours = [each for number, each in enumerate(states, 1) if number in kept]
    theirs = [{part: {name: taken.like(array) for name, array in one[part].items()} for part in PARTS} for one in ours]
    needed = weights + (taken.place - weights) // len(kept) * len(KEPT)
    if needed != len(numbers):
        raise ValueError(f"{key}: {len(numbers)} numbers are recorded, nn has {needed}")
    return Result(largest(ours, theirs, kept))


class _Taker:
    """A row of numbers, taken in pieces from its start."""

    def __init__(self, row: Any) -> None:
        self.row, self.place = row, 0

    def like(self, array: Any) -> Any:
        """The next numbers, as many and shaped as an array."""
        start, self.place = self.place, self.place + np.size(array)
        return self.row[start : self.place].reshape(np.shape(array))


class Answer(NamedTuple):
    """What live Keras gives for a case: a row, the effects of its noise, and the pieces that it has."""

    row: Any
    noise: Any
    known: list[str]


def followed(key: tuple[str, str], dtype: str) -> Answer | None:
    """The answer to a case; None where Keras has nothing like it, or fails."""
    import keras

    case = all_cases()[key]
    known = [str(piece) for piece in case.pieces if piece.exists(keras)]
    if not known or key in UNBUILT:
        return None
    keras.utils.set_random_seed(0)
    model = case.compiled(keras, lambda piece: piece.exists(keras))
    noise: list[Any] = []
    first = flat(model.get_weights())
    states = train(model, case, dtype, KEPT[-1], lambda _: noise.append(asked(model, BATCH)))
    return Answer(np.concatenate([first, row(states)]), np.array(noise) if any(noise) else None, known)


def record() -> None:
    """Ask live Keras, and write the fixture."""
    from .live import prepare

    pools = {dtype: ProcessPoolExecutor(1, get_context("spawn"), prepare, (dtype,)) for dtype in DTYPES}
    asking = {dtype: {key: pool.submit(followed, key, dtype) for key in all_cases()} for dtype, pool in pools.items()}
    found: dict[str, Any] = {}
    told: dict[str, Any] = {"keras": version("keras"), "keys": [], "known": []}
    for dtype, futures in asking.items():
        answers = {key: answer for key, future in futures.items() if (answer := future.result())}
        found[dtype] = np.concatenate([answer.row for answer in answers.values()]).astype(dtype)
        found["lengths"] = np.array([answer.row.size for answer in answers.values()])
        found |= {f"{dtype} {key[1]}": answer.noise for key, answer in answers.items() if answer.noise is not None}
        told["keys"] = list(answers)
        told["known"] = sorted({piece for answer in answers.values() for piece in answer.known})
    drawn = pools["float32"].submit(of_keras).result()
    found |= {f"drawn {name}": np.array([each.mean, each.stddev, *each.quantiles]) for name, each in drawn.items()}
    np.savez_compressed(FIXTURE, told=json.dumps(told), **found)


if __name__ == "__main__":
    record()
