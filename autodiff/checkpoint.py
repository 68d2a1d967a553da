"""Checkpointing: memory for time; what a function records is dropped and computed again."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any

import numpy as np

from . import ops
from .context import state, using
from .node import Node, older
from .plan import Edge, Plan
from .primitive import Primitive
from .reverse import sweep
from .tensor import Tensor, is_tracked
from .tree import leaves, map_leaves


def checkpoint(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function with the same values and gradients that keeps none of its intermediate results.

    The backward pass calls `function` again (Griewank and Walther, Revolve, 2000). Arguments and
    tensors that it uses from outside get their gradients; generators passed to `ad.dropout`,
    `ad.normal` and `ad.uniform` draw the same numbers again. Raises RuntimeError where the second
    call gives other values than the first.

    >>> x = ad.tensor([1.0, 2.0], requires_grad=True)
    >>> block = ad.checkpoint(lambda x: np.tanh(np.exp(x)))
    >>> np.sum(block(x)).backward()
    >>> ad.check_grads(block, (x,)).verdict
    'right'
    """

    @wraps(function)
    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        if not state.context.recording or state.context.tracer is not None:
            return function(*args, **kwargs)
        return _Segment(function, args, kwargs).output()

    return checkpointed


class _Segment:
    """One call of a checkpointed function, and what it takes to call it again."""

    def __init__(self, function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        self._function = function
        self._arguments = (tuple(args), kwargs)
        tracked = [each for each in leaves(self._arguments) if is_tracked(each)]
        self._inputs = [(each._kept(), each._ensure_node()) for each in tracked]
        self._generators: dict[int, Any] = {}
        self._latest: tuple[Any, list[Any]] | None = None

    def output(self) -> Any:
        """The function's results, those that carry a gradient tied to one node for the whole call."""
        mark = Node((), np.dtype(float)).number
        with using(generators=self._generators):
            result = self._run(self._boundary(create_graph=False))
        _note(self._generators)
        outputs = [each for each in leaves(result) if is_tracked(each)]
        if not outputs:
            return result
        packed = _pack(outputs)
        self._checksum = _checksum(packed)
        self._captured = list(older([each._ensure_node() for each in outputs], mark))
        tied = _unpack(Tensor(packed._array, self._node(packed)), outputs)
        return map_leaves(lambda each: next(tied) if is_tracked(each) else each, result)

    def _boundary(self, create_graph: bool) -> list[Tensor]:
        """Tensors in place of the tracked arguments, newer than all that the call records."""
        if create_graph:
            return [ops.identity(Tensor(array, node)) for array, node in self._inputs]
        return [Tensor(array, Node(array.shape, array.dtype)) for array, _ in self._inputs]

    def _run(self, boundary: Sequence[Tensor]) -> Any:
        remaining = iter(boundary)
        args, kwargs = map_leaves(lambda each: next(remaining) if is_tracked(each) else each, self._arguments)
        with using(recording=True):
            return self._function(*args, **kwargs)

    def _node(self, packed: Tensor) -> Node:
        """The node of the call: an edge to each argument, and to each tensor used from outside."""
        sources = (*(node for _, node in self._inputs), *self._captured)
        edges = tuple(Edge(i, self._rule(i), (), lambda node, saved: ()) for i in range(len(sources)))
        primitive = Primitive(f"checkpoint {getattr(self._function, '__name__', '')}".strip(), self._function, [])
        node = Node(packed.shape, packed.dtype, True, primitive, sources, {}, Plan((), edges), [], state.context.scope)
        for observer in state.context.observers:
            observer.recorded(node, (), packed._array)
        return node

    def _rule(self, index: int) -> Callable[[Any], Any]:
        return lambda g: self._pull(g)[index]

    def _pull(self, g: Any) -> list[Any]:
        """The cotangents of all sources; computed at the first edge, and kept until the next g."""
        if self._latest is None or self._latest[0] is not g:
            self._latest = (g, self._pulled(g))
        return self._latest[1]

    def _pulled(self, g: Any) -> list[Any]:
        create_graph = isinstance(g, Tensor)
        boundary = self._boundary(create_graph)
        with _drawing_again(self._generators), using(recording=True):  # also when backward() is called under no_grad
            packed = _pack([each for each in leaves(self._run(boundary)) if is_tracked(each)])
        if _checksum(packed) != self._checksum:
            raise RuntimeError(
                f"checkpoint: {self._function} gave other values when called again for the gradient. Did it draw from "
                "a generator of its own, or has something that it uses from outside changed since?"
            )
        mark = min([each._ensure_node().number for each in boundary], default=packed._ensure_node().number)
        wanted = [each._ensure_node() for each in boundary] + self._captured
        found = sweep([(packed._ensure_node(), g)], wanted, create_graph, horizon=mark)
        return [found[node] if node in found else np.zeros(node.shape, node.dtype) for node in wanted]


def _pack(outputs: Sequence[Tensor]) -> Tensor:
    """Several results as one vector; a single one as it is."""
    return outputs[0] if len(outputs) == 1 else ops.concatenate([ops.ravel(each) for each in outputs])


def _unpack(packed: Tensor, outputs: Sequence[Tensor]) -> Iterator[Tensor]:
    """The results from their vector, in their shapes and dtypes."""
    if len(outputs) == 1:
        yield packed
        return
    start = 0
    for each in outputs:
        part = ops.getitem(packed, slice(start, start + each.size))
        yield ops.reshape(part, each.shape).astype(each.dtype)
        start += each.size


def _checksum(packed: Tensor) -> int:
    return zlib.crc32(packed._array.tobytes())


def _note(generators: dict[int, Any]) -> None:
    """Tell an enclosing checkpoint which generators were used, and their states before."""
    outside = state.context.generators
    if outside is not None:
        for key, met in generators.items():
            outside.setdefault(key, met)


@contextmanager
def _drawing_again(generators: dict[int, Any]) -> Iterator[None]:
    """Put generators back to where they were in the first call, and afterwards where they are now."""
    now = [(generator, generator.bit_generator.state) for generator, _ in generators.values()]
    try:
        for generator, before in generators.values():
            generator.bit_generator.state = before
        yield
    finally:
        for generator, current in now:
            generator.bit_generator.state = current
