"""Training steps over sizes, and predictions: who is compared with whom, and where it is told."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

import numpy as np
import pytest

from benchmarks import fit, predict, sizes
from benchmarks.contenders import Contender, Problem
from benchmarks.flat import bare_forward_products
from benchmarks.keras_models import libraries
from benchmarks.mlp import mlp_problem, numpy_forward
from benchmarks.predictors import keras_call, keras_predict, numpy_predict, predictors
from benchmarks.race import BARE
from benchmarks.report import Plot, Table
from benchmarks.runners import Effort
from benchmarks.sizes import Point
from benchmarks.torch_compiled import COMPILED


def test_a_point_is_its_problem() -> None:
    problem = Point(batch=3, width=5, depth=2).problem()
    assert [w.shape for w in problem.weights[::2]] == [(5, 5), (5, 5), (5, 10)]
    assert problem.inputs.shape == (3, 5)


def test_axes_pass_through_the_base() -> None:
    base = Point()._asdict()
    assert all(base[axis] in values for axis, values in sizes.AXES.items())
    assert all(set(values) <= {*sizes.AXES[axis]} for axis, values in sizes.QUICK_AXES.items())


def _build(problem: Problem) -> Contender:
    return Contender(lambda: None, lambda: problem.weights)


def test_pytorch_compiles_at_few_points() -> None:
    present = {"PyTorch": _build, COMPILED: _build}
    assert list(sizes.makers(present, Point(1024))) == [BARE, "PyTorch", COMPILED]
    assert list(sizes.makers(present, Point(width=16))) == [BARE, "PyTorch"]


LINE = {
    1: {BARE: [1e-6] * 3, "compiled": [2e-6] * 3, "PyTorch": [8e-6] * 3},
    16: {BARE: [8e-6] * 3, "compiled": [16e-6] * 3, "PyTorch": [4e-6] * 3, COMPILED: [1e-6] * 3},
}


def test_an_axis_is_told_in_a_chart_and_tables() -> None:
    plot, shares, crossed, note = sizes.axis_section("batch", LINE, ["A note."]).parts
    assert isinstance(plot, Plot) and isinstance(shares, Table) and isinstance(crossed, Table)
    lines = {line.get_label(): line for line in plot.figure.axes[0].lines}
    np.testing.assert_allclose(lines["compiled"].get_ydata(), [2, 16])
    np.testing.assert_allclose(lines["one of ours crosses a peer"].get_xydata(), [[4, np.sqrt(32)]])
    assert [row[2] for row in shares.rows][1:] == ["2.00 (2.00–2.00)", "0.50 (0.50–0.50)", "0.12 (0.12–0.12)"]
    assert shares.rows[-1][1] == "–"
    assert list(crossed.rows[0]) == ["compiled against PyTorch", "quicker at 1; slower at 16; crossing near 4"]
    assert note == "A note."


def test_winners_are_told_point_by_point() -> None:
    said, table = sizes.winners_section({Point(1): LINE[1], Point(16): LINE[16]}).parts
    assert isinstance(said, str) and said.startswith("At 1 of 2 points")
    assert isinstance(table, Table)
    assert [row[2:] for row in table.rows] == [
        ["PyTorch", "0.25 (0.25–0.25)", "we win"],
        [COMPILED, "16.0 (16.0–16.0)", "we lose"],
    ]


def _threads() -> partial[str]:
    return partial(str, os.environ["OPENBLAS_NUM_THREADS"])


def test_threads_are_those_of_the_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The times stand for the threads that a contender's process may use."""
    monkeypatch.setattr(sizes, "makers", lambda *_: {"one": _threads})
    found = {}

    class Runners(sizes.Runners):
        def interleaved(self, makers: Any, effort: Any, what: Any, anew: bool = False) -> Any:
            found.update(self.values(makers))
            return {name: [float(value)] for name, value in found.items()}

    monkeypatch.setattr(sizes, "Runners", Runners)
    (_, table) = sizes.threads_section({}, [Point()], Effort(1, 0.0)).parts
    assert {name: str(value) for name, value in found.items()} == {"one, 1": "1", "one, 2": "2"}
    assert isinstance(table, Table) and table.rows == [["one", "2.00 (2.00–2.00)"]]


# Predictions


def test_predictions_by_hand_are_the_probabilities() -> None:
    problem = mlp_problem(4, (6, 5, 4, 3))
    found = numpy_predict(problem)()
    np.testing.assert_allclose(found, np.exp(numpy_forward(*problem[:3])[2]), rtol=1e-5)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize("name", list(predictors({}, quick=False)))
def test_predictors_agree(name: str) -> None:
    if name == COMPILED:
        pytest.skip("compiling takes PyTorch long")
    problem = mlp_problem(3)
    np.testing.assert_allclose(
        np.asarray(_array(predictors({}, quick=False)[name](problem)())), numpy_predict(problem)(), rtol=1e-4
    )


def _array(value: Any) -> Any:
    return value.numpy() if hasattr(value, "numpy") else value


@pytest.mark.parametrize("way", [keras_predict, keras_call])
def test_nn_predicts_the_same(way: Any) -> None:
    problem = mlp_problem(3)
    np.testing.assert_allclose(way(libraries(quick=True)["nn"], problem)(), numpy_predict(problem)(), rtol=1e-4)


def test_bare_products_of_predictions_are_made() -> None:
    assert bare_forward_products(mlp_problem(2, (3, 4, 5)))() is None


def test_races_compare_with_the_floor_and_with_keras() -> None:
    there = dict.fromkeys(["nn", "Keras on JAX"], libraries(quick=True)["nn"])
    race = predict.prediction_race({"nn": numpy_predict}, 10_000)
    assert race.title == "predict, 10,000 rows"
    assert list(race.makers) == [BARE, "nn"]
    epochs = fit.epochs(there)
    assert [bound.most for bound in epochs.bounds] == [1.15, 0.9, 0.35]
    assert {"compiled step alone", "nn", "Keras on JAX"} <= set(epochs.makers)
    assert list(fit.single_steps(there).makers) == ["nn", "Keras on JAX"]


def test_scikit_learns_epoch_passes_all_rows_once() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is a peer")
    epoch = fit.scikit_epoch(32)
    assert epoch().t_ == 32 * fit.STEPS
