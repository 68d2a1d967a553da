"""Record what Keras gives, for the tests: `KERAS_BACKEND=jax python -m benchmarks.record_keras [module ...]`."""

from __future__ import annotations

import json
import pkgutil
import sys
from importlib import import_module
from pathlib import Path

from . import keras_records

FIXTURES = Path(__file__).parents[1] / "tests" / "fixtures" / "keras"


def main(names: list[str]) -> None:
    for name in names or [each.name for each in pkgutil.iter_modules(keras_records.__path__)]:
        record = import_module(f"{keras_records.__name__}.{name}").record()
        (FIXTURES / f"{name}.json").write_text(json.dumps(record) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
