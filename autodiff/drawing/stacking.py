"""Scopes one below the other: what starts a scope is kept below what the scope takes in."""

from __future__ import annotations

from collections.abc import Iterator

from .diagram import Diagram, Scope

LEAVES = ("parameter", "input", "constant")


def stacked(diagram: Diagram) -> Iterator[tuple[str, str]]:
    """Pairs of boxes of which the first is to stand above the second.

    Without them a layer's parameters stand beside the layer before it, and deep networks become staircases.
    """
    boxes = diagram.boxes
    order = {key: place for place, key in enumerate(boxes)}
    for scope in _scopes(diagram):
        inner = {key for key, box in boxes.items() if box.scope[: len(scope)] == scope and box.nodes}
        arrows = [arrow for arrow in diagram.arrows if arrow.kind == "forward" and arrow.target in inner]
        taken = {arrow.source for arrow in arrows if boxes[arrow.source].kind not in LEAVES} - inner
        above = max(taken, key=order.__getitem__, default=None)
        if above is None or any(order[key] < order[above] for key in inner if boxes[key].kind not in LEAVES):
            continue  # nothing comes in, or the scope is entered a second time
        fed = {arrow.target for arrow in arrows if arrow.source in inner or arrow.source == above}
        yield from ((above, key) for key in boxes if key in inner - fed and boxes[key].kind != "backward")


def _scopes(diagram: Diagram) -> dict[Scope, None]:
    """All scopes, the outer ones first."""
    paths = [box.scope for box in diagram.boxes.values()]
    return dict.fromkeys(path[: depth + 1] for path in paths for depth in range(len(path)))
