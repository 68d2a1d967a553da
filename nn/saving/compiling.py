"""The arguments of `compile` in files."""

from __future__ import annotations

import inspect
from typing import Any

from .errors import ModelFileError
from .kinds import KINDS
from .objects import Reader

_KINDS = {"optimizer": "keras.optimizers", "loss": "keras.losses", "metrics": "keras.metrics",
          "weighted_metrics": "keras.metrics"}  # fmt: skip


def compile_arguments(config: dict[str, Any], reader: Reader | None) -> dict[str, Any]:
    """The arguments of `Model.compile`: objects for entries, names as they are; None is what it is by default."""
    from ..models.model import Model

    reader = reader or Reader()
    known = inspect.signature(Model.compile).parameters
    read: dict[str, Any] = {}
    for key, value in config.items():
        if value is None:
            continue
        if key not in known:
            reader.unknown[f"compile({key}={value!r})"[:200]] = None
            continue
        kind = KINDS[_KINDS[key]] if key in _KINDS else None
        read[key] = reader.read(value, kind)
    if not isinstance(read.get("optimizer", ""), str) and not hasattr(read["optimizer"], "apply"):
        raise ModelFileError(f"compile: the optimizer is {read['optimizer']!r}")
    return read
