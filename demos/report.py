"""The folder a run leaves behind: pictures, the table of checks, and a page that shows all of it."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path

from matplotlib.figure import Figure

from .checks import Check

HEADER = ("checked", "against", "shape", "points", "largest difference", "relative", "verdict")

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>autodiff: demos</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
  img {{ max-width: 100% }}
  figure {{ margin: 1.5rem 0 }}
  figcaption {{ color: #555 }}
  p {{ margin: 0.3rem 0 }}
  div {{ overflow-x: auto }}
  table {{ border-collapse: collapse; font-size: 0.9rem }}
  th, td {{ text-align: left; padding: 0.3rem 0.7rem; border-bottom: 1px solid #ddd; white-space: nowrap }}
</style>
<h1>autodiff: demos</h1>
{body}
<h2>What was checked</h2>
<p>Differences are the largest over all points of training; the relative ones are to the gradient's largest element.
A difference of 0 says: equal to the last bit.</p>
<div>
{table}
</div>
</html>
"""


class Report:
    """Pictures are written as they come; `write` adds the table (`checks.md`) and the page (`index.html`)."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.checks: list[Check] = []
        self._body: list[str] = []

    def title(self, text: str) -> None:
        """Begin a demo, on the terminal and on the page."""
        print(f"\n{text}")
        self._body.append(f"<h2>{escape(text)}</h2>")

    def say(self, text: str) -> None:
        """One sentence on the terminal and on the page."""
        print(f"  {text}")
        self._body.append(f"<p>{escape(text)}</p>")

    def link(self, path: str, text: str) -> None:
        """One sentence that leads to a page beside the report's own, at `path` from there."""
        print(f"  {text} Open {self.folder / path}")
        self._body.append(f'<p><a href="{path}">{escape(text)}</a></p>')

    def picture(self, figure: Figure, name: str, caption: str) -> None:
        """Save a figure as `name`, and show it on the page."""
        figure.savefig(self.folder / name, dpi=150)
        self._body.append(
            f'<figure><img src="{name}" alt="{escape(caption)}"><figcaption>{escape(caption)}</figcaption></figure>'
        )

    def rows(self) -> list[tuple[str, ...]]:
        """The checks in words, without the header."""
        return [
            (
                check.what,
                check.against,
                str(check.shape),
                str(check.points),
                _number(check.absolute),
                _number(check.relative),
                "passed" if check.passed else "FAILED",
            )
            for check in self.checks
        ]

    def table(self) -> str:
        """The checks as a Markdown table whose columns line up."""
        rows = [HEADER, *self.rows()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        rows.insert(1, tuple("-" * width for width in widths))
        return "\n".join("| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows)

    def write(self) -> None:
        """Write the table and the page as they are now."""
        (self.folder / "checks.md").write_text(self.table() + "\n", encoding="utf-8")
        page = PAGE.format(body="\n".join(self._body), table=_html([HEADER, *self.rows()]))
        (self.folder / "index.html").write_text(page, encoding="utf-8")


def _number(value: float) -> str:
    return f"{value:.1e}" if value else "0"


def _html(rows: list[tuple[str, ...]]) -> str:
    head, *rest = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
    lines = [head.replace("td>", "th>"), *rest]
    return "<table>\n" + "\n".join(f"<tr>{line}</tr>" for line in lines) + "\n</table>"
