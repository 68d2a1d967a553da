"""Models as files that predict without nn: a module of NumPy with its weights, or a graph of ONNX."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from . import module, onnx
from .inference import Inference

_WRITERS = {".py": module.write, ".onnx": onnx.write}


def export(model: Any, path: str | os.PathLike[str], input_signature: Any = None) -> None:
    """Write what `model.predict` computes; the suffix of the path tells how. See `Model.export`."""
    path = Path(path)
    if path.suffix not in _WRITERS:
        raise ValueError(
            f"export: the path is {str(path)!r}, expected one that ends in .py (a module of NumPy, with its weights in "
            "a file .npz beside it) or in .onnx (a graph for runtimes of ONNX); to keep a model that can be trained, "
            "write model.save('model.keras')"
        )
    _WRITERS[path.suffix](Inference(model, input_signature), path)
