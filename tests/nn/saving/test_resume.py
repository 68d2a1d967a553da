"""A run that was saved, and that another process goes on with, ends as one that nothing happened to: bit for bit."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from nn import optimizers
from nn.callbacks import ModelCheckpoint

from .resuming import CASES, EPOCHS, uninterrupted

OPTIMIZERS = [name for name in optimizers.registry.names() if name != "Adam"]  # which run eagerly, at less cost


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Each case's run, its files from the middle of epochs, and one after two epochs; all gone on with elsewhere."""
    folder = tmp_path_factory.mktemp("runs")
    for name in CASES:
        path, often = (
            folder / name / "every-{epoch}-{batch}.keras",
            7 if name in OPTIMIZERS else 5 if name == "steps" else 10,
        )
        np.savez(folder / f"{name}.npz", **uninterrupted(name, ModelCheckpoint(path, save_freq=often))[1])
        if name in ("Nadam", "Adam", "steps", "noise"):
            uninterrupted(name, epochs=2)[0].save(folder / name / "last.keras")
    command = [sys.executable, "-m", "tests.nn.saving.resuming", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)
        assert found[name].dtype == value.dtype, name


@pytest.mark.parametrize("name", CASES)
def test_a_run_goes_on_exactly(folder, name):
    expected = dict(np.load(folder / f"{name}.npz"))
    endings = sorted((folder / name).glob("*.npz"))
    assert endings
    for path in endings:
        assert_same(dict(np.load(path)), expected)
    assert len(expected["epochs"]) <= EPOCHS
