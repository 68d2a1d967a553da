"""Initializers that give the same numbers each time."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..settings import standard_dtype
from .registered import Initializer, Shape, registry


@registry.add("zero")
class Zeros(Initializer):
    """0 everywhere: for biases.

    >>> Zeros()((2,))
    array([0., 0.], dtype=float32)
    """

    def __call__(self, shape: Shape, dtype: Any = None) -> Any:
        return np.zeros(shape, standard_dtype(dtype))


@registry.add("one")
class Ones(Initializer):
    """1 everywhere: for scales.

    >>> Ones()((2,))
    array([1., 1.], dtype=float32)
    """

    def __call__(self, shape: Shape, dtype: Any = None) -> Any:
        return np.ones(shape, standard_dtype(dtype))


@registry.add()
class Constant(Initializer):
    """`value` everywhere: a number, or an array that broadcasts to the shape.

    Raises ValueError for an array that does not.

    >>> Constant([1.0, 2.0])((2, 2))
    array([[1., 2.],
           [1., 2.]], dtype=float32)
    """

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def __call__(self, shape: Shape, dtype: Any = None) -> Any:
        try:
            return np.full(shape, self.value, standard_dtype(dtype))
        except ValueError:
            given = np.shape(self.value)
            raise ValueError(f"Constant: a value of shape {given} does not broadcast to {tuple(shape)}") from None


@registry.add("IdentityInitializer")
class Identity(Initializer):
    """`gain` on the diagonal of a matrix and 0 elsewhere. Raises ValueError for what is no matrix.

    >>> Identity(2.0)((2, 3))
    array([[2., 0., 0.],
           [0., 2., 0.]], dtype=float32)
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: Shape, dtype: Any = None) -> Any:
        if len(shape) != 2:
            raise ValueError(f"Identity: got the shape {tuple(shape)}, expected that of a matrix, two numbers")
        rows, columns = shape
        return self.gain * np.eye(rows, columns, dtype=standard_dtype(dtype))
