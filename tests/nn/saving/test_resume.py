"""A run that was saved, and that another process goes on with, ends as one that nothing happened to: bit for bit."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from nn import optimizers
from nn.callbacks import ModelCheckpoint

from .resuming import CASES, EPOCHS, uninterrupted

pytestmark = pytest.mark.filterwarnings("ignore:fit. a callback had stopped the run")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Each case's run: its files after every seven batches, and one after two epochs; all gone on with elsewhere."""
    folder = tmp_path_factory.mktemp("runs")
    for name in CASES:
        path = folder / name / "every-{epoch}-{batch}.keras"
        np.savez(folder / f"{name}.npz", **uninterrupted(name, ModelCheckpoint(path, save_freq=7))[1])
        if name not in optimizers.registry.names() or name == "Adam":
            uninterrupted(name, epochs=2)[0].save(folder / name / "last.keras")
    subprocess.run([sys.executable, "-W", "ignore", "-m", "tests.nn.saving.resuming", str(folder)], check=True)
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
