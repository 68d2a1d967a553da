"""Where a kernel reads and writes: its arguments, counters and indices."""

from __future__ import annotations

import math
import string
from collections.abc import Callable, Iterator

from ...node import Node
from ...primitive import REGISTRY
from ..names import Names
from .kernel import Kernel, Level, axes_of, is_pick, is_reduction


class Access:
    """The arrays of one kernel; `name_of` tells what they are called outside."""

    def __init__(self, kernel: Kernel, name_of: Callable[[Node], str]) -> None:
        self._kernel = kernel
        self._arrays = {each: name_of(each) for each in (*kernel.operands, *kernel.outputs)}
        self.names = Names({*self._arrays.values(), "numba", "_plus"})
        self._numbers = {each: self._number_name(each) for each in kernel.operands if not each.shape}
        letters = iter("ijkl" + string.ascii_lowercase)
        self.counters = [self.names.new(next(letters)) for _ in range(1 if kernel.is_flat else len(kernel.shape))]

    def _number_name(self, operand: Node) -> str:
        """A number takes another name than an array that is written to."""
        name = self._arrays[operand]
        is_taken = any(self._arrays[each] == name for each in self._kernel.outputs)
        return self.names.new(f"old_{name}") if is_taken else name

    def parameters(self) -> dict[str, Node]:
        """The names of the arguments, and what they stand for."""
        names = {self._numbers.get(each, self._arrays[each]): each for each in self._kernel.operands}
        for each in self._kernel.outputs:
            names.setdefault(self._arrays[each], each)
        return names

    def array(self, node: Node) -> str:
        return self._arrays[node]

    def number(self, value: Node) -> str | None:
        """The name of an operand that is one number."""
        return self._numbers.get(value)

    def element(self, value: Node, user: Node) -> str:
        """The element of an array that an equation needs."""
        if user.primitive is REGISTRY["unit_rows"] or (is_pick(user) and value is not user.inputs[0]):
            return self._arrays[value] + self._index(value.shape, self.counters[:-1])  # labels have no last axis
        return self._arrays[value] + self._index(value.shape, self._frame(user))

    def local(self, element: str) -> str:
        """A new name for an element: `x_ij` for `x[i, j]`."""
        array, _, index = element.replace(".flat", "").partition("[")
        return self.names.new(f"{array}_{''.join(each for each in self.counters if each in index)}")

    def target(self, output: Node) -> str:
        """The element of an array that an equation gives."""
        frame = self._frame(output)
        if is_reduction(output):
            axes = axes_of(output)
            kept = ["0" if i in axes else each for i, each in enumerate(frame)]
            is_kept = len(output.shape) == len(kept)
            frame = kept if is_kept else [each for i, each in enumerate(kept) if i not in axes]
        return self._arrays[output] + self._index(output.shape, frame)

    def _frame(self, user: Node) -> list[str]:
        """The counter of each axis of what an equation works on."""
        level, axes = self._kernel.level(user), len(self._kernel.shape)
        if level is Level.ELEMENT or is_reduction(user):
            return self.counters if not self._kernel.is_flat else self.counters * axes
        if level is Level.END:
            return ["0"] * len(user.shape)
        return [*self.counters[:-1], "0"][: len(user.shape)]

    def _index(self, shape: tuple[int, ...], frame: list[str]) -> str:
        if self._kernel.is_flat and shape == self._kernel.shape:
            return f".flat[{self.counters[0]}]"
        along = frame[len(frame) - len(shape) :]
        parts = ["0" if side == 1 else each for side, each in zip(shape, along, strict=True)]
        return f"[{', '.join(parts) or '()'}]"

    def is_of_row(self, element: str) -> bool:
        """Whether it is the same element for a whole row."""
        index = element.partition("[")[2]
        return self.counters[-1] not in index.rstrip("]").split(", ")

    def extent(self, axis: int) -> str:
        """How far a counter goes, told by an array that has the axis."""
        shape = self._kernel.shape
        for each in self._aligned():
            if self._kernel.is_flat and each.shape == shape:
                return f"{self._arrays[each]}.size"
            place = axis - len(shape) + len(each.shape)
            if not self._kernel.is_flat and place >= 0 and each.shape[place] == shape[axis]:
                return f"{self._arrays[each]}.shape[{place}]"
        return str(math.prod(shape) if self._kernel.is_flat else shape[axis])

    def _aligned(self) -> Iterator[Node]:
        """The arrays whose last axis is that of the loop."""
        for each in self._kernel.operands:
            users = self._kernel.users[each]
            if any(self._kernel.level(user) is Level.ELEMENT or is_reduction(user) for user in users):
                yield each
        yield from (each for each in self._kernel.outputs if self._kernel.level(each) is Level.ELEMENT)
