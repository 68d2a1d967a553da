"""The digits demo's pictures: learning curves, the confusion matrix, and some mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from .checks import Array
from .style import BLUE, GREEN, ORANGE, logarithmic, new_figure, plain


def learning_curves(losses: list[tuple[float, float]], wrong: list[float], what: str = "test digits") -> Figure:
    """The losses on both sets, and beside them the share of what is not trained on that is told wrong."""
    figure, (left, right) = new_figure(9, 4, columns=2)
    on_train, on_test = zip(*losses, strict=True)
    left.plot(on_train, ".-", color=BLUE, label="training")
    left.plot(on_test, ".--", color=ORANGE, label=what.split()[0])
    left.set(xlabel="epoch", ylabel="mean cross-entropy", title="Loss")
    left.legend(frameon=False)
    right.plot(100 * np.array(wrong), ".-", color=GREEN)
    right.set(xlabel="epoch", ylabel=f"{what} told wrong, %", title=f"Errors: {wrong[-1]:.1%} at the end")
    for axes in (left, right):
        logarithmic(axes)
        plain(axes)
    return figure


def confusion(y: Array, predicted: Array, names: Sequence[str] = tuple("0123456789")) -> Figure:
    """How many test images of each class (rows) were taken for each class (columns)."""
    counts = np.zeros((10, 10), dtype=int)
    np.add.at(counts, (y, predicted), 1)
    figure, axes = new_figure(6.4, 5.6)
    image = axes.imshow(counts, cmap="Blues")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "white" if count > counts.max() / 2 else "black"
            axes.text(column, row, str(count), ha="center", va="center", color=colour)
    turned = {"rotation": 45, "ha": "right"} if max(map(len, names)) > 1 else {}
    axes.set_xticks(range(10), names, **turned)
    axes.set_yticks(range(10), names)
    axes.set(xlabel="taken for", ylabel="is", title="Confusion on the test set")
    figure.colorbar(image, ax=axes, label="test images")
    return figure


def mistakes(test_set: Any, predicted: Array, wrong: Array) -> Figure:
    """The first test digits that were told wrong."""
    figure, grid = new_figure(9, 3.9, rows=2, columns=6)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, i in zip(grid.flat, wrong, strict=False):
        axes.imshow(test_set.X[i].reshape(8, 8), cmap="gray_r")
        axes.set_title(f"{test_set.y[i]}, taken for {predicted[i]}", fontsize="medium")
    shown = f", the first {grid.size} shown" if len(wrong) > grid.size else ""
    figure.suptitle(f"{len(wrong)} mistakes on {len(predicted)} test digits{shown}")
    return figure
