"""Rules as text: one for each edge of everything declared, always the same, short, and without side effects."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import autodiff as ad
from autodiff.domains import Sampler
from autodiff.notation import SUM, Term
from autodiff.primitive import REGISTRY
from autodiff.rules import LONGEST, Rules, argument_names, trace

from .properties.samplers import is_variable

RULED = sorted(name for name, each in REGISTRY.items() if any(rule is not None for rule in each.rules))
SEEDS = range(6)


def sampled(name: str, seed: int) -> tuple[list[Any], Any]:
    """Arguments of a primitive, tensors among them, and what it gives."""
    args, params = REGISTRY[name].sample(Sampler(np.random.default_rng(seed)))
    tensors = [ad.tensor(each, requires_grad=True) if is_variable(each) else each for each in args]
    return tensors, REGISTRY[name](*tensors, **params)


def texts_of(result: ad.Tensor, rules: Rules | None = None, names: Any = None) -> list[str]:
    node: Any = result._node
    return [(rules or Rules()).text(node, edge, names) for edge in node.plan.edges]


def scalar(value: float = 2.0, name: str | None = None) -> ad.Tensor:
    return ad.tensor(value, requires_grad=True, name=name)


# Everything declared


@pytest.mark.parametrize("name", RULED)
def test_every_edge_has_a_short_text_that_stays_the_same(name):
    for seed in SEEDS:
        args, out = sampled(name, seed)
        tracked = [each for each in args if isinstance(each, ad.Tensor)]
        texts = texts_of(out)
        assert len(texts) == len(tracked) or name == "where"
        assert all(0 < len(text) <= LONGEST for text in texts), texts
        assert texts == texts_of(out)
        assert {each.grad for each in tracked} == {None}
        out.backward(np.ones(out.shape))
        assert texts_of(out) == texts
        assert texts_of(sampled(name, seed)[1]) == texts
        with ad.observe(), ad.debug():
            assert texts_of(sampled(name, seed)[1]) == texts


@pytest.mark.parametrize("name", RULED)
def test_a_rule_that_is_not_zero_says_where_g_goes(name):
    """A text without g would say that nothing flows."""
    for seed in SEEDS:
        args, out = sampled(name, seed)
        for text, edge in zip(texts_of(out), out._node.plan.edges, strict=True):
            gradient = ad.gradients(out, args[edge.argument], np.ones(out.shape))
            assert "g" in text or not np.any(gradient), text


def test_most_rules_are_written_out():
    opaque = {name for name in RULED for seed in SEEDS if any("′" in text for text in texts_of(sampled(name, seed)[1]))}
    assert opaque == {"cholesky", "cofactor", "eigh", "pinv", "prod", "qr", "sinc", "svd"}


def test_like_edges_share_a_text_and_others_do_not():
    """One cache for everything gives what a fresh one gives for each: shapes, params, numbers, what is tracked."""
    results = [sampled(name, seed)[1] for seed in range(12) for name in RULED]
    x, y = scalar(2.0, "x"), ad.tensor([1.0, 2.0], requires_grad=True, name="y")
    results += [x**n for n in (2, 3, 2.0, 0.5, -1, 0, True)] + [n**x for n in (2, 3.0)]
    results += [x * y, y * x, x * 2, 2 * x, x * y.detach(), x.detach() * y, np.maximum(x, y), np.maximum(x, 1.0)]
    results += [np.sum(y, axis=0), np.sum(y), np.mean(y), y[0], y[1], y[:1], y.astype(np.float32), x.astype(np.float32)]
    named = [x, scalar(), scalar(name="a")]
    results += [first * second for first in named for second in named]
    shared = Rules()
    for result in [*results, *results[::-1]]:
        assert texts_of(result, shared) == texts_of(result)


def test_numbers_that_are_equal_and_print_differently_are_told_apart():
    x, shared = scalar(), Rules()
    assert texts_of(x * 0.0, shared) != texts_of(x * -0.0, shared) == texts_of(x * -0.0)


def test_parameters_that_print_alike_are_told_apart():
    """NumPy leaves out the middle of long arrays."""

    @ad.custom(lambda g, factor: g * factor)
    def scaled(x, *, factor):
        return x * factor

    x, unit, other = ad.tensor(np.ones((40, 40)), requires_grad=True), np.eye(40), np.eye(40)
    other[20, 20] = 2
    shared = Rules()
    assert [texts_of(scaled(x, factor=each), shared) for each in (unit, other)] == [["g · one_hot"], ["g · const"]]


# Names


def test_arguments_have_the_users_names_and_results_their_functions():
    x, y = scalar(name="speed"), scalar()
    assert texts_of(x * y) == ["g · y", "g · speed"]
    assert texts_of(np.tanh(x)) == ["g · (1 − tanh²)"]
    assert texts_of(ad.sigmoid(x)) == ["σ · (1 − σ) · g"]
    assert texts_of(np.sqrt(x)) == ["0.5 · g / √speed"]
    assert texts_of(x**3) == ["g · 3 · speed²"]
    assert texts_of(x * y, names={"g": Term("∂z"), "y": Term("a + b", SUM)}) == ["∂z · (a + b)", "∂z · speed"]


def test_names_that_rules_use_themselves_mix_nothing_up():
    """A tensor called g is not the cotangent: g · g is no square."""
    assert texts_of(scalar(name="w") * scalar(name="g"))[0] != "g²"


def test_names_of_graphs_keep_cotangents_and_results_apart():
    graph = ad.Graph(scalar(name="g") * scalar(name="out"))
    assert argument_names(graph.nodes[-1], graph.names) == {"x": Term("g"), "y": Term("out")}
    assert "∂a · g" in str(graph) and "∂a · out" in str(graph)


def test_all_operands_of_an_einsum_have_names():
    x = [ad.tensor([1.0, 2.0], requires_grad=True) for _ in range(5)]
    for text in texts_of(np.einsum("i,i,i,i,i->", *x)):
        assert "const" not in text


def test_looks_in_threads():
    y = np.tanh(scalar()) * scalar()
    found: list[list[str]] = []
    rules = Rules()
    threads = [threading.Thread(target=lambda: found.append(texts_of(y, rules))) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [["g · y", "g · x"]] * 4


# Rules with a pass's own numbers


def test_a_rule_traced_with_real_numbers_gives_the_gradient():
    for name in RULED:
        args, out = sampled(name, 3)
        g = np.random.default_rng(0).normal(size=out.shape)
        for edge in out._node.plan.edges:
            traced = trace(out._node, edge, g, out._node.saved)
            expected = ad.gradients(out, args[edge.argument], g)
            if traced is None or isinstance(traced.part, int):
                assert not np.any(expected), name
            else:
                np.testing.assert_allclose(traced.part.value, expected, rtol=1e-12, atol=1e-14, err_msg=name)
