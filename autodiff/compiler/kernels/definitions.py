"""The kernels of a program, each written once for all that differ in names only."""

from __future__ import annotations

from collections.abc import Callable

from ...node import Node
from ..names import Names
from .kernel import Kernel
from .loops import PLUS, Loops

RESERVED = ("numba", "_plus")


class Definitions:
    """Kernels by name: their texts for the program, and as modules of their own."""

    def __init__(self, names: Names) -> None:
        self.texts: dict[str, str] = {}
        self.modules: dict[str, str] = {}
        self._names = names
        self._known: dict[str, str] = {}

    def add(self, kernel: Kernel, array_name: Callable[[Node], str]) -> tuple[str, dict[str, Node]]:
        """The name of the function for a kernel, and the arguments to call it with."""
        loops = Loops(kernel, array_name, lambda node: node.name or node.primitive.name)
        plain = _plain(kernel, array_name)
        if plain not in self._known:
            self._known[plain] = name = self._names.new("kernel")
            self.texts[name] = loops.text(name)
            self.modules[name] = "\n\n".join(["import numba\nimport numpy as np\n", *_shared(plain), plain])
        return self._known[plain], loops.parameters

    def parts(self) -> list[str]:
        """The text of all, with the function that they share."""
        return [*_shared("".join(self.texts.values())), *self.texts.values()]


def _shared(text: str) -> list[str]:
    return [PLUS] if "_plus" in text else []


def _plain(kernel: Kernel, array_name: Callable[[Node], str]) -> str:
    """The text of a kernel, the same for all that differ in names only."""
    names: dict[str, str] = {}
    return Loops(
        kernel, lambda node: names.setdefault(array_name(node), f"array_{len(names)}"), lambda node: "value"
    ).text("kernel")
