"""Random draws in a trace: a generator whose every draw becomes an equation."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..node import Node
from ..primitive import Primitive

_IN_PLACE = ("shuffle",)


def _run_draw(generator: Any, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return getattr(generator, method)(*args, **kwargs)


draw = Primitive("draw", _run_draw, (None,))


class Generator(np.random.Generator):
    """Stands for a generator while a trace is under way; draws come from that one, and are written down."""

    def __init__(self, generator: np.random.Generator, tracer: Any, node: Node) -> None:
        super().__init__(generator.bit_generator)
        self._drawn = (generator, tracer, node)

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_") or name == "bit_generator":
            return super().__getattribute__(name)
        generator, tracer, node = self._drawn
        if name in (*_IN_PLACE, "spawn"):
            raise TypeError(
                f"rng.{name}(...) in a compiled function: write rng.permutation(x), which leaves x as it is"
            )
        method = getattr(generator, name)

        def drawing(*args: Any, **kwargs: Any) -> Any:
            if kwargs.pop("out", None) is not None:
                raise TypeError(
                    f"rng.{name}(out=...) in a compiled function: leave out= away; the program reuses memory"
                )
            return tracer.drawn(node, name, method(*args, **kwargs), args, kwargs)

        return drawing
