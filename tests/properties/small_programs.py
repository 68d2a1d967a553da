"""Small random programs that run again and again, on arrays and on tensors: a list of steps on earlier results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

import autodiff as ad
from autodiff.domains import Domain, Sampler

SHAPES = [(), (1,), (3,), (2, 1), (2, 3), (3, 2)]
LIMIT = 50.0  # greater results are left out, and larger ones than MOST elements
MOST = 12


@ad.custom(lambda g, x: g * (2 * x), lambda g: g)
def squared_plus(x, y):
    """A primitive of the user's own."""
    return x * x + y


def dropped(x: Any) -> Any:
    return ad.dropout(x, 0.5, np.random.default_rng(7))


def halved(x: Any) -> Any:
    with ad.no_grad():
        return x * 0.5


ONE: list[Callable[[Any], Any]] = [
    lambda x: -x, lambda x: x * 0.25 - 1, lambda x: 1 - x, lambda x: x**2, lambda x: 2**x, lambda x: (x * x + 1) ** 0.5,
    np.tanh, np.exp, np.abs, ad.relu, ad.sigmoid, lambda x: np.sqrt(np.abs(x) + 1), lambda x: 1 / (1 + np.square(x)),
    np.sum, lambda x: np.sum(x, axis=0), lambda x: np.sum(x, axis=-1, keepdims=True), np.mean, np.max,
    lambda x: np.mean(x, axis=0), lambda x: x.reshape(-1), lambda x: x.reshape(3, -1), np.transpose,
    lambda x: x[0], lambda x: x[..., -1], lambda x: x[::-1], lambda x: x[[0, 0]], lambda x: x[:, None] * x,
    lambda x: np.broadcast_to(x, (2, 3)), ad.softmax, ad.log_softmax, np.cumsum, ad.stop_gradient, halved, dropped,
    lambda x: np.where(x > 5, np.zeros(x.shape), np.ones(x.shape)) * x, lambda x: np.where(x > -60, np.max(x), x),
    ad.checkpoint(lambda x: np.tanh(x) * x), lambda x: x.astype(np.float32).astype(np.float64),
]  # fmt: skip
TWO: list[Callable[[Any, Any], Any]] = [
    lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x * y, lambda x, y: x / (1 + y * y), lambda x, y: x - (y - x),
    lambda x, y: np.where(x > y, x, 0.5 * y), np.maximum, np.matmul, np.matmul, np.matmul, np.hypot, np.logaddexp,
    lambda x, y: np.concatenate([x, y]), lambda x, y: x % (np.abs(y) + 1), squared_plus, lambda x, y: x * np.floor(y),
    lambda x, y: x * (y // 2), lambda x, y: np.stack([x, y])[1],
    ad.checkpoint(lambda x, y: [x * y, np.sum(x)][0] + 1),
]  # fmt: skip


class Program(NamedTuple):
    """Arrays to start from, and steps: a function and which of the arrays and earlier results it takes."""

    arrays: list[np.ndarray]
    steps: list[tuple[Callable[..., Any], tuple[int, ...]]]

    def leaves(self) -> list[Any]:
        """What to start from: two parameters (one that was written to before), a constant and a NumPy array."""
        tensors = [ad.tensor(each, requires_grad=i < 2, name=f"p{i}") for i, each in enumerate(self.arrays[:3])]
        tensors[1].data[...] = self.arrays[1]
        return [*tensors, self.arrays[3].copy()]

    def run(self, leaves: Sequence[Any]) -> list[Any]:
        """The leaves and all results, in order."""
        pool = list(leaves)
        for function, places in self.steps:
            pool.append(function(*[pool[i] for i in places]))
        return pool


def value_of(each: Any) -> np.ndarray:
    return each.numpy() if isinstance(each, ad.Tensor) else np.asarray(each)


def draw_program(seed: int, length: int = 8) -> Program:
    """A program whose results are small in size and in value; what does not fit is left out."""
    s = Sampler(np.random.default_rng(seed))
    program = Program([s.array(s.choice(SHAPES), Domain(-2.0, 2.0)) for _ in range(4)], [])
    pool = program.leaves()
    for _ in range(length):
        count = s.integer(1, 2)
        function = s.choice(ONE if count == 1 else TWO)
        places = tuple(s.integer(0, len(pool) - 1) for _ in range(count))
        try:
            result = function(*[pool[i] for i in places])
        except (ValueError, IndexError):
            continue
        values = value_of(result)
        if values.size <= MOST and np.max(np.abs(values), initial=0) <= LIMIT:
            pool.append(result)
            program.steps.append((function, places))
    return program
