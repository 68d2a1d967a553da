"""NumPy's override protocols: which function of ours answers for which of NumPy's."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np

from .context import state
from .domains import Sampling
from .primitive import REGISTRY, Primitive, elementwise
from .tensor import Tensor
from .tree import map_leaves

Function = TypeVar("Function", bound=Callable[..., Any])
NUMPY: dict[Any, Callable[..., Any]] = {}
METHODS: dict[tuple[Any, str], Callable[..., Any]] = {}


class Composition(NamedTuple):
    """A differentiable function made of others: its NumPy counterpart, if any, and its samples."""

    name: str
    function: Callable[..., Any]
    run: Callable[..., Any] | None
    sample: Sampling


COMPOSITIONS: dict[str, Composition] = {}

# What to write instead, where a close name would mislead.
_ADVICE = {
    "copyto": "ad.at(x)[...].set(value)",
    "put": "ad.at(x)[indices].set(values)",
    "put_along_axis": "ad.at(x)[indices].set(values)",
    "place": "np.where(mask, values, x)",
    "putmask": "np.where(mask, values, x)",
    "fill_diagonal": "ad.at(x)[range(n), range(n)].set(value)",
    "lstsq": "np.linalg.pinv(a) @ b, or np.linalg.solve(a.T @ a, a.T @ b)",
    "hfft": "np.fft.irfft(np.conj(z), norm='forward')",
    "ihfft": "np.conj(np.fft.rfft(t, norm='forward'))",
    "eig": "np.linalg.eigh for a symmetric matrix",
    "eigvals": "np.linalg.eigvalsh for a symmetric matrix",
    "divmod": "x // y and x % y",
    "modf": "x - np.trunc(x) and np.trunc(x)",
    "percentile": "np.median, or np.sort and an index",
    "quantile": "np.median, or np.sort and an index",
    "select": "np.where, one choice after the other",
    "choose": "np.where, or indexing of np.stack(choices)",
    "gradient": "np.diff, divided by the spacing",
    "trapezoid": "np.sum((y[1:] + y[:-1]) / 2 * np.diff(x))",
    "nansum": "np.sum(np.where(np.isnan(x), 0, x))",
    "nanmean": "np.mean(x, where=~np.isnan(x))",
    "cov": "centred @ centred.T / (n - 1)",
    "polyval": "Horner's rule: a loop of y = y * x + c",
    "save": "t.numpy()",
    "savez": "t.numpy()",
    "savetxt": "t.numpy()",
}


def answers_for(*functions: Any) -> Callable[[Function], Function]:
    """Let a primitive answer when NumPy's function is called with a tensor."""

    def enter(function: Function) -> Function:
        NUMPY.update(dict.fromkeys(functions, function))
        return function

    return enter


def composed(*functions: Any, sample: Sampling) -> Callable[[Function], Function]:
    """Enter a function made of primitives: it answers for NumPy's `functions`, and tests draw `sample`s for it."""

    def enter(function: Function) -> Function:
        name = getattr(functions[0] if functions else function, "__name__", function.__name__)
        if name in COMPOSITIONS or name in REGISTRY:
            name = f"{name} (composed)"
        if name in COMPOSITIONS:
            raise ValueError(f"{name!r} is declared already")
        COMPOSITIONS[name] = Composition(name, function, functions[0] if functions else None, sample)
        return answers_for(*functions)(function)

    return enter


def ufunc(function: np.ufunc, *partials: Any, **options: Any) -> Primitive:
    """Declare a NumPy ufunc by its partial derivatives, and answer for it."""
    made = elementwise(function.__name__, function, *partials, **options)
    answers_for(function)(made)
    return made


def answers_for_method(ufunc: np.ufunc, method: str) -> Callable[[Function], Function]:
    """Let the decorated function answer for a ufunc's method, such as `np.add.reduce`."""

    def enter(function: Function) -> Function:
        METHODS[ufunc, method] = function
        return function

    return enter


def plain(value: Any) -> Any:
    """The array of a tensor; anything else as it is. For indices, conditions and the like."""
    return value._array if isinstance(value, Tensor) else value


def concrete(value: Any, call: str) -> Any:
    """The array of a tensor where its values decide on a shape, which a compiled program cannot follow."""
    if state.context.tracer is not None and isinstance(value, Tensor):
        state.context.tracer.refuse(value, call)
    return plain(value)


