"""Where the files of a data set are: the folder that NN_DATA_DIR names."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import MissingDataError


def find(folder: str, name: str) -> Path:
    """The path of a data set's file. Raises MissingDataError where it is not there."""
    root = os.environ.get("NN_DATA_DIR")
    path = Path(root or "") / folder / name
    if root and path.is_file():
        return path
    raise MissingDataError(f"{folder}/{name} is not in the folder that NN_DATA_DIR names ({root or 'it is not set'}).")
