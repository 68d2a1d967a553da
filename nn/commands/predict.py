"""Predict with a model file for the rows of a CSV or .npy file.

A first line of names in the CSV is left out. Predictions are printed as CSV, or written to a file .csv or .npy.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path
from typing import Any

import numpy as np

from autodiff.tree import leaves

from ..saving import load_model


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a file .keras or .h5")
    parser.add_argument("data", help="a file .csv or .npy; - is CSV from the standard input")
    parser.add_argument("-o", "--output", help="a file .csv or .npy (default: CSV to the standard output)")
    parser.add_argument("--batch-size", type=int, default=32, help="rows at a time (default: 32)")


def run(options: argparse.Namespace) -> int:
    model = load_model(options.model)
    x = _shaped(_read(options.data), model, options.data)
    y = model.predict(x, batch_size=options.batch_size, verbose=0)
    found = list(leaves(y))
    if len(found) > 1:
        raise ValueError(f"{options.model} has {len(found)} outputs; a table holds one: predict in Python")
    _write(found[0], options.output)
    return 0


def _read(name: str) -> Any:
    if name.endswith(".npy"):
        return np.load(name, allow_pickle=False)
    if name == "-":
        return _numbers(list(csv.reader(sys.stdin)), "standard input")
    with Path(name).open(newline="", encoding="utf-8") as file:
        return _numbers(list(csv.reader(file)), name)


def _numbers(rows: list[list[str]], name: str) -> Any:
    """The table as numbers. ValueError tells the line of what is none."""
    rows = [row for row in rows if row]
    start = 1 if rows and not all(map(_is_number, rows[0])) else 0
    for i, row in enumerate(rows[start:], start + 1):
        wrong = [cell for cell in row if not _is_number(cell)]
        if wrong:
            raise ValueError(f"{name}, line {i}: {wrong[0]!r} is no number; turn text into numbers first")
        if len(row) != len(rows[start]):
            raise ValueError(f"{name}, line {i}: {len(row)} columns, the first row has {len(rows[start])}")
    if len(rows) == start:
        raise ValueError(f"{name} has no rows")
    return np.array(rows[start:], np.float64)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _shaped(x: Any, model: Any, name: str) -> Any:
    """The rows in the shape of the model's input: a row of a table may be an image."""
    inputs = model.inputs if model._graph is not None else []
    if len(inputs) > 1:
        raise ValueError(f"the model has {len(inputs)} inputs; a table is one: predict in Python")
    row = inputs[0].shape[1:] if inputs else x.shape[1:]
    if None in row or x.shape[1:] == row:
        return x
    if x[0].size != np.prod(row, dtype=int):
        raise ValueError(f"{name} has {x[0].size:,} columns, the model wants {np.prod(row, dtype=int):,} ({row})")
    return x.reshape(-1, *row)


def _write(y: Any, output: str | None) -> None:
    if output is not None and output.endswith(".npy"):
        np.save(output, y, allow_pickle=False)
        return
    table = y.reshape(len(y), -1)
    np.savetxt(sys.stdout if output is None else output, table, fmt="%.9g", delimiter=",")
