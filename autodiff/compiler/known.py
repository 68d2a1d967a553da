"""What a trace knows: the nodes of arrays, and of the tensors that the function finds outside."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..context import Observer
from ..guard import frozen, frozen_copy
from ..lines import here
from ..node import Node
from ..tensor import Tensor
from .program import Captured, Gradient, Source, constant

FEW = 64  # elements of an array that is written into the program


class TraceError(TypeError):
    """What a compiled function asks for cannot be known before it runs."""


class Known(Observer):
    """Nodes by the arrays that they stand for, inputs by where they come from, and tensors as they were before."""

    def __init__(self) -> None:
        self.nodes: dict[int, Node] = {}
        self.inputs: dict[Node, Source] = {}
        self.bakes = False  # whether values came in that NumPy alone computed
        self.seen: dict[int, Tensor] = {}  # tensors from outside
        self.leaves: dict[int, Node] = {}  # their nodes, before any assignment
        self.before: dict[int, tuple[Any, Any]] = {}  # their arrays and gradients, before
        self.bare: set[int] = set()  # arrays that would be no tensors outside of a trace
        self._kept: list[Any] = []  # what came in, and looks at the arrays of equations
        self._recorded: dict[Node, Node] = {}  # nodes of the engine, and the equations for them

    def is_bare(self, value: Any) -> bool:
        """Whether a value would be no tensor outside of a trace."""
        return not isinstance(value, Tensor) or id(value._array) in self.bare

    def node_of(self, value: Any) -> Any:
        """The node of a tensor or an array, the number itself of a Python number."""
        if isinstance(value, Tensor):
            return self._node_of_tensor(value)
        if isinstance(value, np.ndarray):
            return self.nodes.get(id(value)) or self._enter(value, self._captured_array(value))
        if isinstance(value, (bool, int, float)) and not isinstance(value, np.generic):
            return value
        self.bakes = True
        return constant(value)

    def _captured_array(self, array: np.ndarray[Any, Any]) -> Node:
        """Nobody can write to a frozen array: a small one is a constant; another is read at each call."""
        is_constant = array.dtype.kind not in "fiub" or (frozen(array) and array.size <= FEW)
        return constant(array) if is_constant else self._input(array, Captured(array))

    def _node_of_tensor(self, tensor: Tensor) -> Node:
        node = self.nodes.get(id(tensor._array))
        if node is not None:
            return node
        self._see(tensor, Captured(tensor))
        return self.leaves[id(tensor)]

    def _see(self, tensor: Tensor, source: Source) -> Tensor:
        """A tensor from outside: for the time of the trace it has an array of its own, which nobody can write to."""
        self._refuse_result(tensor)
        self.seen[id(tensor)] = tensor
        self.before[id(tensor)] = (tensor._array, gradient_of(tensor))
        node = self._input(tensor._array, source)
        node.name, node.differentiable = name_of(tensor), tensor.requires_grad
        tensor._array = frozen_copy(tensor._array)
        self._enter(tensor._array, node)
        self.leaves[id(tensor)] = node
        if tensor._node is not None:
            self._recorded[tensor._node] = node
        self._see_gradient(tensor)
        return tensor

    def _see_gradient(self, tensor: Tensor) -> None:
        """A gradient that is there already is an input, too."""
        g = gradient_of(tensor)
        if g is None or tensor._node is None:
            return
        held = Tensor(frozen_copy(g._array if isinstance(g, Tensor) else g))
        source = self.inputs[self.leaves[id(tensor)]]
        assert not isinstance(source, Gradient)
        node = self._input(held._array, Gradient(source))
        node.name = f"d_{name_of(tensor)}" if name_of(tensor) else None
        self._enter(held._array, node)
        tensor._node.grad = held

    def _refuse_result(self, tensor: Tensor) -> None:
        if tensor.requires_grad and not tensor._is_leaf():
            raise TraceError(
                f"{here()}: the compiled function uses {tensor._describe()}, which was computed before the call and "
                "carries a gradient. Compute it inside, or pass it as .detach()"
            )

    def _input(self, array: np.ndarray[Any, Any], source: Source) -> Node:
        node = Node(array.shape, array.dtype, False)
        self.inputs[node] = source
        return node

    def _enter(self, array: np.ndarray[Any, Any], node: Node) -> Node:
        self.nodes[id(array)] = node
        self._kept.append(array)
        return node


def gradient_of(tensor: Tensor) -> Any:
    return None if tensor._node is None else tensor._node.grad


def name_of(tensor: Tensor) -> str | None:
    return None if tensor._node is None else tensor._node.name
