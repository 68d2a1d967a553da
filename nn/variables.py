"""Variables: tensors that layers, optimizers and metrics keep, and assign to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autodiff import Tensor
from autodiff.context import state

from .settings import floatx

Constraint = Callable[[Any], Any]


class Variable(Tensor):
    """A tensor with a name and a value that can be assigned.

    `initializer` is an array, or a function of a shape and a dtype. A trainable variable of floats requires
    a gradient. As in Keras, `name` is short and `path` tells where it belongs.

    >>> v = Variable([1.0, 2.0], name="bias")
    >>> v.assign_add([1.0, 1.0])
    >>> v
    <Variable path=bias, shape=(2,), dtype=float32, value=[2. 3.]>
    """

    __slots__ = ("_name", "constraint", "overwrite_with_gradient", "path", "regularizer", "trainable")

    def __init__(
        self,
        initializer: Any,
        shape: Sequence[int] | None = None,
        dtype: Any = None,
        trainable: bool = True,
        name: str = "variable",
        path: str | None = None,
    ) -> None:
        value = initializer(tuple(shape or ()), dtype=dtype or floatx()) if callable(initializer) else initializer
        array = np.array(value._array if isinstance(value, Tensor) else value)
        default = floatx() if array.dtype.kind == "f" else array.dtype
        super().__init__(array.astype(dtype or default))
        if shape is not None and self.shape != tuple(shape):
            raise ValueError(f"variable {name!r}: its initializer gave shape {self.shape}, expected {tuple(shape)}")
        self._name, self.path, self.trainable = name, path or name, trainable
        self.regularizer: Any = None
        self.constraint: Constraint | None = None
        self._make_leaf(trainable and self.dtype.kind == "f").name = self.path.replace("/", "_")

    @property  # type: ignore[misc]  # a tensor's name can be set; a variable's follows from where it belongs
    def name(self) -> str:
        """The short name: `kernel`."""
        return self._name

    def rename(self, path: str) -> None:
        """Say where the variable belongs: `dense/kernel`; drawings and programs call it `dense_kernel`."""
        self.path = path
        self._ensure_node().name = path.replace("/", "_")

    @property
    def value(self) -> Variable:
        """The variable itself: it is a tensor."""
        return self

    def assign(self, value: Any) -> None:
        """Take a new value of the same shape, in the variable's dtype. Raises ValueError for another shape."""
        given = value.detach().astype(self.dtype) if isinstance(value, Tensor) else np.array(value, dtype=self.dtype)
        if given.shape != self.shape:
            raise ValueError(f"variable {self.path!r} has shape {self.shape}, got a value of shape {given.shape}")
        if state.context.tracer is None:
            self.data[...] = given._array if isinstance(given, Tensor) else given  # programs know the array
        else:
            self.data = given

    def assign_add(self, value: Any) -> None:
        """Add to the value."""
        self.assign(self.detach() + value)

    def assign_sub(self, value: Any) -> None:
        """Take from the value."""
        self.assign(self.detach() - value)

    def __repr__(self) -> str:
        shown = np.array2string(self._array, threshold=8)
        return f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype}, value={shown}>"

    def __reduce__(self) -> Any:
        """Copies and pickles are variables, too."""
        arguments = (self._array, None, self.dtype, self.trainable, self._name, self.path)
        return Variable, arguments, (self.regularizer, self.constraint, self._ensure_node().name)

    def __setstate__(self, state: Any) -> None:
        self.regularizer, self.constraint, self._ensure_node().name = state
