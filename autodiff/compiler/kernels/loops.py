"""The text of a kernel: a Python function of loops, for Numba to compile."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ...node import Node
from ...primitive import REGISTRY
from .access import Access
from .formulas import formula, named, number, operand_dtype
from .kernel import Kernel, Level, is_extreme, is_number, is_pick, is_reduction, size

DECORATOR = '@numba.njit(error_model="numpy", cache=True)'
PLUS = '''@numba.njit(fastmath={"reassoc"}, error_model="numpy", cache=True)
def _plus(total, term):
    """A sum whose terms may be taken in any order, so that several are added at once."""
    return total + term
'''

Called = Callable[[Node], str]


class Loops:
    """Writes one kernel, whose arrays are called `array_name`; a value of `x` is called `x_ij` inside."""

    def __init__(self, kernel: Kernel, array_name: Called, value_name: Called) -> None:
        self._kernel = kernel
        self._value_name = value_name
        self._access = Access(kernel, array_name)
        self._values: dict[Node, str] = {}  # what the loops that are open have computed
        self._totals: dict[Node, str] = {}  # the sums that they collect
        self._row: dict[str, str] = {}  # names of elements that are read once for a row
        self._read: dict[str, None] = {}  # elements that are read in the loop that is open
        self.parameters = self._access.parameters()

    def text(self, name: str) -> str:
        """The kernel as a function."""
        lines = [*self._begin(), *self._nest(), *self._end()]
        return "\n".join([DECORATOR, f"def {name}({', '.join(self.parameters)}):", *_indented(lines)]) + "\n"

    # Around the loops

    def _begin(self) -> Iterator[str]:
        """Sums that are collected all the way."""
        for node in self._sums(Level.END):
            if size(node) == 1:
                yield self._start(node)
            else:
                yield f"{self._access.array(node)}[:] = 0"

    def _nest(self) -> list[str]:
        """The loops inside of each other."""
        if not self._access.counters:
            return list(self._elements(0))
        lines = list(self._rows())
        for axis in reversed(range(len(self._access.counters) - 1)):
            lines = self._loop(axis, lines)
        return lines

    def _loop(self, axis: int, lines: Iterable[str]) -> list[str]:
        head = f"for {self._access.counters[axis]} in range({self._access.extent(axis)}):"
        return [head, *_indented(lines)]

    def _end(self) -> Iterator[str]:
        """What follows from sums of everything."""
        nodes = [node for node in self._at(Level.END) if size(node) == 1]
        for node in nodes:
            yield from self._finish(node) if is_reduction(node) else [self._let(node)]
        yield from self._stores(nodes)

    # A row, stage by stage

    def _rows(self) -> list[str]:
        elements = [*self._at(Level.ELEMENT), *self._sums(Level.ROW), *self._sums(Level.END)]
        stages = 1 + max(self._kernel.stage_of_use(node) for node in elements)
        lines: list[str] = []
        for stage in range(stages):
            lines += self._row_values(stage)
            lines += [self._start(node) for node in self._sums(Level.ROW) if self._is_collected(node, stage)]
            lines += self._loop(len(self._access.counters) - 1, list(self._elements(stage)))
        lines += self._row_values(stages)
        lines += self._stores(self._at(Level.ROW))
        return [*(f"{name} = {element}" for element, name in self._row.items()), *lines]

    def _row_values(self, stage: int) -> Iterator[str]:
        for node in self._at(Level.ROW):
            if self._kernel.stages[node] == stage:
                yield from self._finish(node) if is_reduction(node) else [self._let(node)]

    # An element

    def _elements(self, stage: int) -> list[str]:
        """What is done for each element; all is read before anything is written."""
        done: list[Node] = []
        lines: list[str] = []
        for node in self._kernel.nodes:
            if is_reduction(node):
                if self._is_collected(node, stage):
                    lines += [*self._again(node.inputs), self._collect(node)]
            elif self._is_element(node) and self._kernel.stages[node] == stage:
                lines += self._again(node.inputs)
                lines.append(self._let(node))
                done.append(node)
        stores = list(self._stores(done))
        self._values = {node: name for node, name in self._values.items() if not self._is_element(node)}
        return [*self._read_once(lines), *stores]

    def _again(self, values: Iterable[Any]) -> Iterator[str]:
        """What an earlier stage has computed, and nothing keeps, is computed again."""
        for each in values:
            is_gone = each in self._kernel and self._is_element(each) and each not in self._values
            if is_gone and not self._kernel.is_kept(each):
                yield from self._again(each.inputs)
                yield self._let(each)

    def _is_element(self, node: Node) -> bool:
        return self._kernel.level(node) is Level.ELEMENT

    def _read_once(self, lines: list[str]) -> list[str]:
        """The lines with each element that is needed more than once read into a variable."""
        text = "\n".join(lines)
        reads = []
        for element in self._read:
            pattern = rf"(?<!\w){re.escape(element)}"
            if len(re.findall(pattern, text)) > 1:
                local = self._access.local(element)
                text = re.sub(pattern, local, text)
                reads.append(f"{local} = {element}")
        self._read.clear()
        return [*reads, *text.splitlines()]

    # Sums

    def _is_collected(self, node: Node, stage: int) -> bool:
        return self._kernel.stage_of_use(node) == stage

    def _start(self, node: Node) -> str:
        """Sums of float32 are collected in float64."""
        name = {"max": "greatest", "min": "least"}.get(node.primitive.name, "total")
        first = {"max": f"{named(node.dtype)}(-np.inf)", "min": f"{named(node.dtype)}(np.inf)"}
        self._totals[node] = self._access.names.new(name)
        return f"{self._totals[node]} = {first.get(node.primitive.name, '0.0')}"

    def _collect(self, node: Node) -> str:
        term, total = self._operand(node, 0), self._totals.get(node)
        if total is None:
            column = self._access.target(node)
            return f"{column} = {column} + {term}"
        if is_extreme(node):
            sign = ">" if node.primitive is REGISTRY["max"] else "<"
            return f"{total} = {term} if {term} {sign} {total} or {term} != {term} else {total}"
        if is_pick(node):
            label, last = self._operand(node, 1), self._access.counters[-1]
            term = f"{term} if {label} == {last} else {number(0, node.dtype)}"
        return f"{total} = _plus({total}, {_plain(term)})"

    def _finish(self, node: Node) -> Iterator[str]:
        total = self._totals[node]
        if is_extreme(node) or node.dtype == np.float64:
            self._values[node] = total
        else:
            yield self._let(node, f"{named(node.dtype)}({total})")

    # Values

    def _at(self, level: Level) -> list[Node]:
        return [node for node in self._kernel.nodes if self._kernel.level(node) is level]

    def _sums(self, level: Level) -> list[Node]:
        return [node for node in self._at(level) if is_reduction(node)]

    def _let(self, node: Node, text: str | None = None) -> str:
        """A line that computes a value; from then on it has a name."""
        text = text or self._formula(node)
        depth = {Level.ELEMENT: None, Level.ROW: -1, Level.END: 0}[self._kernel.level(node)]
        letters = "".join(self._access.counters[:depth])
        self._values[node] = self._access.names.new(f"{self._value_name(node)}_{letters}")
        return f"{self._values[node]} = {text}"

    def _formula(self, node: Node) -> str:
        operands = [self._operand(node, i) for i in range(len(node.inputs))]
        return _plain(formula(node, operands, self._access.counters[-1] if self._access.counters else ""))

    def _operand(self, node: Node, place: int) -> str:
        """What an equation reads, in the dtype that it computes in."""
        value: Any = node.inputs[place]
        dtype = value.dtype if is_reduction(node) else operand_dtype(node, place)
        if is_number(value):
            return number(value.value if isinstance(value, Node) else value, dtype)
        text = self._value(value, node)
        return text if value.dtype == dtype else f"{named(dtype)}({text})"

    def _value(self, value: Node, user: Node) -> str:
        known = self._values.get(value) or self._access.number(value)
        if known:
            return known
        element = self._access.element(value, user)
        if self._kernel.level(user) is Level.END and not is_reduction(user):
            return element
        if not self._access.is_of_row(element):
            self._read.setdefault(element)
            return element
        if element not in self._row:
            self._row[element] = self._access.local(element)
        return self._row[element]

    def _stores(self, nodes: Iterable[Node]) -> Iterator[str]:
        for node in nodes:
            if self._kernel.is_kept(node) and not (is_reduction(node) and node not in self._values):
                yield f"{self._access.target(node)} = {self._values[node]}"


def _plain(text: str) -> str:
    """An expression without parentheses that say nothing."""
    return ast.unparse(ast.parse(text, mode="eval"))


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]
