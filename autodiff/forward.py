"""The forward pass, and what is made of both: jvp, hvp, jacobian, hessian."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from . import ops
from .context import using
from .node import Node, reachable
from .reverse import saved_of, sweep
from .tensor import Tensor, constant, is_tracked
from .transforms import Trace, grad, indices_of
from .tree import leaves, leaves_like, map_leaves, refill


def push(seeds: Iterable[tuple[Node, Any]], outputs: Sequence[Node], create_graph: bool = False) -> dict[Node, Any]:
    """Send tangents from the seeds forward along the record, to `outputs`."""
    tangents = dict(seeds)
    horizon = min((node.number for node in tangents), default=0)
    for node in reachable(outputs, horizon):
        if node.plan is None or node in tangents:
            continue
        known = {
            edge.argument: tangents[parent]
            for edge, parent in zip(node.plan.edges, node.parents(), strict=True)
            if parent in tangents
        }
        if known:
            tangents[node] = _whole(_tangent(node, known, create_graph), node)
    return {node: tangents[node] for node in outputs if node in tangents}


def _tangent(node: Node, known: dict[int, Any], create_graph: bool) -> Any:
    """The tangent of a node's result, by the kind of its primitive."""
    saved = saved_of(node, create_graph)
    by_kind = {"elementwise": _scaled, "linear": _applied}
    return by_kind.get(node.primitive.kind, _transposed)(node, known, saved)


def _scaled(node: Node, known: dict[int, Any], saved: list[Any]) -> Any:
    """Elementwise: each tangent times its partial, which is what the reverse rule does too."""
    edges = [edge for edge in node.plan.edges if edge.argument in known]
    parts = [edge.rule(known[edge.argument], *edge.needs(node, saved)) for edge in edges]
    return _summed(parts)


def _applied(node: Node, known: dict[int, Any], saved: list[Any]) -> Any:
    """Linear: the primitive itself, with the tangent in the argument's place."""
    kept = dict(zip(node.plan.keeps, saved, strict=True))
    parts = []
    for index, tangent in known.items():
        args = [tangent if i == index else kept.get(i) for i in range(len(node.inputs))]
        parts.append(node.primitive(*args, **(node.params or {})))
    return _summed(parts)


def _transposed(node: Node, known: dict[int, Any], saved: list[Any]) -> Any:
    """The rest: a reverse rule is linear in its cotangent, and its transpose is the forward rule."""
    parts: list[Any] = []
    for edge in node.plan.edges:
        if edge.argument in known:
            g = Tensor(np.zeros(node.shape, node.dtype), Node(node.shape, node.dtype))
            with using(recording=True):
                part = edge.rule(g, *edge.needs(node, saved))
            tangent = known[edge.argument]
            if isinstance(part, Tensor) and part.requires_grad:
                if tangent.shape != part.shape:
                    tangent = ops.broadcast_to(tangent, part.shape)
                found = sweep([(part._ensure_node(), tangent)], [g._ensure_node()], isinstance(tangent, Tensor))
                parts += [found[node] for node in [g._ensure_node()] if node in found]
    return _summed(parts) if parts else np.zeros(node.shape, node.dtype)


def _summed(parts: Sequence[Any]) -> Any:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _whole(tangent: Any, node: Node) -> Any:
    """A tangent in its node's shape and dtype."""
    if tangent.shape != node.shape:
        tangent = ops.broadcast_to(tangent, node.shape)
    return tangent.astype(node.dtype) if tangent.dtype != node.dtype else tangent


