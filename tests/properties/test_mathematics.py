"""What is written is true: formulas, read by a reader of their own, give what the engine computes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autodiff as ad
from autodiff.domains import Sample, Sampler
from autodiff.node import Node
from autodiff.notation import Term, written
from autodiff.primitive import REGISTRY
from autodiff.rules import Rules

from .formulas import read
from .samplers import HypothesisSampler, is_variable

ELEMENTWISE = sorted(name for name, each in REGISTRY.items() if each.kind == "elementwise")
# The rule of sinc has two branches, and is too long to be written out with both.
RULED = [name for name in ELEMENTWISE if any(rule is not None for rule in REGISTRY[name].rules) and name != "sinc"]
# Products and quotients of the rules, in which a g of 0 wins over a factor that is none: 0 / 0 is 0.
PUBLIC = [name for name in ELEMENTWISE if name not in ("scale", "ratio")]
# Steps: their rule is 0, and says no more.
FLAT = {"sign", "floor", "ceil", "trunc", "rint", "floor_divide", "heaviside"}
# What the three digits in a rule stand for.
CONSTANTS = {
    "0.693": np.log(2), "2.3": np.log(10), "3.14": np.pi, "1.13": 2 / np.sqrt(np.pi), "0.0175": np.pi / 180,
    "57.3": 180 / np.pi,
}  # fmt: skip
# Exact with three digits: negative numbers, powers of ten, and those that need neither.
NUMBERS = [-2.0, -1, -0.5, 0, 0.5, 1, 2, 3, 0.125, 12.5, 1e-5, -2e-7, 3e8, 1.25e3, 100, 1.5e17]
LEAVES = ("x", "y", "z")


def named(node: Node) -> Term | None:
    return Term(node.name) if node.name else None


# Whole programs


class Program:
    """Random scalar operations, one after another; what is not finite or does not fit is left out."""

    def __init__(self, s: Sampler) -> None:
        self.s = s
        self.leaves = {name: float(s.integer(-16, 16)) / 8 for name in LEAVES}
        self.pool: list[Any] = [ad.tensor(value, s.choice([True, False]), name=k) for k, value in self.leaves.items()]

    def step(self) -> None:
        primitive = REGISTRY[self.s.choice(PUBLIC)]
        args = [self.s.choice(self.pool if self.s.integer(0, 4) else NUMBERS) for _ in primitive.rules]
        args[self.s.integer(0, len(args) - 1)] = self.s.choice(self.pool)
        try:
            with np.errstate(all="ignore"):
                result = primitive(*args)
        except (TypeError, ValueError):  # such as a negated truth value
            return
        truth = not any(primitive.rules)  # what else is no float64: NumPy's exp of a truth value, and sums of two
        if (
            result.dtype == (bool if truth else float)
            and np.isfinite(result.numpy())
            and abs(float(result.numpy())) < 1e20
        ):
            self.pool.append(result)

    def around(self) -> dict[str, Any]:
        """The leaves' values, and beside them values near by: a program may stand on an edge."""
        nearby = np.random.default_rng(0).uniform(-1e-9, 1e-9, (len(LEAVES), 30))
        nearby[:, 0] = 0
        return {name: value + shift for (name, value), shift in zip(self.leaves.items(), nearby, strict=True)}


def is_among(value: Any, candidates: Any) -> bool:
    """Whether a value lies in the range of some numbers, but for rounding."""
    known = np.asarray(candidates, dtype=float)
    known = known[np.isfinite(known)]
    if not known.size:
        return False
    slack = 1e-9 * (1e-9 + np.max(np.abs(known), initial=abs(value))) + 0.1 * np.ptp(known)
    return known.min() - slack <= value <= known.max() + slack


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=10 * settings().max_examples)
def test_a_program_in_mathematics_is_what_was_computed(seed):
    """Seeds, because long programs shrink slowly; the first result that is wrong has a short formula anyway."""
    with ad.observe():
        program = Program(Sampler(np.random.default_rng(seed)))
        for _ in range(12):
            program.step()
    around = program.around()
    for result in program.pool[len(LEAVES) :]:
        text = written(result._node, named).text
        if len(text) < 300:
            assert is_among(float(result.numpy()), read(text, around)), text


def test_programs_have_every_operation():
    """The property above is about all of them, and about long formulas."""
    met, longest = set(), 0
    for seed in range(300):
        with ad.observe():
            program = Program(Sampler(np.random.default_rng(seed)))
            for _ in range(12):
                program.step()
        met |= {each._node.primitive.name for each in program.pool[len(LEAVES) :]}
        longest = max([longest, *(len(written(each._node, named).text) for each in program.pool)])
    assert met == set(PUBLIC)
    assert longest > 60


# Rules of elementwise functions


class Scalars(HypothesisSampler):
    """Samples without axes."""

    def broadcastable(self, count: int) -> list[tuple[int, ...]]:
        return [()] * count


class GeneratedScalars(Sampler):
    def broadcastable(self, count: int) -> list[tuple[int, ...]]:
        return [()] * count


def recorded(name: str, sample: Sample) -> tuple[list[Any], Any]:
    args, params = sample
    tensors = [ad.tensor(each, requires_grad=True) if is_variable(each) else each for each in args]
    return tensors, REGISTRY[name](*tensors, **params)


def constant(text: str) -> float:
    return float(CONSTANTS.get(text, text))


