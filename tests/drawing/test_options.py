"""The options of ad.draw: highlights, cotangents, looks, and what their errors say."""

from __future__ import annotations

import numpy as np
import pytest

import autodiff as ad
from autodiff.drawing.themes import THEMES

from .graphs import diamond, parameter
from .parsing import parsed

# Highlights


def strong(picture, kind="forward"):
    """The names of boxes and the ways of arrows that stand out: thick and coloured."""
    colour = THEMES["light"].strong
    boxes = {box.name for box in picture.boxes.values() if box.attributes["color"] == colour}
    arrows = {(picture.named(a.source), picture.named(a.target)) for a in picture.of_kind(kind)
              if a.attributes["color"] == colour and float(a.attributes["penwidth"]) > 2}  # fmt: skip
    return boxes, arrows


def test_highlight_of_a_tensor_is_all_that_carries_a_gradient_to_it():
    _, left, _, y = diamond()
    expected = {"left", "y"}, {("left", "y")}
    assert strong(parsed(ad.draw(y, highlight=left))) == expected
    assert strong(parsed(ad.draw(y, highlight="left"))) == expected
    assert strong(parsed(ad.draw(y, highlight=["left"]))) == expected
    assert strong(parsed(ad.draw(y))) == (set(), set())


def test_highlight_leaves_out_what_carries_no_gradient():
    x = parameter([1.0, -2.0], "x")
    with ad.observe():
        mask = x > 0
        y = np.where(mask, x, 0.0)
    mask.name, y.name = "mask", "y"
    assert strong(parsed(ad.draw(y, highlight=x))) == ({"x", "y"}, {("x", "y")})


def test_highlight_of_a_path():
    x, left, _, y = diamond()
    expected = {"x", "left", "y"}, {("x", "left"), ("left", "y")}
    assert strong(parsed(ad.draw(y, highlight=[x, left, y]))) == expected
    assert strong(parsed(ad.draw(y, highlight=("x", "left")))) == ({"x", "left"}, {("x", "left")})


def test_highlight_of_a_path_leaves_out_the_arrow_that_goes_past():
    x = parameter(2, "x")
    m = x * 2
    m.name = "m"
    assert strong(parsed(ad.draw(m + x, highlight=["x", m, "a"])))[1] == {("x", "m"), ("m", "a")}


# Options


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"rankdir": "down"}, "rankdir is 'down', expected one of TB, LR, BT, RL"),
        ({"rankdir": None}, "rankdir is None"),
        ({"theme": "pink"}, "theme is 'pink', expected one of light, dark, print"),
        ({"theme": ["light"]}, r"theme is \['light'\]"),
        ({"scopes": -1}, "scopes is -1"),
        ({"scopes": "all"}, "scopes is 'all'"),
        ({"highlight": "nobody"}, "highlight: 'nobody' is not in this graph, whose names are x, left"),
        ({"highlight": 3}, "highlight: 3 is not in this graph"),
        ({"highlight": [None]}, "highlight"),
        ({"highlight": []}, "highlight"),
        ({"highlight": {"x": 1}}, "highlight"),
        ({"highlight": np.ones(2)}, "highlight"),
        ({"highlight": ad.tensor(1.0)}, "highlight"),
        ({"gradients": True, "cotangent": 3.0}, r"cotangent has shape \(\), expected the output's, \(2,\)"),
        ({"gradients": True, "cotangent": "abc"}, "cotangent"),
        ({"gradients": True, "cotangent": np.array([1j, 2.0])}, "cotangent"),
    ],
)
def test_each_options_error_says_what_it_got(options, named):
    *_, y = diamond()
    with pytest.raises((ValueError, TypeError), match=named):
        ad.draw(y, **options)


@pytest.mark.parametrize("cotangent", [3.0, [np.ones(2)], np.ones(3)])
def test_cotangents_of_several_outputs_are_counted(cotangent):
    *_, right, y = diamond()
    with pytest.raises(ValueError, match="cotangent"):
        ad.draw([right, y], gradients=True, cotangent=cotangent)


def test_cotangents_come_in_the_structure_of_the_outputs():
    *_, right, y = diamond()
    ones, twos = np.ones(2), np.full(2, 2.0)
    listed = ad.draw([right, y], gradients=True, cotangent=[ones, twos]).source
    assert ad.draw({"r": right, "y": y}, gradients=True, cotangent={"r": ones, "y": twos}).source == listed


@pytest.mark.parametrize("rankdir", ["TB", "LR", "BT", "RL"])
def test_rankdir_and_theme_change_no_structure(rankdir):
    *_, y = diamond()
    for theme in THEMES:
        picture = parsed(ad.draw(y, rankdir=rankdir, theme=theme))
        assert picture.attributes["rankdir"] == rankdir
        assert picture.attributes["bgcolor"] == THEMES[theme].page
        assert picture.ways("forward") == parsed(ad.draw(y)).ways("forward")
