"""Colours that colour-blind readers tell apart, and how every picture is set."""

from __future__ import annotations

from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

# Okabe and Ito, Color Universal Design, 2008.
BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"
# Paler at both ends, so that points of the same colours stand out.
ORANGE_TO_BLUE = LinearSegmentedColormap.from_list("orange to blue", ["#E9A777", "#FAFAFA", "#6FB1D6"])


def new_figure(width: float, height: float, rows: int = 1, columns: int = 1) -> tuple[Figure, Any]:
    """A figure of that many inches and its axes, drawn without a display."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns)


def logarithmic(axes: Any) -> None:
    """A logarithmic y-axis marked 1, 2, 5, 10, ... in plain numbers."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(NullLocator())


def plain(axes: Any) -> None:
    """A faint grid, and no frame on the right and on top."""
    axes.grid(color="#DDDDDD", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
