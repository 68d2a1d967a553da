"""The engine's own words: the program it derives, and the rules it goes by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autodiff as ad


def program(function: Callable[..., Any], *args: Any) -> str:
    """The program that the engine derives from a function at some arguments, but for its import and helpers.

    >>> def slope(x):
    ...     return ad.grad(lambda x: np.sum(np.tanh(x)))(x)
    >>> print(program(slope, np.ones(2)))
    def slope(x):
        subtract = 1 - np.tanh(x) ** 2                                            # float64 (2,)
        return subtract
    """
    compiled = ad.compile(function)
    compiled(*args)
    *before, last = str(compiled.source).removeprefix("import numpy as np").strip().split("\n\n\n")
    return "\n\n\n".join([block for block in before if not block.startswith("def ")] + [last])


def rules(function: Callable[..., Any], **values: Any) -> str:
    """The steps of a function, forward and then backward, each with its rule."""
    arrays = {name: np.asarray(value, float) for name, value in values.items()}
    tensors = {name: ad.tensor(array, requires_grad=True, name=name) for name, array in arrays.items()}
    return str(ad.Graph(function(**tensors)))
