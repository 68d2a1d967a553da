"""The sections on checks: which wrong rules `ad.check_grads` finds, how wrong they must be, and which it names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..report import Plot, Section, Table
from ..timing import progress
from . import networks, plots
from .primitives import differentiable
from .rules import FOUND, HARMLESS, MISSED, POINTS, REFUSED, Outcome, in_network, random_outcomes, share_found

RTOL = 1e-5  # of `ad.check_grads`, unless told otherwise
ERRORS = (1e-6, 3e-6, 8e-6, 1.2e-5, 3e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0)
QUICK_ERRORS = (8e-6, 1.2e-5)
FACTORS = (1.01, 2.0)


def sections(quick: bool) -> Iterator[Section]:
    made, generator = progress(differentiable(), "planted rules"), np.random.default_rng(0)
    yield random_rules([each for one in made for each in random_outcomes(one, 2 if quick else 12, generator)])
    yield how_wrong(QUICK_ERRORS if quick else ERRORS)
    yield in_networks()


def random_rules(outcomes: Sequence[Outcome]) -> Section:
    kinds = sorted({each.fault.kind for each in outcomes})
    rows = [[kind, *_counts([each for each in outcomes if each.fault.kind == kind])] for kind in kinds]
    missed = [each.fault.words for each in outcomes if each.verdict == MISSED]
    unnamed = [each.fault.words for each in outcomes if each.verdict == FOUND and not each.named]
    return Section(
        "Planted wrong rules",
        [
            f"Random wrong rules are planted into every primitive, and `ad.check_grads` looks at up to {POINTS} points"
            " for each. Factors are 1 ± 10⁻⁶ to 1 ± 1. A rule that raises an error instead, mostly because shapes do"
            " not fit, counts as refused. One whose gradient is right at all points changes nothing there, and no"
            " check at these points could find it.",
            Table(
                ["what is wrong", "planted", FOUND, REFUSED, HARMLESS, MISSED],
                [*rows, ["all", *_counts(outcomes)]],
                "Rules by what was done to them.",
            ),
            f"Missed: {_listed(missed)}. A factor within the tolerance, rtol = {RTOL:g}, passes for a right rule.",
            f"Found, but with another operation named, or none: {_listed(unnamed)}.",
        ],
    )


def _counts(outcomes: Sequence[Outcome]) -> list[str]:
    verdicts = [each.verdict for each in outcomes]
    return [str(len(verdicts)), *(str(verdicts.count(verdict)) for verdict in (FOUND, REFUSED, HARMLESS, MISSED))]


def _listed(words: Sequence[str]) -> str:
    return "; ".join(words) or "none"


def how_wrong(errors: Sequence[float]) -> Section:
    shares = [share_found(error) for error in progress(errors, "sizes of errors")]
    rows = [[f"{error:g}", f"{share:.1%}"] for error, share in zip(errors, shares, strict=True)]
    return Section(
        "How wrong a rule must be",
        [
            Plot(
                plots.thresholds(errors, shares, RTOL),
                "differences-found",
                "Every rule of every primitive, one at a time.",
            ),
            Table(["relative error", "found"], rows, "Of the rules with any effect at the point."),
            "The differences that `ad.check_grads` takes are extrapolated once: their own error stays far below rtol,"
            " and the tolerance alone decides.",
        ],
    )


def in_networks() -> Section:
    rows, missed = [], []
    for network in (make() for make in networks.NETWORKS):
        cells = []
        for factor in FACTORS:
            planted = in_network(network, factor)
            found = [each for each in planted if each.found]
            cells += [f"{len(found)} of {len(planted)}", str(sum(each.blamed == each.operation for each in found))]
            missed += [f"{each.operation} × {factor} ({network.name})" for each in planted if not each.found]
        rows.append([network.name, *cells])
    head = ["", *(f"{what} × {factor}" for factor in FACTORS for what in ("found,", "rightly named,"))]
    return Section(
        "Wrong rules inside networks",
        [
            Table(head, rows, "All rules of one operation scaled, operation by operation, and the network checked."),
            f"Missed: {_listed(missed)}. The rules that a step of Adam uses once it has its gradient bear on a part of"
            " the derivative that the learning rate and 1 − β₂, both 0.001, make small, so that what is wrong there"
            " can stay below the tolerance. Check an optimizer's step by itself, not through the loss after it.",
        ],
    )
