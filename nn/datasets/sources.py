"""What a data set declares about its files: how they are called, where they are published, how they are known again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class File(NamedTuple):
    """A published file: its size in bytes, and the SHA-256 of those bytes, compressed as they are published."""

    size: int
    sha256: str


class Source(NamedTuple):
    """The files of a data set by name, and the addresses that serve them: each ends with "/", the first is tried first.

    `folder` is where they stand under NN_DATA_DIR and in the cache.
    """

    folder: str
    mirrors: tuple[str, ...]
    files: Mapping[str, File]
