"""Small things around models and data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..random import set_random_seed as set_random_seed
from .arrays import normalize as normalize
from .arrays import split_dataset as split_dataset
from .arrays import to_categorical as to_categorical
from .session import clear_session as clear_session

if TYPE_CHECKING:
    from .plotting import plot_model as plot_model


def __getattr__(name: str) -> Any:
    """Drawing, with Graphviz, is imported when it is first asked for."""
    if name == "plot_model":
        from .plotting import plot_model

        return plot_model
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
