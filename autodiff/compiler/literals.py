"""Values as they are written in a program."""

from __future__ import annotations

import ast
import math
from typing import Any

import numpy as np


def literal(value: Any) -> ast.expr:
    """A value as it is written in a program."""
    if isinstance(value, slice):
        return ast.Call(ast.Name("slice"), [literal(each) for each in (value.start, value.stop, value.step)], [])
    if isinstance(value, tuple):
        return ast.Tuple([literal(each) for each in value])
    if isinstance(value, list):
        return ast.List([literal(each) for each in value])
    if isinstance(value, np.dtype) or (isinstance(value, type) and issubclass(value, np.generic)):
        return _parsed("np.bool_" if np.dtype(value).kind == "b" else f"np.{np.dtype(value).name}")
    if isinstance(value, np.generic):
        return _parsed(f"np.{value.dtype.name}({_number(value.item())})")
    if isinstance(value, np.ndarray):
        return _array(value) if value.ndim else literal(value[()])
    if isinstance(value, float):
        return _parsed(_number(value))
    return ast.Constant(value)


def _array(array: Any) -> ast.expr:
    """A range, an array that is full of one number, or all numbers."""
    dtype = ast.unparse(literal(array.dtype))
    first = array.flat[0].item() if array.size else 0
    if array.ndim == 1 and array.size > 1 and array.dtype.kind == "i" and np.array_equal(array, np.arange(array.size)):
        return _parsed(f"np.arange({array.size}, dtype={dtype})")
    if array.size == 1 or not np.all((array == first) & (np.signbit(array) == np.signbit(first))):
        return _parsed(f"np.array({_listed(array.tolist())}, {dtype})")
    name = "" if np.signbit(first) else {0: "zeros", 1: "ones"}.get(first)
    return _parsed(
        f"np.{name}({array.shape}, {dtype})" if name else f"np.full({array.shape}, {_number(first)}, {dtype})"
    )


def _listed(values: Any) -> str:
    return f"[{', '.join(map(_listed, values))}]" if isinstance(values, list) else _number(values)


def _number(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "np.nan" if math.isnan(value) else "np.inf" if value > 0 else "-np.inf"
    return repr(value)


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body
