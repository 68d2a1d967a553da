"""The lectures' own numbers: each one recomputed by the engine from the lecture's own inputs, beside what is printed.

A theme is a module with `TITLE`, `ABOUT` and `CLAIMS`; one more number is one more line of its `CLAIMS`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from ..report import Code, Part, Section, Table
from . import activations, by_hand, counts, listings, logs, losses, updates, words, xor_batch, xor_online
from .claims import AGREES, CARRIED, CUT, ROUNDED, SLIP, VERDICTS, Finding

TITLE = "The lectures' own numbers"
THEMES: tuple[Any, ...] = (xor_online, by_hand, xor_batch, activations, losses, updates, counts, logs)

LECTURES = {
    "000": "G. Marques, An Introduction to Artificial Neural Networks",
    "001": "the same, another conversion",
    "002": "S. Lievens and S. Devreese, Introduction to Artificial Neural Networks with Keras",
    "003": "L. Quijano Sánchez, Neural networks for classification",
    "004": "Lecture 25, Backprop continued, tf.keras implementations & Best Practices",
}
LEGEND = (
    f"Verdicts are computed. `{AGREES}`: the same number, or the same formula at all points that were tried. "
    f"`{ROUNDED}`, `{CUT}`: to the digits printed, rounded or cut off. `{CARRIED}`: not what the inputs give, but what "
    f"the slide's own arithmetic gives with the rounded numbers before it. `{SLIP}`: none of these. The verdict behind "
    "a formula put right says that this one was compared, too."
)
DERIVATIONS = (
    "Programs are what `ad.compile` emits (`step.source`), rules what `print(ad.Graph(...))` shows; `ratio(g, y)` and "
    "`scale(g, y)` in them are g / y and g · y that keep a 0 in g."
)


def sections(quick: bool) -> Iterator[Section]:
    """All of it takes seconds, and is the same when quick."""
    found = [[claim.finding() for claim in theme.CLAIMS] for theme in THEMES]
    yield overview([each for findings in found for each in findings])
    for theme, findings in zip(THEMES, found, strict=True):
        yield Section(theme.TITLE, [theme.ABOUT, table(findings), *slips(findings)])
    yield code_section()
    yield words_section()


def overview(findings: Sequence[Finding]) -> Section:
    """How many of each verdict, by lecture, and the slips in one table."""
    wrong = [each for each in findings if each.verdict == SLIP]
    says = f"{len(findings)} printed numbers and formulas were computed again; {len(wrong)} are slips."
    rows = [[each.what, each.lecture, each.printed, each.right] for each in wrong]
    table = Table(["slip", "lecture", "printed", "right"], rows)
    return Section("What was found", [says, LEGEND, tally(findings), table, DERIVATIONS])


def tally(findings: Sequence[Finding]) -> Table:
    """The verdicts on each lecture; what several lectures print counts in each."""
    counts = Counter((lecture, each.verdict) for each in findings for lecture in LECTURES if lecture in each.lecture)
    rows = [[f"{key}: {name}", *(str(counts[key, each] or "") for each in VERDICTS)] for key, name in LECTURES.items()]
    return Table(["lecture", *VERDICTS], rows, "What several lectures print counts in each.")


def table(findings: Sequence[Finding]) -> Table:
    rows = [[f.what, f"{f.lecture}, {f.where}", f.printed, f.computed, f.verdict] for f in findings]
    return Table(["what", "where", "printed", "computed", "verdict"], rows)


def slips(findings: Sequence[Finding]) -> Iterator[Part]:
    """Each slip with the right value, and under those that share one, the engine's derivation."""
    wrong = [each for each in findings if each.verdict == SLIP]
    for derivation, group in groupby(wrong, key=lambda each: each.derivation):
        for each in group:
            yield f"Slip in {each.lecture}, {each.what}: printed {each.printed}; right {each.right}."
        yield Code(derivation)


def code_section() -> Section:
    """The listings with slips, and what running them says."""
    rows, ran = [], 0
    for lecture, printed, right in listings.LISTINGS:
        rows.append([f"`{printed}`", lecture, listings.outcome(printed).said, f"`{right}`"])
        ran += listings.outcome(right).runs
    says = f"Each listing is run with `nn` as printed, and as it should read: put right, {ran} of {len(rows)} run."
    some = "Those that run as printed ask for what tf.keras had, which `nn` takes, too, or are read as they were meant."
    return Section("Listings", [says, some, Table(["printed", "lecture", "what comes of it", "right"], rows)])


def words_section() -> Section:
    """What was read and not computed."""
    rows = [[each.printed, each.lecture, each.right] for each in words.READINGS]
    says = "Years and words: these slips were found by reading, and no verdict here is computed."
    return Section("Read, not computed", [says, Table(["printed", "lecture", "right"], rows)])
