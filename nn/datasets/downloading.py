"""Downloads from mirrors.

pooch checks the hash, and moves the file into its place in one step: what is there is whole.
"""

from __future__ import annotations

import time
from pathlib import Path

from pooch import retrieve

from .sources import File, Source
from .transfer import CutOffError, RefusedError, Transfer

PAUSES = (0.5, 1.0, 2.0)  # seconds before each further try of a mirror whose transfer was cut off


def download(source: Source, name: str, folder: Path) -> Path:
    """The path of the file in `folder`, downloaded from the first mirror that gives the right bytes.

    A file that is there and has the right hash is not downloaded again.
    Raises RefusedError with what each mirror answered.
    """
    answers = []
    for mirror in source.mirrors:
        try:
            return _from_mirror(mirror + name, source.files[name], folder / name)
        except RefusedError as error:
            answers.append(f"  {mirror + name}: {error}")
    raise RefusedError("\n".join(answers))


def _from_mirror(url: str, file: File, path: Path) -> Path:
    """The downloaded file. A transfer that is cut off is taken up again a few times. Raises RefusedError."""
    for pause in (*PAUSES, None):
        try:
            return _attempt(url, file, path)
        except CutOffError as error:
            failure = str(error)
        if pause is not None:
            time.sleep(pause)
    raise RefusedError(f"{failure} ({len(PAUSES) + 1} tries; what came is kept, and a next run goes on)")


def _attempt(url: str, file: File, path: Path) -> Path:
    transfer = Transfer(path.with_name(f"{path.name}.part"), file.size)
    try:
        return Path(retrieve(url, f"sha256:{file.sha256}", path.name, path.parent, downloader=transfer))
    except ValueError as error:  # the hash is another one, and pooch has removed the file
        if transfer.resumed:
            raise CutOffError("what an earlier transfer left does not belong to it") from error
        raise RefusedError(f"sends other bytes: their SHA-256 is not {file.sha256}") from error
