"""The proof-reader of the lectures: its comparisons, and that it finds the slips that are known, and no others."""

from __future__ import annotations

import doctest
from dataclasses import replace
from decimal import Decimal
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import report
from benchmarks.lectures import LECTURES, THEMES, claims, deriving, listings, sections, words
from benchmarks.lectures.claims import AGREES, CARRIED, CUT, ROUNDED, SLIP, Formula, Number, Text, compare, numbers

# What is known to be wrong, by lecture, as it is named in the report.
SLIPS = {
    ("000", "“a stack of 3 Dense layers”"),
    ("000", "the squared error of an instance"),
    ("000/001", "the second hidden sum"),
    ("000/001", "gradients of the MSE"),
    ("000/001", "size of db = np.sum(dgu, axis=1)"),
    ("000/001", "size of b after b = b − eta·db"),
    ("000/001", "a Dense layer, W of d × m"),
    ("002", "first row of to_categorical([0, 5, 1, 0], num_classes=10)"),
    ("002", "class 3 as a one-hot row"),
    ("003", "estimated error of h1"),
    ("003", "new weight of x2 in h1"),
    ("003", "the rule for the output's weights"),
    ("003", "the same as a step down error², which the chapter's cost is"),
    ("003", "slope of the loss by the output"),
    ("003", "slope for W6"),
    ("003", "the table of gradients"),
    ("003", "“A dog is 3 times faster than a turtle”"),
    ("003", "outputs of the OR neuron"),
    ("003", "targets of OR, from the signs of its outputs"),
    ("003", "“w₁a₁ + … − bias” with ∂z/∂b = 1"),
    ("003", "biases b₀ … b_n beside W with rows 0 … k"),
    ("003", "their expression, ((784·16 + 16)·16 + 16)·10"),
    ("003", "“By default we normally have 10 epochs”"),
    ("003", "interval of tanh"),
    ("003", "slope of the MSE by a(z)"),
    ("003", "∂CE/∂z, z before softmax"),
    ("004", "largest of ELU's “typical values 0.1 ≤ α ≤ 0.3”"),
    ("004", "softplus"),
    ("004", "slope of ELU where x goes to 0, from both sides"),
    ("004", "the change beside w(n+1) = w(n) + Δw(n)"),
    ("004", "Nesterov"),
}
CLAIMS = [claim for theme in THEMES for claim in theme.CLAIMS]


@cache
def findings():
    return [claim.finding() for claim in CLAIMS]


@cache
def made():
    return list(sections(quick=True))


def named(verdict):
    return {(each.lecture, each.what) for each in findings() if each.verdict == verdict}


def the_one(what):
    return next(each for each in findings() if each.what == what)


def of_kind(kind, *verdicts):
    return [c for c, each in zip(CLAIMS, findings(), strict=True) if isinstance(c, kind) and each.verdict in verdicts]


# Comparing


@pytest.mark.parametrize(
    ("printed", "computed", "verdict"),
    [
        ("0.332", 0.33181222783183395, ROUNDED),
        ("0.2086", 0.208654, CUT),
        ("-0.2086", -0.208654, CUT),
        ("0.046", 0.00463, SLIP),
        ("0.5", 0.5, AGREES),
        ("0.3", 0.1 + 0.2, AGREES),
        ("0.001", np.float32(0.001), AGREES),
        ("0.1", 0.100001, ROUNDED),
        ("13002", 13002, AGREES),
        ("13002", 13003, SLIP),
        ("-3", -7.0, SLIP),
        ("0", -0.9, CUT),
        ("0.1", -0.1, SLIP),
    ],
)
def test_one_number(printed, computed, verdict):
    assert compare(Decimal(printed), computed) == verdict


@given(st.floats(-1e4, 1e4), st.integers(0, 6))
def test_rounded_and_cut_numbers_agree_and_others_do_not(value, decimals):
    unit = Decimal(1).scaleb(-decimals)
    rounded = Decimal(value).quantize(unit)
    cut = Decimal(value).quantize(unit, "ROUND_DOWN")
    assert compare(rounded, value) in (AGREES, ROUNDED)
    assert compare(cut, value) in (AGREES, ROUNDED, CUT)
    assert compare(rounded + 2 * unit, value) == SLIP
    assert compare(rounded - 2 * unit, value) == SLIP


@pytest.mark.parametrize(
    ("text", "marks", "values"),
    [
        ("13.002", ".,", ["13002"]),
        ("-0,7", ".,", ["-0.7"]),
        ("1,002", ",.", ["1002"]),
        ("235 500", " .", ["235500"]),
        ("[1., 0., 0.]", ",.", ["1", "0", "0"]),
        ("−8", ",.", ["-8"]),
    ],
)
def test_numbers_are_read_as_they_are_printed(text, marks, values):
    assert numbers(text, marks) == [Decimal(each) for each in values]


def test_another_count_of_numbers_is_a_slip():
    assert Number("", "", "", "1 0 0", lambda: np.array([1.0, 0, 0, 0])).finding().verdict == SLIP


def test_the_own_line_of_a_slide_counts_only_where_the_inputs_give_another_number():
    claim = Number("", "", "", "0.1044", lambda: 0.104321, "0.573 * (1 - 0.573) * 0.427")
    assert claim.finding().verdict == CARRIED
    assert replace(claim, compute=lambda: 0.10442).finding().verdict == ROUNDED
    assert replace(claim, printed="0.1054").finding().verdict == SLIP


