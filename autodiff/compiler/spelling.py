"""How a call is written in NumPy, as a piece of Python's syntax tree.

What a primitive is written like follows from the function that runs it: NumPy's own by its name, one that
is a single expression by that expression with the arguments put in, any other as a call of a copy of it.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import textwrap
import weakref
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from ..node import Node
from ..notation import is_call
from ..ops.indices import MARK
from .draws import draw
from .literals import literal

_OPERATORS: dict[np.ufunc, type[ast.operator] | type[ast.unaryop] | type[ast.cmpop]] = {
    np.add: ast.Add, np.subtract: ast.Sub, np.multiply: ast.Mult, np.divide: ast.Div, np.floor_divide: ast.FloorDiv,
    np.remainder: ast.Mod, np.power: ast.Pow, np.negative: ast.USub, np.positive: ast.UAdd, np.invert: ast.Invert,
    np.bitwise_and: ast.BitAnd, np.bitwise_or: ast.BitOr, np.bitwise_xor: ast.BitXor, np.less: ast.Lt,
    np.less_equal: ast.LtE, np.greater: ast.Gt, np.greater_equal: ast.GtE, np.equal: ast.Eq, np.not_equal: ast.NotEq,
}  # fmt: skip
_LARGE = 2**16  # bytes; into larger results np.matmul is faster, because dot clears them first
_WRITES_OUT = (np.concatenate, np.clip, np.take)


_HELPERS: weakref.WeakKeyDictionary[Callable[..., Any], str] = weakref.WeakKeyDictionary()


def spelled(node: Node, operands: Sequence[ast.expr]) -> ast.expr:
    """The call that computes a node from its operands."""
    run, params = node.primitive.run, node.params or {}
    if run is np.square and not node.shape and isinstance(operands[0], ast.Name):
        return ast.Call(_name("np.multiply"), [operands[0], operands[0]], [])  # a NumPy number ** 2 rounds otherwise
    if not node.shape and node.dtype.kind == "f" and is_call(node, "power"):
        # `**` of NumPy's numbers rounds otherwise than that of arrays
        return ast.Call(_name("np.power"), list(operands), [_keyword("dtype", node.dtype)])
    if is_call(node, "matmul") and np.prod(node.shape, dtype=int) * node.dtype.itemsize > _LARGE:
        return ast.Call(_name("np.matmul"), list(operands), [])
    if is_call(node, "take_at"):
        return ast.Subscript(operands[0], _index(params["index"], operands[1]))
    if node.primitive is draw:
        return _drawn(operands[0], **params)
    if _path_of(run):
        return ast.Call(_name(_path_of(run)), list(operands), [_keyword(k, v) for k, v in params.items()])
    if is_copied(node):
        keywords = [_keyword(k, v) for k, v in params.items()]
        return ast.Call(ast.Name(helper_name(run)), list(operands), keywords)
    body = single_expression(run)
    assert body is not None
    return _filled(body, node, operands)


def is_copied(node: Node) -> bool:
    """Whether a call is written as one of a function whose text, or which itself, the program needs beside it."""
    run = node.primitive.run
    is_special = is_call(node, "take_at") or node.primitive is draw
    return not (is_special or is_numpy(run)) and single_expression(run) is None


def _index(index: tuple[Any, ...], places: ast.expr) -> ast.expr:
    """An index with an array in the place of the mark, or with an array's rows in the places of several."""
    marks = [i for i, each in enumerate(index) if isinstance(each, str) and each == MARK]
    parts = [literal(each) for each in index]
    for row, i in enumerate(marks):
        parts[i] = ast.Subscript(places, ast.Constant(row)) if len(marks) > 1 else places
    written: ast.expr = _Slices().visit(ast.Tuple(parts) if len(parts) > 1 else parts[0])
    return written


