"""Functions of functions by the reverse pass: vjp, grad, value_and_grad; and the trace they stand on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import ops
from .context import state, using
from .node import Node, older
from .reverse import collected, seed_of, sweep
from .tensor import Tensor, check_differentiable, constant, is_tracked
from .tree import leaves, leaves_like, map_leaves, refill


class Trace:
    """One call of a function on tensors made from its arguments, ready for sweeps.

    Where an argument is a tensor, the function uses tensors from outside, or another transform
    is under way, what the sweeps compute is recorded, so that transforms nest.
    """

    def __init__(self, function: Callable[..., Any], args: Sequence[Any], argnums: Sequence[int], name: str) -> None:
        primals = [args[i] for i in argnums]
        flat = [each for primal in primals for each in leaves(primal)]
        mark = Node((), np.dtype(float)).number
        with using(recording=True, depth=state.context.depth + 1):
            self.inputs = [_input(each, name) for each in flat]
            filled = list(args)
            for i, primal in zip(argnums, refill(primals, self.inputs), strict=True):
                filled[i] = primal
            self.output = function(*filled)
        self.nodes = [each._ensure_node() for each in self.inputs]
        self.primals = primals
        wants_tensors = state.context.recording and (
            state.context.depth > 0 or any(map(is_tracked, flat)) or any(older(self.output_nodes(), mark))
        )
        self.tracer = state.context.tracer
        self.bare = self.tracer is not None and not wants_tensors  # outside of a trace the results would be arrays
        self.create_graph = wants_tensors or self.bare

    def output_nodes(self) -> list[Node]:
        """The nodes of the results that carry a gradient."""
        return [each._ensure_node() for each in leaves(self.output) if is_tracked(each)]

    def pull(self, cotangents: Any, retain_graph: bool = True) -> list[Any]:
        """The cotangents of the inputs, in the structure of the primals."""
        given = list(leaves_like(self.output, cotangents, "cotangents"))
        self.create_graph |= any(map(is_tracked, given))
        pairs = [(each, g) for each, g in zip(leaves(self.output), given, strict=True) if is_tracked(each)]
        seeds = [(each._ensure_node(), seed_of(each, g, self.create_graph)) for each, g in pairs if g is not None]
        with using(recording=True):
            found = sweep(seeds, self.nodes, self.create_graph, retain_graph)
        taken = [*given, *(g for _, g in seeds)]
        values = collected(self.nodes, found, taken, self.create_graph)
        return list(refill(self.primals, map(self.present, values)))

    def present(self, value: Any) -> Any:
        """A value as the caller gets it: a tensor in a nested transform, else an array or a number."""
        if self.bare:
            self.tracer.bare.add(id(value._array))
        if self.create_graph:
            return value
        return value.numpy()[()] if isinstance(value, Tensor) else value[()] if value.ndim == 0 else value

    def value(self) -> Any:
        """The function's own value."""
        return map_leaves(self._present_output, self.output)

    def _present_output(self, each: Any) -> Any:
        return self.present(each) if isinstance(each, Tensor) else each


def _input(value: Any, name: str) -> Tensor:
    """A tensor of its own for one argument, tied to it where it is a tensor already."""
    if is_tracked(value):
        tied: Tensor = ops.identity(value)
        return tied
    tracer = state.context.tracer
    array = value._array if isinstance(value, Tensor) else np.asarray(value)
    try:
        check_differentiable(array.dtype)
    except TypeError as error:
        raise TypeError(f"{name}: {error}") from None
    if tracer is not None:
        traced = Tensor(tracer.tensor(value)._array, Node(array.shape, array.dtype))
        tracer.differentiated(traced)
        return traced
    # A view suffices, because what is kept of a writable array is copied; but one that is
    # read-only would pass for frozen, and may have an older view that is not.
    view = array.view() if array.flags.writeable else array.copy()
    view.setflags(write=False)
    made = Tensor(view)
    made._node = Node(array.shape, array.dtype)
    return made


def indices_of(argnums: int | Sequence[int], count: int, name: str) -> tuple[int, ...]:
    listed = tuple(argnums) if isinstance(argnums, Sequence) else (argnums,)
    for i in listed:
        if not -count <= i < count:
            raise ValueError(f"{name}: argnums={argnums}, but the function got {count} arguments")
    return tuple(i % count for i in listed)


def value_and_grad(function: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """A function that returns `function`'s value and its gradient by the arguments `argnums`.

    >>> ad.value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    """

    def value_and_gradient(*args: Any, **kwargs: Any) -> Any:
        indices = indices_of(argnums, len(args), "grad")
        trace = Trace(lambda *a: function(*a, **kwargs), args, indices, "grad")
        output = trace.output
        if not isinstance(output, Tensor):
            output = Tensor(np.asarray(output))
        if output.size != 1:
            raise TypeError(
                f"grad: the function returned an array of shape {output.shape}, expected one number. "
                "Sum or average it, or use ad.jacobian or ad.vjp"
            )
        one = np.ones(output.shape, output.dtype)
        parts = trace.pull(one if trace.tracer is None else constant(one), retain_graph=False)
        return trace.value(), tuple(parts) if isinstance(argnums, Sequence) else parts[0]

    return value_and_gradient


def grad(function: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """A function that returns the gradient of `function` by the arguments `argnums`.

    Arguments are arrays, numbers and nested lists, tuples and dicts of them; the gradient has
    their structure, shapes and dtypes. Gradients nest: `ad.grad(ad.grad(f))`. With arrays in, arrays come
    out; where `function` uses tensors from outside that require a gradient, tensors that lead on to them.
    Raises TypeError for integer arguments and where `function` does not return one number.

    >>> ad.grad(lambda x: x**3)(2.0)
    np.float64(12.0)
    >>> ad.grad(ad.grad(lambda x: x**3))(2.0)
    np.float64(12.0)
    """
    both = value_and_grad(function, argnums)
    return lambda *args, **kwargs: both(*args, **kwargs)[1]


def vjp(function: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """`function`'s value, and the function that pulls a cotangent back to all arguments.

    >>> value, pull = ad.vjp(lambda x: x * x, np.array([1.0, 2.0]))
    >>> pull(np.array([1.0, 10.0]))
    (array([ 2., 40.]),)
    """
    trace = Trace(function, primals, range(len(primals)), "vjp")
    return trace.value(), lambda cotangent: tuple(trace.pull(cotangent))
