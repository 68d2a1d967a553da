"""Models: Sequential, functional and subclassed ones; saving and loading them is a part of `nn.saving`."""

from typing import Any

from .model import Model as Model
from .sequential import Sequential as Sequential

_SAVING = ("clone_model", "load_model", "model_from_config", "model_from_json", "model_from_yaml", "save_model")


def __getattr__(name: str) -> Any:
    """What reads and writes models is imported when it is first asked for."""
    if name not in _SAVING:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .. import saving

    return getattr(saving, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_SAVING])
