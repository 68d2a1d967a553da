"""The long run of random programs: a short one passes, and what is wrong is told with what repeats it."""

from __future__ import annotations

import numpy as np
import pytest

from autodiff.compiler import passes
from autodiff.compiler.program import called, rewritten

from . import fuzz


def test_a_few_programs_pass(capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzz.fuzz(seed=1, count=3, minutes=1) == 0
    assert "3 programs from seed 1 on, 0 failures" in capsys.readouterr().out


def test_time_is_up() -> None:
    assert fuzz.fuzz(seed=1, count=float("inf"), minutes=0) == 0


def wrong(program):
    """tanh in place of every sine, which each program's loss has."""

    def swap(node, inputs):
        return called(passes.identities.primitive("tanh"), inputs, None, node) if node.primitive.name == "sin" else None

    return rewritten(program, swap)


def test_a_wrong_pass_is_found_and_can_be_repeated(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(passes.EXACT, "wrong", wrong)
    monkeypatch.setattr(fuzz, "BACKENDS", ("numpy",))
    assert fuzz.fuzz(seed=1, count=1, minutes=1) > 0
    said = capsys.readouterr().out
    assert "FAILED: gradients on numpy" in said and "Not equal" in said.replace("not equal", "Not equal")
    assert "python -m tests.compiler.fuzz --seed 1 --count 1" in said


def test_ctrl_c_ends_it(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(fuzz, "KINDS", (interrupted,))
    interrupted.__name__ = "interrupted"
    assert fuzz.fuzz(seed=1, count=9, minutes=1) == 0
    assert "Ctrl-C: stopped" in capsys.readouterr().out


def test_the_exit_code_says_whether_all_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "")  # which the command sets
    monkeypatch.setattr("sys.argv", ["fuzz", "--count", "1", "--seed", "1"])
    for failed, code in ((0, 0), (3, 1)):
        monkeypatch.setattr(fuzz, "fuzz", lambda *args, failed=failed: failed)
        assert fuzz.main() == code


def test_a_jump_is_told_from_a_mistake() -> None:
    assert not fuzz.is_steady(lambda x: np.floor(x), [np.array([1.0, 2.5])])
    assert fuzz.is_steady(lambda x: np.floor(x), [np.array([1.5, 2.5])])
