"""The comparison with Keras: its arithmetic, that it covers the registries, and nn held to what Keras gave."""

from __future__ import annotations

import importlib.util
import inspect
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import nn
from benchmarks import keras_steps
from benchmarks.keras_steps import distributions, live, recorded
from benchmarks.keras_steps.cases import BATCH, ROWS, Piece, batches, data
from benchmarks.keras_steps.declared import LIMITS, NOT_OF_MODELS, reason
from benchmarks.keras_steps.kinds import all_cases
from benchmarks.keras_steps.noise import give, tell
from benchmarks.keras_steps.running import PARTS, Difference, Result, Worst, difference, larger, largest, train
from benchmarks.keras_steps.tables import goals, kind_section, pair
from benchmarks.report import Table, markdown

CASES = all_cases()
finite = st.floats(-1e6, 1e6, width=32)
pairs = hnp.array_shapes(max_dims=2, max_side=4).flatmap(
    lambda shape: st.tuples(*[hnp.arrays(float, shape, elements=finite)] * 2)
)


# Differences


@given(pairs)
def test_a_difference_is_that_of_the_furthest_numbers(two: Any) -> None:
    found = difference(*two, 7, "w")
    size = max(abs(a - b) for a, b in zip(two[0].flat, two[1].flat, strict=True))
    scale = max(map(abs, [*two[0].flat, *two[1].flat]))
    assert found.absolute == Worst(size, 7, "w")
    assert found.relative.size == pytest.approx(size / scale if scale else 0)
    assert difference(*two[::-1], 7, "w") == found


def test_nan_is_equal_to_nan_alone() -> None:
    assert difference([np.nan, 1.0], [np.nan, 1.0], 1, "w").absolute.size == 0
    for mine, their in (([np.nan], [1.0]), ([np.inf], [1.0]), ([1.0], [np.nan])):
        assert difference(mine, their, 1, "w") == Difference(Worst(np.inf, 1, "w"), Worst(np.inf, 1, "w"))
    assert difference([np.inf], [np.inf], 1, "w").absolute.size == 0


def test_whole_numbers_are_subtracted_as_numbers() -> None:
    assert difference(np.uint8(1), np.uint8(3), 1, "w").absolute.size == 2


def test_other_shapes_and_names_are_errors() -> None:
    with pytest.raises(ValueError, match=r"w: nn has shape \(2,\), Keras \(1,\)"):
        difference(np.ones(2), np.ones(1), 1, "w")
    with pytest.raises(ValueError, match=r"weights: nn has \['a'\], Keras \['b'\]"):
        largest([{"weights": {"a": np.ones(1)}}], [{"weights": {"b": np.ones(1)}}])


def test_the_larger_difference_keeps_its_step() -> None:
    early, late = Difference(Worst(2.0, 1, "w"), Worst(0.1, 1, "w")), Difference(Worst(1.0, 2, "w"), Worst(0.2, 2, "w"))
    assert larger(early, late) == larger(late, early) == Difference(Worst(2.0, 1, "w"), Worst(0.2, 2, "w"))


def test_the_largest_of_a_run_is_found_thing_by_thing() -> None:
    runs = [[{"weights": {"a": np.array([x]), "b": np.array([0.0, y])}} for x, y in rows] for rows in (
        [(1.0, 2.0), (1.0, 4.0), (1.0, 2.0)], [(1.0, 2.0), (1.0, 3.0), (1.5, 2.0)])]  # fmt: skip
    found = largest(*runs, [10, 20, 30])["weights"]
    assert found["a"].absolute == Worst(0.5, 30, "a")
    assert found["b"] == Difference(Worst(1.0, 20, "b"), Worst(0.25, 20, "b"))


def test_an_array_that_passes_0_is_measured_by_what_it_was() -> None:
    """Steps that clip all gradients alike bring a bias back to 0, but for rounding."""
    ours, theirs = ([{"weights": {"b": np.array([x])}} for x in xs] for xs in ((0.0, 0.5, 1e-9), (0.0, 0.5, 3e-9)))
    assert largest(ours, theirs)["weights"]["b"].relative.size == pytest.approx(4e-9)


# What is fed


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_epoch_feeds_all_rows_in_another_order(dtype: str) -> None:
    per_epoch = ROWS // BATCH
    fed = [x for x, _ in batches("labels", dtype, 3 * per_epoch + 1)]
    epochs = [np.concatenate(fed[i : i + per_epoch]) for i in range(0, 3 * per_epoch, per_epoch)]
    assert len(fed) == 3 * per_epoch + 1 and fed[0].dtype == dtype
    for epoch in epochs:
        np.testing.assert_array_equal(np.sort(epoch, axis=0), np.sort(data(dtype)["x"], axis=0))
    assert not np.array_equal(epochs[0], epochs[1]) and not np.array_equal(epochs[1], epochs[2])
    for one, other in zip(fed, batches("labels", dtype, len(fed)), strict=True):
        np.testing.assert_array_equal(one, other[0])


