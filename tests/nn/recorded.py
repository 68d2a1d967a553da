"""What Keras gave: as recorded in the fixtures, and asked again where Keras is installed."""

import json
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

FIXTURES = Path(__file__).parents[1] / "fixtures" / "keras"


def fixture(module: str) -> Any:
    """The recorded answers."""
    return json.loads((FIXTURES / f"{module}.json").read_text())


def array(listed: dict[str, Any]) -> np.ndarray:
    """An array as some fixtures hold it."""
    return np.array(listed["values"], dtype=listed["dtype"]).reshape(listed["shape"])


def answers_of_keras(module: str) -> Any:
    """A fixture that a test module takes under a name of its choice: each of its tests runs on both."""

    @pytest.fixture(scope="module", params=["recorded", "live"])
    def answers(request: Any) -> Any:
        if request.param == "recorded":
            return fixture(module)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras' own
            pytest.importorskip("keras", reason="Keras is not installed: compared with its recorded answers only")
            return json.loads(json.dumps(import_module(f"benchmarks.keras_records.{module}").record()))

    return answers
