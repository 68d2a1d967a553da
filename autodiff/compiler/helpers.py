"""Functions that a program calls besides NumPy's: copies of their text, with all that they call."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from .captures import names_in
from .literals import literal
from .spelling import definition_of, helper_name, is_numpy


class Helpers:
    """The functions that some calls need, copied where their text stands by itself, else by reference."""

    def __init__(self, runs: Iterable[Callable[..., Any]]) -> None:
        self.foreign: dict[str, Any] = {}
        self._texts: dict[str, str] = {}
        self._modules: dict[str, str] = {}
        for run in runs:
            self._add(run, helper_name(run))

    def names(self) -> set[str]:
        return {*self._texts, *self.foreign, *self._modules}

    def texts(self) -> list[str]:
        imports = [
            f"import {path} as {name}" if path != name else f"import {name}" for name, path in self._modules.items()
        ]
        return (["\n".join(imports) + "\n"] if imports else []) + list(self._texts.values())

    def _add(self, function: Callable[..., Any], name: str) -> None:
        if name in self._texts or name in self.foreign:
            return
        parts = _Parts(function)
        if not parts.stands_alone:
            self.foreign[name] = function
            return
        self._modules |= parts.modules
        for called, each in parts.functions.items():
            self._add(each, called)
        for constant, value in parts.constants.items():
            self._texts.setdefault(constant, f"{constant} = {ast.unparse(literal(value))}\n")
        self._texts[name] = parts.text(name)


class _Parts:
    """What a function's text refers to; `inside` are the functions that it is looked at for."""

    def __init__(self, function: Any, inside: tuple[Any, ...] = ()) -> None:
        self._inside = (*inside, function)
        self.definition = definition_of(function)
        self.functions: dict[str, Any] = {}
        self.constants: dict[str, Any] = {}
        self.modules: dict[str, str] = {}
        self.stands_alone = self.definition is not None and not getattr(function, "__closure__", None)
        if self.stands_alone:
            for name in sorted(names_in(function.__code__)):
                if name in function.__globals__:
                    self._sort(name, function.__globals__[name])

    def _sort(self, name: str, value: Any) -> None:
        if isinstance(value, ModuleType) and value.__name__ in ("math", "numpy"):
            if value is not np or name != "np":
                self.modules[name] = value.__name__
        elif isinstance(value, FunctionType) and (value in self._inside or _Parts(value, self._inside).stands_alone):
            self.functions[name] = value
        elif isinstance(value, (bool, int, float, str, tuple)):
            self.constants[name] = value
        elif not callable(value) or not is_numpy(value):
            self.stands_alone = False

    def text(self, name: str) -> str:
        """The definition without decorators and types, under another name."""
        assert self.definition is not None
        copy = ast.parse(ast.unparse(self.definition)).body[0]
        assert isinstance(copy, ast.FunctionDef)
        copy.name, copy.decorator_list, copy.returns = name, [], None
        for each in ast.walk(copy):
            if isinstance(each, ast.arg):
                each.annotation = None
        return ast.unparse(_Untyped().visit(copy)) + "\n"


class _Untyped(ast.NodeTransformer):
    """`x: Any = 1` as `x = 1`."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        return ast.copy_location(ast.Assign([node.target], node.value), node) if node.value else None
