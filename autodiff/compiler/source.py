"""The text of a program: imports, copied functions, kernels, memory, and one function of straight-line NumPy."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from ..node import Node
from .blocks import Block, blocked, rows_of
from .fixed import Fixed
from .helpers import Helpers
from .kernels import Definitions, Kernel, fused
from .kernels.definitions import RESERVED
from .literals import literal
from .memory import Layout, Planner
from .names import Names
from .program import Program
from .spelling import assigned, into, is_copied, with_operators
from .statements import Grouping, Launch, Statement, is_view, is_written_out
from .tiles import Step, Tile, tiled

_COMMENT_COLUMN = 72


class Source(NamedTuple):
    """A program as text, with what it needs besides NumPy: functions that could not be copied, by name."""

    text: str
    function: str
    foreign: dict[str, Any]
    layout: Layout
    statements: list[Step]
    kernels: dict[str, str]

    def parameters(self) -> list[str]:
        """The names of the function's parameters, in order."""
        made = next(each for each in ast.parse(self.text).body if getattr(each, "name", None) == self.function)
        assert isinstance(made, ast.FunctionDef)
        return [each.arg for each in made.args.args]


class Marks:
    """What stands for nodes' names until all names are known."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self._marks: dict[Node, str] = {}

    def __call__(self, node: Node) -> str:
        mark = self._marks.setdefault(node, f"__{len(self._marks)}__")
        self.nodes[mark] = node
        return mark


class Writer:
    """Writes one program."""

    def __init__(self, program: Program, units: Sequence[Node | Kernel], function: str) -> None:
        self._program = program
        self._helpers = Helpers(each.primitive.run for each in units if isinstance(each, Node) and is_copied(each))
        taken = {*self._helpers.names(), *RESERVED, function}
        self._function = function
        self._marks = Marks()
        self._names = Names(taken)
        for leaf in program.inputs:
            self._names(leaf)
        grouping = Grouping(program, units, self._marks)
        self._grouping = grouping
        self._steps = tiled(blocked(grouping.statements, program), program)
        self._layout = Planner(program, self._steps).layout()
        self._titles = self._chain_titles()
        for node in [*(each.nodes[0] for each in self._steps[:1]), *self._marks.nodes.values()]:
            self._name(node)  # in the order in which they are met
        self._kernels = Definitions(self._names)
        self._fixed = Fixed(self._names)

    def _chain_titles(self) -> dict[Node, str]:
        """Results that follow each other in one place have one name, the last that the user gave."""
        titles: dict[Node, str] = {}
        for buffer in self._layout.buffers:
            for chain in buffer.nodes:
                named = [node for node in chain if node.name] or chain
                titles.update(dict.fromkeys(chain, self._names(named[-1])))
        return titles

    def _name(self, node: Node) -> str:
        head = self._layout.chain_of(node)
        if head in self._program.inputs:
            return self._names(head)
        return self._titles.get(node) or self._names(node)

    def _renamed(self, expression: ast.expr, name_of: Callable[[Node], str] | None = None) -> ast.expr:
        name_of = name_of or self._name
        nodes = self._marks.nodes
        renaming = _Renaming(lambda mark: name_of(nodes[mark]) if mark in nodes else mark)
        renamed: ast.expr = self._fixed.visit(renaming.of(expression))
        return renamed

    # The parts of the text

    def source(self) -> Source:
        body = list(self._body())
        imports = "import numba\nimport numpy as np\n" if self._kernels.texts else "import numpy as np\n"
        parts = [imports, *self._kernels.parts(), *self._helpers.texts()]
        memory = list(self._memory())
        if memory:
            parts.append("\n".join(memory) + "\n")
        head = f"def {self._function}({', '.join(self._names(leaf) for leaf in self._program.inputs)}):"
        parts.append("\n".join([head, *(f"    {line}" for line in body)]) + "\n")
        text = "\n".join(parts[:1]) + "\n" + "\n\n".join(parts[1:])
        return Source(text, self._function, self._helpers.foreign, self._layout, self._steps, self._kernels.modules)

    def _memory(self) -> Iterator[str]:
        """The buffers, each with the names of all results that it holds in turn; large constants."""
        for buffer in self._layout.buffers:
            first, *others = (chain[0] for chain in buffer.nodes)
            name = self._titles[first]
            yield f"{name} = np.empty({first.shape}, {ast.unparse(literal(first.dtype))})"
            for node in others:
                shape = f".reshape({node.shape})" if node.shape != first.shape else ""
                yield f"{self._titles[node]} = {name}{shape}  # the same memory, later"
        for node in self._constants():
            yield f"{self._names(node)} = {ast.unparse(literal(node.value))}"
        for name, text in self._fixed.texts.items():
            yield f"{name} = {text}"

    def _constants(self) -> list[Node]:
        known = self._program.inputs
        return [
            node
            for node in self._program.nodes()
            if node.primitive is None and node not in known and not is_written_out(node)
        ]

    def _body(self) -> Iterator[str]:
        silent = False
        for step in self._steps:
            if step.silent and not silent:
                yield 'with np.errstate(all="ignore"):'
            silent = step.silent
            yield from ("    " * silent + line for line in self._lines(step))
        yield from self._leave()

    def _lines(self, step: Step) -> Iterator[str]:
        if isinstance(step, Statement):
            yield self._line(step)
            return
        for node in step.nodes:
            if node not in self._layout.places and node not in self._titles:  # the caller gets it
                yield f"{self._name(node)} = np.empty({node.shape}, {ast.unparse(literal(node.dtype))})"
        if isinstance(step, Tile):
            yield from self._tile(step)
        elif isinstance(step, Block):
            yield from self._block(step)
        else:
            yield _commented(self._launch(step, {}), step)

    def _line(self, statement: Statement) -> str:
        node, name = statement.node, self._name(statement.node)
        expression = self._renamed(statement.expression)
        if node in self._layout.places or node in self._titles:
            is_local = self._layout.chain_of(node) in self._program.inputs
            made: ast.stmt = into(expression, name, is_local)
        else:
            made = assigned(name, expression)
        return _commented(ast.unparse(made), statement)

    def _launch(self, launch: Launch, pieces: dict[Node, Node], rows: str = "") -> str:
        """The call of a kernel; numbers come without their arrays, or of all arrays some rows."""

        def name_of(node: Node) -> str:
            return self._name(pieces.get(node, node))

        kernel, parameters = self._kernels.add(launch.kernel, name_of)
        arguments = []
        for node in parameters.values():
            text = name_of(node)
            if node in launch.operands and node not in pieces:
                text = self._expression(launch.operands[node]) + ("" if node.shape else "[()]")
            is_cut = rows and node.shape == launch.kernel.shape and node not in pieces
            arguments.append(f"{text}[{rows}]" if is_cut else text)
        return f"{kernel}({', '.join(arguments)})"

    def _tile(self, tile: Tile) -> Iterator[str]:
        """A product and the kernel that uses it, for some rows at a time."""
        rows, count = self._names.new("rows"), tile.piece.shape[0]
        product = self._renamed(tile.product.expression)
        assert isinstance(product, ast.Call) and isinstance(product.func, ast.Attribute)
        product.func.value = ast.Subscript(product.func.value, ast.Name(rows))
        every = f"for {rows} in (slice(i, i + {count}) for i in range(0, {tile.product.node.shape[0]}, {count})):"
        yield _commented(every, tile)
        yield f"    {ast.unparse(into(product, self._name(tile.piece), False))}"
        yield f"    {self._launch(tile.launch, {tile.product.node: tile.piece}, rows)}"

    def _block(self, block: Block) -> Iterator[str]:
        """Statements for some rows at a time, of arrays that have a name for these rows."""
        whole = dict.fromkeys(self._name(each) for each in (*block.reads, *block.outer) if each.shape == block.shape)
        parts = {name: self._names.new(f"{name}_rows") for name in whole}

        def name_of(node: Node) -> str:
            held = block.pieces.get(node, node)
            return parts[self._name(held)] if held.shape == block.shape else self._name(held)

        rows, count = self._names.new("rows"), rows_of(block.shape)
        every = f"for {rows} in (slice(i, i + {count}) for i in range(0, {block.shape[0]}, {count})):"
        yield _commented(every, block)
        yield f"    {', '.join(parts.values())} = {', '.join(f'{name}[{rows}]' for name in parts)}"
        for each in block.statements:
            name = name_of(each.node)
            made = into(self._renamed(each.expression, name_of), name, name in parts.values())
            yield f"    {ast.unparse(made)}"

    def _leave(self) -> Iterator[str]:
        """Results, and then what is assigned to variables and could not be computed in their place."""
        nodes = self._program.results
        results = [self._result(node, node in nodes[:i]) for i, node in enumerate(nodes)]
        if self._layout.leftover:
            for i, text in enumerate(results):
                if not text.isidentifier():
                    results[i] = self._names.new("result")
                    yield f"{results[i]} = {text}"
            yield from self._leftovers()
        yield f"return {', '.join(results)}" if results else "return ()"

    def _result(self, node: Node, is_repeated: bool) -> str:
        """A result that shares its memory with nothing."""
        text = self._text(node)
        is_own = node.primitive is not None and not is_view(node) and not is_repeated
        return text if is_own else f"np.array({text})"

    def _text(self, node: Node) -> str:
        return self._expression(self._grouping.operand(node)[0])

    def _expression(self, expression: ast.expr) -> str:
        return ast.unparse(with_operators(self._renamed(expression)))

    def _leftovers(self) -> Iterator[str]:
        written = {leaf for leaf, _ in self._layout.leftover}
        values = []
        for leaf, value in self._layout.leftover:
            text = self._text(value)
            if len(written) > 1 and (value.primitive is None or is_view(value)):  # before it is written over itself
                kept = self._names.new(f"new_{self._names(leaf)}")
                yield f"{kept} = np.array({text})"
                text = kept
            values.append((leaf, text))
        for leaf, text in values:
            yield f"{self._names(leaf)}[...] = {text}"


def _commented(text: str, statement: Step) -> str:
    """A line with what it computes."""
    made = dict.fromkeys(f"{node.dtype} {node.shape}{f'  {node.scope}' * bool(node.scope)}" for node in statement.nodes)
    return f"{text:<{_COMMENT_COLUMN}}  # {', '.join(made)}"


class _Renaming(ast.NodeTransformer):
    def __init__(self, name_of: Callable[[str], str]) -> None:
        self._name_of = name_of

    def of(self, expression: ast.expr) -> ast.expr:
        """A copy of an expression with other names."""
        renamed: ast.expr = self.visit(ast.parse(ast.unparse(expression), mode="eval").body)
        return renamed

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Name(self._name_of(node.id))


def write(program: Program, function: str, backend: str = "numpy") -> Source:
    """The text of a program, as a function of its inputs in their order."""
    units = fused(program) if backend == "numba" else program.equations()
    return Writer(program, units, function).source()
