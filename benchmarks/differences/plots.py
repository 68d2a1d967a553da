"""The chapter's pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from demos.style import BLUE, GREEN, ORANGE, new_figure, plain

from ..points import Array
from . import cost
from .cost import Cost
from .lines import Curve
from .networks import Measured as Network
from .primitives import Measured, Trial, stacked

LEAST = 1e-17  # where an error of 0 is drawn
PURPLE, SKY = "#CC79A7", "#56B4E9"  # two more of Okabe and Ito's
PRECISIONS: Sequence[tuple[str, str, Callable[[Trial], Curve]]] = (
    ("float64", BLUE, lambda trial: trial.double),
    ("float32", ORANGE, lambda trial: trial.single),
)


def envelopes(measured: Sequence[Measured]) -> Figure:
    """The median curve over all curved primitives in both precisions, with the middle 80% and the extremes."""
    figure, axes = new_figure(9, 5.4)
    hs = measured[0].trials[0].double.hs
    for name, colour, what in PRECISIONS:
        rows = np.maximum(stacked(measured, what), LEAST)
        low, tenth, middle, ninetieth, high = np.nanquantile(rows, (0, 0.1, 0.5, 0.9, 1), axis=0)
        axes.fill_between(hs, low, high, color=colour, alpha=0.12, linewidth=0)
        axes.fill_between(hs, tenth, ninetieth, color=colour, alpha=0.25, linewidth=0)
        axes.plot(hs, middle, color=colour, label=f"{name}: median, middle 80% and extremes")
        optimum = np.median([each.median(lambda trial, what=what: what(trial).optimum) for each in measured])
        axes.axvline(optimum, color=colour, linestyle=":", label=f"{name}: theory's best step, median {optimum:.0e}")
    _errors_by_step(axes)
    axes.set_title(f"Central differences of {len(measured)} primitives whose third derivative is not 0")
    axes.legend(frameon=False, fontsize="small", loc="lower left")
    return figure


def named(chosen: Sequence[tuple[str, Trial, Array | None]]) -> Figure:
    """One primitive a panel, at one point: both precisions, theory's best steps, and complex steps where taken."""
    figure, grid = new_figure(10, 6, rows=2, columns=3)
    for axes, (name, trial, by_complex) in zip(grid.flat, chosen, strict=True):
        for precision, colour, what in PRECISIONS:
            _v(axes, what(trial), colour, f"differences, {precision}")
        if by_complex is not None:
            axes.plot(trial.double.hs, np.maximum(by_complex, LEAST), color=GREEN, label="complex steps, float64")
        _errors_by_step(axes)
        axes.set_title(name, fontsize="medium")
    for axes in grid.flat:
        axes.label_outer()
    handles, labels = grid.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    return figure


def _v(axes: Any, curve: Curve, colour: str, label: str) -> None:
    axes.plot(curve.hs, np.maximum(curve.errors, LEAST), color=colour, label=label)
    if 0 < curve.optimum < np.inf:
        axes.axvline(curve.optimum, color=colour, linestyle=":", label=f"theory's best step, {label.split()[-1]}")


def networks(measured: Sequence[Network]) -> Figure:
    """The curves of whole networks, each with theory's best step."""
    figure, axes = new_figure(9, 5)
    for each, colour in zip(measured, (BLUE, ORANGE, GREEN, PURPLE), strict=False):
        axes.plot(each.curve.hs, np.maximum(each.curve.errors, LEAST), color=colour, label=each.name)
        axes.axvline(each.curve.optimum, color=colour, linestyle=":")
    axes.plot([], [], color="black", linestyle=":", label="theory's best step")
    _errors_by_step(axes, 1e-13)
    axes.set_title("Central differences of whole networks, float64")
    axes.legend(frameon=False, fontsize="small")
    return figure


def _errors_by_step(axes: Any, least: float = LEAST) -> None:
    axes.set(xscale="log", yscale="log", xlabel="step h", ylabel="relative error", ylim=(least / 2, 1e4))
    plain(axes)


def costs(measured: Mapping[str, Sequence[Cost]], crossovers: Sequence[tuple[float, float]]) -> Figure:
    """Seconds by parameters: filled marks are whole gradients, empty ones estimates; rings are crossovers."""
    figure, axes = new_figure(9, 5.4)
    colours = {
        cost.VALUE: "#777777",
        cost.REVERSE: BLUE,
        cost.COMPILED: SKY,
        cost.FORWARD: GREEN,
        cost.DIFFERENCES: ORANGE,
    }
    for way, colour in colours.items():
        found = measured[way.name]
        axes.plot([each.size for each in found], [each.seconds for each in found], color=colour, label=way.name)
        for each in found:
            axes.plot(
                each.size, each.seconds, "o", color=colour, markersize=5, mfc="white" if each.estimated else colour
            )
    for size, seconds in crossovers:
        axes.plot(size, seconds, "o", color="black", markersize=11, mfc="none")
    axes.plot([], [], "o", color="black", mfc="white", linestyle="", label="estimate: the time of some directions × n")
    if crossovers:
        axes.plot([], [], "o", color="black", mfc="none", markersize=11, linestyle="", label="crossover")
    axes.set(xscale="log", yscale="log", xlabel="parameters n", ylabel="seconds for a whole gradient")
    axes.set_title("A whole gradient of a neuron with n weights, four points")
    plain(axes)
    axes.legend(frameon=False, fontsize="small")
    return figure


def thresholds(errors: Sequence[float], shares: Sequence[float], rtol: float) -> Figure:
    """The share of rules found by how wrong they are."""
    figure, axes = new_figure(8, 4)
    axes.plot(errors, 100 * np.asarray(shares), ".-", color=BLUE)
    axes.axvline(rtol, color=ORANGE, linestyle=":", label=f"the tolerance, rtol = {rtol:g}")
    axes.set(xscale="log", xlabel="relative error of the rule", ylabel="rules found, %", ylim=(-3, 103))
    axes.set_title("Rules that are wrong by a factor 1 + error, each looked for at one point")
    plain(axes)
    axes.legend(frameon=False)
    return figure
