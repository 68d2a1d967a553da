"""One traced call: the program, and what ties its inputs and results to the function's arguments and tensors."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..context import state, using
from ..tensor import Tensor, is_tracked
from ..tree import leaves, map_leaves
from .captures import Captures
from .escapes import parts, refuse_changes, refuse_escapes
from .names import argument_names, noticing
from .program import Argument, Captured, Gradient, Program
from .signature import Signature, replaced
from .tracing import Tracer


class Traced(NamedTuple):
    """One call, looked at: the program, what the call returned, and how its results are handed out."""

    program: Program
    output: Any  # the structure of the function's result
    returned: list[bool | Argument | Captured]  # for each leaf of the result: computed, as it was, or which input
    bare: list[bool]  # for each result, whether it is handed out as an array
    gradients: list[Argument | Captured]  # whose .grad the results after those are
    cleared: list[Argument | Captured]  # whose .grad becomes None
    empty: list[Argument | Captured]  # whose .grad was None before
    others: list[Any]  # the leaves of the result that are not computed
    carries: bool  # whether a gradient leads from a result to what it was computed from
    bakes: bool  # whether it took in what NumPy alone computed
    swept: bool  # whether the function differentiates
    equations: int  # all that were traced, also those that lead to no result
    seconds: float  # that tracing took


def trace(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], signature: Signature, outside: Captures
) -> Traced:
    """Call a function once with a tracer looking on; tensors from outside are as before afterwards.

    What the function names outside is entered in `outside`.
    """
    start = time.perf_counter()
    tracer = Tracer()
    arguments = (args, kwargs)
    inside = [tracer.argument(each, i) for i, each in enumerate(signature.leaves)]
    args, kwargs = replaced(arguments, iter(inside))
    before = [list(parts(each)) for each in (*args, *kwargs.values())]
    with using(tracer=tracer, observers=(*state.context.observers, tracer)):
        try:
            with noticing(_suggesting(tracer), outside.note):
                output = function(*args, **kwargs)
            refuse_changes(before, args, kwargs)
            tracer.settle()
            made = _finished(tracer, output)
            _name_inputs(tracer, function, args, kwargs)
            tracer.name_all()
            outside.look()
            refuse_escapes(tracer, outside.held(signature.opaque))
        finally:
            tracer.restore()
    return made._replace(seconds=time.perf_counter() - start)


def _suggesting(tracer: Tracer) -> Callable[[str, Any], None]:
    def suggest(name: str, value: Any) -> None:
        array = value._array if isinstance(value, Tensor) else value
        node = tracer.nodes.get(id(array))
        if isinstance(value, Tensor) and id(value) in tracer.leaves:
            node = tracer.leaves[id(value)]
        if node is not None and (node.name is None or (node in tracer.inputs and node in tracer.guessed)):
            node.name = name
            tracer.guessed.add(node)

    return suggest


def _name_inputs(tracer: Tracer, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    for name, value in argument_names(function, args, kwargs):
        node = tracer.nodes.get(id(value._array)) if isinstance(value, Tensor) else None
        if node in tracer.inputs and (node.name is None or node in tracer.guessed):
            node.name = name


def _finished(tracer: Tracer, output: Any) -> Traced:
    flat = list(leaves(output))
    returned = [_returned(tracer, each) for each in flat]
    computed = [each for each, kind in zip(flat, returned, strict=True) if kind is True]
    results = [tracer.node_of(each) for each in computed]
    bare = [tracer.is_bare(each) for each in computed]
    gradients: list[Argument | Captured] = []
    cleared: list[Argument | Captured] = []
    empty: list[Argument | Captured] = []
    for key, tensor in tracer.seen.items():
        g = None if tensor._node is None else tensor._node.grad
        source = tracer.inputs[tracer.leaves[key]]
        assert not isinstance(source, Gradient)
        if tensor.requires_grad and tracer.before[key][1] is None:
            empty.append(source)
        if g is None and tracer.before[key][1] is not None:
            cleared.append(source)
        elif g is not None and not isinstance(tracer.inputs.get(tracer.node_of(g)), Gradient):
            gradients.append(source)
            results.append(tracer.node_of(g))
    writes = [
        (tracer.leaves[key], tracer.node_of(tensor))
        for key, tensor in tracer.seen.items()
        if tracer.nodes[id(tensor._array)] is not tracer.leaves[key]
    ]
    program = Program(tracer.inputs, tuple(results), tuple(writes), tuple(tracer.draws))
    others = [each for each, kind in zip(flat, returned, strict=True) if kind is False]
    structure = map_leaves(lambda _: 0, output)
    facts = any(map(is_tracked, computed)), tracer.bakes, tracer.swept, tracer.count, 0.0
    return Traced(program, structure, returned, bare, gradients, cleared, empty, others, *facts)


def _returned(tracer: Tracer, value: Any) -> bool | Argument | Captured:
    """Where a leaf of a result comes from."""
    if not isinstance(value, (Tensor, np.ndarray)):
        return False
    if id(value) in tracer.seen:
        source = tracer.inputs[tracer.leaves[id(value)]]
        return True if isinstance(source, Gradient) else source
    return True
