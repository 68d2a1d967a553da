"""Files of Keras and what the models in them gave: as recorded, and written again where Keras is installed."""

import json
import warnings
from pathlib import Path
from typing import Any

import pytest

from benchmarks.keras_records import files

from ..recorded import fixture


def live_keras() -> Any:
    """Keras, or the test is skipped."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras' own
        return pytest.importorskip("keras", reason="Keras is not installed: compared with its recorded files only")


@pytest.fixture(scope="module", params=["recorded", "live"])
def kept(request: Any, tmp_path_factory: Any) -> tuple[Path, dict[str, Any]]:
    """The folder of the files, and the answers."""
    if request.param == "recorded":
        return files.FILES, fixture("files")
    live_keras()
    folder = tmp_path_factory.mktemp("keras_files")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return folder, json.loads(json.dumps(files.record(folder)))


def as_list(outputs: Any) -> list[Any]:
    return list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