def checked(name: str, sample: Sample, g: Any) -> list[str]:
    """The rules' texts, each evaluated and compared with the engine's gradient."""
    args, out = recorded(name, sample)
    values = [each.numpy() if isinstance(each, ad.Tensor) else each for each in args]
    names = dict(zip("xyz", values, strict=False)) | {"g": g, "out": out.numpy(), REGISTRY[name].label: out.numpy()}
    texts = [Rules().text(out._node, edge) for edge in out._node.plan.edges]
    for text, edge in zip(texts, out._node.plan.edges, strict=True):
        assert "′" not in text, "the rule is not written out"
        expected = ad.gradients(out, args[edge.argument], g)
        found = np.asarray(read(text, names, constant))  # axes of length 1 go without saying
        found = found.reshape(expected.shape) if found.size == expected.size else found + np.zeros(expected.shape)
        np.testing.assert_allclose(found, expected, 1e-9, 1e-12, err_msg=text)
    return texts


@pytest.mark.parametrize("name", RULED)
@given(data=st.data())
def test_the_rule_of_an_elementwise_function_is_its_gradient(name, data):
    s = Scalars(data)
    checked(name, REGISTRY[name].sample(s), s.array(()))


def test_no_elementwise_rule_is_left_out():
    """The property above is not about nothing: all rules are written out, and those of steps alone are 0."""
    texts: dict[str, set[str]] = {name: set() for name in RULED}
    for name in RULED:
        for seed in range(10):
            s = GeneratedScalars(np.random.default_rng(seed))
            texts[name].update(checked(name, REGISTRY[name].sample(s), s.array(())))
    assert len(texts) >= 62
    assert {name for name in RULED if texts[name] == {"0"}} == FLAT
    opaque = [text for name in RULED for text in texts[name] if text != "0" and "g" not in text]
    assert not opaque


# Rules of other functions

MATRICES: list[tuple[str, tuple[tuple[int, ...], ...], dict[str, Any]]] = [
    ("matmul", ((2, 3), (3, 4)), {}),
    ("matmul", ((5, 2, 3), (3, 4)), {}),
    ("matmul", ((2, 3), (5, 3, 4)), {}),
    ("matmul", ((3,), (3,)), {}),
    ("matmul", ((2, 3), (3,)), {}),
    ("matmul", ((3,), (3, 2)), {}),
    ("matmul", ((3,), (2, 3, 2)), {}),
    ("transpose", ((2, 3),), {"axes": None}),
    ("transpose", ((2, 3),), {"axes": (1, 0)}),
    ("transpose", ((4, 2, 3),), {"axes": (0, 2, 1)}),
    ("inv", ((3, 3),), {}),
    ("inv", ((2, 3, 3),), {}),
    ("solve", ((3, 3), (3, 2)), {}),
    ("solve", ((3, 3), (5, 3, 2)), {}),
    ("solve", ((5, 3, 3), (3, 2)), {}),
    ("sum", ((2, 3),), {"axis": 0, "keepdims": True}),
    ("sum", ((2, 3),), {"axis": None}),
    ("mean", ((2, 3),), {"axis": 0, "keepdims": True}),
    ("mean", ((2, 3),), {"axis": None}),
    ("max", ((2, 3),), {"axis": 1, "keepdims": True}),
    ("min", ((2, 3),), {"axis": 0, "keepdims": True}),
    ("softmax", ((2, 3),), {"axis": -1}),
    ("softmax", ((2, 3),), {"axis": 0}),
    ("log_softmax", ((2, 3),), {"axis": -1}),
    ("log_softmax", ((2, 3),), {"axis": 0}),
    ("logsumexp", ((2, 3),), {"axis": -1, "keepdims": True}),
    ("broadcast_to", ((1, 3),), {"shape": (2, 3)}),
    ("concatenate", ((2, 1), (2, 3)), {"axis": 1}),
    ("add", ((2, 3), (3,)), {}),
    ("multiply", ((2, 3), (1, 3)), {}),
    ("divide", ((3,), (2, 3)), {}),
    ("tanh", ((2, 3),), {}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "shapes", "params"), MATRICES)
def test_the_rule_of_a_function_of_arrays_is_its_gradient(name, shapes, params):
    s = Sampler(np.random.default_rng(len(shapes) + len(name)))
    arrays = [s.array(shape) + (3 * np.eye(3) if shape[-2:] == (3, 3) else 0) for shape in shapes]
    out = REGISTRY[name](*arrays, **params)
    assert all("g" in text for text in checked(name, (tuple(arrays), params), s.array(np.shape(out))))


def test_the_reader_knows_wrong_from_right():
    """The reader itself, on what it must tell apart and on what it must refuse."""
    names = {"x": 3.0, "y": 2.0, "A": np.array([[1.0, 2.0], [3.0, 4.0]]), "b": np.array([1.0, -1.0])}
    assert read("−x²", names) == -9 == -read("(−x)²", names)
    assert read("x − (y − 1)", names) == 2 != read("x − y − 1", names)
    assert read("x / (y · x)", names) == 0.5 != read("x / y · x", names)
    assert read("x^(y − 1) + 1.5 · 10⁻²", names) == 3.015
    assert read("√x² + σ(0) · |y − x|", names) == 3.5
    np.testing.assert_array_equal(read("Σ₀ Aᵀ b[…, new]", names), (names["A"].sum(1)[None] @ names["b"][:, None]))
    for wrong in ("x · −y", "x + −y", "x < y = 1", "x ·", "(x", "x)", "x^y^x", "x ? y"):
        with pytest.raises((SyntaxError, KeyError)):
            read(wrong, names)
