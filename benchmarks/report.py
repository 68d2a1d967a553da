"""What the benchmarks found, as data: sections of sentences, tables and plots, written as Markdown and as a page."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "out" / "benchmarks"

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 66rem; margin: 2rem auto; padding: 0 1rem }}
  img {{ max-width: 100% }}
  figure {{ margin: 1.5rem 0 }}
  figcaption, caption {{ color: #555; text-align: left }}
  div {{ overflow-x: auto; margin: 1rem 0 }}
  table {{ border-collapse: collapse; font-size: 0.9rem }}
  th, td {{ text-align: left; vertical-align: top; padding: 0.2rem 0.7rem; border-bottom: 1px solid #ddd }}
  .n {{ text-align: right }}
  code, pre {{ background: #f4f4f4 }}
  pre {{ overflow-x: auto; padding: 0.5rem }}
  nav ol {{ columns: 2 }}
</style>
<h1>{title}</h1>
{body}
</html>
"""


_RIGHT = ' class="n"'


class Goal(NamedTuple):
    """A figure that is to be at most so much; `measured` is None where a peer is not installed."""

    text: str
    most: float
    measured: float | None


class Table(NamedTuple):
    """Cells as text; columns of words are set to the left, those of numbers to the right."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""


class Plot(NamedTuple):
    """A figure of matplotlib, the name of its file without an ending, and the sentence under it."""

    figure: Any
    name: str
    caption: str


class Code(NamedTuple):
    """Lines of a program."""

    text: str


Part = str | Table | Plot | Code  # a str is a paragraph of plain text


class Section(NamedTuple):
    """A heading with what stands under it, and the goals that it answers."""

    title: str
    parts: Sequence[Part]
    goals: Sequence[Goal] = ()


class Chapter(NamedTuple):
    """The sections of one question, and the command that makes them anew."""

    title: str
    command: str
    sections: Sequence[Section]
    is_whole: bool = True  # rather than interrupted


def verdict(goal: Goal) -> str:
    """Whether a goal is met, and if not, by how much it is missed.

    >>> verdict(Goal("", 1.0, 0.5)), verdict(Goal("", 0.5, 0.6)), verdict(Goal("", 1.0, None))
    ('met', 'missed by 20%', 'not measured')
    """
    if goal.measured is None:
        return "not measured"
    return "met" if goal.measured <= goal.most else f"missed by {goal.measured / goal.most - 1:.0%}"


def goals_section(sections: Iterable[Section]) -> Section | None:
    """All goals, with what was measured; None where there are none."""
    goals = [goal for section in sections for goal in section.goals]
    if not goals:
        return None
    rows = [[g.text, f"{g.most:g}", "–" if g.measured is None else f"{g.measured:.2f}", verdict(g)] for g in goals]
    return Section("Goals", [Table(["goal", "at most", "measured", ""], rows)])


def markdown(section: Section, level: int = 2) -> str:
    """A section as Markdown; plots are links to the pictures beside it."""
    return "\n\n".join([f"{'#' * level} {section.title}", *map(_markdown_part, section.parts)]) + "\n"


def _markdown_part(part: Part) -> str:
    match part:
        case Table():
            return "\n\n".join(filter(None, [aligned(part), part.caption]))
        case Plot(_, name, caption):
            return f"![{caption}]({name}.png)"
        case Code(text):
            return f"```python\n{text.rstrip()}\n```"
        case str():
            return part


def aligned(table: Table) -> str:
    """A Markdown table whose columns line up: words to the left, numbers to the right.

    >>> print(aligned(Table(["who", "µs"], [["autodiff", "1.5"]])))
    | who      |  µs |
    |:---------|----:|
    | autodiff | 1.5 |
    """
    rows = [[cell.replace("|", "\\|") for cell in row] for row in (table.head, *table.rows)]
    columns = list(zip(*rows, strict=True))
    set_right = to_the_right(columns)
    set_columns = [_column(cells, right) for cells, right in zip(columns, set_right, strict=True)]
    head, *body = [f"| {' | '.join(row)} |" for row in zip(*set_columns, strict=True)]
    dashes = ["-" * (len(cells[0]) + 1) for cells in set_columns]
    rules = [f"{each}:" if right else f":{each}" for each, right in zip(dashes, set_right, strict=True)]
    return "\n".join([head, f"|{'|'.join(rules)}|", *body])


def _column(cells: Sequence[str], right: bool) -> list[str]:
    """The cells of a column in its width."""
    width = max(map(len, cells))
    return [cell.rjust(width) if right else cell.ljust(width) for cell in cells]


def to_the_right(columns: Sequence[Sequence[str]]) -> list[bool]:
    """Which columns, heads included, stand to the right: those of numbers, but for the first."""
    return [i > 0 and is_of_numbers(cells[1:]) for i, cells in enumerate(columns)]


def is_of_numbers(cells: Sequence[str]) -> bool:
    """Whether these cells hold numbers, with their units, and no words.

    >>> is_of_numbers(["1.5 µs", "–"]), is_of_numbers(["agrees", "3"])
    (True, False)
    """
    return not any(re.search(r"[^\W\d_]{3}", cell) for cell in cells)


def html(section: Section, level: int = 2) -> str:
    """A section as HTML; plots are links to the pictures beside it."""
    head = f'<h{level} id="{anchor(section.title)}">{escape(section.title)}</h{level}>'
    return "\n".join([head, *map(_html_part, section.parts)])


def _html_part(part: Part) -> str:
    match part:
        case Table(head, rows, caption):
            right = to_the_right(list(zip(head, *rows, strict=True)))
            lines = "\n".join([_html_row(head, "th", right), *(_html_row(row, "td", right) for row in rows)])
            return f"<div><table><caption>{_text(caption)}</caption>\n{lines}\n</table></div>"
        case Plot(_, name, caption):
            picture = f'<img src="{escape(name)}.png" alt="{escape(caption)}">'
            return f"<figure>{picture}<figcaption>{_text(caption)}</figcaption></figure>"
        case Code(text):
            return f"<pre>{escape(text)}</pre>"
        case str():
            return f"<p>{_text(part)}</p>"


def _html_row(cells: Sequence[str], tag: str, right: Sequence[bool]) -> str:
    pairs = zip(cells, right, strict=True)
    return f"<tr>{''.join(f'<{tag}{_RIGHT * is_right}>{_text(cell)}</{tag}>' for cell, is_right in pairs)}</tr>"


def _text(text: str) -> str:
    """Plain text in which backquotes mark code."""
    pieces = escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if i % 2 else piece for i, piece in enumerate(pieces))


def anchor(title: str) -> str:
    """
    >>> anchor("XOR, 4 points")
    'xor-4-points'
    """
    words = "".join(c if c.isalnum() else " " for c in title.lower()).split()
    return "-".join(words)


def write(chapters: Sequence[Chapter], name: str, title: str, conditions: str, folder: Path = FOLDER) -> None:
    """Write `name`.md, `name`.html and the plots into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in (part for chapter in chapters for section in chapter.sections for part in section.parts):
        if isinstance(part, Plot):
            part.figure.savefig(folder / f"{part.name}.png", dpi=150)
    goals = goals_section(section for chapter in chapters for section in chapter.sections)
    _replace(folder / f"{name}.md", _markdown_report(chapters, title, conditions, goals))
    _replace(folder / f"{name}.html", _html_report(chapters, title, conditions, goals))


