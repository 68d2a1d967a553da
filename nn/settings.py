"""What holds everywhere: the dtype of layers, and the small number that keeps quotients finite."""

from __future__ import annotations

from typing import Any

import numpy as np

_settings: dict[str, Any] = {"floatx": "float32", "epsilon": 1e-7, "image_data_format": "channels_last"}


def floatx() -> str:
    """The dtype of weights and of what layers compute.

    >>> floatx()
    'float32'
    """
    return str(_settings["floatx"])


def set_floatx(dtype: str) -> None:
    """Set the dtype of weights and layers: 'float16', 'float32' or 'float64'."""
    if dtype not in ("float16", "float32", "float64"):
        raise ValueError(f"set_floatx: got {dtype!r}, expected 'float16', 'float32' or 'float64'")
    _settings["floatx"] = dtype


def epsilon() -> float:
    """The number that losses and metrics add where a denominator could be 0."""
    return float(_settings["epsilon"])


def set_epsilon(value: float) -> None:
    _settings["epsilon"] = float(value)


def image_data_format() -> str:
    """'channels_last': the only order of an image's axes that layers take."""
    return str(_settings["image_data_format"])


def standard_dtype(dtype: Any) -> str:
    """A dtype by its name; `floatx()` for None."""
    return floatx() if dtype is None else np.dtype(dtype).name
