"""What a drawing shows, as data: boxes, arrows between them, and the scopes around them."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..node import Node

Scope = tuple[str, ...]


@dataclass
class Box:
    """A node, a constant, the backward side of a node, or many nodes folded into one.

    `kind` is one of parameter, input, constant, operation, output, backward and folded.
    """

    key: str
    kind: str
    title: str
    lines: list[str] = field(default_factory=list)
    scope: Scope = ()
    nodes: list[Node] = field(default_factory=list)
    emphasis: str = ""  # "strong" or "faint", where something is highlighted


@dataclass
class Arrow:
    """One argument's way into an operation, or a cotangent's way back along it; a tie joins both sides of a node."""

    source: str
    target: str
    kind: str = "forward"  # or "backward" or "tie"
    order: int | None = None  # which argument it is, from 1, where that matters
    size: float | None = None  # of the gradient that flows along it
    count: int = 1  # how many arrows it stands for
    emphasis: str = ""


@dataclass
class Diagram:
    """All boxes and arrows in order, and notes to print below them."""

    boxes: dict[str, Box] = field(default_factory=dict)
    arrows: list[Arrow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    clusters: bool = True

    def add(self, box: Box) -> Box:
        self.boxes[box.key] = box
        return box

    def connect(self, arrow: Arrow) -> None:
        self.arrows.append(arrow)