def _markdown_report(chapters: Sequence[Chapter], title: str, conditions: str, goals: Section | None) -> str:
    texts = [f"# {title}\n", f"{conditions}\n", *([markdown(goals)] if goals else [])]
    for chapter in chapters:
        texts.append(f"## {chapter.title}\n\n`{chapter.command}`\n")
        texts += [markdown(section, 3) for section in chapter.sections]
    return "\n".join(texts)


def _html_report(chapters: Sequence[Chapter], title: str, conditions: str, goals: Section | None) -> str:
    links = [f'<li><a href="#{anchor(chapter.title)}">{escape(chapter.title)}</a></li>' for chapter in chapters]
    texts = [f"<p>{_text(conditions)}</p>", f"<nav><ol>{''.join(links)}</ol></nav>", html(goals) if goals else ""]
    for chapter in chapters:
        texts.append(f'<h2 id="{anchor(chapter.title)}">{escape(chapter.title)}</h2>')
        texts.append(f"<p><code>{escape(chapter.command)}</code></p>")
        texts += [html(section, 3) for section in chapter.sections]
    return PAGE.format(title=escape(title), body="\n".join(texts))


def _replace(path: Path, text: str) -> None:
    """Write a file so that the old one or the new one is there, whenever the run is stopped."""
    beside = path.with_suffix(path.suffix + ".part")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)
