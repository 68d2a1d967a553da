"""Slots: what an optimizer keeps beside the variables that it changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .. import initializers
from ..settings import floatx
from ..variables import Variable


class Slots:
    """The slots of an optimizer, in the order in which they are made, and how to make more."""

    name: str

    def __init__(self) -> None:
        self._slots: list[Variable] = []

    def add_variable(
        self, shape: Sequence[int], initializer: Any = "zeros", dtype: Any = None, name: str = "variable"
    ) -> Variable:
        """A new slot. `initializer` is a name such as 'zeros', an object, or a function of a shape and a dtype."""
        slot = Variable(initializers.get(initializer), shape, dtype or floatx(), False, name, f"{self.name}/{name}")
        self._slots.append(slot)
        return slot

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str = "var", initializer: Any = "zeros"
    ) -> Variable:
        """A new slot of a variable's shape and dtype: `dense_kernel_momentum` for `dense/kernel`."""
        path = reference_variable.path.replace("/", "_")
        return self.add_variable(reference_variable.shape, initializer, reference_variable.dtype, f"{path}_{name}")

    def add_optimizer_variables(
        self, trainable_variables: Iterable[Variable], name: Any, initializer: Any = "zeros"
    ) -> Any:
        """Slots of one name for all variables, or of several names, in as many lists."""
        names = [name] if isinstance(name, str) else list(name)
        made = [
            [self.add_variable_from_reference(variable, each, initializer) for each in names]
            for variable in trainable_variables
        ]
        lists = [list(slots) for slots in zip(*made, strict=True)] or [[] for _ in names]
        return lists[0] if isinstance(name, str) else tuple(lists)