def test_all_that_is_registered_is_compared() -> None:
    """Under its own name, in the registries that cases are made of."""
    made = {piece.name for case in CASES.values() for piece in case.pieces}
    for module in ("optimizers", "losses", "activations", "regularizers", "constraints", "metrics"):
        registry = getattr(nn, module).registry
        own = {registry.find(name).__name__ for name in registry.names()}
        classes = {name for name in own if module == "activations" or inspect.isclass(registry.find(name))}
        assert classes - NOT_OF_MODELS <= made, module
    schedules = nn.optimizers.schedules.registry
    assert set(schedules.names()) <= made
    assert {str(each).partition("(")[0] for each in distributions.initializers()} >= {"GlorotUniform", "Zeros"}


@pytest.mark.parametrize("option", ["clipnorm", "clipvalue", "global_clipnorm"])
def test_limits_are_passed(option: str) -> None:
    """A limit that no gradient reaches would compare nothing: with one the weights go another way."""
    case = CASES["optimizers", f"SGD: {option.replace('_', ' ')}"]
    unlimited = case._replace(
        optimizer=lambda library: Piece("optimizers", "SGD", {**case.pieces[0].options, option: None}).make(library)
    )
    ends = []
    for each in (case, unlimited):
        nn.set_random_seed(0)
        *_, last = train(each.compiled(nn, lambda _: True), each, "float32", 3)
        ends.append(last["weights"])
    assert any(np.abs(ends[0][name] - ends[1][name]).max() > 1e-3 for name in ends[0])


# Noise that is given

X = np.array([[1.0, -2.0, 3.0, 0.5]], np.float32)


@pytest.mark.parametrize(
    ("layer", "effect", "outputs"),
    [
        (nn.layers.Dropout(0.5), [[0, 2, 0, 2]], [[0, -4, 0, 1]]),
        (nn.layers.Dropout(0.5, noise_shape=(None, 1)), [[2, 2, 2, 2]], [[2, -4, 6, 1]]),
        (nn.layers.GaussianNoise(0.5), [[0.25, -1, 0, 2]], [[1.25, -3, 3, 2.5]]),
        (nn.layers.GaussianDropout(0.2), [[1, 0.5, 2, -1]], [[1, -1, 6, -0.5]]),
    ],
)
def test_noise_has_the_effect_that_was_told(layer: Any, effect: Any, outputs: Any) -> None:
    model = nn.Sequential([nn.Input((4,)), layer])
    tell(give(model), [np.array(effect, np.float32)])
    assert model.run_eagerly
    np.testing.assert_allclose(model(X, training=True).numpy(), outputs, rtol=1e-6)


def test_alpha_dropout_drops_what_was_told() -> None:
    model = nn.Sequential([nn.Input((4,)), nn.layers.AlphaDropout(0.5)])
    tell(give(model), [np.array([[0, 0.7, 0, 0.7]])])
    found = [model(x, training=True).numpy() for x in (X, X + 1)]
    assert (found[0] == found[1]).tolist() == [[True, False, True, False]]


# Distributions


def test_samples_of_one_distribution_are_near_and_others_are_not() -> None:
    numbers = np.random.default_rng(0)
    size, critical = 30_000, distributions.critical(30_000)
    one, same = np.sort(numbers.normal(size=size)), numbers.normal(size=size)
    uniform = numbers.uniform(-(3**0.5), 3**0.5, size)  # of the same mean and variance
    assert distributions.distance(one, distributions.kept(same).quantiles) < critical
    for other in (uniform, same * 1.05, same + 0.05):
        assert distributions.distance(one, distributions.kept(other).quantiles) > critical


def test_the_distance_counts_both_sides_of_a_step() -> None:
    """All of one sample at 0, the other half below and half above: they are 1/2 apart."""
    assert distributions.distance(np.zeros(100), np.linspace(-1, 1, 201)) == pytest.approx(0.5)


# Against the recorded answers


@pytest.fixture
def floatx() -> Any:
    before = nn.floatx()
    yield nn.set_floatx
    nn.set_floatx(before)


def check(key: tuple[str, str], dtype: str, **how: Any) -> None:
    found = recorded.compared(key, dtype, **how).differences
    assert set(found) == set(PARTS)
    for part, names in found.items():
        for name, each in names.items():
            if not reason(*key, part, name):
                assert each.relative.size <= LIMITS[dtype], (part, name, each)


