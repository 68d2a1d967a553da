"""A chain of additions in each library that NumPy allocates for: nothing of it need be kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autodiff as ad

from .contenders import Array
from .timing import Step

LENGTH = 100
Chain = Callable[[Array], Callable[[], Step]]


def _added(x: Any) -> Any:
    y = x
    for _ in range(LENGTH):
        y = y + x
    return y


def autodiff_chain(array: Array) -> Callable[[], Step]:
    x = ad.tensor(array, requires_grad=True)

    def forward() -> Step:
        y = _added(x)
        return lambda: y.backward(np.ones(array.shape))

    return forward


def autograd_chain(array: Array) -> Callable[[], Step]:
    from autograd import make_vjp

    def forward() -> Step:
        pull, y = make_vjp(_added)(array)
        return lambda: (y, pull(np.ones(array.shape)))

    return forward


def mygrad_chain(array: Array) -> Callable[[], Step]:
    import mygrad as mg

    x = mg.tensor(array)

    def forward() -> Step:
        y = _added(x)
        return lambda: y.backward(np.ones(array.shape))

    return forward


CHAINS: dict[str, Chain] = {"autodiff": autodiff_chain, "HIPS autograd": autograd_chain, "MyGrad": mygrad_chain}
