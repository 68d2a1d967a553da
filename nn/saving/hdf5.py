"""HDF5 files, read so that they can do no harm: no links, no filters, no objects, no more than the file holds."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from io import BytesIO
from itertools import count, takewhile
from typing import Any

import numpy as np

from .errors import ModelFileError

_HEAP = b"GCOL\1\0\0\0"  # the signature and version of a heap
_PART = 16  # bytes before each part of a heap: its number, what it is used for, its length
_NAMES = 1000  # in one attribute: HDF5 keeps attributes below 64 kB, longer lists are several attributes


def h5py_module() -> Any:
    """The package h5py. Raises ImportError that names what to install."""
    try:
        import h5py
    except ImportError:
        raise ImportError(
            "model files are HDF5 inside, which needs h5py: write `pip install autodiff-nn[files]`"
        ) from None
    return h5py


@contextmanager
def opened(source: Any) -> Iterator[Any]:
    """The file at a path, or of some bytes, to be read. Raises ModelFileError where its heaps are broken."""
    with ExitStack() as stack:
        if isinstance(source, bytes):
            check_heaps(source)
            given: Any = BytesIO(source)
        else:
            file = stack.enter_context(open(source, "rb"))
            if os.fstat(file.fileno()).st_size:
                check_heaps(stack.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))
            given = source
        yield stack.enter_context(h5py_module().File(given, "r"))


def check_heaps(content: Any) -> None:
    """Raise ModelFileError where the parts of a heap, which texts lie in, do not fill it: HDF5 would read on for ever.

    Source of the layout: HDF5 File Format Specification 3.0, section III.E, "Disk Format: Level 1E - Global Heap".
    """
    at = content.find(_HEAP)
    while at >= 0:
        size = int.from_bytes(content[at + 8 : at + 16], "little")
        end = at + size
        place = at + 16
        if end > len(content):
            raise ModelFileError(f"a heap of {size:,} bytes is longer than the file")
        while end - place >= _PART:
            length = int.from_bytes(content[place + 8 : place + 16], "little")
            is_free = content[place : place + 2] == b"\0\0"
            step = length if is_free else _PART + -(-length // 8) * 8
            if step < _PART or place + step > end:
                raise ModelFileError(f"a part of a heap would take {length:,} bytes of {end - place:,}")
            place += step
        at = content.find(_HEAP, at + 8)


class Group:
    """A group of a file, by whose names nothing outside of the file can be reached."""

    def __init__(self, group: Any) -> None:
        self.h5 = group

    def names(self) -> list[str]:
        return list(self.h5)

    def __contains__(self, name: str) -> bool:
        return name in self.h5

    def _at(self, name: str) -> Any:
        """What is at a path. Raises ModelFileError for links to other files or places."""
        h5py = h5py_module()
        found = self.h5
        for part in name.split("/"):
            if not isinstance(found, h5py.Group) or part not in found:
                raise ModelFileError(f"there is no {name!r} in the file")
            if not isinstance(found.get(part, getlink=True), h5py.HardLink):
                raise ModelFileError(f"{name!r} is a link to another place, which is not followed")
            found = found[part]
        return found

    def group(self, name: str) -> Group:
        """A group inside."""
        found = self._at(name)
        if not isinstance(found, h5py_module().Group):
            raise ModelFileError(f"{name!r} is no group")
        return Group(found)

    def find(self, name: str) -> Group | None:
        """A group inside, None where there is none."""
        return self.group(name) if name in self.h5 else None

    def array(self, name: str, shape: Sequence[int] | None = None) -> np.ndarray[Any, Any]:
        """The numbers of a data set, of a shape that is checked before any memory is taken.

        Raises ModelFileError for another shape, for what is no numbers, and where they are not all in the file.
        """
        found = self._at(name)
        if not isinstance(found, h5py_module().Dataset):
            raise ModelFileError(f"{name!r} is no data set")
        if shape is not None and found.shape != tuple(shape):
            raise ModelFileError(f"{name!r} has shape {found.shape}, expected {tuple(shape)}")
        _check_stored(name, found)
        values = np.asarray(found[()])
        if values.dtype.kind not in "fiub":
            raise ModelFileError(f"{name!r} holds {values.dtype}, expected numbers")
        return values

    def text(self, name: str) -> str | None:
        """An attribute that is a text, None where there is none."""
        if name not in self.h5.attrs:
            return None
        value = self.h5.attrs[name]
        return value.decode() if isinstance(value, bytes) else str(value)

    def listed(self, name: str) -> list[str]:
        """An attribute that is a list of names, also where it is cut into several."""
        parts = [name] if name in self.h5.attrs else list(takewhile(self.h5.attrs.__contains__, _numbered(name)))
        if not parts:
            raise ModelFileError(f"there is no attribute {name!r} at {self.h5.name!r}")
        found = [np.asarray(self.h5.attrs[part]).ravel().tolist() for part in parts]
        return [each.decode() if isinstance(each, bytes) else str(each) for part in found for each in part]


def _numbered(name: str) -> Iterator[str]:
    return (f"{name}{i}" for i in count())


def _check_stored(name: str, data: Any) -> None:
    """What HDF5 would make up, unpack, or fetch from other files is no part of a model file."""
    if data.is_virtual or data.external:
        raise ModelFileError(f"{name!r} lies in another file, which is not read")
    if data.dtype.kind not in "fiub" or data.dtype.hasobject:
        raise ModelFileError(f"{name!r} holds {data.dtype}, expected numbers")
    if data.size and (data.id.get_create_plist().get_nfilters() or data.id.get_storage_size() < data.nbytes):
        raise ModelFileError(f"{name!r} is packed, or not all there; expected {data.nbytes:,} bytes as they are")


def write_names(group: Any, name: str, names: Sequence[str]) -> None:
    """A list of names as an attribute, or where it is long as several."""
    listed = np.array(list(names), dtype=h5py_module().string_dtype())
    if len(names) <= _NAMES:
        group.attrs[name] = listed
        return
    for i in range(0, len(names), _NAMES):
        group.attrs[f"{name}{i // _NAMES}"] = listed[i : i + _NAMES]
