"""Arithmetic spelled out: every line is true, as far as numbers of three digits can tell."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autodiff as ad
from autodiff.arithmetic import ELEMENTS, LONGEST, alone, spelled
from autodiff.node import Node
from autodiff.notation import number
from autodiff.rules import trace
from autodiff.values import values_of

from .properties.formulas import read
from .properties.small_programs import draw_program

NUMBERS = 80  # in an expression, at most
LINE = re.compile(r"^(?P<name>\w+)(?P<index>\[[\d, ]+\])? = (?:(?P<middle>.*) = )?(?P<value>[^=]*)$")


class Rounded:
    """Printed numbers: as they stand, each in turn half a digit less and half a digit more, and at random."""

    def __init__(self) -> None:
        self._count = 0
        self._generator = np.random.default_rng(0)

    def __call__(self, text: str) -> Any:
        values = np.full(1 + 2 * NUMBERS + 50, float(text))
        if values[0]:
            unit = 10.0 ** (np.floor(np.log10(abs(values[0]))) - 2)
            values[2 * self._count + 1 :][:2] += (-unit / 2, unit / 2)
            values[-50:] += unit * self._generator.uniform(-0.5, 0.5, 50)
        self._count += 1
        return values


def is_possible(text: str, expected: float) -> bool:
    """Whether an expression may have a value: what each number's rounding does to it, added up, reaches so far.

    Or what the roundings of all do together: each alone does nothing to 0 · 0.
    """
    found = np.broadcast_to(read(text, {}, Rounded()), 1 + 2 * NUMBERS + 50)
    away = np.abs(found.astype(float) - found[0])
    reach = max(np.sum(np.max(away[1:-50].reshape(-1, 2), axis=1)), np.max(away[-50:]))
    return not abs(found[0] - expected) > 1.25 * reach + 1e-9 * (1 + abs(expected))  # rounding of second order: 1.25


def check(line: str, node: Node) -> bool:
    """Whether a line says how its value comes about; if so, and at any rate, it is the node's value."""
    found = LINE.match(line)
    assert found, line
    index = tuple(map(int, re.findall(r"\d+", found["index"] or "")))
    expected = float(node.value[index])
    assert found["value"] == number(expected, 4).text, line
    if found["middle"] is None:
        return False
    assert len(found["middle"]) <= LONGEST
    assert is_possible(found["middle"], expected), line
    return True


def test_the_check_tells_true_from_false():
    assert is_possible("0.573 · (1 − 0.573) · 0.427", 0.1043)
    assert is_possible("0.333 + 0.333 + 0.333", 1.0)
    assert is_possible("floor(2)", 1.0), "2 may be 1.999"
    assert is_possible("2⁻¹ + 1.5 · 10⁻⁵", 0.4983), "−1 may be −1.005"
    assert not is_possible("2⁻¹ + 1.5 · 10⁻⁵", 0.49)
    assert not is_possible("0.333 + 0.333 + 0.333", 1.01)
    assert not is_possible("0.573 · 1 − 0.573 · 0.427", 0.1043)
    assert not is_possible("2 · 3 − 1", 4.0)
    assert not is_possible("maximum(1, 2)", 1.0)


def lines_of(result: ad.Tensor) -> list[str]:
    lines = spelled(result._ensure_node(), "y")
    assert len(lines) == (result.size if lines else 0) <= ELEMENTS
    for line in lines:
        check(line, result._node)
    return lines


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=8 * settings().max_examples)
def test_every_line_of_a_program_is_true(seed):
    program = draw_program(seed)
    with ad.observe():
        pool = program.run(program.leaves())
    for each in pool:
        if isinstance(each, ad.Tensor) and each._ensure_node().primitive is not None:
            lines_of(each)


