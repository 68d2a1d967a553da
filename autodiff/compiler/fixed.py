"""Arrays that expressions make of numbers alone, to index with or to take from: made once, not at each call."""

from __future__ import annotations

import ast
from typing import Any

from .names import Names

_NAMES = {"np.array": "places", "np.arange": "count", "np.eye": "unit_rows"}


class Fixed(ast.NodeTransformer):
    """Puts names in the place of such arrays; `texts` tells what each name stands for."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._known: dict[str, str] = {}

    @property
    def texts(self) -> dict[str, str]:
        return {name: text for text, name in self._known.items()}

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        """An index is only read."""
        node.value = self.visit(node.value)
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        named = [self._named(each) for each in parts]
        node.slice = ast.Tuple(named) if isinstance(node.slice, ast.Tuple) else named[0]
        return node

    def visit_Call(self, node: ast.Call) -> Any:
        """What `take` gives is a copy."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "take":
            node.func.value = self._named(node.func.value)
        return node

    def _named(self, part: ast.expr) -> Any:
        text = ast.unparse(part)
        path = ast.unparse(part.func) if isinstance(part, ast.Call) else ""
        names = {each.id for each in ast.walk(part) if isinstance(each, ast.Name)}
        if path not in _NAMES or names != {"np"}:
            return self.visit(part)
        if text not in self._known:
            self._known[text] = self._names.new(_NAMES[path])
        return ast.Name(self._known[text])
