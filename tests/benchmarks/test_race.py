"""How the outcome of a race is told: ratios round by round, goals, who wins where, and where two cross."""

from __future__ import annotations

import math
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import command, machine
from benchmarks.crossing import along, crossings, seconds_at, told_along
from benchmarks.race import BARE, Bound, is_ours, is_peer, outcome, timed_section
from benchmarks.report import Goal, Section, Table, verdict
from benchmarks.timing import Spread

SHARES = st.floats(0.01, 100).filter(lambda share: abs(share - 1) > 1e-6)


def _section(times: dict[str, list[float]]) -> Section:
    bounds = [Bound("compiled", "jax.jit", 1.0), Bound("compiled, Numba", BARE, 1.35)]
    return timed_section("Race", times, bounds, [BARE])


def _table(section: Section) -> Table:
    (table,) = (part for part in section.parts if isinstance(part, Table))
    return table


def test_a_race_is_told_in_ratios_to_each_baseline() -> None:
    section = _section({BARE: [1e-6, 1e-6], "compiled": [3e-6, 3e-6], "jax.jit": [2e-6, 2e-6]})
    table = _table(section)
    assert table.head == ["", "µs (quartiles)", f"of {BARE}", "of jax.jit"]
    assert table.rows[1] == ["compiled", "3.00 (3.00–3.00)", "3.00 (3.00–3.00)", "1.50 (1.50–1.50)"]
    assert section.parts[0] == "compiled loses to jax.jit: it takes 1.50 times as long."
    assert section.goals == [
        Goal("Race: compiled of jax.jit", 1.0, 1.5),
        Goal(f"Race: compiled, Numba of {BARE}", 1.35, None),
    ]


def test_without_the_baseline_a_goal_is_not_measured() -> None:
    section = _section({BARE: [1e-6], "compiled": [1e-6]})
    assert "of jax.jit" not in _table(section).head
    assert [verdict(goal) for goal in section.goals] == ["not measured", "not measured"]


def test_a_loss_is_told_of_the_quickest_and_of_eager_steps() -> None:
    times = {"autodiff": [4.0] * 3, "compiled": [2.0] * 3, "PyTorch": [1.0] * 3, "MyGrad": [3.0] * 3}
    assert outcome(times) == [
        "compiled loses to PyTorch: it takes 2.00 times as long.",
        "autodiff loses to PyTorch, MyGrad: it takes 4.00, 1.33 times as long.",
    ]


def test_what_quartiles_do_not_tell_apart_is_no_loss() -> None:
    assert outcome({"nn": [1.0, 1.2, 1.1], "Keras on JAX": [1.1, 1.1, 1.1]}) == ["No peer is quicker than nn."]


@pytest.mark.parametrize("name", ["autodiff", "autodiff, value_and_grad", "compiled, Numba", "nn, called"])
def test_ours(name: str) -> None:
    assert is_ours(name)
    assert not is_peer(name)


@pytest.mark.parametrize("name", ["jax.jit", "PyTorch, compiled", "Keras on TensorFlow, called", "scikit-learn"])
def test_peers(name: str) -> None:
    assert is_peer(name)
    assert not is_ours(name)


@pytest.mark.parametrize("name", [BARE, "NumPy by hand", "forward under no_grad", "compiled step alone"])
def test_neither(name: str) -> None:
    assert not is_peer(name)
    assert not is_ours(name)


# Crossings


def _spreads(shares: dict[int, float]) -> dict[int, Spread]:
    return {size: Spread(share, share, share) for size, share in shares.items()}


@given(st.lists(SHARES, min_size=2, max_size=6))
def test_there_is_a_crossing_wherever_the_quicker_one_changes(shares: list[float]) -> None:
    line = _spreads({4**i: share for i, share in enumerate(shares)})
    found = crossings(line)
    changes = [i for i in range(len(shares) - 1) if (shares[i] < 1) != (shares[i + 1] < 1)]
    assert len(found) == len(changes)
    for place, i in zip(found, changes, strict=True):
        assert 4**i <= place * (1 + 1e-9) and place <= 4 ** (i + 1) * (1 + 1e-9)


@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(1.5, 900))
def test_powers_of_the_size_cross_where_they_are_equal(one: float, other: float, place: float) -> None:
    """size**one against a multiple of size**other."""
    if abs(one - other) < 1e-3:
        return
    shares = _spreads({size: (size / place) ** (one - other) for size in (1, 1000)})
    assert math.isclose(crossings(shares)[0], place, rel_tol=1e-6)


def test_sizes_that_are_not_told_apart_do_not_hide_a_crossing() -> None:
    shares = _spreads({1: 0.5, 64: 2.0}) | {8: Spread(0.9, 1.1, 1.2)}
    ordered = {size: shares[size] for size in sorted(shares)}
    assert told_along(ordered) == "quicker at 1; even at 8; slower at 64; crossing near 8"


def test_a_line_has_the_sizes_at_which_both_were_timed() -> None:
    line = {1: {"a": [1.0], "b": [2.0]}, 10: {"a": [9.0]}, 100: {"a": [4.0], "b": [1.0]}}
    assert {size: share.median for size, share in along(line, "a", "b").items()} == {1: 0.5, 100: 4.0}
    assert seconds_at(line, "b", 1) == pytest.approx(2.0)
    assert told_along(along(line, "a", "c")) == "not timed"


# Threads


def test_a_quick_run_leaves_peers_out_and_nothing_behind() -> None:
    options = command.parsed("about", ["--quick"])
    with command.as_told(options):
        assert {"MyGrad", "scikit-learn"} <= machine.left_out() and machine.blas_threads() == "1"
        assert "Left out to be quick: HIPS autograd, MyGrad, scikit-learn." in machine.conditions()
    assert machine.left_out() == {*machine.missing()}


def test_threads_are_limited_inside_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    monkeypatch.delenv("NPROC", raising=False)
    with command.threads(2):
        assert {os.environ[name] for name in command.THREADS} == {"2"}
    assert os.environ["OPENBLAS_NUM_THREADS"] == "7"
    assert "NPROC" not in os.environ
