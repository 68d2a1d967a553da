"""What the page tells about a box: pairs of a label and lines of text."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..drawing import numbers
from ..drawing.building import Builder
from ..drawing.diagram import Box
from ..node import Node
from ..notation import number

MOST = 100  # numbers of an array that are listed


def described(builder: Builder, box: Box) -> dict[str, Any]:
    """A box as the page needs it."""
    return {
        "kind": box.kind,
        "title": box.title,
        "scope": list(box.scope),
        "details": [[label, lines] for label, lines in _details(builder, box) if lines],
    }


def _details(builder: Builder, box: Box) -> list[tuple[str, list[str]]]:
    if box.kind in ("constant", "folded"):
        return [("", box.lines)]
    (node,) = box.nodes
    gradient = builder.flow.cotangents.get(node) if builder.flow else None
    if box.kind == "backward":
        shape = [numbers.shape_text(node)]
        return [("shape", shape), ("rules", builder.rule_lines(node)), *_numbers("gradient", gradient)]
    return [
        ("operation", [_operation(node)]),
        ("shape", [numbers.shape_text(node)]),
        ("made at", [node.origin or ""] if node.origin else []),
        ("scope", ["/".join(box.scope)] if box.scope else []),
        ("rules", builder.rule_lines(node)),
        *_numbers("values", builder.values.get(node)),
        *_numbers("gradient", gradient),
        ("dead units", _dead(node, builder)),
    ]


def _operation(node: Node) -> str:
    if node.primitive is None:
        return "parameter" if node.differentiable else "input"
    params = [f"{k}={v!r}" for k, v in (node.params or {}).items() if v is not None and v is not False]
    name: str = node.primitive.name
    return f"{name} ({', '.join(params)[:80]})" if params else name


def _dead(node: Node, builder: Builder) -> list[str]:
    dead = builder.dead(node)
    return [f"{dead} of {node.shape[-1]} let no gradient through"] if dead else []


def _numbers(label: str, array: Any) -> list[tuple[str, list[str]]]:
    """The numbers of a small array, and the statistics of a larger one."""
    if array is None:
        return []
    array = np.asarray(array)
    listed = numbers.rows(array) if array.size <= MOST and array.ndim <= 2 else []
    return [(label, listed), (f"{label}: statistics", _statistics(array) if array.size > 1 else [])]


def _statistics(array: Any) -> list[str]:
    finite = array[np.isfinite(array)].astype(float)
    if not finite.size:
        return [f"no finite number among {array.size}"]
    pairs = {"min": finite.min(), "mean": finite.mean(), "max": finite.max(), "std": finite.std()}
    lines = ["  ".join(f"{name}\N{NO-BREAK SPACE}{number(value).text}" for name, value in pairs.items())]
    lines += [numbers.histogram(finite, 24)] if finite.size > numbers.FEW else []
    zeros, flaws = int(np.sum(finite == 0)), array.size - finite.size
    counts = [f"{count:,} {what}" for count, what in ((zeros, "zeros"), (flaws, "NaN or inf")) if count]
    return lines + ([f"{', '.join(counts)} of {array.size:,}"] if counts else [])