def _drawn(generator: ast.expr, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> ast.expr:
    keywords = [_keyword(k, v) for k, v in kwargs.items()]
    return ast.Call(ast.Attribute(generator, method), [literal(each) for each in args], keywords)


def helper_name(run: Callable[..., Any]) -> str:
    """What a copied function is called in programs; no two functions have one name."""
    if run not in _HELPERS:
        base = re.sub(r"\W+", "", run.__name__.removeprefix("_run").strip("_<>")) or "function"
        taken = set(_HELPERS.values())
        names = itertools.chain([base], (f"{base}_{i}" for i in itertools.count(2)))
        _HELPERS[run] = next(name for name in names if name not in taken)
    return _HELPERS[run]


def is_numpy(run: Any) -> bool:
    """Whether a function is NumPy's own, and has a name there."""
    return bool(_path_of(run))


@cache
def _path_of(run: Any) -> str:
    """`np.exp` for NumPy's own functions, nothing for others."""
    name = getattr(run, "__name__", "")
    for module, path in ((np, "np"), (np.linalg, "np.linalg"), (np.fft, "np.fft")):
        if getattr(module, name, None) is run:
            return f"{path}.{name}"
    return ""


@cache
def single_expression(run: Any) -> ast.expr | None:
    """The expression that a function of one line returns, None for longer ones."""
    definition = definition_of(run)
    if definition is None or (definition.args.kwonlyargs and definition.args.vararg is None):
        return None
    body = [each for each in definition.body if not _is_docstring(each)]
    returned = body[0] if len(body) == 1 else None
    if not isinstance(returned, ast.Return) or returned.value is None:
        return None
    known = {"np", *_parameters(run)}
    named = {each.id for each in ast.walk(returned.value) if isinstance(each, ast.Name)}
    return returned.value if named <= known else None


@cache
def definition_of(run: Any) -> ast.FunctionDef | None:
    """The syntax of a function that was written with `def`."""
    try:
        parsed = ast.parse(textwrap.dedent(inspect.getsource(run))).body[0]
    except (OSError, TypeError, SyntaxError):
        return None
    return parsed if isinstance(parsed, ast.FunctionDef) else None


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _parameters(run: Any) -> tuple[str, ...]:
    return tuple(inspect.signature(run).parameters)


def _filled(body: ast.expr, node: Node, operands: Sequence[ast.expr]) -> ast.expr:
    """An expression with operands and parameters in the places of the names."""
    signature = inspect.signature(node.primitive.run)
    bound = signature.bind(*range(len(operands)), **(node.params or {}))
    bound.apply_defaults()
    names: dict[str, ast.expr] = {}
    values: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        kind = signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            names[name] = ast.Tuple([operands[i] for i in value])
        elif name in (node.params or {}) or (isinstance(value, int) and value >= len(operands)):
            names[name], values[name] = literal(value), value
        else:
            is_operand = list(bound.arguments).index(name) < len(operands)
            names[name] = operands[value] if is_operand else literal(value)
            values[name] = _stand_in(node.inputs[value]) if is_operand else value
    filled: ast.expr = _Filling(names, values).visit(_copy(body))
    return filled


def _copy(tree: ast.expr) -> Any:
    return ast.parse(ast.unparse(tree), mode="eval").body


def _stand_in(value: Any) -> Any:
    """An array of the right shape and dtype that takes no memory."""
    return np.broadcast_to(np.zeros((), value.dtype), value.shape) if isinstance(value, Node) else value


class _Filling(ast.NodeTransformer):
    """Puts expressions in the place of names, and decides what shapes decide."""

    def __init__(self, names: dict[str, ast.expr], values: dict[str, Any]) -> None:
        self.names = names
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.names.get(node.id, node)

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        taken = node.body if eval(ast.unparse(node.test), {"np": np, **self.values}) else node.orelse
        return self.visit(taken)

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        self.generic_visit(node)
        node.slice = _Slices().visit(node.slice)
        return node

    def visit_keyword(self, node: ast.keyword) -> Any:
        """`keepdims=False` goes without saying."""
        self.generic_visit(node)
        is_default = node.arg == "keepdims" and isinstance(node.value, ast.Constant) and node.value.value is False
        return None if is_default else node

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        """Dtypes and shapes of operands are known."""
        known = self.values.get(node.value.id) if isinstance(node.value, ast.Name) else None
        if known is None or node.attr not in ("dtype", "shape", "ndim", "size"):
            return self.generic_visit(node)
        return literal(getattr(np.asarray(known), node.attr))


class _Slices(ast.NodeTransformer):
    """`slice(1, None, None)` as `1:`, where it stands in brackets."""

    def visit_Call(self, node: ast.Call) -> Any:
        if not isinstance(node.func, ast.Name) or node.func.id != "slice":
            return node
        parts = [None if isinstance(each, ast.Constant) and each.value is None else each for each in node.args]
        return ast.Slice(*parts)


def _name(path: str) -> ast.expr:
    return ast.parse(path, mode="eval").body


def _keyword(name: str, value: Any) -> ast.keyword:
    return ast.keyword(name, literal(value))


# Where the result goes


def writes_out(expression: ast.expr) -> bool:
    """Whether a call can put its result into memory that is there."""
    if not isinstance(expression, ast.Call):
        return False
    path = ast.unparse(expression.func)
    if isinstance(expression.func, ast.Attribute) and expression.func.attr == "dot":
        return True
    function = _resolved(path)
    if isinstance(function, np.ufunc):
        return function.nout == 1
    return function in _WRITES_OUT or (path.endswith((".reduce", ".accumulate")) and function is not None)


def ufunc_of(expression: ast.expr) -> np.ufunc | None:
    """The ufunc that an expression calls, if it works element by element; `np.matmul` is one that does not."""
    function = _resolved(ast.unparse(expression.func)) if isinstance(expression, ast.Call) else None
    return function if isinstance(function, np.ufunc) and function.signature is None else None


@cache
def _resolved(path: str) -> Any:
    if not path.startswith("np."):
        return None
    found: Any = np
    for part in path.split(".")[1:]:
        found = getattr(found, part, None)
    return found


def into(expression: ast.expr, target: str, is_local: bool) -> ast.stmt:
    """The statement that computes an expression into an array; only a local one can stand left of +=."""
    assert isinstance(expression, ast.Call)
    ufunc, args = ufunc_of(expression), expression.args
    if ufunc in (np.add, np.multiply) and _is_named(args[1], target):
        args = args[::-1]
    operator = _OPERATORS.get(ufunc) if ufunc else None
    is_first = bool(args) and _is_named(args[0], target)
    if operator is not None and issubclass(operator, ast.operator) and is_first and is_local and len(args) == 2:
        return ast.AugAssign(ast.Name(target), operator(), with_operators(args[1]))
    keywords = [*expression.keywords, ast.keyword("out", ast.Name(target))]
    return ast.Expr(ast.Call(with_operators(expression.func), [with_operators(each) for each in args], keywords))


def _is_named(expression: ast.expr, name: str) -> bool:
    return isinstance(expression, ast.Name) and expression.id == name


def assigned(target: str, expression: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(target)], with_operators(expression), lineno=0)


