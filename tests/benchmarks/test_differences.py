"""The arithmetic of the chapter on finite differences; no time is asserted here."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import autodiff as ad
from autodiff.primitive import REGISTRY
from benchmarks import differences, report
from benchmarks.differences import accuracy, checking, cost, lines, networks, primitives, rules, speed
from benchmarks.faults import changed, planted, with_another, without_a_term


def straight(function: Any, x: float = 1.0) -> lines.Line:
    """A line along a function of one number, in the direction 1."""
    one = np.ones(1)
    return lines.Line(lambda *values: [function(*values)], [x * one], [one], [one])


# Lines


def test_a_line_has_the_slopes_of_its_function() -> None:
    along = straight(np.sin)
    assert lines.reverse_slope(along) == pytest.approx(np.cos(1), rel=1e-15)
    assert lines.forward_slope(along) == pytest.approx(np.cos(1), rel=1e-15)
    assert lines.third_derivative(along) == pytest.approx(-np.cos(1), rel=1e-14)
    assert lines.central_slopes(along, np.array([1e-3]))[0] == pytest.approx(np.cos(1) * np.sin(1e-3) / 1e-3, rel=1e-12)
    assert lines.complex_slopes(along, np.array([1e-30]))[0] == pytest.approx(np.cos(1), rel=1e-15)


def test_derivatives_along_a_random_line_do_not_cancel() -> None:
    matrix = np.random.default_rng(1).standard_normal((4, 3))
    along = lines.line(lambda x: [matrix @ x], [np.ones(3)], np.random.default_rng(0))
    terms = along.cotangent[0] * (matrix @ along.direction[0])
    assert (terms > 0).all()
    assert lines.reverse_slope(along) == pytest.approx(terms.sum())
    assert along.size() == pytest.approx(np.abs(along.cotangent[0] * matrix.sum(axis=1)).sum())


def test_a_cast_line_computes_in_its_precision() -> None:
    along = straight(np.exp).cast(np.float32)
    assert along.at(along.zero).dtype == np.float32
    error = abs(lines.central_slopes(along, np.array([1e-5]))[0] / np.e - 1)
    assert 1e-4 < error < 0.1  # float32 leaves two or three digits


def test_theorys_step_balances_rounding_and_the_series() -> None:
    eps, size, third = 1e-10, 3.0, 7.0
    hs = np.geomspace(1e-6, 1, 100_001)
    expected = eps * size / hs + hs**2 * third / 6
    assert lines.best_step(eps, size, third) == pytest.approx(hs[np.argmin(expected)], rel=1e-3)


@pytest.mark.parametrize("function", [np.sin, np.exp, np.log, lambda x: 1 / x])
def test_the_curve_is_lowest_where_theory_says(function: Any) -> None:
    along = straight(function, 1.5)
    third = lines.third_derivative(along)
    curve = lines.curve(along, lines.steps(4), lines.reverse_slope(along), third)
    assert curve.optimum / 30 < curve.at < curve.optimum * 30
    assert curve.least < 1e-9 < min(curve.errors[0], curve.errors[-1])


def test_steps_out_of_the_domain_give_no_number() -> None:
    def positive(x: Any) -> Any:
        return np.linalg.cholesky(x.reshape(1, 1))

    for function in (np.log, positive):
        along = lines.Line(lambda x, f=function: [f(x)], [np.array([0.01])], [np.ones(1)], [np.ones(1)])
        wide, narrow = lines.central_slopes(along, np.array([0.1, 1e-4]))
        assert np.isnan(wide)
        assert np.isfinite(narrow)


def test_a_curve_tells_its_least_and_nearest() -> None:
    curve = lines.Curve(np.array([1e-1, 1e-2, 1e-3]), np.array([np.nan, 3.0, 5.0]), 1e-2)
    assert (curve.least, curve.at) == (3.0, 1e-2)
    assert [curve.error_near(h) for h in (4e-3, 2e-3, 0.0)] == [3.0, 5.0, 5.0]
    assert np.isnan(curve.error_near(np.inf))


# Primitives and networks

HS = lines.steps(1)


def test_a_right_primitive_is_near_and_a_wrong_one_is_not() -> None:
    right = primitives.measure(REGISTRY["exp"], HS, 2)
    assert len(right.trials) == 2
    assert right.median(lambda trial: trial.double.least) < 1e-9
    assert right.median(lambda trial: trial.modes) < 1e-14
    assert max(trial.complex_step for trial in right.trials) < 1e-14
    assert 0 < max(trial.engine_single for trial in right.trials) < 1e-6 < right.trials[0].single.errors[-1]
    wrong = planted(REGISTRY["exp"], 0, rules.scaled(REGISTRY["exp"].rules[0], 1.01))
    for trial in primitives.measure(wrong, HS, 2).trials:
        assert trial.double.errors[4] == pytest.approx(0.01 / 1.01, rel=1e-3)
        assert trial.complex_step == pytest.approx(0.01 / 1.01, rel=1e-9)


def test_primitives_that_are_flat_or_not_analytic() -> None:
    assert primitives.measure(REGISTRY["floor"], HS, 2).trials == ()
    (trial,) = primitives.measure(REGISTRY["relu"], HS, 1).trials
    assert np.isnan(trial.complex_step)


def test_the_median_curve_leaves_out_what_is_no_number() -> None:
    (trial,) = primitives.measure(REGISTRY["sin"], HS, 1).trials
    curves = [np.array([np.nan, np.nan, 1.0]), np.array([np.nan, 2.0, 3.0])]
    trials = tuple(trial._replace(double=lines.Curve(HS[:3], errors, 1.0)) for errors in curves)
    stacked = primitives.stacked([primitives.Measured("sin", "elementwise", trials)], lambda each: each.double)
    np.testing.assert_array_equal(stacked, [[np.nan, 2.0, 2.0]])


@pytest.mark.parametrize("make", networks.NETWORKS)
def test_networks_have_right_gradients(make: Any) -> None:
    network = make()
    found = networks.measure(network, HS)
    assert found.gradient < 1e-8
    assert found.curve.least < 1e-7
    assert found.modes < 1e-12
    assert found.complex_step < 1e-12 or not network.analytic


def test_a_wrong_rule_shows_in_a_networks_gradient() -> None:
    tanh = REGISTRY["tanh"]
    with rules.rules_of(tanh, [rules.scaled(tanh.rules[0], 1.01)]):
        assert networks.gradient_error(networks.xor()) > 1e-3


# Costs


@pytest.mark.parametrize("way", [cost.FORWARD, cost.DIFFERENCES])
def test_directions_one_after_another_are_the_gradient(way: cost.Way) -> None:
    function, weights = cost.neuron(5)
    step = way.maker(function, weights)
    np.testing.assert_allclose([step() for _ in weights], ad.grad(function)(weights), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(step(), ad.grad(function)(weights)[0], rtol=1e-6)


def test_ways_at_once_are_the_gradient() -> None:
    function, weights = cost.neuron(5)
    expected = ad.grad(function)(weights)
    for way in (cost.REVERSE, cost.COMPILED):
        np.testing.assert_allclose(way.maker(function, weights)(), expected, rtol=1e-12)


def test_single_directions_count_once_for_each_parameter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "steps_for", lambda step, seconds: 5)
    lasts = iter([1.0, 3.0, 2.0] * 10)
    monkeypatch.setattr(cost, "seconds_per_step", lambda step, count: next(lasts))
    monkeypatch.setattr(cost, "WAYS", (cost.FORWARD,))
    found = cost.measure([4, 10], 3, 0.0)
    assert found == {"forward mode": [cost.Cost(4, 8.0, False), cost.Cost(10, 20.0, True)]}


SIZES = [1.0, 10.0, 100.0, 1000.0]


def test_crossovers_are_interpolated_in_logarithms() -> None:
    linear, constant = [1.0, 10.0, 100.0, 1000.0], [30.0] * 4
    assert cost.crossover(SIZES, linear, constant) == pytest.approx(30)
    assert cost.crossover(SIZES, constant, linear) is None
    assert cost.crossover(SIZES, [5.0, 50.0, 5.0, 50.0], [10.0] * 4) == pytest.approx(10 ** (2 + np.log10(2)))
    assert cost.crossover(SIZES, linear, [2000.0] * 4) is None
    assert cost.extrapolated(SIZES, linear, [2000.0] * 4) == pytest.approx(2000)
    assert cost.extrapolated(SIZES, constant, linear) is None
    assert cost.extrapolated(SIZES, linear, constant) is None  # they meet within


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ([30.0] * 4, "the latter costs less from n = 30.0 on, interpolated"),
        ([0.5] * 4, "the latter costs less at every n measured"),
        ([2000.0] * 4, "power laws fitted to the last points meet at n = 2e+03 (extrapolated)"),
        ([2.0, 20.0, 200.0, 2000.0], "the former costs less at every n measured."),
        ([2.0, 5.0, 200.0, 2000.0], "now the one costs less, now the other"),
    ],
)
def test_what_is_said_of_a_crossover(second: list[float], words: str) -> None:
    a, b = ([cost.Cost(10**i, t, False) for i, t in enumerate(ts)] for ts in ([1.0, 10.0, 100.0, 1000.0], second))
    assert words in speed.meeting("a", a, "b", b)


@pytest.mark.parametrize(
    ("place", "kind"), [(0, "measured points"), (1, "estimates"), (2, "estimates"), (3, "measured")]
)
def test_a_crossover_beside_an_estimate_is_called_so(place: int, kind: str) -> None:
    a = [cost.Cost(10**i, 10.0**i, i == place) for i in range(4)]
    b = [cost.Cost(10**i, 30.0, False) for i in range(4)]
    assert f"interpolated between {kind}" in speed.meeting("a", a, "b", b)


# Wrong rules


def fault(name: str, rule: Any) -> rules.Fault:
    made = REGISTRY[name]
    return rules.Fault("", "", made, planted(made, 0, rule))


@pytest.mark.parametrize(
    ("name", "rule", "verdict"),
    [
        ("sin", lambda rule: rules.scaled(rule, 1.001), rules.FOUND),
        ("sin", lambda rule: rules.scaled(rule, 1 + 1e-7), rules.MISSED),
        ("sin", lambda rule: changed(rule, lambda part: part + 0), rules.HARMLESS),
        ("sin", lambda rule: with_another(rule, "x", "out"), rules.FOUND),
        ("matmul", lambda rule: without_a_term(rule), rules.FOUND),
        ("solve", lambda rule: changed(rule, lambda part: part[..., None] + np.ones((7, 1, 1, 1, 1))), rules.REFUSED),
    ],
)
def test_what_becomes_of_a_fault(name: str, rule: Any, verdict: str) -> None:
    planted_fault = fault(name, rule(REGISTRY[name].rules[0]))
    samples = rules.samples_of(REGISTRY[name], np.random.default_rng(0))
    found = rules.outcome(planted_fault, samples)
    assert (found.verdict, found.named) == (verdict, verdict == rules.FOUND)


def test_a_dropped_term_is_that_of_the_first_result() -> None:
    made = REGISTRY["exp"]
    wrong = planted(made, 0, without_a_term(made.rules[0]))
    np.testing.assert_allclose(ad.grad(lambda x: np.sum(wrong(x)))(np.zeros(3)), [0, 1, 1])


def test_random_faults_are_many_kinds_and_the_same_each_time() -> None:
    kinds = {f.kind for f in rules.random_faults(REGISTRY["divide"], 200, np.random.default_rng(0))}
    assert kinds == {"a factor", "a term dropped", *rules.KINDS, "another argument's rule", "another array"}
    first, again = (
        [f.words for f in rules.random_faults(REGISTRY["divide"], 20, np.random.default_rng(3))] for _ in "ab"
    )
    assert first == again


def test_rules_come_back_after_an_error() -> None:
    made = REGISTRY["tanh"]
    before = made.rules
    with pytest.raises(KeyError), rules.rules_of(made, [None]):
        assert made.rules == (None,)
        raise KeyError
    assert made.rules is before
    assert ad.grad(np.tanh)(0.0) == 1.0


def test_every_wrong_operation_of_a_network_is_named() -> None:
    found = rules.in_network(networks.xor(), 1.01)
    assert {"matmul", "tanh", "mean", "add"} <= {each.operation for each in found}
    assert all(each.found and each.blamed == each.operation for each in found)


def test_the_share_found_turns_at_the_tolerance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "differentiable", lambda: [REGISTRY[name] for name in ("exp", "matmul", "floor")])
    assert [rules.share_found(error) for error in (checking.RTOL / 2, 2 * checking.RTOL)] == [0.0, 1.0]


# The chapter


def test_the_chapter_says_what_it_found(monkeypatch: pytest.MonkeyPatch) -> None:
    few = [REGISTRY[name] for name in (*accuracy.NAMED, "add", "floor", "relu")]
    for module in (accuracy, checking, rules):
        monkeypatch.setattr(module, "differentiable", lambda: few)
    monkeypatch.setattr(speed, "QUICK_SIZES", (1, 3, 30))
    monkeypatch.setattr(checking, "FACTORS", (2.0,))
    monkeypatch.setattr(networks, "NETWORKS", (networks.xor,))
    sections = list(differences.sections(quick=True))
    text = "".join(map(report.markdown, sections))
    assert f"Of {len(REGISTRY)} primitives 9 have a rule." in text
    assert "The derivative is 0 wherever it was looked at: floor." in text
    assert re.search(r"\| XOR, 2-2-1, tanh +\| +7 of 7 \| +7 \|", text)
    assert "nan" not in text.split()
    assert len({section.title for section in sections}) == len(sections)
    plots = [part for section in sections for part in section.parts if isinstance(part, report.Plot)]
    assert len({plot.name for plot in plots}) == len(plots) == 5
    assert all(axes.lines for plot in plots for axes in plot.figure.axes)
