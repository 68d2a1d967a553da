"""DOT text as a picture: by the program `dot`, else by the wheel of pygraphviz, which brings Graphviz along."""

from __future__ import annotations

import shutil
import sys
import warnings
from pathlib import Path
from typing import Any

import graphviz

FORMATS = ("svg", "png", "pdf")
FONTS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")


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
    if format != "svg" and not _has_fonts():
        warnings.warn(
            f"no fonts are installed, so the {format.upper()} shows boxes in place of letters. Install one (on Debian "
            "apt-get install fonts-dejavu-core), or render .svg, whose letters the viewer draws",
            stacklevel=4,
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Graphviz itself says of fonts is not for users
        graph: Any = pygraphviz.AGraph(string=source)
        drawn: bytes = graph.draw(format=format, prog="dot")
    return drawn


def _has_fonts() -> bool:
    """Whether there are letters to draw with; a bare Linux container has none."""
    return sys.platform != "linux" or any(next(Path(each).expanduser().rglob("*.[opt]t[fc]"), None) for each in FONTS)
