"""The figures of a run side by side: the lecture's, ours and Keras', over the seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import fmean, median, stdev

from ..report import Goal, Table
from .declared import Run
from .records import Record
from .trials import Found, Trial

Figure = Callable[[Record], float]
NAMES = {"RootMeanSquaredError": "root mean squared error", "right_side": "share on the right side"}
ABSENT = "–"


def label(name: str) -> str:
    """What a figure of a history is called in the report.

    >>> label("val_accuracy"), label("loss")
    ('validation accuracy', 'training loss')
    """
    part, name = ("validation", name[4:]) if name.startswith("val_") else ("training", name)
    return f"{part} {NAMES.get(name, name)}"


def spread(values: Sequence[float]) -> str:
    """The mean of the seeds, the lowest and the highest.

    >>> spread([0.5, 0.25]), spread([12.0])
    ('0.3750 (0.2500–0.5000)', '12.0')
    """
    if len(values) == 1:
        return shown(values[0])
    return f"{shown(fmean(values))} ({shown(min(values))}–{shown(max(values))})"


def shown(value: float) -> str:
    """Four places, or one from ten on.

    >>> shown(0.88321), shown(1.5), shown(123.4)
    ('0.8832', '1.5000', '123.4')
    """
    return f"{value:.4f}" if abs(value) < 10 else f"{value:.1f}"


def last(name: str) -> Figure:
    """The figure of the last epoch."""
    return lambda record: record.history[name][-1]


def tested(name: str) -> Figure:
    """The figure of the test set after training."""
    return lambda record: record.tested[name]


def epoch_seconds(record: Record) -> float:
    """Of an epoch in the middle of all but the first two."""
    return median(record.epoch_seconds[2:])


def processor_seconds(record: Record) -> float:
    """What processors worked for such an epoch: other programs on the machine hardly count."""
    return median(record.processor_seconds[2:])


def compiling_epochs(record: Record) -> float:
    """The seconds of the first two epochs: ours compiles the step of the short last batch when it comes again."""
    return sum(record.epoch_seconds[:2])


def side_by_side(trial: Trial, found: Found) -> Table:
    """All figures of a run: the lecture's, and of each library the mean and the range of its seeds."""
    seeds = len(found["nn"])
    rows = [
        [what, ABSENT if printed is None else shown(printed), *(spread(list(map(figure, r))) for r in found.values())]
        for what, printed, figure in figures(trial, found["nn"][0])
    ]
    if trial.run.solved is not None:
        counts = [f"{len(solving(trial.run, records))} of {seeds}" for records in found.values()]
        rows.append(["seeds that solve it", ABSENT, *counts])
    head = ["", "lecture", *(f"{name}, {seeds} seed{'s' * (seeds > 1)}" for name in found)]
    return Table(head, rows, "The mean of the seeds, and in brackets the lowest and the highest." if seeds > 1 else "")


def figures(trial: Trial, example: Record) -> Iterator[tuple[str, float | None, Figure]]:
    """What each is called, what the lecture prints for it, and where it stands in a record."""
    run, epochs = trial.run, trial.epochs
    for name in sorted(example.history):
        printed = run.printed.get(name, {}).get(epochs) if trial.is_lectures else None
        yield f"{label(name)}, epoch {epochs:,}", printed, last(name)
    for name in sorted(example.tested):
        printed = run.tested.get(name) if trial.is_lectures else None
        yield f"test {NAMES.get(name, name)}", printed, tested(name)
    yield "seconds an epoch", None, epoch_seconds
    yield "processor seconds an epoch", None, processor_seconds
    yield "seconds of the first two epochs, with compiling", None, compiling_epochs


def solving(run: Run, records: Sequence[Record]) -> set[int]:
    """The seeds that end well, of a run that ends well or not at all."""
    assert run.solved is not None
    return {seed for seed, record in enumerate(records) if last(run.score)(record) >= run.solved}


