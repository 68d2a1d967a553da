"""The lectures' runs: their arithmetic on made figures, and tiny trainings. No score of a library is asserted here."""

from __future__ import annotations

import doctest
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.runs import chapter, comparison, curves, data, declared, networks, processes, records, training, trials
from benchmarks.runs.data import Splits
from benchmarks.runs.declared import RUNS, Run
from benchmarks.runs.records import Record, Settings
from benchmarks.runs.trials import QUICK, Trial

needs_keras = pytest.mark.skipif(
    not (importlib.util.find_spec("keras") and importlib.util.find_spec("jax")), reason="needs Keras and JAX"
)
BY_NAME = {run.name: run for run in RUNS}
SETTINGS = Settings("xor", "nn", seed=3, epochs=4, every=10, is_substitute=False)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(records, "FOLDER", tmp_path)
    return tmp_path


def made(score: float, seconds: float = 1.0, name: str = "accuracy") -> Record:
    """A record of two epochs that ends with a score."""
    history = {key: [score / 2, score] for key in ("loss", name, "val_loss", f"val_{name}")}
    return Record(
        history,
        {"loss": 2.0},
        {"loss": 0.5, name: 0.25},
        [9.0, 7.0, seconds],
        [8.0, 6.0, seconds / 2],
        "2026-01-01",
        20.0,
    )


def trial_of(name: str, **changes: Any) -> Trial:
    run = BY_NAME[name]
    return Trial(run, "made", "few", run.epochs, 1, False)._replace(**changes)


@pytest.mark.parametrize("module", [comparison, data, declared, trials])
def test_examples(module: ModuleType) -> None:
    found = doctest.testmod(module, extraglobs={"np": np})
    assert found.attempted and not found.failed


# Declarations


def test_runs_have_names_of_their_own() -> None:
    assert len(BY_NAME) == len(RUNS)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_what_a_lecture_prints_lies_within_its_epochs(run: Run) -> None:
    epochs = {epoch for figures in run.printed.values() for epoch in figures}
    assert not epochs or (min(epochs) == 1 and max(epochs) == run.epochs)
    assert not run.printed or run.printed[run.score][run.epochs] == list(run.printed[run.score].values())[-1]


@pytest.mark.parametrize(
    ("build", "shape", "count"),
    [(networks.mnist, (28, 28), 39_760), (networks.fashion, (28, 28), 266_610), (networks.xor, (2,), 8)],
)
def test_networks_have_the_parameters_of_the_lectures(build: Any, shape: tuple[int, ...], count: int) -> None:
    import nn

    assert build(nn, np.zeros((4, *shape), np.float32)).count_params() == count


@pytest.mark.parametrize(
    ("build", "shape", "optimizer", "rate", "activations"),
    [
        (networks.mnist, (28, 28), "Nadam", 0.001, ["tanh", "softmax"]),
        (networks.mnist_then, (28, 28), "Nadam", 0.002, ["tanh", "softmax"]),
        (networks.fashion, (28, 28), "SGD", 0.01, ["relu", "relu", "softmax"]),
        (networks.housing, (8,), "Adam", 0.001, ["relu", "relu", "relu", "linear"]),
        (networks.xor, (2,), "SGD", 0.1, ["tanh", "tanh"]),
    ],
)
def test_networks_are_compiled_as_in_the_lectures(
    build: Any, shape: tuple[int, ...], optimizer: str, rate: float, activations: list[str]
) -> None:
    import nn

    model = build(nn, np.zeros((4, *shape), np.float32))
    assert type(model.optimizer).__name__ == optimizer
    assert float(model.optimizer.learning_rate) == pytest.approx(rate)
    found = [layer.activation.__name__ for layer in model.layers if isinstance(layer, nn.layers.Dense)]
    assert found == activations


def test_the_housing_network_normalizes_by_what_it_trains_on() -> None:
    import nn

    x = np.random.default_rng(0).normal(5.0, 3.0, (50, 8)).astype(np.float32)
    norm_layer = networks.housing(nn, x).layers[0]
    np.testing.assert_allclose(np.mean(norm_layer(x), axis=0), np.zeros(8), atol=1e-5)


