"""A diagram as DOT, the language of Graphviz."""

from __future__ import annotations

import html
import math
import re
import unicodedata
from typing import Any

import graphviz

from ..notation import number
from .diagram import Arrow, Box, Diagram, Scope
from .numbers import BARS
from .stacking import stacked
from .themes import FORMS, Theme

FONT = "Helvetica,Arial,DejaVu Sans,sans-serif"
MANY = 60  # boxes, above which the layout may be less than optimal: it would take minutes
DECADES = 6  # a gradient smaller than the largest by so many powers of ten is as thin and pale as can be


def to_dot(diagram: Diagram, theme: Theme, rankdir: str) -> graphviz.Digraph:
    """The diagram's DOT, the same for the same diagram."""
    dot = graphviz.Digraph("graph")
    dot.attr(rankdir=rankdir, bgcolor=theme.page, newrank="true", nodesep="0.3", ranksep="0.35", pad="0.2")
    dot.attr(fontname=FONT, fontsize="10", fontcolor=theme.faint, labelloc="b", labeljust="l")
    dot.attr("node", fontname=FONT, fontsize="11", fontcolor=theme.text, margin="0.12,0.06", height="0.3", width="0.3")
    dot.attr("edge", fontname=FONT, fontsize="9", fontcolor=theme.faint, color=theme.faint, arrowsize="0.7")
    if len(diagram.boxes) > MANY:
        dot.attr(nslimit="2", nslimit1="2", mclimit="0.3")
    _add_boxes(dot, diagram, (), theme)
    largest = max((arrow.size for arrow in diagram.arrows if arrow.size and math.isfinite(arrow.size)), default=0.0)
    for place, arrow in enumerate(diagram.arrows):
        _add_arrow(dot, arrow, _arrow_look(arrow, theme, largest) | {"id": f"arrow{place}"})
    if diagram.clusters:
        for above, below in stacked(diagram):
            dot.edge(above, below, style="invis", **{"class": "stack"})
    notes = diagram.notes + ([_scale_text(largest)] if largest else [])
    if notes:
        dot.attr(label="\\l".join(notes) + "\\l")
    return dot


def _add_boxes(dot: Any, diagram: Diagram, scope: Scope, theme: Theme, name: str = "cluster") -> None:
    """The boxes of one scope, and inside it those of its parts."""
    inner: dict[Scope, None] = {}
    for box in diagram.boxes.values():
        own = box.scope if diagram.clusters else ()
        if own == scope:
            dot.node(box.key, **_box_look(box, theme))
        elif own[: len(scope)] == scope:
            inner[own[: len(scope) + 1]] = None
    for place, each in enumerate(inner):
        with dot.subgraph(name=f"{name} {place}") as cluster:
            look = {"color": theme.faint, "fontcolor": theme.text, "style": "rounded", "penwidth": "0.8"}
            label, id = escaped(each[-1]), escaped(f"scope {'/'.join(each)}")
            cluster.attr(label=label, id=id, labelloc="t", fontsize="11", **look)
            _add_boxes(cluster, diagram, each, theme, f"{name} {place}")


def _add_arrow(dot: Any, arrow: Arrow, look: dict[str, str]) -> None:
    """Both sides of a node stand side by side, so the backward pass runs up where the forward pass runs down."""
    if arrow.kind == "tie":
        with dot.subgraph() as row:
            row.attr(rank="same")
            row.edge(arrow.source, arrow.target, **look)
    elif arrow.kind == "backward":
        dot.edge(arrow.target, arrow.source, dir="back", **look)
    else:
        dot.edge(arrow.source, arrow.target, **look)


def _box_look(box: Box, theme: Theme) -> dict[str, str]:
    fill, line = theme.kinds[box.kind]
    look = FORMS[box.kind] | {"fillcolor": fill, "color": line, "class": box.kind, "id": box.key}
    look["label"] = _label(box, theme)
    look["tooltip"] = graphviz.nohtml("\n".join(map(escaped, [box.title, *box.lines])))
    if box.emphasis == "faint":
        look |= {"color": theme.faint, "fontcolor": theme.faint, "fillcolor": theme.page}
    if box.emphasis == "strong":
        look |= {"color": theme.strong, "penwidth": "2.6"}
    return look


def _label(box: Box, theme: Theme) -> str:
    """The title in bold, the rest smaller below it; HTML-like, so that each line has its own font."""
    faint = theme.faint if box.emphasis == "faint" else theme.text
    if box.kind == "constant":
        return "<" + "<br/>".join(f'<font color="{theme.faint}">{_html(line)}</font>' for line in box.lines) + ">"
    head = f'<b><font color="{faint}">{_html(box.title) or "&#160;"}</font></b>'
    rest = "".join(f'<br/><font point-size="9.5" color="{faint}">{_line(line, theme)}</font>' for line in box.lines)
    return f"<{head}{rest}>"


def _line(text: str, theme: Theme) -> str:
    """A line of text, its histogram paler."""
    return re.sub(f"([{BARS} ]*[{BARS}])$", rf'<font point-size="7" color="{theme.faint}">\1</font>', _html(text))


def _html(text: str) -> str:
    """Text as it is, in an HTML-like label; Graphviz would replace `\\N` by the node's name."""
    return html.escape(printable(text)).replace("\\", "\\\\")


def escaped(text: str) -> str:
    """Text as it is, in a plain attribute."""
    quoted: str = graphviz.escape(printable(text).replace("&", "&amp;"))
    return quoted


def printable(text: str) -> str:
    """Text on one line, without characters that no picture can hold."""
    return "".join(
        " " if each.isspace() else "\ufffd" if unicodedata.category(each) in ("Cc", "Cs") else each for each in text
    )


def _arrow_look(arrow: Arrow, theme: Theme, largest: float) -> dict[str, str]:
    if arrow.kind == "tie":
        return {"style": "dotted", "arrowhead": "none", "color": theme.faint, "class": "tie"}
    look = {"class": arrow.kind, "color": theme.kinds["backward" if arrow.kind == "backward" else "operation"][1]}
    if arrow.kind == "backward":
        look["style"] = "dashed"
    if arrow.order is not None:
        look |= {"headlabel": str(arrow.order), "labeldistance": "1.3"}
    if arrow.size is not None:
        look |= _flow_look(arrow.size, theme, largest)
    if arrow.count > 1:
        look["label"] = f"×{arrow.count:,}"
    if arrow.emphasis == "faint":
        look["color"] = theme.faint
    if arrow.emphasis == "strong":
        look |= {"color": theme.strong, "penwidth": "2.6"}
    return look


def _flow_look(size: float, theme: Theme, largest: float) -> dict[str, str]:
    """Thick and warm for a large gradient, thin and pale for one that vanishes; dotted for none at all."""
    if not math.isfinite(size):
        return {"label": "not finite", "color": theme.strong, "penwidth": "4"}
    if not size or not largest:
        return {"label": "0", "color": theme.faint, "penwidth": "0.5", "style": "dotted"}
    share = min(1.0, max(0.0, 1 + (math.log10(size) - math.log10(largest)) / DECADES))
    colour = theme.gradient[min(int(share * len(theme.gradient)), len(theme.gradient) - 1)]
    width = f"{0.5 + 3.5 * share:.1f}"
    return {"label": f"  {number(size, 2).text}", "color": colour, "penwidth": width}


def _scale_text(largest: float) -> str:
    least = number(largest / 10**DECADES, 1).text
    return f"edges: root mean square of the gradient, from {number(largest, 2).text} (thick) to {least} (thin)"
