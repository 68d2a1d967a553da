"""The chapter: trains what there are no records of, and puts the figures side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean

from ..machine import is_installed
from ..report import Part, Section, Table
from ..timing import progress
from .comparison import (
    ABSENT,
    conclusions,
    goals,
    label,
    last,
    lecture_score,
    processor_seconds,
    shown,
    side_by_side,
    spread,
)
from .curves import learning_curves
from .declared import RUNS
from .records import LIBRARIES
from .trials import (
    FULL,
    QUICK,
    Effort,
    Found,
    Trial,
    make_trial,
    read_records,
    seconds_a_seed,
    seeds_there,
    seeds_within,
    train,
)

Result = tuple[Trial, Found]
TITLE = "The lectures' runs, from the data to the score"


def sections(quick: bool) -> Iterator[Section]:
    effort = QUICK if quick else FULL
    libraries = list(LIBRARIES) if is_installed("Keras") and is_installed("jax.jit") else ["nn"]
    trials = [make_trial(run, effort) for run in RUNS if run.is_quick or not quick]
    there = {each.run.name: seeds_there(each, libraries) for each in trials}
    train_with_progress(trials, libraries, range(1))
    costs = {each.run.name: seconds_a_seed(each, libraries) for each in trials}
    seeds = seeds_within(costs, there, {each.run.name: each.run.seeds for each in trials}, effort.budget)
    notes = [*HOW, fitted(effort), *without_keras(libraries), *without_data(trials)]
    yield Section("How much was run", [*notes, how_much(trials, costs, seeds)])
    results: list[Result] = []
    for each in trials:
        count = seeds[each.run.name]
        train_with_progress([each], libraries, range(count))
        results.append((each, read_records(each, libraries, count)))
        yield run_section(*results[-1])
    yield summary(results)


def train_with_progress(trials: Sequence[Trial], libraries: Sequence[str], seeds: Sequence[int]) -> None:
    wanted = range(len(trials) * len(libraries) * len(seeds))
    for _ in zip(progress(wanted, "trainings"), train(trials, libraries, seeds), strict=True):
        pass


def how_much(trials: Sequence[Trial], costs: dict[str, float], seeds: dict[str, int]) -> Table:
    """What is trained, how long one seed takes, and how many seeds there are."""
    rows = []
    for each in trials:
        name = each.run.name
        of_most = f"{seeds[name]} of {each.run.seeds}"
        rows.append([name, each.data, each.sizes, f"{each.epochs:,}", f"{costs[name]:.1f}", of_most])
    return Table(["run", "data", "rows", "epochs", "s for one seed", "seeds"], rows)


HOW = [
    "Every training is a process of its own; two run at once, each with one thread, so the times on the wall are those "
    "of a busy machine; processor time hardly is. For each seed both libraries start from the weights that "
    "nn's initializers make of it; each then shuffles in its own way. Data is float32. Every score is read after the "
    "last epoch; nothing is picked by it.",
    "A finished training leaves a file in `out/benchmarks/runs` and is not run again as long as its settings, the "
    "versions and the program are the same. Delete the folder to measure anew.",
]


def fitted(effort: Effort) -> str:
    """How the number of seeds was found."""
    if effort == QUICK:
        return (
            f"This is the quick look: one seed, each {QUICK.every}th row, a {QUICK.shorter}th of the epochs. "
            "It shows that everything runs; its scores are not the results of these runs. Left out: "
            f"{', '.join(run.name for run in RUNS if not run.is_quick)}."
        )
    return (
        f"The budget is {effort.budget:.0f} s of training. The first seed of each run tells what a seed costs, with "
        "all libraries, two at once; then those of the cheapest run are added first, as many as fit. What is "
        "there from an earlier run costs nothing: another run of this command adds seeds."
    )


def without_keras(libraries: Sequence[str]) -> list[str]:
    """That a peer is missing."""
    if "Keras" in libraries:
        return []
    return [
        "Keras is not installed, or not JAX, on which it runs here: ours stands alone beside the lecture's figures."
    ]


def without_data(trials: Sequence[Trial]) -> list[str]:
    """Which runs have a substitute for their data."""
    names = [each.run.name for each in trials if each.is_substitute]
    if not names:
        return []
    return [
        f"The data of {', '.join(names)} is not on this machine (`NN_DATA_DIR` names its folder) and could not be "
        "downloaded. scikit-learn's bundled sets stand in. They are small: their scores only say whether both "
        "libraries do the same, and no figure of a lecture applies."
    ]


def run_section(trial: Trial, found: Found) -> Section:
    """One run: what follows, the figures, the curves."""
    instead = [f"Here {trial.data} stand in for its data."] if trial.is_substitute else []
    text = " ".join([trial.run.about, *instead, *conclusions(trial, found)])
    parts: list[Part] = [text, side_by_side(trial, found), learning_curves(trial, found)]
    return Section(trial.title(), parts, goals(trial, found))


def summary(results: Sequence[Result]) -> Section:
    """The score and the time of all runs."""
    libraries = list(results[0][1])
    head = ["run", "score", "lecture", *libraries, *(f"{name}, s of processor" for name in libraries)]
    rows = []
    for trial, found in results:
        printed = lecture_score(trial)
        scores = [spread(list(map(last(trial.run.score), records))) for records in found.values()]
        times = [shown(fmean(map(processor_seconds, records))) for records in found.values()]
        name = trial.run.name if trial.every == 1 else f"{trial.run.name} (quick look)"
        rows.append([name, label(trial.run.score), ABSENT if printed is None else f"{printed:.4f}", *scores, *times])
    caption = "Means over the seeds, in brackets the lowest and the highest; processor time is that of an epoch."
    return Section("All runs", [Table(head, rows, caption)])
