"""Variables that a program assigns to, and what may be computed in their place before their new value."""

from __future__ import annotations

from ..node import Node
from .program import Program


class Variables:
    """The variables of one program."""

    def __init__(self, program: Program) -> None:
        self._uses = program.uses()
        self._ends = {*program.ends()}
        self._of = {value: leaf for leaf, value in program.writes}

    def after(self, node: Node) -> tuple[Node, Node] | None:
        """A new value that is made of this result, and its variable, if that is needed for this result only."""
        users = self._uses.get(node, [])
        variable = self._of.get(users[0]) if len(users) == 1 else None
        if variable is None or {node, variable} & self._ends or self._uses.get(variable) != [node]:
            return None
        is_alike = (variable.shape, variable.dtype) == (node.shape, node.dtype)
        return (users[0], variable) if is_alike else None
