"""The XOR demo's pictures: the errors of all runs, and what one network decides over the plane."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from .checks import Array, Function
from .style import BLUE, ORANGE, ORANGE_TO_BLUE, new_figure, plain


def error_curves(runs: list[Any]) -> Figure:
    """The error by iteration of every run: the stuck ones dashed, the best ones solid."""
    figure, axes = new_figure(8, 4.8)
    shades = {True: iter(np.linspace(0.45, 1, len(runs))), False: iter(np.linspace(0.45, 1, len(runs)))}
    for run in sorted(runs, key=lambda each: each.errors[-1]):
        axes.plot(
            run.errors,
            color=ORANGE if run.stuck else BLUE,
            alpha=next(shades[run.stuck]),
            linestyle="--" if run.stuck else "-",
            label=f"seed {run.seed}: {run.right:.1%} right{', stuck' if run.stuck else ''}",
        )
    axes.set(xlabel="iteration", ylabel="mean squared error", ylim=(0, None))
    axes.set_title("XOR: different initializations lead to different results")
    axes.margins(x=0.01)
    plain(axes)
    axes.legend(frameon=False, fontsize="small")
    return figure


def decision_map(network: Function, run: Any, X: Array, y: Array) -> Figure:
    """The output over the plane, the boundary between the classes, and the points."""
    figure, axes = new_figure(7.5, 6)
    limit = np.abs(X).max() * 1.05
    side = np.linspace(-limit, limit, 301)
    plane = np.stack(np.meshgrid(side, side))
    output = network(*run.params, plane.reshape(2, -1)).reshape(plane.shape[1:])
    filled = axes.contourf(*plane, output, levels=np.linspace(-1, 1, 21), cmap=ORANGE_TO_BLUE)
    axes.contour(*plane, output, levels=[0], colors="black", linewidths=2)
    for label, colour, marker, name in ((1, BLUE, "o", "class 1"), (-1, ORANGE, "s", "class −1")):
        axes.plot(*X[:, y == label], marker, color=colour, markersize=4, mec="white", mew=0.4, label=name)
    axes.plot([], [], color="black", linewidth=2, label="boundary: output 0")
    axes.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    axes.set_title(f"XOR: seed {run.seed} after {len(run.errors) - 1} iterations, {run.right:.1%} right")
    figure.colorbar(filled, ax=axes, label="output of the network", ticks=np.linspace(-1, 1, 5))
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return figure
