"""The differences of a kind as a section: a table, the largest ones, and what is to be known about them."""

from __future__ import annotations

from collections.abc import Mapping

from ..report import Goal, Part, Section, Table
from .declared import LIMITS, REASONS, reason
from .running import PARTS, Difference, Result, together

DTYPES = ("float32", "float64")
Results = Mapping[str, Mapping[str, Result]]  # case, dtype


def kind_section(kind: str, results: Results) -> Section:
    """What was found for all cases of a kind."""
    ran = {name: each for name, each in results.items() if all(result.differences for result in each.values())}
    parts: list[Part] = [
        *largest_sentences(ran),
        Table(["", *PARTS], [_row(name, each) for name, each in ran.items()], CAPTION),
    ]
    metrics = [row for name, each in ran.items() if kind == "metrics" for row in _metric_rows(each)]
    parts += [Table(["metric", "in its run"], sorted(metrics), CAPTION)] if metrics else []
    shown = {row[0].partition("(")[0] for part in parts if isinstance(part, Table) for row in part.rows}
    parts += [f"`{name}`: {text}" for (of, name), text in REASONS.items() if of == kind and name in shown]
    parts += [f"`{name}` is not compared: {error}" for name, each in results.items() if (error := _error(each))]
    alone = [f"`{name}`" for name, each in results.items() if name not in ran and not _error(each)]
    parts += [f"Of nn alone, with nothing like it in Keras: {', '.join(alone)}."] if alone else []
    return Section(kind.capitalize(), parts)


CAPTION = "Largest difference over the largest number that the array had so far, float32 / float64."


def largest_sentences(results: Results) -> list[str]:
    """For each dtype the largest difference as it is."""
    sentences = []
    for dtype in DTYPES:
        worst = max(
            (
                (together(each[dtype].differences[part].values()).absolute, part, name)
                for name, each in results.items()
                for part in PARTS
            ),
            default=None,
        )
        if worst is not None:
            (size, step, _), part, name = worst
            sentences.append(
                f"{dtype}: the largest difference as it is, {size:.1e}, is in the {part} of `{name}` after step {step}."
            )
    return sentences


def _row(name: str, results: Mapping[str, Result]) -> list[str]:
    return [
        name,
        *(
            pair({dtype: together(each.differences[part].values()) for dtype, each in results.items()})
            for part in PARTS
        ),
    ]


def _metric_rows(results: Mapping[str, Result]) -> list[list[str]]:
    """Each metric of a run by itself."""
    names = results[DTYPES[0]].differences["metrics"]
    return [
        [name, pair({dtype: each.differences["metrics"][name] for dtype, each in results.items()})] for name in names
    ]


def pair(differences: Mapping[str, Difference]) -> str:
    """Both dtypes in one cell.

    >>> pair({"float32": Difference(), "float64": Difference()})
    '0 / 0'
    """
    return " / ".join(f"{differences[dtype].relative.size:.0e}".replace("0e+00", "0") for dtype in DTYPES)


def _error(results: Mapping[str, Result]) -> str:
    return next((each.error for each in results.values() if each.error), "")


def goals(results: Mapping[tuple[str, str], Mapping[str, Result]]) -> list[Goal]:
    """That nothing differs by more than rounding, but for what has a reason."""
    found = []
    for dtype in DTYPES:
        sizes = [
            difference.relative.size
            for key, each in results.items()
            for part, names in each[dtype].differences.items()
            for name, difference in names.items()
            if not reason(*key, part, name)
        ]
        text = f"largest difference to Keras after 100 steps without a reason, {dtype}, in units of {LIMITS[dtype]:.0e}"
        found.append(Goal(text, 1.0, max(sizes) / LIMITS[dtype] if sizes else None))
    return found
