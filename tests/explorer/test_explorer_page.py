"""Stepping through both passes, in a real browser: what each step says, and every control."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from . import graphs
from .evaluating import evaluated, numbers, unit
from .reading import Reader

Open = Callable[..., Reader]


def few(value: float, digits: int = 3) -> str:
    """A number as the page writes it."""
    return f"{value:.{digits}g}".replace("-", "−")


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


# What the steps say


def test_the_lectures_example_is_spelled_out(tmp_path: Path, open_page: Open) -> None:
    """Each line of the page against the formulas of the lecture, in NumPy alone."""
    W, V = np.array([[0.1, 0.5], [-0.7, 0.3]]), np.array([0.2, 0.4])
    a = np.array([0.0, 1.0]) @ W
    b = sigmoid(a)
    c = b @ V
    d = sigmoid(c)
    dd = 1 - d
    dc = d * (1 - d) * dd
    db, dV = dc * V, dc * b
    da = b * (1 - b) * db
    expected = [
        (
            "forward 1 of 4",
            [f"a[0] = 0 · 0.1 + 1 · (−0.7) = {few(a[0], 4)}", f"a[1] = 0 · 0.5 + 1 · 0.3 = {few(a[1], 4)}"],
        ),
        ("forward 2 of 4", [f"b[{i}] = σ({few(a[i])}) = {few(b[i], 4)}" for i in range(2)]),
        ("forward 3 of 4", [f"c = {few(b[0])} · 0.2 + {few(b[1])} · 0.4 = {few(c, 4)}"]),
        ("forward 4 of 4", [f"d = σ({few(c)}) = {few(d, 4)}"]),
        ("backward 1 of 4", [f"∂c = {few(d)} · (1 − {few(d)}) · {few(dd)} = {few(dc, 4)}"]),
        (
            "backward 2 of 4",
            [f"∂b[{i}] = {few(dc)} · {V[i]} = {few(db[i], 4)}" for i in range(2)]
            + [f"∂V[{i}] = {few(b[i])} · {few(dc)} = {few(dV[i], 4)}" for i in range(2)],
        ),
        (
            "backward 3 of 4",
            [f"∂a[{i}] = {few(b[i])} · (1 − {few(b[i])}) · {few(db[i])} = {few(da[i], 4)}" for i in range(2)],
        ),
        (
            "backward 4 of 4",
            [f"∂W[{i}, {j}] = {i} · {few(da[j])} = {few(i * da[j], 4)}" for i in range(2) for j in range(2)],
        ),
    ]
    page = open_page(graphs.lecture(tmp_path))
    assert [(step.phase, step.arithmetic) for step in page.steps()] == expected
    assert "∂c = 0.573 · (1 − 0.573) · 0.427 = 0.1043" in expected[4][1]


def test_the_equations_and_results_of_the_lectures_example(tmp_path: Path, open_page: Open) -> None:
    page = open_page(graphs.lecture(tmp_path), "#step=6")
    assert page.step().equations == ["∂b = ∂c · V", "∂V = b · ∂c"]
    assert page.step().given == ["∂c = 0.1043"]
    assert page.step().results == ["∂b = [0.0209  0.0417]", "∂V = [0.0346  0.0599]"]
    page.press("ArrowLeft")
    assert page.step().equations == ["∂c = σ · (1 − σ) · ∂d"]
    assert page.step().results == []  # the arithmetic has it: a single number


def test_the_steps_add_up_to_the_engines_gradients(tmp_path: Path, open_page: Open) -> None:
    """The last that is said of each parameter's gradient, and of the state, is what the engine computes."""
    path, right = graphs.cell(tmp_path)
    page = open_page(path)
    said = {}
    for step in page.steps():
        for line in step.arithmetic + step.results:
            name, value = re.split(r" \+?= ", line, maxsplit=1)
            said[name] = numbers(value.rpartition("= ")[2] or value)
    assert page.phase() == "backward 17 of 17"
    for name in "WUb":
        np.testing.assert_allclose(said[f"∂{name}"], right[name].ravel(), rtol=5e-3)  # three digits are shown
        for index in np.ndindex(right[name].shape):
            element = f"∂{name}[{', '.join(map(str, index))}]"
            np.testing.assert_allclose(said[element], right[name][index], rtol=5e-4)  # and here four


@pytest.mark.parametrize("name", ["lecture", "nested", "cell"])
def test_every_line_of_arithmetic_is_right(name: str, tmp_path: Path, open_page: Open) -> None:
    """Each line, computed by Python: what stands left of the last sign of equality makes what stands right of it."""
    path = getattr(graphs, name)(tmp_path)
    page = open_page(path if isinstance(path, Path) else path[0])
    checked = 0
    for step in page.steps():
        for line in step.arithmetic:
            _, *terms, result = re.split(r" \+?= ", line)
            (value,) = numbers(result)
            for term in terms:
                found, slack = evaluated(term)
                assert found == pytest.approx(value, abs=1.1 * slack + unit(value, 4)), line
                checked += 1
    assert checked > 10
