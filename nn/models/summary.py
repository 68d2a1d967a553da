"""The summary of a model as text, in Keras' form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ..layers.input import InputLayer
from ..layers.layer import Layer
from ..symbolic import shapes_of

# Widths of the columns in a line of 76 signs, as Keras has them: without and with the last two columns.
_WIDTHS = {
    (): (33, 24, 15),
    ("Connected to",): (21, 19, 12, 19),
    ("Trainable",): (29, 23, 12, 7),
    ("Connected to", "Trainable"): (19, 17, 11, 16, 7),
}
_HEAD = ("Layer (type)", "Output Shape", "Param #")
_ALIGNED = {"Param #": str.rjust, "Trainable": str.center}


class Listed(NamedTuple):
    """A layer in a summary: the model that it belongs to, and how deep in models that is."""

    layer: Any
    model: Any
    depth: int


def summary_text(
    model: Any, line_length: int | None = None, positions: Sequence[float] | None = None, expand_nested: bool = False,
    show_trainable: bool = False, layer_range: Sequence[str] | None = None,
) -> str:  # fmt: skip
    """A table of the layers with the shapes of their outputs and their weights, and the sums below.

    Columns are as wide as their texts need; with a `line_length`, or `positions` (where columns end, as shares or
    signs), they are as wide as that says, and longer texts are cut. `layer_range` is the names, or patterns, of the
    first and the last layer to show. Raises ValueError where these fit no layer or no column.
    """
    listed = _in_range(list(_listed(model, expand_nested)), layer_range)
    extra = [] if model._graph is None or _is_chain(model) else ["Connected to"]
    extra += ["Trainable"] if show_trainable else []
    head = [*_HEAD, *extra]
    widths = _widths(head, line_length, positions)
    rows = [_cells(each, extra, widths[0]) for each in listed]
    if line_length is None and positions is None:
        widths = [
            max(w, *(len(line) + 2 for row in [*rows, _lined(head)] for line in row[i])) for i, w in enumerate(widths)
        ]
    return "\n".join([f'Model: "{model.name}"', *_table(head, rows, widths), *_totals(model)])


# What is told


def _listed(model: Any, expand_nested: bool, depth: int = 0) -> Iterator[Listed]:
    for layer in model.layers:
        yield Listed(layer, model, depth)
        if expand_nested and hasattr(layer, "layers"):
            yield from _listed(layer, True, depth + 1)


def _in_range(listed: list[Listed], layer_range: Sequence[str] | None) -> list[Listed]:
    """The layers from the first that the first pattern fits to the last that the second one fits."""
    if layer_range is None:
        return listed
    first, last = layer_range
    starts = [i for i, each in enumerate(listed) if re.match(first, each.layer.name)]
    ends = [i for i, each in enumerate(listed) if re.match(last, each.layer.name)]
    if not starts or not ends:
        raise ValueError(
            f"summary: layer_range is {tuple(layer_range)}, there are {', '.join(each.layer.name for each in listed)}"
        )
    return listed[starts[0] : ends[-1] + 1]


def _is_chain(model: Any) -> bool:
    """Whether each layer gets what the one before it gives, and nothing else."""
    calls = model._graph.calls
    used = [each.key for call in calls for each in call.inputs()]
    inputs = [call for call in calls if isinstance(call.layer, InputLayer)]
    is_single = all(len(call.inputs()) <= 1 for call in calls) and len(set(used)) == len(used) and len(inputs) <= 1
    return is_single and len({id(call.layer) for call in calls}) == len(calls)


def _cells(listed: Listed, extra: Sequence[str], width: int) -> list[list[str]]:
    """The cells of a row, each as its lines."""
    layer, model, depth = listed
    mark = "   " * depth + "└ " * bool(depth)
    name, kind = f"{mark}{layer.name}", f"({type(layer).__name__})"
    title = [f"{name} {kind}"] if len(name) + len(kind) + 3 <= width else [name, kind]
    made = _calls(model, layer)
    row = [title, [_shape(made)], [_count(layer)]]
    row += [_sources(made)] if "Connected to" in extra else []
    return [*row, [_trains(layer)]] if "Trainable" in extra else row


def _calls(model: Any, layer: Any) -> list[Any]:
    graph = model._graph
    return [] if graph is None else [each for each in graph.calls if each.layer is layer]


def _shape(calls: Sequence[Any]) -> str:
    return str(shapes_of(calls[0].outputs)) if calls else "?"


def _count(layer: Any) -> str:
    has_weights = type(layer).build is not Layer.build
    return f"{layer.count_params():,}" if layer.built else "0 (unbuilt)" if has_weights else "0"


def _trains(layer: Any) -> str:
    return "-" if not layer.weights else "Y" if layer.trainable else "N"


def _sources(calls: Sequence[Any]) -> list[str]:
    """What the layer is called on: layers' names, which of their calls, which of its outputs."""
    return [_source(each) for call in calls for each in call.inputs() if each.call] or ["-"]


