"""A matrix as a picture: such as how often each class was taken for each."""

from __future__ import annotations

from typing import Any

import numpy as np

_MOST = 20  # rows and columns in which there is room for numbers


def matrix_picture(matrix: Any, title: str) -> Any:
    """A figure of matplotlib; a matrix of counts is read by rows: what was there, and what it was taken for."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError(f"a picture of {title} needs matplotlib: write `pip install matplotlib`") from None
    matrix = np.asarray(matrix)
    figure = Figure(figsize=(6, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    shown = axes.imshow(matrix, cmap="Blues", aspect="auto" if max(matrix.shape) > _MOST else "equal")
    figure.colorbar(shown, ax=axes)
    axes.set_title(title)
    if max(matrix.shape) <= _MOST and _is_counts(matrix):
        _write_counts(axes, matrix)
    return figure


def _is_counts(matrix: Any) -> bool:
    return bool(matrix.shape[0] == matrix.shape[1] and np.all(matrix >= 0) and np.all(matrix == np.round(matrix)))


def _write_counts(axes: Any, matrix: Any) -> None:
    axes.set(xlabel="taken for", ylabel="class", xticks=range(len(matrix)), yticks=range(len(matrix)))
    for (i, j), count in np.ndenumerate(matrix):
        colour = "white" if count > matrix.max() / 2 else "black"
        axes.text(j, i, f"{count:,.0f}", ha="center", va="center", color=colour, fontsize=7)
