"""The summary of a model as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..symbolic import shapes_of


def summary_text(model: Any, line_length: int | None = None, expand_nested: bool = False, **_: Any) -> str:
    """A table of the layers with their outputs' shapes and their weights, and the sums below."""
    head, rows = _rows(model, expand_nested)
    table = _table(head, rows, line_length)
    return "\n".join([f'Model: "{model.name}"', table, *_totals(model)])


def _rows(model: Any, expand_nested: bool) -> tuple[list[str], list[list[str]]]:
    is_connected = model._graph is not None and not _is_chain(model)
    head = ["Layer (type)", "Output Shape", "Param #", *(["Connected to"] if is_connected else [])]
    rows = []
    for layer, indent in _listed(model, expand_nested):
        row = [f"{'  ' * indent}{layer.name} ({type(layer).__name__})", _shape(model, layer), _count(layer)]
        rows.append([*row, _sources(model, layer)] if is_connected else row)
    return head, rows


def _listed(model: Any, expand_nested: bool, indent: int = 0) -> list[tuple[Any, int]]:
    found = []
    for layer in model.layers:
        found.append((layer, indent))
        if expand_nested and hasattr(layer, "layers"):
            found += _listed(layer, True, indent + 1)
    return found


def _is_chain(model: Any) -> bool:
    from .sequential import Sequential

    return isinstance(model, Sequential)


def _own_calls(model: Any, layer: Any) -> list[Any]:
    graph = model._graph
    return layer._calls if graph is None else [each for each in graph.calls if each.layer is layer]


def _shape(model: Any, layer: Any) -> str:
    made = _own_calls(model, layer)
    return _text(shapes_of(made[0].outputs)) if made else "?"


def _text(shape: Any) -> str:
    return str(shape)


def _count(layer: Any) -> str:
    return f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"


def _sources(model: Any, layer: Any) -> str:
    names = [each.call.layer.name for call in _own_calls(model, layer) for each in call.inputs() if each.call]
    return ", ".join(names) or "-"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], line_length: int | None) -> str:
    """Columns with lines between, as wide as what stands in them."""
    widths = [max(len(row[i]) for row in [head, *rows]) + 2 for i in range(len(head))]
    missing = (line_length or 0) - sum(widths) - len(widths) - 1
    if missing > 0:
        widths[-1] += missing

    def line(left: str, middle: str, cross: str, right: str) -> str:
        return left + cross.join(middle * width for width in widths) + right

    def cells(row: Sequence[str], bar: str) -> str:
        texts = [
            f" {text:>{w - 1}} "[1:] if i == 2 else f" {text:<{w - 1}}"
            for i, (text, w) in enumerate(zip(row, widths, strict=True))
        ]
        return bar + bar.join(texts) + bar

    lines = [line("┏", "━", "┳", "┓"), cells(head, "┃"), line("┡", "━", "╇", "┩")]
    for i, row in enumerate(rows):
        lines += [cells(row, "│"), line(*"├─┼┤") if i < len(rows) - 1 else line(*"└─┴┘")]
    return "\n".join(lines)


def _totals(model: Any) -> list[str]:
    weights = model.weights
    trained = model.trainable_weights
    frozen = model.non_trainable_weights
    lines = [
        f" Total params: {_told(weights)}", f" Trainable params: {_told(trained)}",
        f" Non-trainable params: {_told(frozen)}",
    ]  # fmt: skip
    if model.optimizer is not None and model.optimizer.variables:
        held = model.optimizer.variables
        lines[0] = f" Total params: {_told([*weights, *held])}"
        lines.append(f" Optimizer params: {_told(held)}")
    return lines


def _told(weights: Sequence[Any]) -> str:
    size = sum(v.size * v.dtype.itemsize for v in weights)
    unit = next((name for name, limit in (("B", 2**10), ("KB", 2**20), ("MB", 2**30)) if size < limit), "GB")
    scaled = size / {"B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30}[unit]
    return f"{sum(v.size for v in weights):,} ({scaled:.2f} {unit})"
