"""Where the files of a data set are: in the folder that NN_DATA_DIR names, in the cache, or at a mirror.

A file under NN_DATA_DIR is the user's own: it may be compressed in another way or hold its rows in another order, so
it is checked for what it must hold, not for its hash. A file in the cache was downloaded, and is checked for its hash
each time. The cache is the folder `datasets` in the one that NN_HOME names, else in the platform's own for caches
(on Linux `~/.cache/autodiff-nn`).
"""

from __future__ import annotations

import os
from pathlib import Path

from .errors import MissingDataError
from .sources import Source

_PROJECT = "autodiff-nn"


def find(source: Source, name: str) -> Path:
    """The path of a data set's file; it is downloaded where it is nowhere else.

    Raises MissingDataError, which lists the source's files and where to put them, where that is not possible.
    """
    return supplied(source.folder, name) or _downloaded(source, name)


def supplied(folder: str, name: str) -> Path | None:
    """The path of a file under NN_DATA_DIR, or None where it is not there."""
    root = os.environ.get("NN_DATA_DIR")
    path = Path(root or "") / folder / name
    return path if root and path.is_file() else None


def _downloaded(source: Source, name: str) -> Path:
    """The path of a file in the cache, where a download has put it, now or before."""
    try:
        from pooch import os_cache
    except ModuleNotFoundError as error:
        raise MissingDataError(
            f"{source.folder}/{name} is not under NN_DATA_DIR, and a download needs pooch: write "
            f"`pip install autodiff-nn[data]`, or get the files by other means.\n{_advice(source)}"
        ) from error
    from .downloading import download
    from .transfer import RefusedError

    cache = Path(os.environ.get("NN_HOME") or os_cache(_PROJECT)) / "datasets" / source.folder
    try:
        return download(source, name, cache)
    except RefusedError as error:
        state = "is not what was published" if (cache / name).exists() else "is not there"
        raise MissingDataError(
            f"{cache / name} {state}, and could not be downloaded:\n{error}\n{_advice(source, cache)}"
        ) from error


def _advice(source: Source, *places: Path) -> str:
    """What to put where, for who downloads by other means."""
    root = os.environ.get("NN_DATA_DIR")
    own = str(Path(root) / source.folder) if root else f"the folder {source.folder} in one that you name in NN_DATA_DIR"
    return "\n".join(
        [
            f"To do without a download, put these files into {' or '.join([*map(str, places), own])}:",
            *(f"  {name}  {file.size:,} bytes, SHA-256 {file.sha256}" for name, file in source.files.items()),
            f"They are published at {' and '.join(source.mirrors)}.",
        ]
    )
