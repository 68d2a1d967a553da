"""Tensor: an array and its node. No mathematics: operators and methods come from the table."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from .context import state
from .guard import freeze, frozen, guarded
from .node import Node


class Tensor:
    """A NumPy array that remembers how it was made; `ad.tensor` makes one.

    It answers to NumPy's operators, methods and functions. Those of a result
    that depends on a tensor with `requires_grad` are recorded.
    """

    __slots__ = ("__weakref__", "_array", "_node", "_snapshot")
    __array_priority__ = 1000
    __hash__ = object.__hash__

    if TYPE_CHECKING:  # operators and NumPy's methods are attached in methods.py, from the table

        def __getattr__(self, name: str) -> Any: ...
        def __getitem__(self, index: Any) -> Any: ...
        def __iter__(self) -> Any: ...

        backward: Any
        T: Any
        __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = cast(Any, None)
        __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = cast(Any, None)
        __pow__ = __rpow__ = __matmul__ = __rmatmul__ = __neg__ = __pos__ = __abs__ = cast(Any, None)
        __lt__ = __le__ = __gt__ = __ge__ = __and__ = __or__ = __xor__ = __invert__ = cast(Any, None)

    def __init__(self, array: np.ndarray[Any, Any], node: Node | None = None) -> None:
        self._array = array
        self._node = node

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self._array.shape
        return shape

    @property
    def dtype(self) -> np.dtype[Any]:
        dtype: np.dtype[Any] = self._array.dtype
        return dtype

    @property
    def ndim(self) -> int:
        return self._array.ndim

    @property
    def size(self) -> int:
        return self._array.size

    @property
    def requires_grad(self) -> bool:
        """Whether what is computed from this tensor is recorded; set it on tensors you made."""
        return self._node is not None and self._node.differentiable

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not self._is_leaf():
            raise ValueError(f"requires_grad can be set on tensors you made, not on {self._describe()}; use .detach()")
        if value:
            check_differentiable(self.dtype)
        node = self._leaf()
        node.differentiable = node.keeps_grad = value

    @property
    def name(self) -> str | None:
        """The name in drawings, in emitted programs and in messages."""
        return None if self._node is None else self._node.name

    @name.setter
    def name(self, name: str | None) -> None:
        self._ensure_node().name = name

    @property
    def grad(self) -> Any:
        """What `backward` has summed up here: an array (a tensor after `create_graph=True`) or None."""
        if state.context.tracer is not None:
            return state.context.tracer.gradient(self)
        return None if self._node is None else self._node.grad

    @grad.setter
    def grad(self, value: Any) -> None:
        if state.context.tracer is not None:
            state.context.tracer.node_of(self)
        self._ensure_node().grad = value

    @property
    def data(self) -> np.ndarray[Any, Any]:
        """The values. Those of a tensor you made can be written to; those of a result cannot.

        A write changes what later operations see, never a gradient of earlier ones.

        >>> w = ad.tensor([1.0, 2.0], requires_grad=True)
        >>> loss = (w * w).sum()
        >>> w.data += 10
        >>> loss.backward()
        >>> w.grad
        array([2., 4.])
        """
        if state.context.tracer is not None:
            return cast("np.ndarray[Any, Any]", state.context.tracer.data(self))
        if not self._is_leaf():
            return guarded(self._array, self._describe())
        if not self._array.flags.writeable:
            self._array = self._array.copy()
            if self._node is not None:
                self._node.tensor = None  # others can write to it: what it holds later is not what was recorded
        return self._array

    @data.setter
    def data(self, value: Any) -> None:
        if value is self._array:
            return
        if not self._is_leaf():
            raise ValueError(f".data can be set on tensors you made, not on {self._describe()}; make a new tensor")
        if state.context.tracer is not None:
            state.context.tracer.assign(self, value)
            return
        array = np.asarray(value, dtype=self.dtype)
        if array.shape != self.shape:
            raise ValueError(f".data of shape {self.shape} cannot become {array.shape}; make a new tensor")
        self._array = array if array.flags.writeable else array.copy()
        if self._node is not None:
            self._leaf().tensor = None

    def numpy(self) -> np.ndarray[Any, Any]:
        """The values as an array of their own, which you may keep and change."""
        return self._values("t.numpy()").copy()

    def item(self) -> Any:
        """The value of a tensor of one element, as a Python number."""
        return self._values("t.item()").item()

    def tolist(self) -> Any:
        """The values as nested lists of Python numbers."""
        return self._values("t.tolist()").tolist()

    def detach(self) -> Tensor:
        """The same values, as a constant: no gradient flows back through it."""
        if state.context.tracer is not None:
            state.context.tracer.node_of(self)
        return Tensor(freeze(self._array))

    def retain_grad(self) -> None:
        """Let `backward` fill `.grad` of this result, too."""
        if not self.requires_grad:
            raise ValueError("retain_grad() needs a tensor that requires a gradient; this one does not")
        self._ensure_node().keeps_grad = True

    def _values(self, call: str) -> np.ndarray[Any, Any]:
        """The array for a call that leaves the record with the values; a tracer refuses it."""
        if state.context.tracer is not None:
            state.context.tracer.refuse(self, call)
        return self._array

    def _is_leaf(self) -> bool:
        """Whether this is a tensor you made, or a result without a gradient, which is as free as one."""
        return self._node is None or self._node.primitive is None or not self._node.differentiable

    def _ensure_node(self) -> Node:
        """The node; a constant gets one when it first needs one."""
        if self._node is None:
            self._make_leaf(differentiable=False)
        return cast(Node, self._node)

    def _leaf(self) -> Node:
        """The node of a leaf; a result that `observe` has recorded leaves its history behind."""
        node = self._ensure_node()
        if node.primitive is None:
            return node
        leaf = self._make_leaf(differentiable=False)
        leaf.name = node.name
        return leaf

    def _make_leaf(self, differentiable: bool) -> Node:
        self._node = Node(self._array.shape, self._array.dtype, differentiable)
        self._node.tensor = weakref.ref(self) if frozen(self._array) else None
        return self._node

    def _describe(self) -> str:
        node = self._node
        if node is None or node.primitive is None:
            return "a constant" if node is None or node.name is None else f"'{node.name}'"
        return f"{node.primitive.name}{' in ' + repr(node.scope) if node.scope else ''} of shape {node.shape}"

    def _kept(self) -> np.ndarray[Any, Any]:
        """The array as a graph may keep it: frozen; a parameter that is used often is copied once."""
        array = self._array
        if frozen(array):
            return array
        reference = getattr(self, "_snapshot", None)
        snapshot = reference() if reference is not None else None
        if snapshot is None or not same_bits(snapshot, array):
            snapshot = freeze(array)
            self._snapshot = weakref.ref(snapshot)
        return snapshot

    def __reduce__(self) -> Any:
        """Copies and pickles: of a tensor you made, another such; of a result, its values as a constant."""
        return tensor, (self._array, self.requires_grad and self._is_leaf(), None, self.name)

    def __len__(self) -> int:
        return len(self._array)

    def __bool__(self) -> bool:
        return bool(self._values("bool(t)"))

    def __float__(self) -> float:
        if self.requires_grad:  # NumPy asks for a float when a tensor is put into an array
            raise TypeError(
                "float(t) would drop the gradient of a tensor, and so would array[i] = t. For the value write "
                "t.item() or t.detach(); to put a tensor into an array, np.stack or ad.at(array)[i].set(t)"
            )
        return float(self._values("float(t)"))

    def __int__(self) -> int:
        return int(self._values("int(t)"))

    def __index__(self) -> int:
        return self._values("operator.index(t)").__index__()

    def __format__(self, spec: str) -> str:
        return format(self._array[()] if self.ndim == 0 else str(self), spec)

    def __repr__(self) -> str:
        values = np.array2string(self._array, separator=", ", prefix="tensor(")
        extras = [f"dtype={self.dtype}"] if self.dtype not in (np.float64, np.int64, np.bool_) else []
        extras += ["requires_grad=True"] if self.requires_grad and self._is_leaf() else []
        extras += [f"from {self._node.primitive.name}"] if self._node and self._node.primitive else []
        extras += [f"name={self.name!r}"] if self.name else []
        return f"tensor({', '.join([values, *extras])})"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        if self.requires_grad:
            raise TypeError(
                "np.asarray and np.array would drop the gradient of a tensor. To join tensors write np.stack([...]) "
                "or np.concatenate([...]); for the values write t.numpy() or t.detach()"
            )
        if copy is False and dtype is not None and np.dtype(dtype) != self.dtype:
            raise ValueError(f"a {self.dtype} tensor cannot become {dtype} without a copy")
        return np.array(self._values("np.asarray(t)"), dtype=dtype)

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            "a tensor's elements cannot be assigned: the record would be wrong. "
            "Write t = ad.at(t)[index].set(value), or .add(value); for a parameter's values, t.data[index] = value"
        )


def same_bits(first: np.ndarray[Any, Any], second: np.ndarray[Any, Any]) -> bool:
    """Whether two arrays of one dtype are equal to the bit: 0.0 is not −0.0, and NaN is NaN."""
    bits = f"u{first.itemsize}"
    return first.itemsize <= 8 and first.shape == second.shape and np.array_equal(first.view(bits), second.view(bits))


def tensor(data: Any, requires_grad: bool = False, dtype: Any = None, name: str | None = None) -> Tensor:
    """A tensor with a copy of `data`; NumPy's dtypes and promotion.

    Raises TypeError for complex, object and text data, and where an integer or
    boolean tensor is to have a gradient.

    >>> ad.tensor([[1, 2], [3, 4]], requires_grad=True, dtype=np.float32, name="W")
    tensor([[1., 2.],
            [3., 4.]], dtype=float32, requires_grad=True, name='W')
    """
    array = np.array(data._array if isinstance(data, Tensor) else data, dtype=dtype)
    if array.dtype.kind not in "fiub":
        raise TypeError(
            f"ad.tensor: got {array.dtype} data, expected floats, integers or booleans"
            + (" (complex numbers are not supported: use the real and imaginary parts)" * (array.dtype.kind == "c"))
        )
    if requires_grad:
        check_differentiable(array.dtype)
    array.setflags(write=False)
    made = Tensor(array)
    if requires_grad or name is not None:
        made._make_leaf(requires_grad).name = name
        for observer in state.context.observers:
            observer.made(made)
    if state.context.tracer is not None:
        state.context.tracer.made_of(made, data)
    return made


def constant(array: Any, like: Tensor | None = None) -> Tensor:
    """A tensor for an array that the engine made up, where need be beside another tensor."""
    made = Tensor(freeze(np.asarray(array)))
    if state.context.tracer is not None:
        state.context.tracer.made(made, like)
    return made


def is_tracked(value: Any) -> bool:
    """Whether a value is a tensor that carries a gradient."""
    return isinstance(value, Tensor) and value.requires_grad


def check_differentiable(dtype: np.dtype[Any]) -> None:
    if dtype.kind != "f":
        raise TypeError(
            f"a tensor of {dtype} cannot require a gradient: derivatives need floats. "
            "Write 3.0 instead of 3, dtype=float, or x.astype(float)"
        )
