"""Models as files that predict without nn: a module of NumPy with its weights."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from .inference import Inference
from .module import write


def export(model: Any, path: str | os.PathLike[str], input_signature: Any = None) -> None:
    """Write what `model.predict` computes; the suffix of the path tells how. See `Model.export`."""
    path = Path(path)
    if path.suffix != ".py":
        raise ValueError(
            f"export: the path is {str(path)!r}, expected one that ends in .py (a module of NumPy, with its weights in "
            "a file .npz beside it); to keep a model that can be trained, write model.save('model.keras')"
        )
    write(Inference(model, input_signature), path)
