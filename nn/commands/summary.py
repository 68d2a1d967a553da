"""Print the layers of a model file and how many weights they have."""

from __future__ import annotations

import argparse

from ..saving import load_model


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a file .keras or .h5")


def run(options: argparse.Namespace) -> int:
    load_model(options.model).summary()
    return 0
