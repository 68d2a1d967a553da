"""What Keras gave: as recorded in the fixtures, and asked again where Keras is installed."""

import json
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

FIXTURES = Path(__file__).parents[1] / "fixtures" / "keras"


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
