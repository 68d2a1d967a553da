"""explore(): one web page on which the graph is played, step by step, forward and then backward."""

from __future__ import annotations

import json
import os
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from ..drawing.building import Builder, Options
from ..drawing.dot import to_dot
from ..drawing.rendering import rendered
from ..drawing.seeds import graph_of, seeds_of
from ..drawing.themes import THEMES
from .colours import stylesheet
from .details import described
from .steps import steps_of

SCRIPTS = ("drawing.js", "fold.js", "view.js", "times.js", "play.js", "page.js")


def explore(
    output: Any, path: str | os.PathLike[str] = "graph.html", *, cotangent: Any = None, title: str | None = None
) -> Path:
    """Write a web page about what was recorded for `output`, to step through, and return its path.

    The page is one file and needs no network: the drawing of the forward and the backward pass with pan and zoom,
    each operation's rule, shapes, values and gradient, and both passes one operation a step, with the arithmetic of
    small arrays. `output` and `cotangent` are those of `ad.draw`; inside `ad.observe()` the lines of the program and
    all values are kept for it. Needs what `Drawing.render` needs.

    >>> x = ad.tensor(3.0, requires_grad=True, name="x")
    >>> ad.explore(x * x, getfixture("tmp_path") / "square.html").name
    'square.html'
    """
    graph = graph_of(output)
    options = Options(backward=True, values=True, gradients=True)
    with np.errstate(all="ignore"):
        builder = Builder(graph, options, seeds_of(graph, output, cotangent))
        svg = rendered(to_dot(builder.build(), THEMES["light"], "TB").source, "svg").decode()
        data = _data(builder, title)
    target = Path(path)
    target.write_text(_page(svg[svg.index("<svg") :], data), encoding="utf-8")
    return target


def _data(builder: Builder, title: str | None) -> dict[str, Any]:
    """What the page's script needs."""
    diagram, names = builder.diagram, builder.graph.names
    return {
        "title": title or f"The graph of {', '.join(names[node] for node in builder.graph.outputs)}",
        "notes": diagram.notes,
        "boxes": {key: described(builder, box) for key, box in diagram.boxes.items()},
        "arrows": [
            {"source": arrow.source, "target": arrow.target, "kind": arrow.kind, "weighed": arrow.size is not None}
            for arrow in diagram.arrows
        ],
        "steps": steps_of(builder),
    }


def _page(svg: str, data: dict[str, Any]) -> str:
    """The page's parts in one file."""
    script = "\n".join(map(_part, SCRIPTS))
    inner = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    parts = {"STYLE": f"{stylesheet()}\n{_part('page.css')}", "SCRIPT": script, "DATA": inner, "DRAWING": svg}
    page = _part("page.html")
    for mark, text in parts.items():
        page = page.replace(f"<!-- {mark} -->", text)
    return page


def _part(name: str) -> str:
    return (files(__name__) / name).read_text(encoding="utf-8")
