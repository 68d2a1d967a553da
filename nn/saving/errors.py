"""The one kind of error that files give."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_LONGEST = 1000


class ModelFileError(ValueError):
    """A file, or a text, is no model that can be read: broken, of another kind, or with what nobody registered."""


@contextmanager
def reading(what: Any) -> Iterator[None]:
    """Let all that goes wrong while something is read be a ModelFileError that names it.

    Any exception: what a broken file makes of a library or of a constructor is without end.
    """
    try:
        yield
    except (ModelFileError, FileNotFoundError, IsADirectoryError, PermissionError, ImportError) as error:
        if isinstance(error, ModelFileError) and not str(error).startswith(str(what)):
            raise ModelFileError(f"{what}: {_short(str(error))}") from error
        raise
    except Exception as error:
        raise ModelFileError(f"{what} cannot be read: {_told(error)}") from error


def _told(error: Exception) -> str:
    message = str(error).strip("'\" ") or "no message"
    return _short(message) if isinstance(error, ValueError) else f"{type(error).__name__}: {_short(message)}"


def _short(message: str) -> str:
    """A message that may show parts of a file, of which there can be much."""
    return message if len(message) <= _LONGEST else f"{message[:_LONGEST]}..."
