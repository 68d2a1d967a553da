"""What a call's arguments are, apart from their values: one program for each kind of call."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from ..context import state
from ..tensor import Tensor


class Signature:
    """The leaves of some arguments, and a key: equal keys can run the same program.

    Arrays, tensors and NumPy numbers count by shape and dtype, generators by being one. Anything
    else (Python numbers, strings, None, functions) counts by its value, because Python may decide by it.
    """

    def __init__(self, arguments: Any) -> None:
        self.leaves: list[Any] = []
        self.opaque: list[Any] = []  # what may hold more, which is to be looked into
        self.shapes: list[tuple[int, ...]] = []
        self.structure: Hashable = (self._structure(arguments), state.context.recording)
        self.key: Hashable = (self.structure, tuple(self.shapes))

    def _structure(self, tree: Any) -> Any:
        kind = type(tree)
        if kind is np.ndarray or isinstance(tree, (np.ndarray, np.generic)):
            self.leaves.append(tree)
            self.shapes.append(tree.shape)
            return isinstance(tree, np.ndarray), tree.ndim, tree.dtype
        if isinstance(tree, Tensor):
            self.leaves.append(tree)
            self.shapes.append(tree.shape)
            return kind, tree.ndim, tree.dtype, tree.requires_grad, tree.name, self._place_of(tree)
        if isinstance(tree, dict):
            return (kind, *[(key, self._structure(each)) for key, each in tree.items()])
        if isinstance(tree, (tuple, list)):
            return (kind, *[self._structure(each) for each in tree])
        if isinstance(tree, np.random.Generator):
            self.leaves.append(tree)
            return kind
        return kind, self._value(tree)

    def _value(self, leaf: Any) -> Any:
        """A leaf that is compared by value: by itself where it can be looked up, else by being the same object."""
        if isinstance(leaf, (float, complex)):
            return repr(leaf)  # 0.0 is not −0.0, and NaN is NaN
        if not isinstance(leaf, (bool, int, str, bytes, type(None))):
            self.opaque.append(leaf)
        try:
            hash(leaf)
        except TypeError:
            return id(leaf)
        return leaf

    def _place_of(self, tensor: Tensor) -> int:
        """Where a tensor comes first: one that is passed twice is one variable."""
        return next(i for i, each in enumerate(self.leaves) if each is tensor)


def replaced(tree: Any, values: Any) -> Any:
    """The arguments with their leaves (as `Signature` finds them) replaced, in order."""
    if isinstance(tree, (np.ndarray, np.generic, Tensor, np.random.Generator)):
        return next(values)
    if isinstance(tree, dict):
        return {key: replaced(each, values) for key, each in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*[replaced(each, values) for each in tree])
    if isinstance(tree, (tuple, list)):
        return type(tree)([replaced(each, values) for each in tree])
    return tree
