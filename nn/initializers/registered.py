"""What all initializers have in common, and their registry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..registry import Configured, Registry

Shape = Sequence[int]

registry = Registry("initializer")


class Initializer(Configured):
    """What has a shape and a dtype called for: derive from it and write `__call__`."""

    def __call__(self, shape: Shape, dtype: Any = None) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no __call__(self, shape, dtype=None)")
