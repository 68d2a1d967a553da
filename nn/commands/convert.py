"""Turn a model file into another format, which its suffix names.

.keras and .h5 keep what is needed to train on, .weights.h5 the weights, .json and .yaml the layers without weights,
.py a module of NumPy that predicts.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..saving import load_model


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a file .keras or .h5")
    parser.add_argument("output", help="the file to write")
    parser.add_argument("-f", "--force", action="store_true", help="write over a file that is there")


def run(options: argparse.Namespace) -> int:
    output = Path(options.output)
    if output.exists() and not options.force:
        raise FileExistsError(f"{output} is there already; give another name, or --force")
    _write(load_model(options.model), output)
    return 0


def _write(model: Any, output: Path) -> None:
    if output.name.endswith(".weights.h5"):
        model.save_weights(output)
    elif output.suffix == ".json":
        output.write_text(model.to_json(indent=1), encoding="utf-8")
    elif output.suffix in (".yaml", ".yml"):
        output.write_text(model.to_yaml(), encoding="utf-8")
    elif output.suffix == ".py":
        model.export(output)
    elif output.suffix in (".keras", ".h5"):
        model.save(output)
    else:
        raise ValueError(f"{output}: expected a name that ends in .keras, .h5, .weights.h5, .json, .yaml or .py")
