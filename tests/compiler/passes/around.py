"""A program before and after one pass: as primitives, as numbers, as text, and as a picture.

Values come from an interpreter of a few lines, which knows nothing of statements, names and memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import autodiff as ad
from autodiff.compiler.calls import trace
from autodiff.compiler.captures import Captures
from autodiff.compiler.passes import Pass
from autodiff.compiler.program import Argument, Program
from autodiff.compiler.report import Stage
from autodiff.compiler.signature import Signature
from autodiff.node import Node
from autodiff.primitive import REGISTRY

from ..comparing import same_arrays

A = np.array([[1.0, -2.0, 3.0], [0.5, 0.25, -0.5]])
WHOLE = np.array([[1.0, -2.0, 3.0], [4.0, 0.0, -5.0]])  # no order of additions rounds
EDGES = np.array([[0.0, -0.0, np.inf, -np.inf], [np.nan, 1.0, -1.0, 5e-324], [1e308, -1e308, 0.5, -2.0]])


def fixed(values: Any, dtype: Any = None) -> np.ndarray:
    """An array that nobody can write to: a constant of the programs in which it is met."""
    array = np.array(values, dtype)
    array.setflags(write=False)
    return array


def traced(function: Callable[..., Any], *args: Any) -> Program:
    """The program of one call with arrays, as it is before all passes."""
    with np.errstate(all="ignore"):
        return trace(function, args, {}, Signature((args, {})), Captures(function)).program


def through(
    change: Pass, function: Callable[..., Any], *args: Any, exact: bool = True, others: Sequence[Sequence[Any]] = ()
) -> tuple[list[str], list[str]]:
    """The primitives before and after a pass; the values, also of other arguments, are the same, and all is legible."""
    before = traced(function, *args)
    after = change(before)
    for values in (args, *others):
        alike(before, after, *values, exact=exact)
    legible(after)
    return called(before), called(after)


def alike(before: Program, after: Program, *args: Any, exact: bool = True) -> None:
    """Two programs have the same ends, for which they compute the same."""
    for first, second in zip(run(after, *args), run(before, *args), strict=True):
        same_arrays(first, second, exact)


def run(program: Program, *args: Any) -> list[np.ndarray]:
    """What a program is run for, in order, one primitive after the other."""
    known: dict[Node, Any] = {}
    for node in program.nodes():
        source = program.inputs.get(node)
        if node.primitive is not None:
            inputs = [known[each] if isinstance(each, Node) else each for each in node.inputs]
            with np.errstate(all="ignore"):
                known[node] = np.asarray(node.primitive.run(*inputs, **(node.params or {})))
            assert (known[node].shape, known[node].dtype) == (node.shape, node.dtype), node
        elif isinstance(source, Argument):
            known[node] = args[source.place]
        else:
            known[node] = node.value if source is None else getattr(source.value, "_array", source.value)
    return [known[each] for each in program.ends()]


def called(program: Program) -> list[str]:
    """The names of the primitives, in order."""
    return [node.primitive.name for node in program.equations()]


def legible(program: Program) -> None:
    """It can be printed, a line for each node, and drawn, with a box for each equation."""
    graph = Stage("", program).graph
    assert len(str(graph).splitlines()) >= len(program.nodes())
    with np.errstate(all="ignore"):
        boxes = ad.draw(graph).source
    for node in program.equations():
        assert f"{graph.names[node]}" in boxes


def parameters(program: Program, name: str) -> list[dict[str, Any]]:
    """What the calls of one primitive are made with."""
    return [node.params or {} for node in program.equations() if node.primitive.name == name]


def constants(program: Program) -> list[Any]:
    """The numbers and arrays that are known beforehand, in the order in which equations take them."""
    taken = [each for node in program.equations() for each in node.inputs]
    values = [each.value if isinstance(each, Node) else each for each in taken]
    return [each for each in values if each is not None]


def primitive(name: str) -> Callable[..., Any]:
    """A primitive by its name, to be called with what is traced."""
    return REGISTRY[name]


# Random arithmetic: with the numbers that identities are about, on arrays of shapes that broadcast

NUMBERS = [
    0,
    1,
    -1,
    2,
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    2.0,
    -3.0,
    np.inf,
    np.nan,
    np.float32(1),
    np.float64(-1),
    True,
    np.uint8(3),
]
ARRAYS = [
    fixed(each)
    for each in (np.ones(3), np.full((3, 3), -1.0), np.zeros((3, 1)), np.array([1.0, -0.0, np.inf]),
                 np.ones(3, np.float32), np.array([0, 3, 255], np.uint8), np.array([-128, -1, 1], np.int8))
]  # fmt: skip
ONE: dict[str, Callable[[Any], Any]] = {
    "-": lambda x: -x, "+": lambda x: +x, "square": lambda x: x**2, "root": lambda x: x**0.5, "1/": lambda x: x**-1,
    "power 1": lambda x: x**1, "transpose": lambda x: np.transpose(x), "row": lambda x: x.reshape(1, -1)[0],
    "flat and back": lambda x: x.reshape(-1).reshape(x.shape), "sum": lambda x: np.sum(x, axis=-1, keepdims=True),
    "sum, reshaped": lambda x: np.sum(x, axis=(-1,)).reshape(*x.shape[:-1], 1), "float64": lambda x: x.astype("f8"),
    "float32": lambda x: x.astype(np.float32), "broadcast": lambda x: np.broadcast_to(x, (3, 3)),
    "itself twice": lambda x: x * x, "exp": lambda x: np.exp(x), "again": lambda x: np.tanh(x) + np.tanh(x),
    "first": lambda x: x[0], "swapped": lambda x: np.swapaxes(np.broadcast_to(x, (2, 3, 3)), 0, 2)[0],
}  # fmt: skip
TWO: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda x, y: x + y, "-": lambda x, y: x - y, "*": lambda x, y: x * y, "/": lambda x, y: x / y,
    "a + −b": lambda x, y: x + -y, "−a + b": lambda x, y: -x + y, "−(a b)": lambda x, y: -(x * y),
    "scale": lambda x, y: primitive("scale")(x, y), "ratio": lambda x, y: primitive("ratio")(x, y),
    "max": lambda x, y: np.maximum(x, y),
}  # fmt: skip

VALUES = {
    "f": [0.0, -0.0, 1.0, -1.5, 2.0, 1e4, 2.0**-20, np.inf, np.nan],
    "i": [0, 1, -1, 2, -128], "u": [0, 1, 2, 255], "b": [False, True],
}  # fmt: skip
dtypes = st.sampled_from([np.dtype(each) for each in ("f8", "f4", "f2", "i8", "i1", "u1", "?")])
number = st.sampled_from([*NUMBERS, *ARRAYS])
one, two = st.sampled_from(sorted(ONE)), st.sampled_from(sorted(TWO))
terms = st.recursive(
    st.sampled_from("xyz"),
    lambda inner: (
        st.tuples(one, inner)
        | st.tuples(two, inner, inner)
        | st.tuples(two, inner, number)
        | st.tuples(two, number, inner)
    ),
    max_leaves=6,
)


def function_of(term: Any) -> Callable[..., Any]:
    """A random term as a function of x, y and z; a call that NumPy refuses is left out."""

    def f(x, y, z):
        return compute(term, {"x": x, "y": y, "z": z})

    return f


def compute(term: Any, values: dict[str, Any]) -> Any:
    if isinstance(term, str):
        return values[term]
    if not isinstance(term, tuple):
        return term
    name, *inner = term
    operands = [compute(each, values) for each in inner]
    try:
        return (ONE if len(operands) == 1 else TWO)[name](*operands)
    except (ValueError, IndexError, AttributeError, TypeError):  # of shapes, and of Python's numbers
        return operands[0]


@st.composite
def points(draw: Any) -> list[np.ndarray]:
    """Values for x (3, 3), y (3,) and z (), of one dtype or of several: floats with all edges, and small integers."""
    first = draw(dtypes)
    shapes = ((3, 3), first), ((3,), draw(st.just(first) | dtypes)), ((), draw(st.just(first) | dtypes))
    return [draw(arrays(dtype, shape, elements=st.sampled_from(VALUES[dtype.kind]))) for shape, dtype in shapes]
