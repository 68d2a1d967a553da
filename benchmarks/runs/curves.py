"""Learning curves: ours and Keras' over the seeds, with what the lecture prints."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..report import Plot
from .comparison import label
from .trials import Found, Trial


def learning_curves(trial: Trial, found: Found) -> Plot:
    """The loss and the score after each epoch; the runs of two outcomes seed by seed, all others by their range."""
    from demos.style import new_figure, plain

    figure, panels = new_figure(11, 4.4, columns=2)
    score = trial.run.score.removeprefix("val_")
    for axes, name in zip(panels, ("loss", score), strict=True):
        draw_panel(axes, trial, found, name)
        plain(axes)
    lines, labels = panels[0].get_legend_handles_labels()
    figure.legend(lines, labels, loc="outside lower center", ncols=(len(lines) + 1) // 2, frameon=False)
    return Plot(figure, f"runs-{trial.run.name}", caption(trial, found))


def draw_panel(axes: Any, trial: Trial, found: Found, name: str) -> None:
    """One figure of training and of validation."""
    from demos.style import BLUE, ORANGE

    colours = {"nn": BLUE, "Keras": ORANGE}
    for library, records in found.items():
        for key, part, line in ((name, "training", "--"), (f"val_{name}", "validation", "-")):
            if key in records[0].history:
                style = {"color": colours[library], "linestyle": line, "label": f"{library}, {part}"}
                draw = draw_range if trial.run.solved is None else draw_each
                draw(axes, np.array([record.history[key] for record in records]), style)
    if trial.is_lectures:
        draw_printed(axes, trial, name)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("epoch")
    axes.set_ylabel(label(name).removeprefix("training "))


def draw_range(axes: Any, curves: Any, style: dict[str, Any]) -> None:
    """The mean of the seeds, and a band from the lowest to the highest (curves: seeds x epochs)."""
    epochs = np.arange(1, curves.shape[1] + 1)
    axes.plot(epochs, curves.mean(axis=0), **style, linewidth=1.5)
    axes.fill_between(epochs, curves.min(axis=0), curves.max(axis=0), color=style["color"], alpha=0.18, linewidth=0)


def draw_each(axes: Any, curves: Any, style: dict[str, Any]) -> None:
    """A line for each seed: thin ones on wide pale ones, as the libraries' may be the same."""
    look = {"linewidth": 1.2} if style["label"].startswith("nn") else {"linewidth": 5, "alpha": 0.35, "zorder": 1}
    lines = axes.plot(np.arange(1, curves.shape[1] + 1), curves.T, **{**style, **look, "linestyle": "-", "label": None})
    lines[0].set_label(style["label"])


def draw_printed(axes: Any, trial: Trial, name: str) -> None:
    """What the lecture prints."""
    for key, part, marker in ((name, "training", "+"), (f"val_{name}", "validation", "x")):
        if printed := trial.run.printed.get(key):
            axes.plot(
                list(printed), list(printed.values()), "k" + marker, label=f"lecture, {part}", markersize=7, zorder=3
            )


def caption(trial: Trial, found: Found) -> str:
    """What the reader sees."""
    seeds = len(found["nn"])
    if trial.run.solved is not None:
        return f"Each line is one of {seeds} seeds."
    return (
        f"Lines: the mean of {seeds} seeds; bands: from the lowest to the highest seed." if seeds > 1 else "One seed."
    )
