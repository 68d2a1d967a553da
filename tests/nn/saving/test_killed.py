"""Saving is all or nothing, whatever happens meanwhile."""

import os
import random
import signal
import stat
import subprocess
import sys
import time

import pytest

from nn.saving.archive import replacing

from .killing import NAMES, model_of, save, value_in

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@needs_fork
def test_processes_that_are_killed_at_any_byte():
    """In a process with a single thread, which forks; the long run is `python -m tests.nn.saving.killing 2000`."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.nn.saving.killing", "8"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("{'old': 11, 'new': 1}") == 3


SAVING = """
import sys
from pathlib import Path
from tests.nn.saving.killing import model_of, save
models = model_of(1.0), model_of(2.0)
save(models[0], Path(sys.argv[1]))
print("ready", flush=True)
while True:
    for model in models:
        save(model, Path(sys.argv[1]))
"""


def test_a_process_that_saves_over_and_over_and_is_killed(tmp_path):
    path = tmp_path / random.choice(NAMES)
    process = subprocess.Popen([sys.executable, "-c", SAVING, str(path)], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    time.sleep(random.random() / 4)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert value_in(path) in (1.0, 2.0)
    assert all(each.suffix == ".tmp" for each in tmp_path.iterdir() if each != path)


def test_an_error_while_writing_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "model.keras"
    save(model_of(1.0), path)
    with pytest.raises(KeyboardInterrupt), replacing(path) as file:
        file.write(b"half of it")
        raise KeyboardInterrupt
    assert [each.name for each in tmp_path.iterdir()] == ["model.keras"]
    assert value_in(path) == 1.0


def test_rights_and_links_stay(tmp_path):
    path, link = tmp_path / "model.keras", tmp_path / "link.keras"
    save(model_of(1.0), path)
    assert stat.S_IMODE(path.stat().st_mode) & 0o600 == 0o600
    path.chmod(0o640)
    link.symlink_to(path)
    save(model_of(2.0), link)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert value_in(path) == 2.0
