"""What `ad.draw` returns: DOT text that renders itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import graphviz

from .rendering import FORMATS, NoRenderer, rendered


class Drawing:
    """A drawn graph. In a notebook it shows itself; `dot` is the `graphviz.Digraph` behind it."""

    def __init__(self, dot: graphviz.Digraph) -> None:
        self.dot = dot

    @property
    def source(self) -> str:
        """The DOT text."""
        text: str = self.dot.source
        return text

    def render(self, path: str | os.PathLike[str], format: str | None = None) -> Path:
        """Write a picture and return its path; the format is that of the name (.svg, .png, .pdf), or `format`.

        Needs the program `dot` or the extra `draw`; raises an error that says so where neither is there.
        """
        target = Path(path)
        chosen = format or target.suffix.removeprefix(".").lower()
        if chosen not in FORMATS:
            asked = f"{str(path)!r}" + (f", format={format!r}" if format else "")
            raise ValueError(f"render({asked}): expected a name that ends in .svg, .png or .pdf, or format='svg'")
        if target.suffix.lower() != f".{chosen}":
            target = target.with_name(f"{target.name}.{chosen}")
        target.write_bytes(rendered(self.source, chosen))
        return target

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the DOT text and return its path."""
        target = Path(path)
        target.write_text(self.source, encoding="utf-8")
        return target

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What Jupyter shows: the picture, or the text where nothing can draw."""
        try:
            return {"image/svg+xml": rendered(self.source, "svg").decode()}
        except NoRenderer as error:
            return {"text/plain": f"{error}\n\n{self.source}"}

    def __repr__(self) -> str:
        return f"<Drawing of {len(self.source.splitlines())} lines of DOT; .render('graph.svg') draws it>"
