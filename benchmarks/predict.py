"""Prediction of one row and of 10,000, in every library: `python -m benchmarks.predict [--quick] [--threads N]`.

The lectures' network of 300, 100 and 10 units with the same weights everywhere, from an array of NumPy's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np

from . import command
from .flat import bare_forward_products
from .keras_models import libraries
from .mlp import mlp_problem
from .predictors import Predict, predictors
from .race import BARE, Race, timed_section
from .report import Goal, Section
from .runners import Effort, Runners, running
from .timing import Maker, spread
from .torch_compiled import able

TITLE = "Prediction of one row and of many"
ROWS = (1, 10_000)
BASELINES = (BARE, "jax.jit", "PyTorch", "Keras on JAX")
NOTES = [
    "`nn` and Keras are timed by `predict`, and where it says called, by the model called as a function. "
    "HIPS autograd predicts in plain NumPy: what NumPy by hand takes, it takes."
]


def sections(quick: bool) -> Iterator[Section]:
    effort = Effort(3, 0.01) if quick else Effort(5, 0.03)
    found, left_out = able(predictors(libraries(quick), quick), quick)
    with running(quick) as runners:
        check(found, runners)
        for rows in ROWS[:1] if quick else ROWS:
            yield prediction_section(prediction_race(found, rows), effort, runners, [*NOTES, *left_out])


def check(found: Mapping[str, Predict], runners: Runners) -> None:
    """Raise AssertionError unless all return the same probabilities."""
    problem = mlp_problem(3)
    values = runners.values({name: partial(each, problem) for name, each in found.items()})
    expected = values["NumPy by hand"]
    for name, value in values.items():
        np.testing.assert_allclose(value, expected, rtol=1e-4, atol=1e-6, err_msg=name)


def prediction_race(found: Mapping[str, Predict], rows: int) -> Race:
    problem = mlp_problem(rows)
    makers: dict[str, Maker] = {BARE: partial(bare_forward_products, problem)}
    makers |= {name: partial(each, problem) for name, each in found.items()}
    return Race(f"predict, {'one row' if rows == 1 else f'{rows:,} rows'}", makers, baselines=BASELINES)


def prediction_section(race: Race, effort: Effort, runners: Runners, notes: list[str]) -> Section:
    times = runners.interleaved(race.makers, effort, race.title)
    section = timed_section(race.title, times, baselines=race.baselines)
    goal = Goal("Microseconds for predict of one row", 100, spread(times["nn"]).median * 1e6)
    return section._replace(parts=[*section.parts, *notes], goals=[goal] if race.title.endswith("one row") else [])


if __name__ == "__main__":
    command.run(TITLE, "predict", sections)
