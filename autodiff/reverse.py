"""The reverse pass, and what tensors do with it: backward and gradients."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np

from . import ops
from .context import Observer, state, using
from .node import Node
from .plan import Edge
from .tensor import Tensor, constant, is_tracked
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
    are not entered. Without `retain_graph` nodes are consumed as they are met; a recorded pass
    (`create_graph`) refers to them, and keeps them. Returns the cotangents of leaves and of `wanted`.
    """
    tracer = state.context.tracer
    if tracer is not None and not create_graph and state.context.recording:
        with using(recording=False):  # in a trace rules get tensors, but what they compute leads on no further
            return sweep(seeds, wanted, create_graph, retain_graph, horizon)
    part_of = _part if tracer is None else _scoped_part
    pending: dict[Node, Any] = {}
    for node, g in seeds:
        pending[node] = pending[node] + g if node in pending else g
    if horizon is None:
        horizon = min([node.number for node in wanted]) if wanted else 0
    targets = frozenset(wanted)
    found: dict[Node, Any] = {}
    queue = [(-node.number, node) for node in pending if node.number >= horizon]
    heapify(queue)
    observers = state.context.observers
    while queue:
        node = heappop(queue)[1]
        g = pending.pop(node)
        if node.keeps_grad or node in targets:
            found[node] = g
        if tracer is not None:
            tracer.cotangent(node, g)
        if node.plan is None:
            continue
        saved = saved_of(node, create_graph or tracer is not None)
        for edge in node.plan.edges:
            parent = node.inputs[edge.argument]
            if parent.number < horizon and parent not in targets:
                continue
            part = part_of(node, edge, g, saved, parent, observers)
            if parent in pending:
                pending[parent] = pending[parent] + part
            else:
                pending[parent] = part
                if parent.number >= horizon:
                    heappush(queue, (-parent.number, parent))
        if not (retain_graph or create_graph):
            node.saved = None
    return found | {node: pending[node] for node in targets if node in pending}


def saved_of(node: Node, create_graph: bool) -> list[Any]:
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


def _part(node: Node, edge: Edge, g: Any, saved: list[Any], parent: Node, observers: Iterable[Observer]) -> Any:
    """The cotangent that goes along one edge, in the parent's shape and dtype."""
    part = edge.rule(g, *edge.needs(node, saved)) if edge.names else edge.rule(g)
    if not hasattr(part, "shape"):
        raise TypeError(f"{node.primitive.name}: its rule for argument {edge.argument} returned {part!r}, not an array")
    for observer in observers:
        observer.pulled(node, edge, g, saved, part)
    if part.shape != parent.shape:
        part = ops.unbroadcast(part, parent.shape)
    if part.dtype is not parent.dtype and part.dtype != parent.dtype:
        part = part.astype(parent.dtype)
    return part


def _scoped_part(node: Node, *args: Any) -> Any:
    """In a trace the lines of a gradient belong to the scope of what they differentiate."""
    with using(scope=node.scope):
        return _part(node, *args)


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
    seed = seed_of(self, cotangent, create_graph or state.context.tracer is not None)
    found = sweep([(self._ensure_node(), seed)], (), create_graph, retain_graph)
    for node, g in zip(found, _own(found.values(), [cotangent, seed]), strict=True):
        node.grad = g if node.grad is None else node.grad + g


def seed_of(output: Tensor, cotangent: Any, create_graph: bool) -> Any:
    """The cotangent to start from, checked against the output."""
    if cotangent is None:
        if output.size != 1:
            raise ValueError(
                f"a cotangent is needed for an output of shape {output.shape}: "
                "sum it to a scalar first, or pass an array of that shape, such as np.ones(shape)"
            )
        one = np.ones(output.shape, output.dtype)
        return constant(one) if create_graph else one
    if np.shape(cotangent) != output.shape:
        raise ValueError(f"the cotangent has shape {np.shape(cotangent)}, expected the output's, {output.shape}")
    if np.iscomplexobj(cotangent):
        raise TypeError("the cotangent is complex; only real numbers are supported")
    if not isinstance(cotangent, Tensor):
        if state.context.tracer is not None:
            return state.context.tracer.tensor(cotangent).astype(output.dtype)
        cotangent = np.asarray(cotangent, dtype=output.dtype)
        return constant(cotangent) if create_graph else cotangent
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
        if not is_tracked(each):
            raise ValueError(f"gradients: {each!r} does not require a gradient; make it with requires_grad=True")
    as_tensors = create_graph or state.context.tracer is not None
    nodes = [each._node for each in listed]
    if not output.requires_grad:
        return map_leaves(lambda each: np.zeros(each.shape, each.dtype), inputs)
    seed = seed_of(output, cotangent, as_tensors)
    found = sweep([(output._ensure_node(), seed)], nodes, create_graph, retain_graph)
    return refill(inputs, collected(nodes, found, [cotangent, seed], as_tensors))


def collected(nodes: Sequence[Any], found: dict[Node, Any], given: Iterable[Any], create_graph: bool) -> list[Any]:
    """The cotangents of `nodes`, zeros for those that none came to."""
    values = [found[node] if node in found else np.zeros(node.shape, node.dtype) for node in nodes]
    if create_graph:
        return [each if isinstance(each, Tensor) else constant(each) for each in values]
    return _own(values, given)