def values(value: Any) -> Any:
    """What decides by values, without a gradient: of a tensor the array, and in a trace a tensor that is a constant."""
    if not isinstance(value, Tensor):
        return value
    return value._array if state.context.tracer is None else value.detach()


def surely(mask: Any) -> bool:
    """Whether a mask holds everywhere, now and at every call of a program: in a trace nobody can know."""
    return state.context.tracer is None and bool(mask.all())


def unsupported(name: str) -> TypeError:
    """The error for a function that does not take tensors, with the nearest one that does."""
    short = name.rsplit(".", 1)[-1]
    known = {name_of(function): function for function in NUMPY}
    near = difflib.get_close_matches(short, [each.rsplit(".", 1)[-1] for each in known], 1, 0.75)
    advice = _ADVICE.get(short) or (f"np.{near[0]}" if near else "a composition of supported functions")
    return TypeError(
        f"np.{name} does not take tensors. The nearest supported spelling is {advice}; "
        "for the values without a gradient write t.numpy()"
    )


def name_of(function: Any) -> str:
    """`linalg.det` for `np.linalg.det`."""
    module = (getattr(function, "__module__", None) or "numpy").removeprefix("numpy").strip(".")
    return f"{module}.{function.__name__}" if module and not module.startswith("_") else str(function.__name__)


def _array_ufunc(self: Tensor, ufunc: np.ufunc, method: str, *args: Any, **kwargs: Any) -> Any:
    """NumPy's protocol for ufuncs: `np.exp(t)`, `array + t`, `np.add.reduce(t)`."""
    if method == "__call__" and not kwargs and ufunc in NUMPY:
        return NUMPY[ufunc](*args)
    if method == "at":
        raise TypeError(f"np.{ufunc.__name__}.at changes an array in place; write ad.at(x)[indices].add(values)")
    answer = NUMPY.get(ufunc) if method == "__call__" else METHODS.get((ufunc, method))
    if answer is None:
        raise unsupported(ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}")
    kwargs = {key: value for key, value in kwargs.items() if key == "axis" or value is not None}
    if "out" in kwargs:
        raise TypeError(f"np.{ufunc.__name__}: out= would overwrite what the record needs; use the returned tensor")
    if method == "__call__" and kwargs:
        raise TypeError(
            f"np.{ufunc.__name__}: {', '.join(kwargs)}= is not supported with tensors; use np.where or .astype"
        )
    return answer(*args, **kwargs)


def _array_function(self: Tensor, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """NumPy's protocol for all other functions: `np.sum(t, axis=0)`, `np.stack([t, u])`."""
    answer = NUMPY.get(function)
    if answer is None:
        raise unsupported(name_of(function))
    if kwargs.get("out") is not None:
        raise TypeError(f"np.{name_of(function)}: out= would overwrite what the record needs; use the returned tensor")
    kwargs.pop("out", None)
    try:
        return answer(*args, **kwargs)
    except TypeError as error:
        if "unexpected keyword" not in str(error):
            raise
        word = str(error).rsplit(" ", 1)[-1]
        raise TypeError(f"np.{name_of(function)}: the argument {word} is not supported with tensors") from None


def constant(function: Any, bare: Callable[[Any], Any] = plain) -> None:
    """Answer for a NumPy function whose result has no derivative: it gets the bare arrays."""

    def answer(*args: Any, **kwargs: Any) -> Any:
        return function(*map_leaves(bare, args), **map_leaves(bare, kwargs))

    answers_for(function)(answer)


for _name_of_protocol, _protocol in {"__array_ufunc__": _array_ufunc, "__array_function__": _array_function}.items():
    setattr(Tensor, _name_of_protocol, _protocol)

_OF_SHAPES: tuple[Any, ...] = (
    np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.common_type, np.iscomplexobj, np.isrealobj,
    np.zeros_like, np.ones_like, np.empty_like, np.may_share_memory, np.shares_memory,
    np.array_repr, np.array_str, np.array2string,
)  # fmt: skip
for _each in _OF_SHAPES:
    constant(_each)

# Here values decide on the shape of the result, or on its dtype.
_SHAPED_BY_VALUES: tuple[Any, ...] = (
    np.nonzero, np.flatnonzero, np.argwhere, np.unique, np.bincount, np.histogram, np.min_scalar_type,
)  # fmt: skip
for _each in _SHAPED_BY_VALUES:
    constant(_each, partial(concrete, call=f"np.{name_of(_each)}(t)"))
