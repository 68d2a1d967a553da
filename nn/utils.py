"""Small things around models and data."""

from __future__ import annotations

from .naming import forget_names
from .random import set_random_seed as set_random_seed


def clear_session() -> None:
    """Let the names of new layers begin anew; nothing else is kept between models."""
    forget_names()