def jvp(function: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """`function`'s value at `primals`, and its derivative in the direction `tangents`.

    >>> ad.jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0))
    (np.float64(6.0), np.float64(23.0))
    """
    trace = Trace(function, primals, range(len(primals)), "jvp")
    given = list(leaves_like(list(primals), list(tangents), "tangents"))
    trace.create_graph |= any(map(is_tracked, given))
    pairs = [(node, t) for node, t in zip(trace.nodes, given, strict=True) if t is not None]
    seeds = [(node, _direction(node, t, trace.create_graph)) for node, t in pairs]
    return trace.value(), _pushed(trace, seeds)


def _direction(node: Node, tangent: Any, create_graph: bool) -> Any:
    """A tangent in its primal's dtype, checked against its shape."""
    if np.shape(tangent) != node.shape:
        raise ValueError(f"jvp: a tangent has shape {np.shape(tangent)}, expected its primal's, {node.shape}")
    if create_graph:
        return tangent if isinstance(tangent, Tensor) else Tensor(np.array(tangent, dtype=node.dtype))
    return np.asarray(tangent._array if isinstance(tangent, Tensor) else tangent, dtype=node.dtype)


def _pushed(trace: Trace, seeds: Iterable[tuple[Node, Any]]) -> Any:
    """The tangents of the trace's outputs, zeros where an output does not depend on the seeds."""
    outputs = [each._ensure_node() for each in leaves(trace.output) if isinstance(each, Tensor)]
    with using(recording=True):
        found = push(seeds, outputs, trace.create_graph)

    def tangent(output: Any) -> Any:
        g = found.get(output._ensure_node()) if isinstance(output, Tensor) else None
        if g is None:
            g = np.zeros(np.shape(output), output.dtype if isinstance(output, Tensor) else None)
        if trace.create_graph:
            return trace.present(g if isinstance(g, Tensor) else constant(g))
        return trace.present(np.array(g))

    return map_leaves(tangent, trace.output)


def hvp(function: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    """The Hessian of `function` times a vector, without the Hessian: `ad.hvp(f)(x, v)`.

    Forward over reverse (Pearlmutter, Fast exact multiplication by the Hessian, 1994).

    >>> ad.hvp(lambda x: np.sum(x**3))(np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    array([6., 0.])
    """
    gradient = grad(function)
    return lambda x, v: jvp(gradient, (x,), (v,))[1]


def jacobian(function: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """A function that returns all derivatives of all outputs, of shape `output.shape + input.shape`.

    For containers: the structure of the output, in each place the structure of the input.
    Row by row in reverse mode, or column by column in forward mode where these are fewer.

    >>> ad.jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """

    def all_derivatives(*args: Any, **kwargs: Any) -> Any:
        indices = indices_of(argnums, len(args), "jacobian")
        trace = Trace(lambda *a: function(*a, **kwargs), args, indices, "jacobian")
        outputs = list(leaves(trace.output))
        rows = sum(np.size(each._array) if isinstance(each, Tensor) else np.size(each) for each in outputs)
        columns = sum(each.size for each in trace.inputs)
        blocks = _by_rows(trace, outputs) if rows <= columns else _by_columns(trace, outputs)
        inner = tuple(trace.primals) if isinstance(argnums, Sequence) else trace.primals[0]
        return refill(trace.output, [refill(inner, map(trace.present, row)) for row in blocks])

    return all_derivatives


def _by_rows(trace: Trace, outputs: Sequence[Any]) -> list[list[Any]]:
    """For each output, for each input, the derivatives: one reverse sweep for each element."""
    blocks = []
    for output in outputs:
        rows = [_row(trace, output, g) for g in _units(output)]
        shape = np.shape(output)
        blocks.append(
            [
                _stacked(column, shape + node.shape, trace)
                for column, node in zip(_columns(rows, trace), trace.nodes, strict=True)
            ]
        )
    return blocks


def _row(trace: Trace, output: Any, g: np.ndarray[Any, Any]) -> list[Any]:
    if not (isinstance(output, Tensor) and output.requires_grad):
        return [np.zeros(node.shape, node.dtype) for node in trace.nodes]
    seed = constant(g) if trace.create_graph else g
    with using(recording=True):
        found = sweep([(output._ensure_node(), seed)], trace.nodes, trace.create_graph)
    return [found[node] if node in found else np.zeros(node.shape, node.dtype) for node in trace.nodes]


def _columns(rows: list[list[Any]], trace: Trace) -> list[list[Any]]:
    return [[row[i] for row in rows] for i in range(len(trace.nodes))]


def _by_columns(trace: Trace, outputs: Sequence[Any]) -> list[list[Any]]:
    """For each output, for each input, the derivatives: one forward sweep for each element."""
    nodes = [each._ensure_node() for each in outputs if isinstance(each, Tensor)]
    blocks: list[list[Any]] = [[] for _ in outputs]
    for node, given in zip(trace.nodes, trace.inputs, strict=True):
        with using(recording=True):
            pushed = [
                push([(node, constant(g) if trace.create_graph else g)], nodes, trace.create_graph)
                for g in _units(given)
            ]
        for block, output in zip(blocks, outputs, strict=True):
            zeros = np.zeros(np.shape(output), output.dtype if isinstance(output, Tensor) else None)
            key = output._ensure_node() if isinstance(output, Tensor) else None
            columns = [zeros if key is None else found.get(key, zeros) for found in pushed]
            stacked = _stacked(columns, node.shape + zeros.shape, trace)
            block.append(ops.moveaxis(stacked, range(len(node.shape)), range(-len(node.shape), 0)))
    return blocks


def _units(like: Any) -> Iterable[np.ndarray[Any, Any]]:
    """The unit arrays of a tensor's shape, one for each element."""
    dtype = like.dtype if isinstance(like, Tensor) else None
    for i in range(np.size(like._array) if isinstance(like, Tensor) else np.size(like)):
        unit = np.zeros(like.shape, dtype)
        unit.flat[i] = 1
        yield unit


def _stacked(rows: Sequence[Any], shape: tuple[int, ...], trace: Trace) -> Any:
    if not rows:
        empty = np.zeros(shape)
        return constant(empty) if trace.create_graph else empty
    return ops.reshape(ops.stack(rows), shape)


def hessian(function: Callable[..., Any], argnums: int = 0) -> Callable[..., Any]:
    """A function that returns the matrix of second derivatives, of shape `x.shape + x.shape`.

    >>> ad.hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    """
    return jacobian(grad(function, argnums), argnums)
