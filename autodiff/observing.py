"""observe(): a record of everything, with values and lines, to look at afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from .context import Observer, state, using
from .guard import freeze
from .lines import here
from .node import Node
from .primitive import Primitive, input_of
from .tensor import Tensor, same_bits


@contextmanager
def observe() -> Iterator[None]:
    """Record all that happens inside the `with` block, for drawings and printed graphs.

    Each node keeps its values and the line that made it. What carries no gradient becomes a node,
    too, also under `no_grad`. All values stay in memory for as long as the graph does.

    >>> x = ad.tensor([1.0, -2.0], name="x")
    >>> with ad.observe():
    ...     y = ad.relu(x) + 1
    >>> print(ad.Graph(y))
    x: float64 (2,) constant
    a: float64 (2,) = relu(x)
    b: float64 (2,) = add(a, 1)
    """
    observers = state.context.observers
    known = any(isinstance(each, Recorder) for each in observers)
    with using(observers=observers if known else (*observers, Recorder())):
        yield


class Recorder(Observer):
    """Writes what it sees into the nodes."""

    def made(self, tensor: Tensor) -> None:
        tensor._ensure_node().origin = here()

    def recorded(self, node: Node, args: Sequence[Any], out: Any) -> None:
        inputs = tuple([_now(each, known) for each, known in zip(args, node.inputs, strict=True)]) if args else ()
        if any(now is not known for now, known in zip(inputs, node.inputs, strict=False)):
            node.inputs = inputs
            node.renumber()  # inputs come before what is made of them
        node.origin, node.value = here(), freeze(out)
        node.arguments = tuple([_kept(each) for each in args])

    def passed(self, result: Tensor, primitive: Primitive, args: Sequence[Any], params: dict[str, Any]) -> None:
        inputs = tuple([input_of(each) for each in args])
        node = Node(result.shape, result.dtype, False, primitive, inputs, params, scope=state.context.scope)
        result._node = node
        self.recorded(node, args, result._array)


def _now(value: Any, known: Any) -> Any:
    """The node of an argument; a constant result that was written to since is a new leaf."""
    if isinstance(known, Node) and known.primitive is not None and known.plan is None:
        return known if same_bits(known.value, value._array) else value._leaf()
    return known


def _kept(value: Any) -> Any:
    """An argument as it is now: a number, or an array that nobody can write to."""
    if isinstance(value, Tensor):
        return value._kept()
    return value if isinstance(value, (int, float)) else freeze(np.asarray(value))
