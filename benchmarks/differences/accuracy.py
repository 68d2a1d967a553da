"""The sections on accuracy: what differences, complex steps and float32 say of every primitive and of networks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autodiff.primitive import REGISTRY

from ..complex_steps import takes_complex_steps
from ..points import Array
from ..report import Plot, Section, Table
from ..timing import progress
from . import lines, networks, plots
from .primitives import Measured, Trial, differentiable, measure, points_of

NAMED = ("exp", "tanh", "divide", "arctanh", "inv", "softmax")
WORST = 5


def scientific(value: float) -> str:
    """
    >>> [scientific(each) for each in (4.2e-12, 0.0, float("nan"), float("inf"))]
    ['4e-12', '0', '–', 'any']
    """
    if np.isnan(value):
        return "–"
    if np.isinf(value):
        return "any"
    return f"{value:.0e}" if value else "0"


def sections(quick: bool) -> Iterator[Section]:
    hs = lines.steps(2 if quick else 4)
    found = [measure(made, hs, 2 if quick else 6) for made in progress(differentiable(), "primitives")]
    moving = [each for each in found if each.trials]
    flat = [each.name for each in found if not each.trials]
    yield curves(moving, flat)
    yield some_in_full(hs)
    yield complex_steps(moving)
    yield in_float32(moving)
    yield worst(moving)
    yield all_of_them(moving)
    yield whole_networks([networks.measure(make(), hs) for make in progress(networks.NETWORKS, "networks")])


def is_curved(each: Measured) -> bool:
    """Whether theory's best step lies among those tried: a third derivative that is more than rounding."""
    return each.median(lambda trial: trial.double.optimum) < 10.0**lines.WIDEST


def curves(moving: Sequence[Measured], flat: Sequence[str]) -> Section:
    curved = [each for each in moving if is_curved(each)]
    straight = [each for each in moving if not is_curved(each)]
    near = [each.median(_least_over_optimum) for each in curved]
    rows = [_summary("third derivative not 0", curved), _summary("third derivative 0 or next to it", straight)]
    head = ["primitives", "how many", "least error, median", "worst", "at h (median)", "theory's h (median)"]
    return Section(
        "Central differences of every primitive",
        [
            f"Of {len(REGISTRY)} primitives {len(moving) + len(flat)} have a rule. Each is looked at at its own sample"
            " points, along a random line: x moves by t·d, and all results are added up with random weights of the"
            " signs of their derivatives, so that they do not cancel. The error is |differences − engine| / |engine|,"
            " where the engine computes in float64.",
            Plot(
                plots.envelopes(curved),
                "differences-curves",
                "To the right what the series leaves out, to the left rounding. Error 1: float32 saw no change.",
            ),
            "Theory: rounding costs eps·|f|/h, the series h²·|f‴|/6, so the best step is (3·eps·|f|/|f‴|)^(1/3) (Press"
            " et al., Numerical Recipes, 3rd edition, section 5.7). The engine computes f‴ by differentiating thrice."
            f" At that step the error is {np.median(near):.1f} times the least one met (median of the primitives).",
            Table(head, rows, "The least error is the median over a primitive's points."),
            "Where the third derivative is 0, central differences are exact but for rounding, and the widest step is"
            " best: linear functions, products, sums. Wide steps may cross a kink, and do so in these curves; where"
            " they leave the domain and give no number, they are left out.",
            f"The derivative is 0 wherever it was looked at: {', '.join(flat)}. A relative error has no meaning there.",
        ],
    )


def _least_over_optimum(trial: Trial) -> float:
    return trial.double.error_near(trial.double.optimum) / max(trial.double.least, np.finfo(float).eps)


def _summary(words: str, group: Sequence[Measured]) -> list[str]:
    least = [each.median(lambda trial: trial.double.least) for each in group]
    at, optimum = (np.median([each.median(what) for each in group]) for what in (_at, _optimum))
    return [words, str(len(group)), *map(scientific, (float(np.median(least)), max(least), float(at), float(optimum)))]


def _at(trial: Trial) -> float:
    return trial.double.at


def _optimum(trial: Trial) -> float:
    return trial.double.optimum


def some_in_full(hs: Array) -> Section:
    chosen = [_with_complex(name, hs) for name in NAMED]
    return Section(
        "Some of them, one point each",
        [
            Plot(
                plots.named(chosen),
                "differences-named",
                "Dotted lines are theory's best steps, each from its own f‴. Complex steps do not rise again.",
            ),
            "Complex steps, Im f(x + ih)/h, lose h² as differences do, but take no difference: below h = 1e-8 they are"
            " as exact as the function. Where no green line is drawn, NumPy's function takes no complex numbers, or"
            " is no analytic function of them.",
        ],
    )


def _with_complex(name: str, hs: Array) -> tuple[str, Trial, Array | None]:
    made = REGISTRY[name]
    (trial,) = measure(made, hs, 1).trials
    if not takes_complex_steps(name):
        return name, trial, None
    _, along = next(points_of(made, np.random.default_rng(0)))
    return name, trial, lines.relative_errors(lines.complex_slopes(along, hs), trial.slope)


