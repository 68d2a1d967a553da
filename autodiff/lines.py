"""Which line of the user's is under way."""

from __future__ import annotations

import contextlib
import os
import sys
import weakref
from collections.abc import Iterator
from types import FrameType

import numpy as np

# Where code is not the user's: our files, NumPy's, and what ours call in between.
_engine = [*(os.path.dirname(path) + os.sep for path in (__file__, np.__file__)), contextlib.__file__, weakref.__file__]


def join_engine(file: str) -> None:
    """Say that the code in a file's folder is no user's, either: a package on top of the engine does so."""
    _engine.append(os.path.dirname(file) + os.sep)


def is_engine_file(path: str) -> bool:
    return path.startswith(tuple(_engine))


def is_engine(frame: FrameType) -> bool:
    """Whether a frame is not the user's."""
    return is_engine_file(frame.f_code.co_filename)


def stack() -> Iterator[FrameType]:
    """The frames under way, the innermost first."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back


def here(frame: FrameType | None = None) -> str:
    """The user's line that is under way in a frame, or in its callers, as `train.py:12`."""
    frame = frame or sys._getframe(1)
    while is_engine(frame) and frame.f_back is not None:
        frame = frame.f_back
    return _told(frame, frame.f_lineno)


def users_level() -> int:
    """How far up the user's line is, as `warnings.warn` in the caller counts: 1 is the caller itself."""
    for level, frame in enumerate(stack()):
        if not is_engine(frame):
            return level
    return 2


def raised_at(error: BaseException) -> str:
    """The user's innermost line that an error came through, as far as it came; else the one that is under way."""
    found, step = None, error.__traceback__
    while step is not None:
        if not is_engine(step.tb_frame):
            found = _told(step.tb_frame, step.tb_lineno)
        step = step.tb_next
    return found or here(sys._getframe(1))


def _told(frame: FrameType, line: int) -> str:
    return f"{frame.f_code.co_filename.rpartition(os.sep)[2]}:{line}"
