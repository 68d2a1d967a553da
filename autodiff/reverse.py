"""The reverse pass, and what is made of it: backward, gradients, vjp, grad, value_and_grad."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np

from . import ops
from .context import state, using
from .graph import Node
from .primitive import Edge
from .tensor import Tensor, _check_differentiable
from .tree import leaves, map_leaves, refill


def sweep(
    seeds: Iterable[tuple[Node, Any]],
    wanted: Sequence[Node] = (),
    create_graph: bool = False,
    retain_graph: bool = True,
    horizon: int | None = None,
) -> dict[Node, Any]:
    """Send cotangents from the seeds back to the leaves, or just to the nodes in `wanted`.

    Nodes are met in descending order of creation, so each has its whole cotangent
    when its rules are called; those older than `horizon` (by default than all of `wanted`)
    are not entered. Returns the cotangents of leaves and of `wanted`.
    """
    pending: dict[Node, Any] = {}
    for node, g in seeds:
        pending[node] = pending[node] + g if node in pending else g
    if horizon is None:
        horizon = min([node.number for node in wanted]) if wanted else 0
    targets = frozenset(wanted)
    found: dict[Node, Any] = {}
    queue = [(-node.number, node) for node in pending if node.number >= horizon]
    heapify(queue)
    debugger = state.context.debugger
    while queue:
        node = heappop(queue)[1]
        g = pending.pop(node)
        if node.keeps_grad or node in targets:
            found[node] = g
        if node.plan is None:
            continue
        saved = _saved(node, create_graph)
        for edge in node.plan.edges:
            parent = node.inputs[edge.argument]
            if parent.number < horizon and parent not in targets:
                continue
            part = _part(node, edge, g, saved, parent, debugger)
            if parent in pending:
                pending[parent] = pending[parent] + part
            else:
                pending[parent] = part
                if parent.number >= horizon:
                    heappush(queue, (-parent.number, parent))
        if not retain_graph:
            node.saved = None
    return found | {node: pending[node] for node in targets if node in pending}


def _saved(node: Node, create_graph: bool) -> list[Any]:
    """What the node's rules need: arrays, or with `create_graph` tensors that lead on."""
    if node.saved is None:
        raise RuntimeError(
            f"{node.primitive.name}: an earlier backward() has consumed this part of the graph. "
            "Write backward(retain_graph=True) the first time, or compute the result again"
        )
    if not create_graph:
        return node.saved
    sources = [node if position < 0 else node.inputs[position] for position in node.plan.keeps]
    return [
        Tensor(value, source) if isinstance(source, Node) else value
        for value, source in zip(node.saved, sources, strict=True)
    ]


def _part(node: Node, edge: Edge, g: Any, saved: list[Any], parent: Node, debugger: Any) -> Any:
    """The cotangent that goes along one edge, in the parent's shape and dtype."""
    part = edge.rule(g, *edge.needs(node, saved)) if edge.names else edge.rule(g)
    if debugger is not None:
        debugger.pulled(node, edge, g, saved, part)
    if part.shape != parent.shape:
        part = ops.unbroadcast(part, parent.shape)
    if part.dtype is not parent.dtype and part.dtype != parent.dtype:
        part = part.astype(parent.dtype)
    return part


def _own(values: Iterable[Any], given: Iterable[Any]) -> list[Any]:
    """Gradients as arrays that nothing else shares."""
    taken = {id(each) for each in given}
    owned = []
    for g in values:
        if isinstance(g, np.generic):
            g = np.asarray(g)
        if isinstance(g, np.ndarray):
            if g.base is not None or not g.flags.writeable or id(g) in taken:
                g = g.copy()
            taken.add(id(g))
        owned.append(g)
    return owned


def backward(self: Tensor, cotangent: Any = None, create_graph: bool = False, retain_graph: bool = False) -> None:
    """Add the gradient of this tensor to `.grad` of every tensor that requires one.

    `cotangent` (by default 1, for a tensor of one element) weighs the elements.
    The graph is consumed unless `retain_graph`; `create_graph` records the pass
    itself, and makes `.grad` a tensor, for derivatives of derivatives.

    >>> x = ad.tensor([1.0, 2.0], requires_grad=True)
    >>> (x ** 3).sum().backward()
    >>> x.grad
    array([ 3., 12.])
    """
    if not self.requires_grad:
        raise RuntimeError(
            "backward(): no recorded operation leads from this tensor to one with requires_grad=True. "
            "Was it computed under no_grad(), from detached tensors, or from NumPy arrays only?"
        )
    seed = _seed(self, cotangent, create_graph)
    found = sweep([(self._ensure_node(), seed)], (), create_graph, retain_graph or create_graph)
    for node, g in zip(found, _own(found.values(), [cotangent, seed]), strict=True):
        node.grad = g if node.grad is None else node.grad + g


def _seed(output: Tensor, cotangent: Any, create_graph: bool) -> Any:
    """The cotangent to start from, checked against the output."""
    if cotangent is None:
        if output.size != 1:
            raise ValueError(
                f"a cotangent is needed for an output of shape {output.shape}: "
                "sum it to a scalar first, or pass an array of that shape, such as np.ones(shape)"
            )
        one = np.ones(output.shape, output.dtype)
        return Tensor(one) if create_graph else one
    if np.shape(cotangent) != output.shape:
        raise ValueError(f"the cotangent has shape {np.shape(cotangent)}, expected the output's, {output.shape}")
    if not isinstance(cotangent, Tensor):
        cotangent = np.asarray(cotangent, dtype=output.dtype)
        return Tensor(cotangent.copy()) if create_graph else cotangent
    return cotangent if create_graph else cotangent._array


