"""Draw the layers of a model file as a picture."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..saving import load_model
from ..utils import plot_model


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a file .keras or .h5")
    parser.add_argument("-o", "--output", help="a picture .svg, .png or .pdf (default: the model's name with .svg)")


def run(options: argparse.Namespace) -> int:
    output = options.output or str(Path(options.model).with_suffix(".svg"))
    plot_model(load_model(options.model), output, show_shapes=True, show_layer_names=True, expand_nested=True)
    print(output)
    return 0