# Data


def pictures(count: int) -> Any:
    """Images of which each has its number in its first two pixels, and the label that is its last digit."""
    x = np.zeros((count, 28, 28), np.uint8)
    x[:, 0, 0], x[:, 0, 1] = np.divmod(np.arange(count), 250)
    return x, (np.arange(count) % 10).astype(np.uint8)


def numbers(x: Any, scale: float) -> Any:
    return np.rint(x[:, 0, 0] * scale * 250 + x[:, 0, 1] * scale).astype(int).tolist()


@pytest.fixture
def images(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (data.datasets.mnist, data.datasets.fashion_mnist):
        monkeypatch.setattr(module, "load_data", lambda: (pictures(60_000), pictures(10)))


@pytest.mark.parametrize(
    ("source", "scale", "train", "validation"),
    [
        (data.mnist, 1, range(40_000), range(40_000, 60_000)),
        (data.fashion_first, 255, range(5_000, 60_000), range(5_000)),
        (data.fashion_last, 255, range(55_000), range(55_000, 60_000)),
    ],
)
@pytest.mark.usefixtures("images")
def test_images_are_split_as_the_lectures_split_them(
    source: Any, scale: float, train: range, validation: range
) -> None:
    splits = source()
    assert numbers(splits.train[0], scale) == list(train)
    assert numbers(splits.validation[0], scale) == list(validation)
    assert splits.train[0].dtype == np.float32


@pytest.mark.usefixtures("images")
def test_labels_stay_with_their_images() -> None:
    splits = data.mnist()
    assert splits.validation is not None
    np.testing.assert_array_equal(splits.validation[1].argmax(axis=1), np.arange(40_000, 60_000) % 10)
    np.testing.assert_array_equal(data.fashion_first().train[1], np.arange(5_000, 60_000) % 10)


def test_thinning_takes_the_same_rows_of_inputs_and_targets() -> None:
    rows = np.arange(10)
    thin = Splits("rows", (rows, -rows), (rows[:5], rows[:5])).thinned(4)
    assert thin.train[0].tolist() == [0, 4, 8] and thin.train[1].tolist() == [0, -4, -8]
    assert thin.test[0].tolist() == [0, 4] and thin.validation is None
    assert thin.train[0].flags.c_contiguous


@pytest.mark.parametrize("source", [data.digits, data.raw_digits, data.diabetes])
def test_substitutes_have_three_parts_without_a_common_row(source: Any) -> None:
    pytest.importorskip("sklearn")
    splits = source()
    rows = [{row.tobytes() for row in part[0]} for part in splits[1:]]
    assert all(rows) and len(set.union(*rows)) == sum(map(len, rows))
    assert all(len(x) == len(y) for x, y in splits[1:])


def test_missing_data_is_substituted_and_said() -> None:
    def absent() -> Splits:
        raise trials.MissingDataError("not here")

    run = BY_NAME["mnist"]._replace(source=absent, substitute=data.xor)
    found = trials.make_trial(run, trials.FULL)
    assert found.is_substitute and not found.is_lectures and found.data == "XOR's noisy corners"
    assert "mnist is not on this machine" in " ".join(chapter.without_data([found]))
    assert chapter.without_data([trial_of("mnist")]) == []


def test_only_the_whole_run_is_the_lectures() -> None:
    assert trial_of("mnist").is_lectures
    assert not any(trial_of("mnist", **each).is_lectures for each in ({"every": 2}, {"epochs": 9}))
    assert "not the result" in trials.make_trial(BY_NAME["xor"], QUICK).title()


# How many seeds


some_runs = st.lists(st.tuples(st.floats(0.1, 100), st.integers(1, 9), st.integers(0, 9)), min_size=1, max_size=5)


@given(some_runs, st.floats(0, 500))
def test_seeds_fill_the_budget_and_no_more(runs: list[tuple[float, int, int]], budget: float) -> None:
    costs = {str(i): cost for i, (cost, _, _) in enumerate(runs)}
    most = {str(i): count for i, (_, count, _) in enumerate(runs)}
    there = {str(i): min(count, found) for i, (_, count, found) in enumerate(runs)}
    seeds = trials.seeds_within(costs, there, most, budget)
    left = budget - sum((seeds[name] - there[name]) * costs[name] for name in costs)
    assert all(max(1, there[name]) <= seeds[name] <= most[name] for name in costs)
    assert left > -1e-6 or all(seeds[name] == max(1, there[name]) for name in costs)
    assert all(costs[name] > left - 1e-6 for name in costs if seeds[name] < most[name])


# Records


def test_a_record_comes_back() -> None:
    records.save(SETTINGS, made(0.5))
    assert records.load(SETTINGS) == made(0.5)


@pytest.mark.parametrize("change", [{"seed": 4}, {"epochs": 5}, {"every": 1}, {"is_substitute": True}])
def test_other_settings_have_another_record(change: dict[str, Any]) -> None:
    records.save(SETTINGS, made(0.5))
    with pytest.raises(FileNotFoundError):
        records.load(SETTINGS._replace(**change))


@pytest.mark.parametrize("what", ["sources", "versions"])
def test_another_program_has_another_record(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = records.path(SETTINGS)
    monkeypatch.setattr(records, what, lambda *_: "others")
    assert records.path(SETTINGS) != before


def test_the_program_includes_both_packages() -> None:
    found = {place.name for pattern in records.SOURCES for place in records.ROOT.glob(pattern)}
    assert {"reverse.py", "variables.py", "networks.py", "training.py"} <= found


# Processes

SAYING = """
import json, sys, time
print("noise")
{body}
found = dict.fromkeys(("history", "before", "epoch_seconds", "processor_seconds", "finished"))
print(json.dumps({{**found, "tested": {{"seed": {seed}}}}}))
"""


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> dict[int, str]:
    """What the process of each seed does before it prints its record."""
    bodies: dict[int, str] = {}

    def command(settings: Settings) -> list[str]:
        text = SAYING.format(body=bodies.get(settings.seed, ""), seed=settings.seed)
        return [sys.executable, "-S", "-c", text]

    monkeypatch.setattr(processes, "command", command)
    return bodies


def seeds(*numbers: int) -> list[Settings]:
    return [SETTINGS._replace(seed=number) for number in numbers]


def test_each_training_leaves_its_record(programs: dict[int, str]) -> None:
    assert {each.seed for each in processes.train_all(seeds(0, 1, 2))} == {0, 1, 2}
    assert [records.load(each).tested["seed"] for each in seeds(0, 1, 2)] == [0, 1, 2]
    assert all(records.load(each).seconds > 0 for each in seeds(0, 1, 2))


def test_what_has_a_record_is_not_trained_again(programs: dict[int, str]) -> None:
    programs[0] = "sys.exit('trained again')"
    records.save(seeds(0)[0], made(0.5))
    assert [each.seed for each in processes.train_all(seeds(0, 1))] == [0, 1]
    assert records.load(seeds(0)[0]) == made(0.5)


def test_two_run_at_once_and_no_more(programs: dict[int, str], tmp_path: Path) -> None:
    # Each waits until its neighbour has begun, and counts those that run beside it.
    enter = "import os; open({place!r} + '{seed}', 'w').close(); "
    wait = "\nwhile not os.path.exists({place!r} + '{other}'): time.sleep(0.01)\n"
    place = str(tmp_path / "begun")
    for seed in range(2):
        programs[seed] = enter.format(place=place, seed=seed) + wait.format(place=place, other=1 - seed)
    programs[2] = f"import os; assert os.path.exists({str(records.path(seeds(0)[0]))!r}) or os.path.exists("
    programs[2] += f"{str(records.path(seeds(1)[0]))!r}), 'a third beside two'"
    assert len(list(processes.train_all(seeds(0, 1, 2)))) == 3


def test_a_failure_is_told_with_the_command_and_its_last_words(programs: dict[int, str]) -> None:
    programs[0] = "raise ValueError('the reason')"
    with pytest.raises(RuntimeError, match=r"(?s)ended with 1:.*the reason"):
        list(processes.train_all(seeds(0)))
    assert not records.path(seeds(0)[0]).exists()


def test_stopping_ends_the_processes(programs: dict[int, str], monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []
    start = processes.start
    monkeypatch.setattr(processes, "start", lambda settings: begun.append(start(settings)) or begun[-1])
    programs[1] = "time.sleep(600)"
    training_of_two = processes.train_all(seeds(0, 1))
    assert next(training_of_two).seed == 0
    training_of_two.close()
    assert len(begun) == 2 and all(each.process.returncode is not None for each in begun)


def test_the_command_names_all_settings() -> None:
    assert processes.command(SETTINGS)[2:] == ["benchmarks.runs.training", "xor", "nn", "3", "4", "10", "0"]


# Training


def tiny() -> Splits:
    return data.xor().thinned(50)


def test_a_training_starts_from_the_weights_that_are_made_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import nn

    doubled = [2 * w for w in training.initial_weights(networks.xor, 3, tiny().train[0])]
    monkeypatch.setattr(training, "initial_weights", lambda build, seed, x: doubled)
    model = networks.xor(nn, tiny().train[0])
    model.set_weights(doubled)
    found = training.trained(BY_NAME["xor"], SETTINGS, tiny())
    assert found["before"] == training.evaluated(model, tiny())
    assert found["history"]["loss"][0] == pytest.approx(found["before"]["loss"], rel=1e-6)  # one batch, then a step
    assert found["tested"]["loss"] < found["before"]["loss"]
    assert (
        len(found["epoch_seconds"])
        == len(found["processor_seconds"])
        == len(found["history"]["loss"])
        == SETTINGS.epochs
    )


def test_a_seed_trains_the_same_twice_and_another_does_not() -> None:
    def losses(seed: int) -> Any:
        return training.trained(BY_NAME["xor"], SETTINGS._replace(seed=seed), tiny())["history"]["loss"]

    assert losses(3) == losses(3) != losses(4)


@needs_keras
@pytest.mark.parametrize("name", ["xor", "mnist", "fashion10", "housing"])
def test_both_libraries_start_alike(name: str) -> None:
    generator = np.random.default_rng(0)
    x = generator.random((64, *{"xor": (2,), "housing": (8,)}.get(name, (8, 8))), dtype=np.float32)
    labels = generator.integers(0, 10, 64)
    y = {"mnist": data.one_hot(labels), "fashion10": labels}.get(name, generator.random((64, 1), dtype=np.float32))
    run = BY_NAME[name]._replace(batch=64)  # so that the order of the rows does not count
    ours, theirs = (
        training.trained(run, SETTINGS._replace(library=library), Splits("made", (x, y), (x, y), (x, y)))
        for library in ("nn", "Keras")
    )
    assert ours["before"] == pytest.approx(theirs["before"], rel=1e-5)
    assert ours["history"].keys() == theirs["history"].keys()
    for key in ours["history"]:
        np.testing.assert_allclose(ours["history"][key], theirs["history"][key], rtol=1e-4, err_msg=key)


# The figures side by side


def test_figures_stand_beside_the_lectures() -> None:
    table = comparison.side_by_side(
        trial_of("mnist"), {"nn": [made(0.5), made(0.7)], "Keras": [made(0.25), made(0.75)]}
    )
    cells = {row[0]: row[1:] for row in table.rows}
    assert table.head == ["", "lecture", "nn, 2 seeds", "Keras, 2 seeds"]
    accuracy = ["0.9040", "0.6000 (0.5000–0.7000)", "0.5000 (0.2500–0.7500)"]
    assert cells["validation accuracy, epoch 10"] == accuracy
    assert cells["test accuracy"] == ["0.9074", "0.2500 (0.2500–0.2500)", "0.2500 (0.2500–0.2500)"]
    assert cells["seconds an epoch"] == ["–", "1.0000 (1.0000–1.0000)", "1.0000 (1.0000–1.0000)"]
    assert cells["processor seconds an epoch"][1] == "0.5000 (0.5000–0.5000)"
    assert cells["seconds of the first two epochs, with compiling"][1] == "16.0 (16.0–16.0)"


def test_a_part_of_a_run_does_not_stand_beside_the_lectures() -> None:
    part = trial_of("mnist", every=10)
    assert {row[1] for row in comparison.side_by_side(part, {"nn": [made(0.5)]}).rows} == {"–"}
    assert comparison.goals(part, {"nn": [made(0.5)]}) == []


def test_goals_are_the_lectures_loss_and_the_time_of_keras() -> None:
    found = {"Keras": [made(0.5, 2.0), made(0.5, 4.0)], "nn": [made(0.89, 1.0), made(0.898, 1.0)]}
    loss, slower = comparison.goals(trial_of("mnist"), found)
    assert loss.measured == pytest.approx(0.894 / 0.3213) and slower.measured == pytest.approx((1 / 2 + 1 / 4) / 2)
    assert comparison.goals(trial_of("mnist"), {"nn": found["nn"]})[1].measured is None


def test_conclusions_tell_the_same_start_and_the_difference() -> None:
    found = {"Keras": [made(0.5), made(0.7)], "nn": [made(0.6)._replace(before={"loss": 2.1}), made(0.95)]}
    text = " ".join(comparison.conclusions(trial_of("mnist"), found))
    assert "0.9040 lies inside the range of nn's seeds" in text
    assert "to a relative 5e-02" in text
    assert "validation accuracy of nn less that of Keras is 0.1750 ± 0.0750" in text


def test_seeds_that_are_solved_are_counted_and_compared() -> None:
    ends = {"nn": [0.5, 0.95, 0.6], "Keras": [0.5, 0.95, 0.9]}
    found = {name: [made(end, name="right_side") for end in each] for name, each in ends.items()}
    table = comparison.side_by_side(trial_of("xor"), found)
    assert table.rows[-1] == ["seeds that solve it", "–", "1 of 3", "2 of 3"]
    assert "nn [1], Keras [1, 2]" in comparison.conclusions(trial_of("xor"), found)[-1]
    assert "the same seeds, 1 of 3" in comparison.same_seeds(BY_NAME["xor"], {"nn": found["nn"], "Keras": found["nn"]})


def test_curves_show_the_mean_the_range_and_the_lecture() -> None:
    plot = curves.learning_curves(trial_of("mnist"), {"nn": [made(0.5), made(0.7)]})
    lines = {line.get_label(): line.get_xydata() for line in plot.figure.axes[1].lines}
    np.testing.assert_allclose(lines["nn, validation"], [(1, 0.3), (2, 0.6)])
    np.testing.assert_allclose(lines["lecture, validation"][-1], (10, 0.9040))
    band = plot.figure.axes[1].collections[0].get_paths()[0].get_extents()
    assert (band.y0, band.y1) == pytest.approx((0.25, 0.7))


def test_runs_of_two_outcomes_are_drawn_seed_by_seed() -> None:
    found = {"nn": [made(0.5, name="right_side"), made(0.75, name="right_side")]}
    lines = curves.learning_curves(trial_of("xor"), found).figure.axes[1].lines
    assert [line.get_ydata()[-1] for line in lines] == [0.5, 0.75] * 2  # of training and of validation


# The chapter


@pytest.fixture
def ours_alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(chapter, "is_installed", lambda name: False)
    monkeypatch.setattr(chapter, "RUNS", [BY_NAME["xor"]._replace(epochs=30, is_quick=True)])
    yield


@pytest.mark.usefixtures("ours_alone")
def test_the_chapter_runs_without_keras(folder: Path) -> None:
    how_much, run, summary = chapter.sections(quick=True)
    assert len(list(folder.iterdir())) == 1
    assert "quick look" in how_much.parts[2] and "Keras is not installed" in " ".join(how_much.parts[:-1])
    assert run.parts[1].head == ["", "lecture", "nn, 1 seed"]
    assert summary.parts[0].rows[0][0] == "xor (quick look)"
