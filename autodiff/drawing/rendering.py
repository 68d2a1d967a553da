"""DOT text as a picture: by the program `dot`, else by the wheel of pygraphviz, which brings Graphviz along."""

from __future__ import annotations

import shutil
import warnings
from typing import Any

import graphviz

FORMATS = ("svg", "png", "pdf")


class NoRenderer(RuntimeError):
    """Neither the program `dot` nor pygraphviz is there."""


def rendered(source: str, format: str) -> bytes:
    """The picture as bytes. Raises ValueError for an unknown format, NoRenderer where nothing can draw."""
    if format not in FORMATS:
        raise ValueError(f"format is {format!r}, expected one of {', '.join(FORMATS)}")
    if shutil.which("dot"):
        picture: bytes = graphviz.Source(source).pipe(format=format, quiet=True)
        return picture
    return _by_wheel(source, format)


def _by_wheel(source: str, format: str) -> bytes:
    try:
        import pygraphviz
    except ImportError:
        raise NoRenderer(
            "a picture needs Graphviz: write `pip install autodiff-nn[draw]` (no system package needed), or install "
            "the program `dot`. The drawing's .source is the DOT text, and .save(path) writes it"
        ) from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where fonts are missing, and draws all the same
        graph: Any = pygraphviz.AGraph(string=source)
        drawn: bytes = graph.draw(format=format, prog="dot")
    return drawn
