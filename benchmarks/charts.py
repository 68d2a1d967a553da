"""Charts of time against size; needs matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.ticker import LogLocator, NullLocator

from demos.style import new_figure, plain

from .crossing import Line
from .race import BARE
from .timing import spread
from .torch_compiled import COMPILED

# Okabe and Ito, Color Universal Design, 2008. Ours are blue; a dashed line is compiled further than its sibling.
LOOKS: dict[str, dict[str, Any]] = {
    BARE: {"color": "#000000", "linestyle": ":"},
    "autodiff": {"color": "#56B4E9", "marker": "o", "linewidth": 2.5},
    "compiled": {"color": "#0072B2", "marker": "o", "linewidth": 2.5},
    "compiled, Numba": {"color": "#0072B2", "marker": "s", "linewidth": 2.5, "linestyle": "--"},
    "jax.jit": {"color": "#009E73", "marker": "^"},
    "PyTorch": {"color": "#D55E00", "marker": "v"},
    COMPILED: {"color": "#D55E00", "marker": "v", "linestyle": "--"},
    "HIPS autograd": {"color": "#CC79A7", "marker": "D"},
    "MyGrad": {"color": "#E69F00", "marker": "P"},
}


def time_against_size(line: Line, what: str, crossed: Sequence[tuple[float, float]]) -> Any:
    """Medians with their quartiles on logarithmic axes; the points `crossed` (size, seconds) are ringed."""
    figure, axes = new_figure(10, 6)
    for name, look in LOOKS.items():
        found = {size: spread(times[name]) for size, times in line.items() if name in times}
        if found:
            _drawn(axes, found, name, look)
    if crossed:
        sizes, seconds = zip(*crossed, strict=True)
        axes.plot(sizes, [each * 1e6 for each in seconds], "ok", ms=12, mfc="none", label="one of ours crosses a peer")
    axes.set(xscale="log", yscale="log", xlabel=what, ylabel="time of a training step (µs)")
    _marked(axes, list(line))
    figure.legend(loc="outside right upper", frameon=False)
    return figure


def _drawn(axes: Any, found: Mapping[int, Any], name: str, look: Mapping[str, Any]) -> None:
    low, median, high = ([values[i] * 1e6 for values in found.values()] for i in range(3))
    axes.plot(list(found), median, label=name, **look)
    axes.fill_between(list(found), low, high, color=look["color"], alpha=0.15, linewidth=0)


def _marked(axes: Any, sizes: list[int]) -> None:
    """The sizes that were measured below, powers of ten at the side, in plain numbers."""
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.yaxis.set_minor_locator(NullLocator())
    plain(axes)