class _Operators(ast.NodeTransformer):
    """`np.add(a, b)` as `a + b`, `np.square(a)` as `a ** 2`, `a.transpose(None)` as `a.T`."""

    def visit_Call(self, node: ast.Call) -> Any:
        self.generic_visit(node)
        ufunc = ufunc_of(node)
        operator = _OPERATORS.get(ufunc) if ufunc else None
        if ufunc is np.square and not node.keywords:
            return ast.BinOp(node.args[0], ast.Pow(), ast.Constant(2))
        if isinstance(node.func, ast.Attribute) and node.func.attr == "transpose" and _is_none(node.args):
            return ast.Attribute(node.func.value, "T")
        if operator is None or node.keywords:
            return node
        if issubclass(operator, ast.unaryop):
            return ast.UnaryOp(operator(), node.args[0])
        if issubclass(operator, ast.cmpop):
            return ast.Compare(node.args[0], [operator()], [node.args[1]])
        return ast.BinOp(node.args[0], operator(), node.args[1])


def _is_none(args: list[ast.expr]) -> bool:
    return len(args) == 1 and isinstance(args[0], ast.Constant) and args[0].value is None


def with_operators(expression: ast.expr) -> Any:
    """An expression with Python's operators instead of the functions of that meaning."""
    return _Operators().visit(expression)