KEYS = recorded.records().keys
named = partial(pytest.mark.parametrize, "key", ids=lambda key: f"{key[0]}: {key[1]}")
ADVISED = "ignore:loss=:UserWarning"  # nn advises against some losses after softmax, which are compared all the same


@named(KEYS)
@pytest.mark.filterwarnings(ADVISED)
def test_nn_gives_what_keras_gave(key: tuple[str, str], floatx: Any) -> None:
    """In float64, where rounding hides nothing; as Python, which takes less time than compiling each."""
    floatx("float64")
    check(key, "float64", until=recorded.KEPT[0], run_eagerly=True)


@named(list(dict(reversed(KEYS)).items()))  # one of each kind
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.filterwarnings(ADVISED)
def test_compiled_steps_give_what_keras_gave(key: tuple[str, str], dtype: str, floatx: Any) -> None:
    floatx(dtype)
    check(key, dtype)


def test_all_cases_are_recorded_but_for_those_that_keras_has_not() -> None:
    missing = {name for kind, name in set(CASES) - set(recorded.records().keys)}
    assert missing == {"OneCycle", "PowerDecay", "gaussian", "glu", "step"} | {
        name for name in missing if name.startswith("piecewise_linear")
    }


def test_a_wrong_rule_is_found(monkeypatch: pytest.MonkeyPatch, floatx: Any) -> None:
    """The arithmetic of a comparison proves nothing unless a fault shows: momentum that grows by a millionth."""
    floatx("float64")
    rule = nn.optimizers.SGD.update_step
    monkeypatch.setattr(
        nn.optimizers.SGD,
        "update_step",
        lambda self, gradient, variable, rate: rule(self, gradient * (1 + 1e-6), variable, rate),
    )
    found = recorded.compared(("losses", "Huber"), "float64").differences
    assert max(each.relative.size for each in found["weights"].values()) > 100 * LIMITS["float64"]


# The chapter

SOME = {"loss": {"loss": Difference(Worst(1e-9, 3, "loss"), Worst(2e-9, 3, "loss"))}}
NONE = {part: {"0": Difference()} for part in PARTS}


def test_a_section_shows_both_dtypes_and_says_what_is_left_out() -> None:
    results = {
        "Adam": {"float32": Result({**NONE, **SOME}), "float64": Result(NONE)},
        "Own": {"float32": Result({}), "float64": Result({})},
        "Broken": {"float32": Result({}, "ValueError: no"), "float64": Result({})},
    }
    section = kind_section("optimizers", results)
    (table,) = (part for part in section.parts if isinstance(part, Table))
    assert list(table.rows) == [["Adam", "2e-09 / 0", "0 / 0", "0 / 0", "0 / 0"]]
    text = markdown(section)
    assert "1.0e-09, is in the loss of `Adam` after step 3" in text
    assert "`Broken` is not compared: ValueError: no" in text
    assert "Of nn alone, with nothing like it in Keras: `Own`." in text


def test_goals_are_the_largest_differences() -> None:
    results = {("losses", "made up"): {"float32": Result({**NONE, **SOME}), "float64": Result({**NONE, **SOME})}}
    assert [goal.measured for goal in goals(results)] == [2e-9 / LIMITS[dtype] for dtype in ("float32", "float64")]
    assert [goal.measured for goal in goals({})] == [None, None]


def test_pairs_are_short() -> None:
    assert pair({"float32": SOME["loss"]["loss"], "float64": Difference()}) == "2e-09 / 0"


def test_without_keras_the_chapter_takes_what_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras_steps, "is_installed", lambda _: False)
    found = list(keras_steps.sections(True))
    assert [each.title for each in found[1:-2]] == [kind.capitalize() for kind in keras_steps.QUICK_KINDS]
    assert "Keras is not installed" in markdown(found[0])
    measured = [goal.measured for section in found for goal in section.goals]
    assert len(measured) == 3 and all(each is not None and 0 < each < 1 for each in measured)


@pytest.mark.skipif(importlib.util.find_spec("keras") is None, reason="Keras is not installed here")
@pytest.mark.parametrize("key", [("losses", "Poisson"), ("noise", "GaussianDropout(rate=0.5)")])
def test_live_keras(key: tuple[str, str]) -> None:
    with keras_steps.workers(live.prepare) as pools:
        found = pools["float64"].submit(live.compared, key, "float64", 3).result()
    assert not found.error
    assert max(each.relative.size for names in found.differences.values() for each in names.values()) < 1e-13