def lecture_score(trial: Trial) -> float | None:
    """The lecture's score after the last epoch, where it prints one and this is its run."""
    return trial.run.printed.get(trial.run.score, {}).get(trial.epochs) if trial.is_lectures else None


def conclusions(trial: Trial, found: Found) -> list[str]:
    """What follows from the figures, in sentences."""
    run, ours = trial.run, list(map(last(trial.run.score), found["nn"]))
    sentences = []
    if (printed := lecture_score(trial)) is not None:
        sentences.append(
            f"The lecture's {label(run.score)} of {printed:.4f} lies {where(printed, ours)} of nn's seeds."
        )
    if "Keras" in found:
        sentences.append(same_start(found))
        sentences.append(difference(label(run.score), ours, list(map(last(run.score), found["Keras"]))))
        if run.solved is not None:
            sentences.append(same_seeds(run, found))
    return sentences


def where(value: float, values: Sequence[float]) -> str:
    """
    >>> where(2.0, [1.0, 3.0]), where(4.0, [1.0, 3.0]), where(0.5, [1.0, 3.0])
    ('inside the range', 'above the range', 'below the range')
    """
    if value > max(values):
        return "above the range"
    return "below the range" if value < min(values) else "inside the range"


def same_start(found: Found) -> str:
    """How far the test losses of both libraries are apart before training."""
    pairs = zip(found["nn"], found["Keras"], strict=True)
    most = max(abs(ours.before["loss"] / theirs.before["loss"] - 1) for ours, theirs in pairs)
    same = f"the same to a relative {most:.0e}" if most else "exactly the same"
    return f"Before training, on the same weights, both losses of the test set are {same}."


def difference(what: str, ours: Sequence[float], theirs: Sequence[float]) -> str:
    """What both libraries differ by, seed by seed: its mean, with the standard error of that mean.

    >>> difference("loss", [1.0, 2.0], [1.5, 1.5])
    'Seed by seed, the loss of nn less that of Keras is 0.0000 ± 0.5000 (mean and its standard error).'
    """
    each = [a - b for a, b in zip(ours, theirs, strict=True)]
    if len(each) == 1:
        return f"The {what} of nn less that of Keras is {each[0]:.4f}; one seed does not tell what is chance."
    error = stdev(each) / len(each) ** 0.5
    mean = f"{fmean(each):.4f} ± {error:.4f} (mean and its standard error)"
    return f"Seed by seed, the {what} of nn less that of Keras is {mean}."


def same_seeds(run: Run, found: Found) -> str:
    """Whether both libraries solve the same seeds."""
    ours, theirs = (solving(run, found[name]) for name in ("nn", "Keras"))
    if ours == theirs:
        same = f"Both libraries solve the same seeds, {len(ours)} of {len(found['nn'])}"
        return f"{same}: each batch is the whole set, so nothing but the start is chance."
    return f"The libraries solve different seeds: nn {sorted(ours)}, Keras {sorted(theirs)}."


def goals(trial: Trial, found: Found) -> list[Goal]:
    """That ours fits what it is trained on as the lecture's does, and takes no longer than Keras.

    The loss of training is the mean of all steps of an epoch; the scores of validation are those of one moment.
    """
    answers = []
    if trial.is_lectures and trial.run.printed:
        ratio = fmean(map(last("loss"), found["nn"])) / trial.run.printed["loss"][trial.epochs]
        answers.append(Goal(f"{trial.title()}: training loss, nn over the lecture", 1.05, ratio))
    if trial.every == 1:
        answers.append(Goal(f"{trial.title()}: processor time of an epoch, nn over Keras", 1.0, slowness(found)))
    return answers


def slowness(found: Found) -> float | None:
    """The processor time of an epoch of ours over that of Keras', in the middle of the seeds."""
    if "Keras" not in found:
        return None
    pairs = zip(found["nn"], found["Keras"], strict=True)
    return median(processor_seconds(ours) / processor_seconds(theirs) for ours, theirs in pairs)
