"""Recorded results of Keras: arrays as they were given and got."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

FIXTURES = Path(__file__).parents[1] / "fixtures" / "keras"


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def array(listed: dict[str, Any]) -> np.ndarray:
    return np.array(listed["values"], dtype=listed["dtype"]).reshape(listed["shape"])
