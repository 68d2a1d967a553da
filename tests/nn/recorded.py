<<<<<<< HEAD
"""What Keras gave: as recorded in the fixtures, and asked again where Keras is installed."""

import json
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
=======
"""Recorded results of Keras: arrays as they were given and got."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
>>>>>>> nn2

FIXTURES = Path(__file__).parents[1] / "fixtures" / "keras"


<<<<<<< HEAD
def answers_of_keras(module: str) -> Any:
    """A fixture that a test module takes under a name of its choice: each of its tests runs on both."""

    @pytest.fixture(scope="module", params=["recorded", "live"])
    def answers(request: Any) -> Any:
        if request.param == "recorded":
            return json.loads((FIXTURES / f"{module}.json").read_text())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras' own
            pytest.importorskip("keras", reason="Keras is not installed: compared with its recorded answers only")
            return json.loads(json.dumps(import_module(f"benchmarks.keras_records.{module}").record()))

    return answers
=======
def fixture(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def array(listed: dict[str, Any]) -> np.ndarray:
    return np.array(listed["values"], dtype=listed["dtype"]).reshape(listed["shape"])
>>>>>>> nn2
