"""draw(): the recorded graph, forward and backward, as a picture."""

from __future__ import annotations

from typing import Any

import numpy as np

from .building import Builder, Options
from .dot import to_dot
from .highlighting import highlight_boxes
from .picture import Drawing
from .seeds import graph_of, seeds_of
from .themes import THEMES

RANKDIRS = ("TB", "LR", "BT", "RL")


def draw(
    output: Any,
    *,
    backward: bool = False,
    values: bool = False,
    gradients: bool = False,
    rules: bool = False,
    scopes: bool | int = True,
    highlight: Any = None,
    cotangent: Any = None,
    rankdir: str = "TB",
    theme: str = "light",
) -> Drawing:
    """Draw what was recorded for a tensor, for several, or in an `ad.Graph`.

    - `backward` draws the backward pass beside the forward pass, tied node by node.
    - `values` shows numbers; of more than a dozen their range and a histogram.
    - `gradients` does so for the gradient of the output by each node, colours and widens edges by the size
      of the gradient that flows along them, and counts dead units. An output of more than one element starts
      from ones, or from `cotangent`. No `.grad` is touched.
    - `rules` writes the local derivatives as mathematics.
    - `scopes` frames what `ad.scope` names; a number folds scopes that lie deeper into one box each,
      False draws no frames. Graphs of more than 300 nodes, or whose arrows nobody could follow, are folded and say so.
    - `highlight` is a tensor or its name (all that carries a gradient to it), or a list of them (the paths
      from the first over the next to the last).
    - `rankdir` is TB, LR, BT or RL (as in Graphviz), `theme` light, dark or print.

    >>> x = ad.tensor(3.0, requires_grad=True, name="x")
    >>> drawing = ad.draw(x * x, rules=True)
    >>> drawing.source.count("->")
    2

    Raises TypeError for what is no tensor, ValueError for an option that there is not.
    """
    graph = graph_of(output)
    if rankdir not in RANKDIRS:
        raise ValueError(f"rankdir is {rankdir!r}, expected one of {', '.join(RANKDIRS)}")
    if theme not in tuple(THEMES):
        raise ValueError(f"theme is {theme!r}, expected one of {', '.join(THEMES)}")
    if not isinstance(scopes, int) or scopes < 0:
        raise ValueError(f"scopes is {scopes!r}, expected True, False or how many levels to leave unfolded")
    options = Options(backward, values, gradients, rules, scopes)
    with np.errstate(all="ignore"):
        diagram = Builder(graph, options, seeds_of(graph, output, cotangent)).build()
    if highlight is not None:
        highlight_boxes(diagram, graph, highlight)
    return Drawing(to_dot(diagram, THEMES[theme], rankdir))
