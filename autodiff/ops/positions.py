"""Positions, counts and truth values: what NumPy tells of values that has no derivative.

Outside of a trace these functions return bare arrays and numbers, as other code expects of an index or a
condition. In a trace each is an operation like any other: its result is a tensor, known anew at each call.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from ..context import state
from ..dispatch import answers_for, concrete, name_of, plain
from ..domains import Sample, Sampler, Sampling
from ..primitive import primitive
from ..tensor import Tensor
from ..tree import map_leaves


def _bare(result: Any) -> Any:
    """A result in a trace, that is no tensor outside of it."""
    if isinstance(result, Tensor):
        state.context.tracer.bare.add(id(result._array))
    return result


def _answered(function: Any, count: int, sample: Sampling) -> None:
    """Answer for a NumPy function whose first `count` arguments are arrays."""
    made = primitive(function.__name__, function, *[None] * count, sample=sample)
    signature = inspect.signature(function)

    def answer(*args: Any, **kwargs: Any) -> Any:
        if state.context.tracer is None:
            return function(*map_leaves(plain, args), **map_leaves(plain, kwargs))
        given = list(signature.bind(*args, **kwargs).arguments.items())
        arrays = [_operand(each) for _, each in given[:count]]
        params = {name: concrete(each, f"np.{name_of(function)}({name}=t)") for name, each in given[count:]}
        return _bare(made(*arrays, **params))

    answers_for(function)(answer)


def _operand(value: Any) -> Any:
    """Tensors and numbers as they are, lists as arrays."""
    return value if isinstance(value, (Tensor, int, float)) else np.asarray(value)


def _along(s: Sampler) -> Sample:
    return (s.distinct((2, 3)),), {"axis": s.choice([0, 1, -1])}


def _some(s: Sampler) -> Sample:
    return (s.array((2, 3)) > s.choice([-4.0, 0.0, 4.0]),), {"axis": s.choice([None, 0, 1])}


def _steps(s: Sampler) -> Any:
    return np.arange(3.0) + s.array(()) / 3


def _alike(s: Sampler) -> Sample:
    x = s.array((2, 3))
    return (x, x + s.choice([0.0, 1e-10, 1.0])), {}


_answered(np.argsort, 1, _along)
_answered(np.searchsorted, 2, lambda s: ((_steps(s), s.array((2, 2))), {"side": s.choice(["left", "right"])}))
_answered(np.argmax, 1, _along)
_answered(np.argmin, 1, _along)
_answered(np.nanargmax, 1, _along)
_answered(np.nanargmin, 1, _along)
_answered(np.any, 1, _some)
_answered(np.all, 1, _some)
_answered(np.count_nonzero, 1, _some)
_answered(np.isclose, 2, _alike)
_answered(np.allclose, 2, _alike)
_answered(np.array_equal, 2, _alike)
_answered(np.array_equiv, 2, _alike)
_answered(np.digitize, 2, lambda s: ((s.array((2, 2)), _steps(s)), {"right": s.choice([False, True])}))
_answered(np.isin, 2, lambda s: ((s.array((2, 2)) // 1, s.array((3,)) // 1), {"invert": s.choice([False, True])}))
_answered(np.argpartition, 1, lambda s: ((s.distinct((2, 3)),), {"kth": s.integer(0, 1), "axis": s.choice([0, 1, -1])}))
_answered(np.linalg.matrix_rank, 1, lambda s: ((s.array((2, 3, 1)) * s.array((2, 1, s.integer(1, 3))),), {}))


def _run_lexsort(*xs: Any, axis: int) -> Any:
    return np.lexsort(xs, axis=axis)


_lexsort = primitive(
    "lexsort", _run_lexsort, None, variadic=True, sample=lambda s: ((s.distinct((3,)), s.array((3,))), {"axis": -1})
)


@answers_for(np.lexsort)
def lexsort(keys: Any, axis: int = -1) -> Any:
    """`np.lexsort`: the keys one by one, the last of them first."""
    if state.context.tracer is None:
        return np.lexsort(map_leaves(plain, keys), axis=axis)
    return _bare(_lexsort(*map(_operand, keys), axis=axis))
