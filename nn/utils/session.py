"""What lasts between models."""

from __future__ import annotations

from ..naming import forget_names


def clear_session() -> None:
    """Let the names of new layers begin anew; nothing else is kept between models."""
    forget_names()
