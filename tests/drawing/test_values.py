"""Values and gradients in drawings: the real ones of the time of recording, or none."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

import autodiff as ad
from autodiff.context import using

from .graphs import ALL, diamond, parameter
from .parsing import numbers, parsed

NOT_KEPT = ["value not kept"]


def shown(y, name):
    """What a drawing with values says of a tensor, as numbers; None for nothing."""
    lines = parsed(ad.draw(y, values=True)).box(name).values
    return None if lines == NOT_KEPT else numbers(lines)


# Values


def test_values_are_the_real_ones():
    x, left, right, y = diamond()
    picture = parsed(ad.draw(y, values=True))
    for tensor in (x, left, right, y):
        np.testing.assert_allclose(numbers(picture.box(tensor.name).values), tensor.numpy(), rtol=6e-3)
    assert parsed(ad.draw(y)).box("x").values == []


def test_what_the_graph_does_not_keep_is_shown_inside_observe():
    x = parameter([1.0, 2.0], "x")
    x.data[...] = [3.0, 4.0]
    picture = parsed(ad.draw(x + 1.0 + 0.5, values=True))
    assert picture.box("x").values == NOT_KEPT and "ad.observe()" in picture.notes
    with ad.observe():
        y = x + np.array([1.0, 1.0])
    picture = parsed(ad.draw(y, values=True))
    (constant,) = [box for box in picture.boxes.values() if box.kind == "constant"]
    assert (picture.box("x").values, constant.values) == (["[3  4]"], ["[1  1]"])
    assert "observe" not in picture.notes


def test_value_is_that_of_the_recording():
    x = parameter(3, "x")
    kept, lost = x * x, x + 1
    x.data[...] = 100.0
    assert shown(kept, "x") == [3.0]
    assert shown(lost, "x") is None
    assert shown(lost, "a") == [4.0]


@pytest.mark.parametrize("recording", [True, False])
def test_what_is_changed_afterwards_is_shown_as_it_was(recording):
    x, array = parameter([1.0, 2.0], "x"), np.array([3.0, 4.0])
    x.data[...] = [5.0, 6.0]
    with ad.observe(), using(recording=recording):
        y = x * array
    x.data[...] = array[...] = 100.0
    picture = parsed(ad.draw(y, values=True))
    constant = next(box for box in picture.boxes.values() if box.kind == "constant")
    assert (picture.box("x").values, constant.values) == (["[5  6]"], ["[3  4]"])


def test_leaf_among_the_outputs_shows_what_its_results_were_made_from():
    x = parameter(3, "x")
    y = x * x
    x.data[...] = 100.0
    assert shown([x, y], "x") in ([3.0], None)
    x = parameter(3, "x")
    z = (x + 1) * 2
    x.data[...] = 100.0
    assert shown([x, z], "a") in ([4.0], None)


def test_leaf_alone():
    x = parameter(3, "x")
    assert shown(x, "x") == [3.0]
    x.data[...] = 100.0
    assert shown(x, "x") in ([100.0], None)
    with ad.observe():
        y = parameter(3, "y")
        y.data[...] = 100.0
    assert shown(y, "y") in ([100.0], None)


def test_leaf_that_changed_between_two_uses_gives_no_false_results():
    x = parameter(3, "x")
    before = x * x
    x.data[...] = 5.0
    after = x + 1
    assert shown(before * 1 + after * 1, "b") in ([6.0], None)


def test_leaf_made_inside_observe_and_changed_before_its_use():
    with ad.observe():
        x = parameter(3, "x")
        x.data[...] = 5.0
        y = x * 2
    assert shown(y, "x") == [5.0]


@pytest.mark.parametrize("requires_grad", [True, False])
def test_leaf_that_was_changed_and_then_made_read_only(requires_grad):
    c = ad.tensor(2.0, requires_grad)
    c.data[...] = 3.0
    y = parameter(1, "x") + c
    c.name = "c"
    array = c.data
    array[...] = 100.0
    array.setflags(write=False)
    assert shown(y, "c") in ([3.0], None)


@pytest.mark.parametrize(
    ("array", "lines"),
    [
        (np.array(0.25), ["0.25"]),
        (np.array([[1.5, -2.0], [0.0, -0.0]]), ["[1.5  −2]", "[0  −0]"]),
        (np.array([np.nan, np.inf, -np.inf]), ["[nan  inf  −inf]"]),
        (np.array([True, False]), ["[1  0]"]),
        (np.array([3, -7]), ["[3  −7]"]),
        (np.arange(20) > 4, ["15 of 20 are true"]),
        (np.full((4, 5), 7), ["all 7"]),
        (np.full(20, np.nan), ["20 NaN or inf"]),
        (np.zeros((0,)), ["empty"]),
        (np.zeros((3, 0)), ["empty"]),
        (np.zeros((0, 3)), ["empty"]),
        (np.zeros((2, 0, 3)), ["empty"]),
    ],
    ids=str,
)
def test_arrays_in_words(array, lines):
    assert parsed(ad.draw(ad.tensor(array, name="x"), values=True)).box("x").values == lines


@pytest.mark.parametrize("number", [1.5e20, 1.5e16, 1.25e300, 1e-300, 1234.0, 5e-324, 1.79e308, 2**53, -(2**63)])
@pytest.mark.parametrize("count", [1, 30])
def test_huge_and_tiny_numbers(number, count):
    """Three digits, whatever the size."""
    x = ad.tensor(np.full(count, number), name="x")
    assert math.isclose(shown(x, "x")[0], number, rel_tol=6e-3)


@pytest.mark.parametrize("ends", [(-1.0, 2.0), (-1.79e308, 1.79e308), (0.0, 1.5e-323), (-(2**62), 2**62)])
def test_many_numbers_are_told_by_their_range(ends):
    x = ad.tensor(np.repeat(np.array(ends), 10), name="x")
    np.testing.assert_allclose(shown(x, "x")[:2], ends, rtol=6e-3)


def test_drawing_warns_of_nothing_and_stands_the_strictest_setting():
    x = parameter([1.0, 1.0], "x")
    y = np.sum(np.log(x * np.array([1.0, 1e-200])))
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        ad.draw(y, **ALL)


# Gradients


def test_gradients_are_those_of_ad_gradients():
    x, left, right, y = diamond()
    weights = np.array([3.0, -2.0])
    expected = ad.gradients(y, [x, left, right], weights)
    picture = parsed(ad.draw(y, gradients=True, cotangent=weights))
    for tensor, gradient in zip((x, left, right), expected, strict=True):
        np.testing.assert_allclose(numbers(picture.box(tensor.name).gradient), gradient, rtol=6e-3)
    ones = parsed(ad.draw(y, gradients=True))
    np.testing.assert_allclose(numbers(ones.box("x").gradient), ad.gradients(y, x, np.ones(2)), rtol=6e-3)


def test_edges_are_labelled_with_what_flows_along_them():
    x, b = ad.tensor(np.ones((4, 3)), name="x"), parameter([1.0, 2.0, 3.0], "b")
    arrow = parsed(ad.draw((x + b).sum(), gradients=True)).arrow("b", "a")
    assert numbers([arrow.attributes["label"]]) == [4.0]


def test_thick_is_large_and_zero_is_dotted():
    x = parameter([1.0, 2.0], "x")
    large, small, none = x * 1000.0, x * 0.1, np.floor(x)
    for tensor, name in ((large, "large"), (small, "small"), (none, "none")):
        tensor.name = name
    picture = parsed(ad.draw([large, small, none], gradients=True))
    thick, thin, dotted = [picture.arrow("x", name).attributes for name in ("large", "small", "none")]
    assert float(thick["penwidth"]) > float(thin["penwidth"]) > float(dotted["penwidth"])
    assert (thin.get("style"), dotted["style"], dotted["label"].strip()) == (None, "dotted", "0")
    assert "1 · 10³" in picture.notes


@pytest.mark.parametrize("scale", [1e-200, 1e-320, 0.0, np.nan, np.inf])
def test_gradients_of_very_different_sizes(scale):
    x, y = parameter(1, "x"), parameter(1, "y")
    with np.errstate(all="ignore"):
        loss = x * scale + y * 1e200
    picture = parsed(ad.draw(loss, gradients=True))
    np.testing.assert_allclose(numbers(picture.box("x").gradient), [scale], rtol=0.2)  # 1e-320 has few bits
    assert ("not finite" in picture.arrow("x", "a").attributes["label"]) == (not np.isfinite(scale))


def test_dead_units_are_counted():
    x = ad.tensor([[1.0, -1.0, -2.0], [2.0, 1.0, -3.0]], name="x")
    scaled = x * parameter([1.0, 1.0, 1.0])
    assert "1 of 3 units dead" in parsed(ad.draw(ad.relu(scaled), gradients=True)).box("c").lines
    assert "dead" not in ad.draw(ad.relu(scaled)).source
    assert "dead" not in ad.draw(ad.relu(parameter(np.zeros((0, 3)))), gradients=True).source


def test_product_with_zeros_is_no_dead_unit_whatever_its_name():
    x, mask = parameter(np.ones((2, 3)), "x"), ad.tensor(np.zeros((2, 3)), name="a < b")
    assert "dead" not in ad.draw(x * mask, gradients=True).source


def test_drawing_touches_no_grad_and_consumes_nothing():
    x, left, _, y = diamond()
    left.retain_grad()
    x.grad = np.array([7.0, 8.0])
    before = ad.gradients(y, x, np.ones(2))
    ad.draw(y, **ALL)
    assert (x.grad == [7, 8]).all() and left.grad is None and y.grad is None
    np.testing.assert_array_equal(ad.gradients(y, x, np.ones(2)), before)


def after_backward(looked_on=False):
    """A consumed graph whose gradient is 12, while `.grad` holds more than that."""
    x = parameter([3.0], "x")
    x.data[...] = 2.0  # from here on the tensor may change, so that the graph alone knows what it was
    np.sum(x * 5).backward(create_graph=True)
    with ad.observe() if looked_on else ad.scope("s"):
        y = np.sum(x * x * x)
    y.backward()
    return y


def test_gradients_after_backward_are_not_what_other_passes_have_added_up():
    picture = parsed(ad.draw(after_backward(), gradients=True))
    assert picture.box("x").gradient in (["[12]"], [])
    assert "retain_graph" in picture.notes


def test_gradients_after_backward_of_an_observed_pass():
    picture = parsed(ad.draw(after_backward(looked_on=True), gradients=True))
    assert picture.box("x").gradient == ["[12]"]
    assert "retain_graph" not in picture.notes


def test_gradients_after_backward_and_a_step():
    """The values that the rules need are no longer to be had."""
    x = parameter([3.0], "x")
    x.data[...] = 2.0
    y, z = np.sum(x * x), np.sum(np.exp(x))
    y.backward()
    x.data[...] = 1.0
    picture = parsed(ad.draw([y, z, np.sum(x * x * x)], gradients=True))
    assert picture.box("x").gradient in ([], [f"[{4 + math.exp(2) + 3:.3g}]"])


def test_tensor_that_no_cotangent_reaches_has_no_gradient_of_other_passes():
    x, w = parameter(3, "x"), parameter(2, "w")
    (x * w).backward()
    with ad.observe():
        y = np.where(x > 0, w, 1.0)
    picture = parsed(ad.draw(y, gradients=True))
    assert (picture.box("x").gradient in ([], ["0"])) and picture.box("w").gradient == ["1"]


@pytest.mark.parametrize("program", [lambda x: x > 0, lambda x: x * 2], ids=["comparison", "no_grad"])
def test_where_nothing_carries_a_gradient_no_backward_is_blamed(program):
    with ad.no_grad(), ad.observe():
        y = program(parameter([1.0, 2.0]))
    assert "backward()" not in parsed(ad.draw(y, gradients=True)).notes
