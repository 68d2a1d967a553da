"""What a function must not do while it is traced, because its program would not do it again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import is_
from typing import Any

from ..node import behind
from ..tensor import Tensor
from .known import TraceError
from .program import Captured
from .tracing import Tracer


def parts(tree: Any) -> Iterator[Any]:
    """All containers, keys and leaves of an argument."""
    yield tree
    if isinstance(tree, dict):
        for key, each in tree.items():
            yield key
            yield from parts(each)
    elif isinstance(tree, (list, tuple)):
        for each in tree:
            yield from parts(each)


def refuse_changes(before: list[list[Any]], args: Sequence[Any], kwargs: dict[str, Any]) -> None:
    """Raise where the function put something else into a list or dict that it was given."""
    names = [*(f"argument {i}" for i in range(len(args))), *(f"the argument {name}" for name in kwargs)]
    for name, was, value in zip(names, before, (*args, *kwargs.values()), strict=True):
        now = list(parts(value))
        if len(now) != len(was) or not all(map(is_, now, was)):
            raise TraceError(
                f"the compiled function changes the {type(value).__name__} that it gets as {name}; its program would "
                "not change the caller's. Return what is new, or change a copy of it: "
                f"{type(value).__name__}(items)"
            )


def refuse_escapes(tracer: Tracer, outside: Iterable[Any]) -> None:
    """Raise where the function left a tensor of the trace outside: its program would leave none."""
    for each in outside:
        node = tracer.nodes.get(id(each._array)) if isinstance(each, Tensor) else None
        if node is None or tracer.inputs.keys().isdisjoint(behind([node])):  # not of the trace, or a constant
            continue
        leaf = tracer.leaves.get(id(each))
        if leaf is None or not isinstance(tracer.inputs[leaf], Captured):
            name = f"{node.name}, " if node.name else ""
            raise TraceError(
                f"the compiled function leaves a tensor of its own ({name}shape {each.shape}) in a list, an attribute "
                "or a variable outside, which its program would not do. Return it and keep it after the call, or make "
                "a tensor outside and assign to its .data"
            )