def complex_steps(moving: Sequence[Measured]) -> Section:
    by_complex = {each.name: max(trial.complex_step for trial in each.trials) for each in moving}
    taken = {name: error for name, error in by_complex.items() if np.isfinite(error)}
    modes = {each.name: max(trial.modes for trial in each.trials) for each in moving}
    rows = [
        [
            what,
            str(len(errors)),
            scientific(float(np.median([*errors.values()]))),
            scientific(max(errors.values())),
            most,
        ]
        for what, errors in (("engine against complex steps", taken), ("forward against reverse mode", modes))
        for most in [max(errors, key=lambda name: errors[name])]
    ]
    return Section(
        "Complex steps, and both modes",
        [
            Table(
                ["", "primitives", "median", "worst", "which"], rows, "Relative errors: each primitive's worst point."
            ),
            "What differences disagree about is their own error: where complex steps can tell, the engine is right to"
            " rounding. An error above some 1e-16 is a derivative that is small beside the terms it is summed from.",
        ],
    )


def in_float32(moving: Sequence[Measured]) -> Section:
    rows = [
        _spread("engine in float32", moving, lambda trial: trial.engine_single),
        _spread("central differences in float32, at each one's best step", moving, lambda trial: trial.single.least),
        _spread("central differences in float32, h = 5e-3", moving, lambda trial: trial.single.error_near(5e-3)),
        _spread("central differences in float32, h = 1e-5", moving, lambda trial: trial.single.error_near(1e-5)),
    ]
    return Section(
        "In float32",
        [
            Table(
                ["against the engine in float64", "median", "90%", "worst"], rows, "Relative errors at the same points."
            ),
            "The engine loses no more than float32 does. Differences lose a third of its digits even at the best step,"
            " which nobody knows beforehand, and most of them at 1e-5, which suits float64. So `ad.check_grads`"
            " computes in float64 whatever it is given.",
        ],
    )


def _spread(words: str, moving: Sequence[Measured], what: Any) -> list[str]:
    medians = [each.median(what) for each in moving]
    return [words, *(scientific(float(q)) for q in np.nanquantile(medians, (0.5, 0.9, 1)))]


def worst(moving: Sequence[Measured]) -> Section:
    trials = sorted((each.worst() for each in moving), key=lambda trial: -trial.double.least)[:WORST]
    rows = [
        [
            f"`{each.call}`",
            f"{each.slope:+.6e}",
            *map(scientific, (each.double.least, each.double.at, each.double.optimum)),
        ]
        + [scientific(each.modes), scientific(each.complex_step)]
        for each in trials
    ]
    head = ["call", "derivative", "least error", "at h", "theory's h", "forward", "complex step"]
    return Section(
        "The worst points",
        [
            Table(
                head,
                rows,
                "Where differences came least near; the last columns are against reverse mode, too.",
            ),
            "What differences pay for is a derivative that is small beside the value or beside the third derivative.",
        ],
    )


def all_of_them(moving: Sequence[Measured]) -> Section:
    columns = [
        lambda trial: trial.double.least,
        _at,
        _optimum,
        lambda trial: trial.single.least,
        lambda trial: trial.engine_single,
        lambda trial: trial.modes,
        lambda trial: trial.complex_step,
    ]
    rows = [[f"`{each.name}`", each.kind, *(scientific(each.median(what)) for what in columns)] for each in moving]
    head = ["primitive", "kind", "differences", "at h", "theory's h", "differences, float32", "engine, float32"]
    caption = (
        "Relative errors, medians over the points. Differences are at their best step; the last two columns are"
        " forward mode and complex steps against reverse mode. `any`: no third derivative, any step will do."
    )
    return Section("All primitives", [Table([*head, "forward", "complex step"], rows, caption)])


def whole_networks(measured: Sequence[networks.Measured]) -> Section:
    rows = [
        [each.name, str(each.size)]
        + [scientific(each.curve.least), scientific(each.curve.at), scientific(each.curve.optimum)]
        + [scientific(each.gradient), scientific(each.modes), scientific(each.complex_step)]
        for each in measured
    ]
    head = [
        "",
        "parameters",
        "differences",
        "at h",
        "theory's h",
        "whole gradient, h = 1e-5",
        "forward",
        "complex step",
    ]
    return Section(
        "Whole networks",
        [
            Plot(
                plots.networks(measured),
                "differences-networks",
                "Relative errors along one random line through all parameters.",
            ),
            Table(
                head,
                rows,
                "Relative errors against reverse mode; of the whole gradient in relation to its greatest element.",
            ),
            "The step of Adam contains a gradient of its own, so its derivative is of second order. The network with"
            " relu leaves its V where wide steps cross kinks. Neither relu nor the gradient inside Adam takes complex"
            " numbers. Theory takes eps·|f| for the rounding; that is too little where f is a sum whose terms cancel,"
            " as in batch normalisation here, and so is the step.",
        ],
    )
