"""Primitives taken apart: one that is made of others is run on traced tensors, and its record takes its place."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...context import Observer, using
from ...node import Node
from ...primitive import Primitive, is_declared
from ...tensor import Tensor
from ..program import Program, constant, equation, rewritten


def lowered(program: Program) -> Program:
    """The program in terms of primitives that NumPy has a call for, and of those that cannot be taken apart."""
    return rewritten(program, _parts)


def _parts(node: Node, inputs: tuple[Any, ...]) -> Node | None:
    if isinstance(node.primitive.run, np.ufunc) or not is_declared(node.primitive):
        return None
    whole = equation(node.primitive, inputs, node.params, node)
    parts = taken_apart(whole)
    if parts is not whole:
        parts.name = node.name
    return parts


def _nothing(kind: str, flag: int) -> None:
    """What happens where the zeros that stand for values divide: not ignored, so that what ignores it is seen."""


@np.errstate(all="call", call=_nothing)
def taken_apart(node: Node) -> Node:
    """The node that computes the same by more elementary calls; the node itself where there are none."""
    recorder = _Parts(node)
    tensors = [recorder.tensor(each) if isinstance(each, Node) else each for each in node.inputs]
    try:
        with using(tracer=recorder, observers=(recorder,), recording=False, scope=node.scope):
            out = node.primitive.run(*tensors, **(node.params or {}))
    except Exception:  # it is no function of tensors, or asks for values; an error of its own comes when it runs
        return node
    made: Any = recorder.node_of(out) if isinstance(out, Tensor) and not recorder.meets_itself else None
    if made is None or (made.shape, made.dtype) != (node.shape, node.dtype):
        return node
    lowered: Node = made
    return lowered


class _Parts(Observer):
    """A small tracer for one primitive: values are zeros, as only shapes count."""

    def __init__(self, whole: Node) -> None:
        self.whole = whole
        self.bare: set[int] = set()
        self.nodes: dict[int, Node] = {}
        self.meets_itself = False  # the primitive's function calls the primitive
        self._kept: list[Any] = []
        self._errors = np.geterr()

    def tensor(self, node: Node) -> Tensor:
        array = np.zeros(node.shape, node.dtype) if node.value is None else np.array(node.value)
        array.setflags(write=False)
        return self._enter(Tensor(array), node)

    def _enter(self, tensor: Tensor, node: Node) -> Tensor:
        self.nodes[id(tensor._array)] = node
        self._kept.append(tensor._array)
        return tensor

    def passed(self, result: Tensor, primitive: Primitive, args: Any, params: dict[str, Any]) -> None:
        if primitive is self.whole.primitive:  # an error would not do: NumPy's `reduce` keeps its arguments then
            self.meets_itself = True
            self._enter(result, self.whole)
            return
        like = Node(result.shape, result.dtype, False, scope=self.whole.scope)
        node = equation(primitive, [self.node_of(each) for each in args], params, like)
        node.silent = self.whole.silent or np.geterr() != self._errors
        is_elementary = isinstance(primitive.run, np.ufunc) or not is_declared(primitive)
        self._enter(result, node if is_elementary else self._deeper(node))

    def _deeper(self, node: Node) -> Node:
        with using(tracer=None, observers=()):
            return taken_apart(node)

    def node_of(self, value: Any) -> Any:
        if isinstance(value, Tensor):
            if id(value._array) not in self.nodes:
                self._enter(value, constant(value._array))
            return self.nodes[id(value._array)]
        if isinstance(value, (bool, int, float)) and not isinstance(value, np.generic):
            return value
        known = self.nodes.get(id(value))
        return constant(value) if known is None else known

    def meet(self, args: Any) -> list[Any]:
        return [each._array if isinstance(each, Tensor) else each for each in args]

    def made(self, tensor: Tensor, like: Tensor | None = None) -> None:
        self._enter(tensor, constant(tensor._array))

    def refuse(self, tensor: Tensor, call: str) -> None:
        raise TypeError(call)
