"""Rules of the users' own as text: whatever they do, the text is true or says that it does not know."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autodiff as ad
from autodiff.context import Context, state

from .test_rules import scalar, texts_of


def test_an_argument_of_a_custom_primitive_called_g_is_not_the_cotangent():
    @ad.custom(lambda g: g * 2, None)
    def doubled(x, g):
        return 2 * x

    assert texts_of(doubled(scalar(name="a"), ad.tensor(1.0, name="b"))) == ["g · 2"]


def test_tensors_from_outside_are_not_taken_for_arguments():
    other = scalar(5.0, "y")

    @ad.custom(lambda g: g * other, lambda g: g)
    def weighed(x, y):
        return 5.0 * x + y

    assert texts_of(weighed(scalar(name="a"), scalar(name="b")))[0] != "g · b"


def test_checkpoints_and_custom_primitives():
    x = ad.tensor([1.0, 2.0], requires_grad=True, name="x")

    @ad.custom(lambda g, out: g * (1 - out**2), label="T")
    def tanh(x):
        return np.tanh(x)

    calls: list[int] = []
    block = ad.checkpoint(lambda x: (calls.append(1), tanh(x) * x)[1])
    y = block(x)
    assert texts_of(tanh(x)) == ["g · (1 − T(x)²)"]
    assert texts_of(y) == ["checkpoint <lambda>′(g)"]
    assert calls == [1], "a look must not run the block"
    np.sum(y).backward()
    assert texts_of(y) == ["checkpoint <lambda>′(g)"]


@pytest.mark.parametrize(
    "rule",
    [
        lambda g, x: np.where(x > 0, g, 0.1 * g),
        lambda g, x: g * np.where(x > 0, 1.0, 0.1),
        lambda g, x: np.where(np.abs(x) < 1, g, 0),
        lambda g, x: np.where(x < 3, g, 2 * g),
        lambda g, out: np.where(out == 0, 0, g),
        lambda g, x: np.where(np.maximum(x, 0) == 0, 0, g),
        lambda g, x: np.where(np.sign(x) == 1, g, 0.1 * g),
    ],
)
def test_a_rule_in_pieces_shows_all_of_them(rule):
    """A guard of an edge may go unsaid, a branch that many numbers take may not; an equation is not always an edge."""
    assert "where" in texts_of(ad.custom(rule)(lambda x: x)(scalar(-2.0)))[0]


@pytest.mark.parametrize(
    "rule",
    [
        lambda g, x: np.asarray(g) * 2,
        lambda g, x: np.where(np.asarray(x) > 1, np.asarray(g), 0.0),
        lambda g, x: ad.tensor(np.asarray(g) * 3),
        lambda g, x: g * np.exp(x.numpy()),
        lambda g, x: g * float(x) ** 2,
        lambda g, x: np.where(x.numpy() > 1, g, 0),
        lambda g, x: g * 2 if x > 1 else g * 3,
        lambda g, x: g * 2 if x > 0 else g * 3,
        lambda g, x: np.where(x.numpy() > 0, g, 0.1 * g),
    ],
)
def test_a_rule_that_leaves_the_record_is_not_written_out(rule):
    """What came of it on stand-ins is no constant and no zero: the numbers of stand-ins say nothing."""
    assert texts_of(ad.custom(rule)(lambda x: x)(scalar())) == ["<lambda>′(g, x)"]


def raising(error: Exception) -> Any:
    def rule(g, x):
        if np.all(x < 1):
            raise error
        return g * x

    return rule


@pytest.mark.parametrize(
    "error",
    [
        AssertionError(),
        IndexError(),
        KeyError(),
        RuntimeError(),
        NotImplementedError(),
        ValueError(),
        ZeroDivisionError(),
    ],
)
def test_a_rule_that_fails_on_stand_ins_is_not_written_out(error):
    y = ad.custom(raising(error))(lambda x: x)(scalar())
    assert texts_of(y) == ["<lambda>′(g, x)"]
    assert "′(" in str(ad.Graph(y))
    assert state.context == Context()


def test_a_rule_with_a_long_loop():
    def rule(g, x):
        for _ in range(3000):
            g = g * x
        return g

    assert texts_of(ad.custom(rule)(lambda x: x)(scalar(1.0))) == ["<lambda>′(g, x)"]


def test_a_rule_whose_text_would_double_with_each_step():
    def rule(g, x):
        for _ in range(60):  # 2⁶⁰ terms, were they written
            g = g + g * x
        return g

    assert texts_of(ad.custom(rule)(lambda x: x)(scalar(1.0))) == ["<lambda>′(g, x)"]


# Side effects


def test_a_look_changes_nothing():
    outside = scalar(5.0, "outside")

    @ad.custom(lambda g, x: g * x * outside)
    def weighed(x):
        return x

    x = scalar()
    y = weighed(x)
    numbers = (outside.numpy(), x.numpy())
    with ad.scope("s"), ad.no_grad():
        context = state.context
        texts_of(y)
        assert state.context is context
    assert (outside.numpy(), x.numpy()) == numbers
    assert outside.grad is x.grad is None
    assert y._node.saved is not None
    assert (y._node.value, outside._node.value, outside._node.origin) == (None, None, None)


def test_a_look_draws_no_random_numbers():
    generator = np.random.default_rng(0)
    y = ad.custom(lambda g: g * ad.normal(generator))(lambda x: x)(scalar())
    before = generator.bit_generator.state
    texts_of(y)
    assert generator.bit_generator.state == before


def test_a_look_while_others_observe_or_debug_is_not_recorded():
    """A rule on stand-ins may divide by nothing; in debug mode that is no error of the user's."""

    @ad.custom(lambda g, x: g / (x - 0.5))
    def pole(x):
        return np.log(x - 0.5)

    with ad.debug(), ad.observe():
        y = pole(scalar())
        assert texts_of(y) == ["g / (x − 0.5)"]
        assert y._node.inputs[0].name is None
