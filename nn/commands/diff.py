"""Tell which weights of two model files differ, and by how much; exit code 1 if any does."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..saving import load_model


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("first", help="a file .keras or .h5")
    parser.add_argument("second", help="another one")
    parser.add_argument("--tolerance", type=float, default=0.0, help="differences up to this are none (default: 0)")


def run(options: argparse.Namespace) -> int:
    first, second = (_weights(load_model(each)) for each in (options.first, options.second))
    lines = list(differences(first, second, options.tolerance))
    print("\n".join(lines) or f"all {len(first)} weights are the same")
    return 1 if lines else 0


def _weights(model: Any) -> dict[str, Any]:
    """The weights by their paths below the model, whose own name does not count."""
    return {_below(each.path, model.name): each.numpy() for each in model.weights}


def _below(path: str, name: str) -> str:
    return path.removeprefix(f"{name}/")


def differences(first: dict[str, Any], second: dict[str, Any], tolerance: float = 0.0) -> Iterator[str]:
    """A line for each weight that differs.

    >>> list(differences({"kernel": np.zeros(2), "bias": np.ones(1)}, {"kernel": np.array([0.0, 0.5])}))
    ['bias (1,): only in the first', 'kernel (2,): 1 of 2 numbers differ, by at most 0.5']
    """
    held = {**first, **second}
    for path in sorted(held):
        mine, theirs = first.get(path), second.get(path)
        if mine is None or theirs is None:
            yield f"{path} {held[path].shape}: only in the {'first' if theirs is None else 'second'}"
        elif mine.shape != theirs.shape:
            yield f"{path}: {mine.shape} in the first, {theirs.shape} in the second"
        elif line := _numbers(mine, theirs, tolerance):
            yield f"{path} {mine.shape}: {line}"


def _numbers(mine: Any, theirs: Any, tolerance: float) -> str | None:
    """How many numbers differ, and by how much; NaN is the same as NaN."""
    both = [np.asarray(each, np.float64) for each in (mine, theirs)]
    with np.errstate(invalid="ignore"):
        apart = np.abs(both[0] - both[1])
    is_same = (both[0] == both[1]) | (apart <= tolerance) | (np.isnan(both[0]) & np.isnan(both[1]))
    if is_same.all():
        return None
    largest = np.nanmax(apart[~is_same], initial=0)
    broken = "" if np.isfinite(apart[~is_same]).all() else ", and some are not finite"
    return f"{(~is_same).sum():,} of {is_same.size:,} numbers differ, by at most {largest:.6g}{broken}"