def _source(tensor: Any) -> str:
    call = tensor.call
    return f"{call.layer.name}[{call.layer._calls.index(call)}][{tensor.place}]"


# The table


def _widths(head: Sequence[str], line_length: int | None, positions: Sequence[float] | None) -> list[int]:
    """The columns' widths inside their lines."""
    usual = _WIDTHS[tuple(head[3:])]
    if positions is not None and len(positions) < len(head):
        raise ValueError(
            f"summary: positions has {len(positions)} numbers, expected one for each of {len(head)} columns"
        )
    ends = [sum(usual[: i + 1]) for i in range(len(usual))] if positions is None else positions[: len(head)]
    room = (line_length or sum(usual) + len(usual) + 1) - len(head) - 1
    scaled = [round(room * end / ends[-1]) for end in ends]
    return [max(b - a, 3) for a, b in zip([0, *scaled], scaled, strict=False)]


def _lined(cells: Sequence[str]) -> list[list[str]]:
    return [[each] for each in cells]


def _table(head: Sequence[str], rows: Sequence[list[list[str]]], widths: Sequence[int]) -> list[str]:
    def line(left: str, middle: str, cross: str, right: str) -> str:
        return left + cross.join(middle * width for width in widths) + right

    lines = [line("┏", "━", "┳", "┓"), *_row(head, _lined(head), widths, "┃"), line("┡", "━", "╇", "┩")]
    for i, row in enumerate(rows):
        lines += [*_row(head, row, widths, "│"), line(*"├─┼┤") if i < len(rows) - 1 else line(*"└─┴┘")]
    return lines


def _row(head: Sequence[str], cells: Sequence[Sequence[str]], widths: Sequence[int], bar: str) -> list[str]:
    """The lines of a row, as many as its longest cell has."""
    made = []
    for k in range(max(map(len, cells))):
        texts = [
            _ALIGNED.get(name, str.ljust)(_cut(cell[k] if k < len(cell) else "", width - 2), width - 2)
            for name, cell, width in zip(head, cells, widths, strict=True)
        ]
        made.append(bar + bar.join(f" {text} " for text in texts) + bar)
    return made


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"


# The sums


def _totals(model: Any) -> list[str]:
    weights = model.weights
    held = model.optimizer.variables if model.optimizer is not None and model.optimizer.built else []
    lines = [
        f" Total params: {_told([*weights, *held])}", f" Trainable params: {_told(model.trainable_weights)}",
        f" Non-trainable params: {_told(model.non_trainable_weights)}",
    ]  # fmt: skip
    return [*lines, f" Optimizer params: {_told(held)}"] if held else lines


def _told(weights: Sequence[Any]) -> str:
    size = sum(v.size * v.dtype.itemsize for v in weights)
    unit = next((name for name, limit in (("B", 2**10), ("KB", 2**20), ("MB", 2**30)) if size < limit), "GB")
    scaled = size / {"B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30}[unit]
    return f"{sum(v.size for v in weights):,} ({scaled:.2f} {unit})"