Tensor.backward = backward


def gradients(
    output: Tensor, inputs: Any, cotangent: Any = None, create_graph: bool = False, retain_graph: bool = True
) -> Any:
    """The gradients of `output` by some tensors (leaves or results), in the structure of `inputs`.

    Touches no `.grad`. Zeros where `output` does not depend on an input.

    >>> x = ad.tensor(3.0, requires_grad=True)
    >>> y = x * x
    >>> ad.gradients(y * y, {"x": x, "y": y})
    {'x': array(108.), 'y': array(18.)}
    """
    listed = list(leaves(inputs))
    for each in listed:
        if not (isinstance(each, Tensor) and each.requires_grad):
            raise ValueError(f"gradients: {each!r} does not require a gradient; make it with requires_grad=True")
    nodes = [each._node for each in listed]
    if not output.requires_grad:
        return map_leaves(lambda each: np.zeros(each.shape, each.dtype), inputs)
    seed = _seed(output, cotangent, create_graph)
    found = sweep([(output._ensure_node(), seed)], nodes, create_graph, retain_graph)
    return refill(inputs, _collect(nodes, found, [cotangent, seed], create_graph))


def _collect(nodes: Sequence[Any], found: dict[Node, Any], given: Iterable[Any], create_graph: bool) -> list[Any]:
    """The cotangents of `nodes`, zeros for those that none came to."""
    values = [found[node] if node in found else np.zeros(node.shape, node.dtype) for node in nodes]
    if create_graph:
        return [each if isinstance(each, Tensor) else Tensor(np.asarray(each)) for each in values]
    return _own(values, given)


# Functions of functions


class Trace:
    """One call of a function on tensors made from its arguments, ready for sweeps.

    Where an argument is a tensor, or another transform is under way, what the
    sweeps compute is recorded, so that transforms nest.
    """

    def __init__(self, function: Callable[..., Any], args: Sequence[Any], argnums: Sequence[int], name: str) -> None:
        primals = [args[i] for i in argnums]
        flat = [each for primal in primals for each in leaves(primal)]
        self.create_graph = state.context.recording and (
            state.context.depth > 0 or any(isinstance(each, Tensor) and each.requires_grad for each in flat)
        )
        with using(recording=True, depth=state.context.depth + 1):
            self.inputs = [_input(each, name) for each in flat]
            filled = list(args)
            for i, primal in zip(argnums, refill(primals, self.inputs), strict=True):
                filled[i] = primal
            self.output = function(*filled)
        self.nodes = [each._ensure_node() for each in self.inputs]
        self.primals = primals

    def pull(self, cotangents: Any, retain_graph: bool = True) -> list[Any]:
        """The cotangents of the inputs, in the structure of the primals."""
        outputs = list(leaves(self.output))
        given = list(leaves(cotangents))
        if len(outputs) != len(given):
            raise ValueError(f"the function returns {len(outputs)} arrays, but there are {len(given)} cotangents")
        seeds = [
            (each._ensure_node(), _seed(each, g, self.create_graph))
            for each, g in zip(outputs, given, strict=True)
            if isinstance(each, Tensor) and each.requires_grad
        ]
        with using(recording=True):
            found = sweep(seeds, self.nodes, self.create_graph, retain_graph or self.create_graph)
        taken = [*given, *(g for _, g in seeds)]
        values = _collect(self.nodes, found, taken, self.create_graph)
        return list(refill(self.primals, map(self.present, values)))

    def present(self, value: Any) -> Any:
        """A value as the caller gets it: a tensor in a nested transform, else an array or a number."""
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
    if isinstance(value, Tensor) and value.requires_grad:
        tied: Tensor = ops.identity(value)
        return tied
    array = value._array if isinstance(value, Tensor) else np.asarray(value)
    try:
        _check_differentiable(array.dtype)
    except TypeError as error:
        raise TypeError(f"{name}: {error}") from None
    # A view suffices, because what is kept of a writable array is copied; but one that is
    # read-only would pass for frozen, and may have an older view that is not.
    view = array.view() if array.flags.writeable else array.copy()
    view.setflags(write=False)
    made = Tensor(view)
    made._node = Node(array.shape, array.dtype)
    return made


def _indices(argnums: int | Sequence[int], count: int, name: str) -> tuple[int, ...]:
    listed = (argnums,) if isinstance(argnums, int) else tuple(argnums)
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
        indices = _indices(argnums, len(args), "grad")
        trace = Trace(lambda *a: function(*a, **kwargs), args, indices, "grad")
        output = trace.output
        if not isinstance(output, Tensor):
            output = Tensor(np.asarray(output))
        if output.size != 1:
            raise TypeError(
                f"grad: the function returned an array of shape {output.shape}, expected one number. "
                "Sum or average it, or use ad.jacobian or ad.vjp"
            )
        parts = trace.pull([np.ones(output.shape, output.dtype)], retain_graph=False)
        return trace.value(), parts[0] if isinstance(argnums, int) else tuple(parts)

    return value_and_gradient


def grad(function: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """A function that returns the gradient of `function` by the arguments `argnums`.

    Arguments are arrays, numbers and nested lists, tuples and dicts of them; the gradient has
    their structure, shapes and dtypes. Gradients nest: `ad.grad(ad.grad(f))`.
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
