"""Archives of a few members, read with bounds; and files that are the old one or the new one, never half of it."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from .errors import ModelFileError

CONFIG = 2**26  # bytes of text
_SLACK, _RATIO = 2**26, 20  # what a packed archive may unpack to: 64 MB, and 20 times its size


@contextmanager
def replacing(path: Any) -> Iterator[IO[bytes]]:
    """A file to write, which takes the place of `path` once all of it is on the disk, and not before.

    It is written beside it, flushed and renamed; a process that is killed meanwhile leaves the old file, and
    perhaps one that ends in '.tmp'. Raises OSError as writing does.
    """
    path = Path(os.path.realpath(path))
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _same_mode(path, name)
        os.replace(name, path)
        _sync_folder(path.parent)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _same_mode(path: Path, name: str) -> None:
    """Rights as those of the file before, or of any new one; temporary files are their owner's alone."""
    if path.exists():
        shutil.copymode(path, name)
    else:
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)


def _sync_folder(folder: Path) -> None:
    """Let the new name be on the disk, where folders can be opened."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_archive(path: Any, members: Mapping[str, bytes]) -> None:
    """Write an archive of members, stored as they are, in place of `path`."""
    with replacing(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


class Archive:
    """The members of an archive, each read as a whole, in memory, and only up to a bound.

    Nothing is unpacked to the disk. Raises ModelFileError for names that lead out of a folder, or are there
    twice, and where the members would be much larger than the archive.
    """

    def __init__(self, path: Any) -> None:
        self._file = zipfile.ZipFile(path)
        infos = self._file.infolist()
        self._infos = {info.filename: info for info in infos}
        if len(self._infos) != len(infos):
            self.close()
            raise ModelFileError("a member is there twice")
        for name in self._infos:
            if name.startswith("/") or "\\" in name or ".." in name.split("/") or ":" in name:
                self.close()
                raise ModelFileError(f"the member {name!r} would lie outside of the archive")
        self._left = _SLACK + _RATIO * os.path.getsize(path)

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    def __contains__(self, name: str) -> bool:
        return name in self._infos

    def read(self, name: str, most: int | None = None) -> bytes:
        """A member. Raises ModelFileError where there is none, and where it is larger than `most`, or all may be."""
        info = self._infos.get(name)
        if info is None:
            raise ModelFileError(
                f"there is no {name!r} in it, only {', '.join(sorted(self._infos))[:200] or 'nothing'}"
            )
        bound = self._left if most is None else min(most, self._left)
        if info.file_size > bound:
            raise ModelFileError(f"{name!r} would be {info.file_size:,} bytes long, more than {bound:,}")
        with self._file.open(info) as member:
            content = member.read(bound + 1)  # what the archive says of the size need not be true
        if len(content) > bound:
            raise ModelFileError(f"{name!r} is longer than {bound:,} bytes")
        self._left -= len(content)
        return content