@given(seed=st.integers(0, 2**32 - 1), observe=st.booleans())
@settings(max_examples=4 * settings().max_examples)
def test_every_line_of_a_single_step_is_true(seed, observe):
    """As the explorer shows them: an operation on the values that are known, without what is behind them."""
    program = draw_program(seed)
    with ad.observe() if observe else ad.scope("s"):
        pool = program.run(program.leaves())
    graph = ad.Graph([each for each in pool if isinstance(each, ad.Tensor)])
    values = values_of(graph)
    for node in graph:
        if node.primitive is not None:
            made = alone(node, values)
            for line in spelled(made, "y"):
                check(line, made)


def test_most_lines_say_how():
    """The properties above are not about nothing."""
    counts = {True: 0, False: 0}
    for seed in range(60):
        program = draw_program(seed)
        with ad.observe():
            pool = [each for each in program.run(program.leaves()) if isinstance(each, ad.Tensor)]
        small = [each for each in pool if each._ensure_node().primitive and 0 < each.size <= ELEMENTS]
        for node in [each._node for each in small if "where" not in each._node.primitive.name]:
            for line in spelled(alone(node, values_of(ad.Graph(node))), "y"):
                counts[check(line, node)] += 1
    assert counts[True] > 500 > counts[False]


# Operations one by one

x, y = ad.tensor([1.5, -2.0, 0.25], requires_grad=True), ad.tensor([0.5, 4.0, -1.0], requires_grad=True)
M = ad.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
S = ad.tensor(np.arange(12.0).reshape(2, 2, 3), requires_grad=True)

