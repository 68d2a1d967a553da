"""A naive engine to compare with: values, closures, and a recursive walk back.

Each derivative is written down as what it is, by places and by cases, and shares no
formula with the engine. What is recorded is copied, so that no write can reach it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


class Value:
    """An array, the values it was made from, and for each of these how a cotangent goes back."""

    def __init__(self, array: np.ndarray, requires: bool = False, name: str = "", edges: Any = ()) -> None:
        self.array = array
        self.name = name
        self.edges = [(parent, pull) for parent, pull in edges if parent.requires]
        self.requires = requires or bool(self.edges)
        self.keeps = requires
        self.grad: Any = None
        self.consumed = False
        self.scope = ""
        self.doubtful = False  # met by a backward that failed, which may have consumed it


def cotangents(root: Value, g: np.ndarray) -> dict[Value, np.ndarray]:
    """The cotangent of each value behind `root`."""
    order: list[Value] = []

    def visit(value: Value) -> None:
        if value not in order:
            for parent, _ in value.edges:
                visit(parent)
            order.append(value)

    visit(root)
    found = {root: g}
    for value in reversed(order):
        for parent, pull in value.edges:
            found[parent] = found.get(parent, 0) + pull(found[value])
    return found


def backward(root: Value, g: np.ndarray, retain: bool) -> None:
    """Add to the grads of what keeps them; RuntimeError with the consumed operations, if there are any."""
    found = cotangents(root, g.copy())
    consumed = [value.name for value in found if value.consumed]
    for value, part in found.items():
        if consumed:
            value.doubtful |= bool(value.edges)
        else:
            value.consumed = bool(value.edges) and not retain
            if value.keeps:
                value.grad = part if value.grad is None else value.grad + part
    if consumed:
        raise RuntimeError("|".join(consumed))


def places_of(array: np.ndarray) -> np.ndarray:
    """For each element its place in the flat array."""
    return np.arange(array.size).reshape(array.shape)


def gathered(g: np.ndarray, places: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Each element of `g` added up at its place in an array like `like`."""
    total = np.zeros(like.size)
    np.add.at(total, np.ravel(places), np.ravel(g))
    return total.reshape(like.shape)


UNARY: dict[str, Callable[..., Any]] = {
    "negative": lambda x: [-1.0],
    "square": lambda x: [2 * x],
    "absolute": lambda x: [(x > 0) * 1.0 - (x < 0)],
    "sin": lambda x: [np.cos(x)],
    "tanh": lambda x: [np.cosh(x) ** -2.0],
    "floor": lambda x: [0.0],
}
BINARY: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: (1.0, 1.0),
    "subtract": lambda x, y: (1.0, -1.0),
    "multiply": lambda x, y: (y, x),
}


def elementwise(name: str, run: Callable[..., Any], partials: Any, *args: Value) -> Value:
    """`partials` gives for the broadcast arguments one derivative of each."""
    out = np.asarray(run(*[each.array for each in args]))
    wide = [np.array(np.broadcast_to(each.array, out.shape)) for each in args]

    def edge(parent: Value, partial: Any) -> Any:
        places, like = np.broadcast_to(places_of(parent.array), out.shape), parent.array.copy()
        return parent, lambda g: gathered(g * partial, places, like)

    return Value(out, False, name, map(edge, args, partials(*wide)))


def larger(args: Any, sign: int) -> Callable[..., Any]:
    """The partials of the greater (sign 1) or lesser (-1) of two: a tie is halved, and lost beside a constant."""
    share = 0.5 if all(each.requires for each in args) else 0.0

    def partials(x: np.ndarray, y: np.ndarray) -> Any:
        case = np.array(np.sign(x - y) * sign + 1).astype(int)
        return np.choose(case, [0.0, share, 1.0]), np.choose(case, [1.0, share, 0.0])

    return partials


def moved(name: str, x: Value, run: Callable[[np.ndarray], Any]) -> Value:
    """What `run` does with any array: elements in another order, some of them several times or not at all."""
    places, like = np.asarray(run(places_of(x.array))), x.array.copy()
    return Value(x.array.ravel()[places], False, name, [(x, lambda g: gathered(g, places, like))])


def reduced(name: str, x: Value, axis: Any, keepdims: bool) -> Value:
    """A sum, or a max whose gradient all greatest elements share."""
    run, array = getattr(np, name), x.array.copy()
    out = np.asarray(run(array, axis=axis, keepdims=keepdims))
    wide = run(array, axis=axis, keepdims=True)
    places = np.broadcast_to(places_of(wide), array.shape)

    def pull(g: np.ndarray) -> np.ndarray:
        if name == "sum":
            return np.ravel(g)[places]
        greatest = array == np.ravel(wide)[places]
        counts = gathered(greatest, places, wide).ravel()
        return np.where(greatest, np.ravel(g)[places] / counts[places], 0)

    return Value(out, False, name, [(x, pull)])


def matmul(x: Value, y: Value) -> Value:
    """A product of vectors, matrices and stacks, its derivatives by Einstein's summation."""
    first, second = x.array.copy(), y.array.copy()
    left, right = ("...b" if first.ndim == 1 else "...ab"), ("...b" if second.ndim == 1 else "...bc")
    out = "..." + left[3:].replace("b", "") + right[3:].replace("b", "")
    edges = [
        (x, lambda g: shrunk(np.einsum(f"{out},{right}->{left}", g, second), first.shape)),
        (y, lambda g: shrunk(np.einsum(f"{out},{left}->{right}", g, first), second.shape)),
    ]
    return Value(np.asarray(np.matmul(first, second)), False, "matmul", edges)


def shrunk(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The sum over the axes along which `shape` was stretched."""
    array = array.sum(tuple(range(array.ndim - len(shape))))
    return array.sum(tuple(i for i, side in enumerate(shape) if side == 1), keepdims=True)


def joined(*parts: Value) -> Value:
    """Arrays one after the other along their first axis."""
    out = np.concatenate([each.array for each in parts])

    def edge(i: int) -> Any:
        places = [places_of(each.array) for each in parts]
        marks = np.concatenate([each if i == j else np.full_like(each, -1) for j, each in enumerate(places)])
        like = parts[i].array.copy()
        return parts[i], lambda g: gathered(g[marks >= 0], marks[marks >= 0], like)

    return Value(out, False, "concatenate", map(edge, range(len(parts))))


def written(x: Value, index: Any, value: Value, name: str) -> Value:
    """A copy of `x` with `value` set ("where") or added ("add") at an index, one element after the other."""
    out, like = x.array.copy(), value.array.copy()
    targets = places_of(x.array)[index]
    extra = max(like.ndim - np.ndim(targets), 0)
    if like.shape[:extra] != (1,) * extra:
        raise ValueError("only sides of 1 may be left out")
    sources = np.broadcast_to(places_of(like)[(0,) * extra], targets.shape)
    came_from = np.full(x.array.size, -1)
    for target, source in zip(np.ravel(targets), np.ravel(sources), strict=True):
        out.flat[target] = like.flat[source] + (out.flat[target] if name == "add" else 0)
        came_from[target] = source
    if name == "add":
        edges = [(x, lambda g: g), (value, lambda g: gathered(np.ravel(g)[targets], sources, like))]
    else:
        stays = (came_from < 0).reshape(out.shape)
        edges = [(x, lambda g: g * stays), (value, lambda g: gathered(g[~stays], came_from[came_from >= 0], like))]
    return Value(out, False, name, edges)