def test_a_formula_agrees_where_it_is_the_same_at_every_point():
    claim = Formula("", "", "", "x²", lambda x: x * x, lambda x: x**2)
    assert claim.finding().verdict == AGREES
    wrong = replace(claim, formula=lambda x: x**2 + (x == 1.7), right="x²", corrected=lambda x: x**2)
    assert wrong.finding().verdict == SLIP
    assert wrong.finding().right == "x² (agrees)"
    assert wrong.finding().computed == "3.89 printed, 2.89 derived"
    assert replace(wrong, corrected=lambda x: 2 * x).finding().right == "x² (slip)"


@pytest.mark.parametrize("formula", [lambda x: np.array([x]), lambda x: np.nan, lambda x: np.ones(2) @ np.ones(3)])
def test_a_formula_of_another_shape_or_without_a_value_is_a_slip(formula):
    assert Formula("", "", "", "", lambda x: x, formula).finding().verdict == SLIP


def test_texts_are_compared_without_spaces():
    assert Text("", "", "", "(0, 1)", lambda: "(0,1)").finding().verdict == AGREES
    assert Text("", "", "", "[0, 1]", lambda: "(0,1)").finding().verdict == SLIP


# What is found


def test_the_slips_are_those_that_are_known():
    assert named(SLIP) == SLIPS


def test_what_the_lecture_cut_and_what_it_carried_on():
    cut = {"new weight of h1 in o1", "new weight of h2 in o1", "new weight of x2 in h2"}
    also = {"both by `nn`, with `mse` and η = 0.125", "the same with the weights as printed"}
    assert named(CUT) == {("003", each) for each in cut | also}
    assert named(CARRIED) == {("003", "δ of o1")}


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("slope for W6", "12"),
        ("estimated error of h1", "0.00463"),
        ("new weight of x2 in h1", "-0.69884"),
        ("outputs of the OR neuron", "4, -2, -1, -7"),
        ("their expression, ((784·16 + 16)·16 + 16)·10", "2,009,760"),
        ("interval of tanh", "(-1,1)"),
        ("“a stack of 3 Dense layers”", "2"),
        ("“By default we normally have 10 epochs”", "1"),
    ],
)
def test_the_right_values_of_slips(what, value):
    assert the_one(what).right.split(";")[0] == value


def test_the_engine_agrees_with_each_formula_put_right():
    rights = [each.finding().right for each in of_kind(Formula, SLIP)]
    assert len(rights) > 10
    assert [each for each in rights if not each.endswith("(agrees)")] == []


def test_each_slip_comes_with_a_derivation():
    assert [each.what for each in findings() if each.verdict == SLIP and not each.derivation.strip()] == []


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("estimated error of h1", "d_u = h * (1 - h) * d_s.dot(W2.T)"),
        ("slope of the MSE by a(z)", "d_a = -0.3333333333333333 * (y - a)"),
        ("slope of the loss by the output", "∂error: float64 () = ∂a · 2 · error"),
        ("gradients of the MSE", "d_Z = -0.002 * (Y - Yh) * (1 - Yh ** 2)"),
        ("the squared error of an instance", "-2 * (y - y_hat)"),
    ],
)
def test_derivations_say_what_is_right(what, line):
    assert line in the_one(what).derivation


def test_no_number_agrees_with_another_last_digit():
    # Two units: a number that is cut is one unit from the rounded one.
    for claim in of_kind(Number, AGREES, ROUNDED, CUT, CARRIED):
        printed = numbers(claim.printed, claim.marks)
        for step in (2, -2):
            other = printed[-1] + step * Decimal(1).scaleb(-claims.places(printed[-1]))
            text = " ".join(map(str, [*printed[:-1], other]))
            assert replace(claim, printed=text, marks=",.").finding().verdict == SLIP, claim.what


def test_no_formula_agrees_when_it_is_a_little_off():
    for claim in of_kind(Formula, AGREES):
        off = replace(claim, formula=lambda *point, claim=claim: 1.02 * claim.formula(*point) + 0.02)
        assert off.finding().verdict == SLIP, claim.what


# The report


def test_listings_with_slips_do_what_they_are_said_to_do():
    runs = {each.printed for each in listings.LISTINGS if listings.outcome(each.printed).runs}
    assert {each.split("(")[0] for each in runs} == {
        "model.compile", "model.fit", "keras.optimizers.SGD", "keras.layers.LeakyReLU"
    }  # fmt: skip
    assert "expects (*, 8), got (8, 3)" in listings.outcome(listings.LISTINGS[0].printed).said


@pytest.mark.parametrize("listing", listings.LISTINGS, ids=lambda each: each.right)
def test_listings_put_right_run(listing):
    assert listings.outcome(listing.right) == (True, "runs")


def test_what_a_listing_warns_of_is_told():
    assert listings.outcome("import warnings; warnings.warn('old')") == (True, "runs; warns: old")


def test_the_report_shows_all_of_it():
    overview, *rest = map(report.markdown, made())
    assert f"{len(CLAIMS)} printed numbers and formulas were computed again; {len(SLIPS)} are slips." in overview
    page = "\n".join(rest).replace("\\|", "|")
    assert [each.what for each in findings() if each.what not in page] == []
    count = len(listings.LISTINGS)
    assert f"put right, {count} of {count} run" in page
    assert [each.printed for each in words.READINGS if each.printed not in page] == []
    assert all(report.html(each).startswith("<h2") for each in made())


def test_the_tally_counts_what_each_lecture_prints():
    table = next(each for each in made()[0].parts if isinstance(each, report.Table))
    counted = {row[0][:3]: sum(int(cell) for cell in row[1:] if cell) for row in table.rows}
    assert counted == {key: sum(key in claim.lecture for claim in CLAIMS) for key in LECTURES}
    assert min(counted.values()) > 10


@pytest.mark.parametrize("module", [claims, deriving])
def test_examples(module):
    failed, tried = doctest.testmod(module)
    assert tried and not failed
