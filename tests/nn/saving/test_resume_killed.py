"""Runs whose process is killed: the same script, started again, ends as if it had not been."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from nn.callbacks import CSVLogger

from .resuming import uninterrupted
from .test_resume import assert_same


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize(
    ("name", "frequency", "steps"), [("Nadam", "epoch", [7, 6]), ("SGD", 2, [5, 6]), ("generator", 3, [11])]
)
def test_a_killed_process_goes_on(tmp_path, name, frequency, steps):
    """Each start goes on with the one before, until it is killed, too; the last one comes to the end."""
    (tmp_path / "whole").mkdir()
    expected = uninterrupted(name, CSVLogger(tmp_path / "whole" / "log.csv"))[1]
    arguments = map(str, (tmp_path, name, frequency, *steps))
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # what forks has a single thread
    command = [sys.executable, "-m", "tests.nn.saving.resuming", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    assert_same(dict(np.load(tmp_path / "ending.npz")), expected)
    assert (tmp_path / "log.csv").read_bytes() == (tmp_path / "whole" / "log.csv").read_bytes()
    assert not (tmp_path / "backup").exists()
