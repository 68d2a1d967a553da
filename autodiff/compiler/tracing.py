"""The tracer: looks on while a function runs once, and writes down every operation as an equation.

Values are told apart by their arrays: nothing writes to an array of a trace, so one array is one value,
whichever tensor it is seen through. An array that nobody has any more is forgotten.
"""

from __future__ import annotations

import operator
import sys
import weakref
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any, NoReturn

import numpy as np

from ..context import state
from ..guard import freeze, frozen_copy
from ..lines import here
from ..node import Node
from ..primitive import REGISTRY, Primitive
from ..tensor import Tensor
from .draws import Generator, draw
from .known import FEW, Known, TraceError, gradient_of, name_of
from .program import Argument, Captured, Source, constant, equation


class ArrayArgument(Tensor):
    """Stands for an array that the caller passed: `w -= step` changes the caller's array, as without a trace."""

    __slots__ = ()


def _changing(operate: Any) -> Any:
    def change(self: ArrayArgument, other: Any) -> ArrayArgument:
        state.context.tracer.assign(self, operate(self, other))
        return self

    return change


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor"):
    setattr(ArrayArgument, f"__i{_name}__", _changing(getattr(operator, f"__{_name}__")))


class Tracer(Known):
    """Equations by the arrays that they made, inputs by where they come from, and what was assigned."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0  # of equations
        self.swept = False  # whether the function sent cotangents back
        self.draws: list[Node] = []
        self.guessed: set[Node] = set()  # whose names are those of variables
        self.mark = Node((), np.dtype(float)).number
        self.equations: list[Node] = []
        self._stand_ins: dict[int, Tensor] = {}  # for tensors that are passed
        self._cotangents: list[tuple[Node, Node]] = []
        self._generators: dict[int, Node] = {}
        self._states: list[tuple[np.random.Generator, Any]] = []
        self._errors = np.geterr()

    # What comes in

    def argument(self, value: Any, place: int) -> Any:
        """An argument as the function gets it: an array as a tensor, a generator as one that is looked at."""
        if isinstance(value, Tensor):
            return self._tensor_argument(value, Argument(place))
        if isinstance(value, np.random.Generator):
            return self.generator(value, Argument(place))
        array = frozen_copy(value)
        if array.dtype.kind not in "fiub":
            raise TraceError(f"a compiled function got {array.dtype} data, expected floats, integers or booleans")
        self.bare.add(id(array))
        node = self._enter(array, self._input(array, Argument(place)))
        if isinstance(value, np.generic):
            return Tensor(array)
        made = ArrayArgument(array)
        self.seen[id(made)], self.leaves[id(made)], self.before[id(made)] = made, node, (array, None)
        return made

    def _tensor_argument(self, tensor: Tensor, source: Source) -> Tensor:
        """A tensor that stands for the caller's: the function may find that one outside, too."""
        if id(tensor) not in self._stand_ins:
            node = Node(tensor.shape, tensor.dtype, tensor.requires_grad)
            node.name, node.grad = name_of(tensor), gradient_of(tensor)
            node.keeps_grad = tensor.requires_grad and tensor._is_leaf()
            self._stand_ins[id(tensor)] = self._see(Tensor(tensor._array, node), source)
        return self._stand_ins[id(tensor)]

    def tensor(self, value: Any) -> Tensor:
        """Whatever a function is differentiated by, as a tensor whose array is known."""
        if isinstance(value, Tensor):
            self.node_of(value)
            return value
        array = frozen_copy(value)
        self._enter(array, self.node_of(value) if isinstance(value, np.ndarray) else constant(array))
        return Tensor(array)

    def differentiated(self, tensor: Tensor) -> None:
        """A tensor with a node of its own for a known value, by which a function is differentiated."""
        self._recorded[tensor._ensure_node()] = self.node_of(tensor)

    def made(self, tensor: Tensor, like: Tensor | None = None) -> None:
        """A tensor that was made inside, of bare values: a constant; as bare as the one that it is made beside."""
        if like is not None and self.is_bare(like):
            self.bare.add(id(tensor._array))
        self._enter(tensor._array, constant(tensor._array, state.context.scope))

    def made_of(self, tensor: Tensor, source: Any) -> None:
        """A tensor that was made inside as a copy."""
        if not isinstance(source, (Tensor, np.ndarray)):
            return self.made(tensor)
        node = self.node_of(source)
        kind = REGISTRY["identity"] if node.dtype == tensor.dtype else REGISTRY["astype"]
        params = {} if node.dtype == tensor.dtype else {"dtype": tensor.dtype}
        self._enter(tensor._array, equation(kind, (node,), params, _like(tensor._array)))

    def generator(self, value: np.random.Generator, source: Source | None = None) -> Generator:
        """A random generator as one whose draws are equations."""
        if isinstance(value, Generator):
            return value
        if id(value) not in self._generators:
            self._states.append((value, value.bit_generator.state))
            node = Node((), np.dtype(object))
            node.name = "rng"
            self._generators[id(value)] = node
            self.inputs[node] = source or Captured(value)
            self._kept.append(value)
        return Generator(value, self, self._generators[id(value)])

    def drawn(self, generator: Node, method: str, array: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Tensor:
        """The tensor for an array that was drawn from a generator."""
        array = frozen_copy(array)
        like = _like(array)
        node = equation(draw, (generator,), {"method": method, "args": tuple(args), "kwargs": kwargs}, like)
        node.scope = state.context.scope
        self.draws.append(node)
        self._enter(array, node)
        self.bare.add(id(array))
        return Tensor(array)

    # What happens

    def meet(self, args: Sequence[Any]) -> list[Any]:
        """The arrays of a call's arguments, after tensors from outside have been seen."""
        for each in args:
            if isinstance(each, Tensor):
                self.node_of(each)
        return [each._array if isinstance(each, Tensor) else each for each in args]

    def recorded(self, node: Node, args: Sequence[Any], out: Any) -> None:
        self._recorded[node] = self._equation(node.primitive, args, node.params, out)
        if node.plan is not None and node.saved:
            for place, saved in zip(node.plan.keeps, node.saved, strict=True):
                if place >= 0 and isinstance(saved, np.ndarray) and id(saved) not in self.nodes:
                    self._enter(saved, self.node_of(args[place]))

    def passed(self, result: Tensor, primitive: Primitive, args: Sequence[Any], params: dict[str, Any]) -> None:
        self._equation(primitive, args, params, result._array)

    def cotangent(self, node: Node, g: Any) -> None:
        """What came back to a node in full: called after it."""
        self.swept = True
        if node.number < self.mark and node.primitive is not None:
            raise TraceError(f"{here()}: the gradient goes through what was computed before the compiled function")
        if node in self._recorded:
            self._cotangents.append((self.node_of(g), self._recorded[node]))

    def name_all(self) -> None:
        """What has no name yet is called after its scope and operation; what came back to `hidden` is `d_hidden`."""
        came_back = {g for g, _ in self._cotangents}
        for node in (*self.equations, *self.draws):
            if node.name is None and node not in came_back:
                scope = node.scope.rpartition("/")[2]
                node.name, node.unsaid = f"{scope}_{node.primitive.name}" if scope else node.primitive.name, True
        for g, node in self._cotangents:
            if g.primitive is not None and g.name is None:
                g.name, g.unsaid = f"d_{node.name}", node not in self.inputs

    def _equation(self, primitive: Primitive, args: Sequence[Any], params: dict[str, Any] | None, out: Any) -> Node:
        inputs = [self.node_of(each) for each in args]
        node = equation(primitive, inputs, params, _like(out))
        node.scope, node.origin = state.context.scope, here()
        self.count += 1
        node.silent = np.geterr() != self._errors
        # A tensor as an index does not make a tensor of an array.
        bare = all(self.is_bare(each) for each in (args[:1] if primitive is REGISTRY["take_at"] else args))
        self.equations.append(node)
        self.nodes[id(out)] = node
        self._kept.append(weakref.ref(out, partial(_forget, self.nodes, self.bare, id(out))))
        if bare:
            self.bare.add(id(out))
        return node

    # What the function does to tensors

    def data(self, tensor: Tensor) -> Tensor:
        """`tensor.data` in a trace: its value now, as a constant tensor."""
        node, array = self.node_of(tensor), _seen_anew(tensor._array)
        self._enter(array, node)
        self.bare.add(id(array))
        return Tensor(array)

    def gradient(self, tensor: Tensor) -> Any:
        """`tensor.grad` in a trace."""
        self.node_of(tensor)
        g = gradient_of(tensor)
        if isinstance(g, Tensor):
            self.bare.add(id(g._array))
        return g

    def assign(self, tensor: Tensor, value: Any) -> None:
        """`tensor.data = value` in a trace."""
        self.node_of(tensor)
        given = value if isinstance(value, Tensor) else self.tensor(value)
        if given.shape != tensor.shape:
            raise ValueError(f".data of shape {tensor.shape} cannot become {given.shape}; make a new tensor")
        converted = given if given.dtype == tensor.dtype else given.detach().astype(tensor.dtype)
        tensor._array = _seen_anew(converted._array)
        self._enter(tensor._array, self.node_of(converted))
        if isinstance(tensor, ArrayArgument):
            self.bare.add(id(tensor._array))
        if tensor._node is not None:
            tensor._node.tensor = None

    def refuse(self, tensor: Tensor, call: str) -> None:
        """Raise, unless the tensor is a constant of the trace."""
        node = self.node_of(tensor)
        if node.primitive is None and node.value is not None:
            return
        refuse(call, tensor)

    # What comes out

    def settle(self) -> None:
        """Arrays that nobody has but the trace were made inside: if they are short to write, they are constants."""
        own = Counter(map(id, self._kept))
        for node, source in list(self.inputs.items()):
            array = source.value if isinstance(source, Captured) else None
            if not isinstance(array, np.ndarray) or array.base is not None or not _is_short(array):
                continue
            ours = own[id(array)] + 3  # with the source, the name here, and the argument of the call below
            if sys.getrefcount(array) <= ours:
                self.bakes = True
                del self.inputs[node]
                node.value = frozen_copy(array)

    def restore(self) -> None:
        """Put the tensors and generators from outside back to what they were."""
        for key, tensor in self.seen.items():
            tensor._array, g = self.before[key]
            if tensor._node is not None:
                tensor._node.grad = g
        for generator, before in self._states:
            generator.bit_generator.state = before


def refuse(call: str, tensor: Tensor) -> NoReturn:
    raise TraceError(
        f"{here()}: {call} asks for the values of a tensor of shape {tensor.shape} inside a compiled function. "
        "The program is made once, for all values, and cannot follow them. Write np.where(condition, a, b) for a "
        "choice between values, or leave this part eager: call the function without ad.compile"
    )


def _forget(nodes: dict[int, Node], bare: set[int], key: int, _: Any) -> None:
    """Another array may get the identity of one that is gone."""
    nodes.pop(key, None)
    bare.discard(key)


def _seen_anew(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The same values as an array of its own, which nobody can write to."""
    return freeze(array).view()


def _is_short(array: np.ndarray[Any, Any]) -> bool:
    """Whether an array can be written into a program: a few numbers, or one number many times."""
    return array.size <= FEW or bool(np.all(array == array.flat[0]))


def _like(array: np.ndarray[Any, Any]) -> Node:
    return Node(array.shape, array.dtype, False, scope=state.context.scope)