EXAMPLES = [
    (lambda: x + y, "y[0] = 1.5 + 0.5 = 2"),
    (lambda: x * y, "y[1] = (−2) · 4 = −8"),
    (lambda: x - y, "y[2] = 0.25 − (−1) = 1.25"),
    (lambda: x**2, "y[1] = (−2)² = 4"),
    (lambda: 2 ** (y * y), "y[1] = 2^(4²) = 6.554 · 10⁴"),
    (lambda: x * 1e-5, "y[0] = 1.5 · 1 · 10⁻⁵ = 1.5 · 10⁻⁵"),
    (lambda: x @ y, "y = 1.5 · 0.5 + (−2) · 4 + 0.25 · (−1) = −7.5"),
    (lambda: M @ x, "y[0] = 1 · 1.5 + 2 · (−2) + 3 · 0.25 = −1.75"),
    (lambda: np.array([2.0, 0.5]) @ M, "y[2] = 2 · 3 + 0.5 · 6 = 9"),
    (lambda: M[:, :2] @ M[:, 1:], "y[1, 0] = 4 · 2 + 5 · 5 = 33"),
    (lambda: np.sum(x), "y = 1.5 + (−2) + 0.25 = −0.25"),
    (lambda: np.sum(M, axis=0), "y[1] = 2 + 5 = 7"),
    (lambda: np.mean(M, axis=1), "y[0] = (1 + 2 + 3) / 3 = 2"),
    (lambda: np.sum(x * y), "y = 1.5 · 0.5 + (−2) · 4 + 0.25 · (−1) = −7.5"),
    (lambda: M[1] + 0, "y[0] = 4 + 0 = 4"),
    (lambda: M.T[0], "y[1] = 4"),
    (lambda: M.reshape(3, 2)[1] * 2, "y[0] = 3 · 2 = 6"),
    (lambda: x[:2][:, None] * y[:2], "y[1, 0] = (−2) · 0.5 = −1"),
    (lambda: np.cumsum(x), "y[1] = 1.5 + (−2) = −0.5"),
    (lambda: np.sum(np.broadcast_to(x[0], (3,))), "y = 1.5 + 1.5 + 1.5 = 4.5"),
    (lambda: np.maximum(x, 1), "y[1] = maximum(−2, 1) = 1"),
    (lambda: abs(x), "y[1] = |−2| = 2"),
    (lambda: ad.sigmoid(x * 0), "y[0] = σ(1.5 · 0) = 0.5"),
    (lambda: np.concatenate([x[:1], y[:1]]), "y[1] = 0.5"),
    (lambda: 2 * (x // 2), "y[1] = 2 · ((−2) // 2) = −2"),
    (lambda: np.where(x > 5, x, y), "y[0] = 0.5"),
    (lambda: np.where(x > 5, np.array([1.0, 2, 3]), np.array([4.0, 5, 6])), "y[0] = 4"),
    (lambda: np.where(x > -5, np.max(x), 0.0), "y[2] = 1.5"),
    (lambda: np.where(x > -5, M[:, :1], 0.0), "y[1, 2] = 4"),
    (lambda: np.where(x > 0, x, y), "y[1] = where(−2 > 0, −2, 4) = 4"),
    (lambda: (x + 0.7).astype(int) * 1.0, "y[0] = 2 · 1 = 2"),
]  # fmt: skip


@pytest.mark.parametrize(("compute", "expected"), EXAMPLES, ids=[expected for _, expected in EXAMPLES])
def test_examples(compute, expected):
    with ad.observe():
        result = compute()
    assert expected in lines_of(result)


@pytest.mark.parametrize(
    "compute", [lambda: S @ x, lambda: np.array([1.0, 2.0]) @ S[..., :1], lambda: S[0] @ S.T[:, 1]]
)
def test_products_with_stacks_of_matrices(compute):
    with ad.observe():
        lines_of(compute())


def test_the_line_of_the_lecture():
    """XOR by a net without biases: W = [[.1, .5], [−.7, .3]], V = [.2, .4], at x = [0, 1] with the target 1."""
    W, V = ([[0.1, 0.5], [-0.7, 0.3]], [0.2, 0.4])
    weights = [ad.tensor(each, requires_grad=True) for each in (W, V)]
    z = ad.sigmoid(ad.sigmoid(np.array([0.0, 1.0]) @ weights[0]) @ weights[1])
    node: Any = z._node
    (edge,) = node.plan.edges
    traced = trace(node, edge, 1 - z.numpy(), node.saved)
    assert traced is not None
    assert spelled(traced.part, "δ") == ["δ = 0.573 · (1 − 0.573) · 0.427 = 0.1043"]


def test_nothing_for_what_is_large_empty_or_not_observed():
    with ad.observe():
        large, empty = x[[0] * (ELEMENTS + 1)] + 1, x[:0] + 1
        long = np.sum(np.broadcast_to(x, (3, 3)))
    assert [spelled(each._node, "y") for each in (large, empty, long)] == [[], [], []]
    assert spelled((x + 1)._node, "y") == []


def test_what_was_made_before_observing_is_a_number():
    before, greatest = x * 2, np.max(x)
    with ad.observe():
        results = [before + 1, before @ y, np.sum(before), greatest * 2]
    found = [lines_of(each)[0] for each in results]
    assert found == [
        "y[0] = 3 + 1 = 4", "y = 3 · 0.5 + (−4) · 4 + 0.5 · (−1) = −15", "y = 3 + (−4) + 0.5 = −0.5", "y = 1.5 · 2 = 3",
    ]  # fmt: skip


def test_numbers_are_those_of_the_time():
    w = ad.tensor([1.0], requires_grad=True)
    array = np.array([2.0])
    with ad.observe():
        result = w * array
    w.data += 10
    array += 10
    assert spelled(result._node, "y") == ["y[0] = 1 · 2 = 2"]


def test_a_long_history_is_not_spelled_out():
    """Neither by lines of a mile, nor by hours of work, nor until the stack ends."""
    with ad.observe():
        deep, wide = x[0], x[0]
        for _ in range(3000):
            deep = deep + 1
        for _ in range(14):
            wide = wide + wide * x[1]
    assert spelled(deep._node, "y") == spelled(wide._node, "y") == []


def test_a_look_changes_nothing():
    """Not even the plans that primitives keep, by which rules are told apart."""
    with ad.observe():
        before, total = np.sum(x), np.sum(x)
    spelled(before._node, "y")
    assert np.sum(x)._node.plan is before._node.plan is total._node.plan
    assert x.grad is None
