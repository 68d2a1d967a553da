"""Primitives of the user's own, and two ways to steer what is recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .plan import Rule, names_of, needs_of
from .primitive import Primitive
from .tensor import Tensor
from .tree import map_leaves


def custom(*rules: Rule | None, label: str | None = None) -> Callable[[Callable[..., Any]], Primitive]:
    """Make a primitive of the decorated function of arrays, with a rule for each of its array arguments.

    A rule takes the cotangent `g` and whatever else it names: `out`, the function's own arguments by
    their names, or `<argument>_shape`; the graph keeps just that. None stands for an argument without
    a gradient. Write rules with operators and NumPy functions, and higher derivatives follow; forward
    mode transposes them. Keyword-only parameters of the function are passed on to it.

    >>> @ad.custom(lambda g, x: g * 3 * x**2)
    ... def cube(x):
    ...     return x**3
    >>> ad.grad(cube)(2.0), ad.grad(ad.grad(cube))(2.0)
    (np.float64(12.0), np.float64(12.0))
    """
    if not rules or not all(rule is None or callable(rule) for rule in rules):
        raise TypeError("custom: give one rule for each array argument, as in @ad.custom(lambda g, x: g * 3 * x**2)")

    def declare(function: Callable[..., Any]) -> Primitive:
        arguments = names_of(function)
        if len(arguments) != len(rules):
            raise TypeError(
                f"custom: {function.__name__} takes {arguments}, but there are {len(rules)} rules; "
                "give one for each argument, None for one without a gradient"
            )
        _check_names(function, arguments, rules)

        def run(*arrays: Any, **params: Any) -> Any:
            return _own(function(*arrays, **params))

        run.__name__ = function.__name__
        defaults = function.__kwdefaults__ or {}
        return _Custom(defaults, function.__name__, run, rules, label=label, arguments=arguments)

    return declare


class _Custom(Primitive):
    """A primitive whose parameters may be left out, as in the user's function."""

    def __init__(self, defaults: dict[str, Any], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._defaults = defaults

    def __call__(self, *args: Any, **params: Any) -> Any:
        return super().__call__(*args, **{**self._defaults, **params})


def _check_names(function: Any, arguments: tuple[str, ...], rules: tuple[Rule | None, ...]) -> None:
    """Refuse a rule that names what there is not, when it is declared and not when it is needed."""
    code = function.__code__
    keywords = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    known = {"out", "shapes", "tracked", *arguments, *keywords, *(f"{name}_shape" for name in arguments)}
    for rule in rules:
        for name in needs_of(rule) if rule else ():
            if name not in known:
                raise TypeError(
                    f"custom: a rule of {function.__name__} names {name!r}, expected one of {sorted(known)}"
                )


def _own(out: Any) -> Any:
    """The function's result in memory of its own: the function may hand out a buffer that it uses again."""
    if not isinstance(out, (np.ndarray, np.generic, int, float)):
        raise TypeError(f"custom: the function returned {type(out).__name__}, expected one NumPy array")
    return np.array(out)


def stop_gradient(x: Any) -> Any:
    """The same values as constants: arrays and tensors, also in nested lists, tuples and dicts.

    >>> ad.grad(lambda x: x * ad.stop_gradient(x))(3.0)
    np.float64(3.0)
    """
    return map_leaves(_stopped, x)


def _stopped(value: Any) -> Any:
    return value.detach() if isinstance(value, Tensor) else value
