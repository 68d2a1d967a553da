"""Large graphs, scopes as frames, and scopes as boxes."""

from __future__ import annotations

import numpy as np
import pytest

import autodiff as ad
from autodiff.drawing.folding import ENDS, MOST

from .graphs import ALL, parameter
from .parsing import parsed


def chain(length, scopes=0):
    """A chain of multiplications, in so many scopes of three parts each."""
    x = parameter(1, "x")
    for i in range(length):
        with ad.scope(f"layer {i * scopes // length}/part {i % 3}" if scopes else ""):
            x = x * 1.0001
    return x


def total(picture):
    """How many operations the boxes on the forward side stand for."""
    folded = [box for box in picture.boxes.values() if box.kind == "folded" and not box.lines[0].startswith("∂")]
    counts = [int(line.split()[0].replace(",", "")) for box in folded for line in box.lines if " operation" in line]
    return sum(counts) + picture.kinds()["operation"] + picture.kinds()["output"]


@pytest.mark.parametrize(("scopes", "options"), [(0, ALL), (10, {}), (1000, {}), (20_000, {})])
def test_fifty_thousand_nodes(scopes, options):
    """Seconds; with work that grows as the square it would be hours."""
    picture = parsed(ad.draw(chain(50_000, scopes), **options))
    forward = [box for box in picture.boxes.values() if box.kind != "backward" and not box.lines[0].startswith("∂")]
    assert len(forward) <= MOST + 2
    assert total(picture) == 50_000
    assert "50,001 nodes" in picture.notes and "folded" in picture.notes
    assert "scopes" in picture.notes if scopes else "middle" in picture.boxes


def test_many_tensors_of_one_name():
    """Each name is made one of a kind: w, w_1, w_2, ...; seconds, not minutes."""
    names = list(ad.Graph(sum((parameter(1, "w") for _ in range(50_000)), start=parameter(0, "w"))).names.values())
    assert len(set(names)) == len(names) == 100_001
    assert {"w", "w_1", "w_50000"} <= set(names)


def test_long_chain_shows_its_ends_and_what_is_between():
    picture = parsed(ad.draw(chain(1000), backward=True))
    between = 1001 - 2 * ENDS
    assert picture.boxes["middle"].lines == ["…", f"{between} operations: multiply {between}"]
    assert picture.box("x").kind == "parameter" and picture.kinds()["output"] == 1
    assert picture.kinds()["backward"] == 2 * ENDS
    counts = [len(picture.of_kind(kind)) for kind in ("forward", "backward", "tie")]
    assert counts == [2 * ENDS, 2 * ENDS, 2 * ENDS + 1]


def test_arrows_that_pass_too_many_rows_are_folded_and_said():
    """One parameter that all steps use: Graphviz would take minutes to lay out its arrows."""
    w, y = parameter(1.5, "w"), parameter(1, "x")
    for _ in range(MOST // 2):
        y = np.sin(y * w)
    picture = parsed(ad.draw(y))
    assert picture.kinds()["folded"] == 1 and "folded into one box" in picture.notes
    assert picture.arrow("w", "…").attributes["label"].startswith("×")


def test_graph_of_as_many_nodes_as_may_be_is_not_folded():
    picture = parsed(ad.draw(chain(MOST - 1)))
    assert len(picture.boxes) == MOST and "folded" not in picture.notes


def test_many_outputs_are_folded_or_no_note_claims_it():
    x = parameter(1, "x")
    picture = parsed(ad.draw([x + i for i in range(1000)]))
    assert ("folded" in picture.kinds()) == ("folded" in picture.notes)
    assert len(picture.boxes) <= MOST + 2


def test_highlight_in_a_folded_graph():
    drawing = ad.draw(chain(1000), highlight="x")
    assert all(box.attributes["penwidth"] == "2.6" for box in parsed(drawing).boxes.values())


def test_error_in_a_large_graph_does_not_name_all_nodes():
    with pytest.raises(ValueError, match="highlight: 'nobody'") as caught:
        ad.draw(chain(2000), highlight="nobody")
    assert len(str(caught.value)) < 1000


# Scopes


def encoder(inner="first", outer="encoder"):
    """One operation outside, one in each of two scopes, which share a parameter."""
    x, w = ad.tensor([1.0, 2.0], name="x"), parameter([3.0, 4.0], "w")
    with ad.scope(outer):
        with ad.scope(inner):
            h = np.tanh(x * w)
        h = h * w
    return np.exp(h)


def test_scopes_are_frames():
    picture = parsed(ad.draw(encoder()))
    assert picture.scopes == [("encoder",), ("encoder", "first")]
    scopes = {box.name: box.scope for box in picture.boxes.values()}
    inner, outer = ("encoder", "first"), ("encoder",)
    assert scopes == {"x": (), "w": outer, "a": inner, "b": inner, "c": outer, "d": ()}


def test_parameter_stands_with_its_only_user():
    with ad.scope("layer"):
        y = parameter(1, "w") * 2
    assert parsed(ad.draw(y + 1)).box("w").scope == ("layer",)


def test_no_frames():
    picture = parsed(ad.draw(encoder(), scopes=False))
    assert picture.scopes == [] and len(picture.boxes) == 6


@pytest.mark.parametrize(
    ("depth", "boxes", "ways"),
    [
        (0, {"x", "encoder", "d"}, {("x", "encoder"): 1, ("encoder", "d"): 1}),
        (1, {"x", "w", "first", "c", "d"},
         {("x", "first"): 1, ("w", "first"): 1, ("first", "c"): 1, ("w", "c"): 1, ("c", "d"): 1}),
        (2, {"x", "w", "a", "b", "c", "d"},
         {("x", "a"): 1, ("w", "a"): 1, ("a", "b"): 1, ("b", "c"): 1, ("w", "c"): 1, ("c", "d"): 1}),
    ],
)  # fmt: skip
def test_number_folds_what_lies_deeper(depth, boxes, ways):
    picture = parsed(ad.draw(encoder(), scopes=depth))
    assert {box.name for box in picture.boxes.values()} == boxes
    assert picture.ways("forward") == ways


def test_folded_box_says_what_it_holds():
    picture = parsed(ad.draw(encoder(), scopes=0, backward=True))
    assert picture.box("encoder").lines == ["encoder", "3 operations: multiply 2, tanh", "1 parameter, 2 numbers"]
    assert picture.ways("tie") == {("encoder", "∂ encoder"): 1, ("d", "∂d/∂d"): 1}
    assert picture.ways("backward") == {("∂d/∂d", "∂ encoder"): 1}


def test_arrows_between_the_same_boxes_are_one_with_a_count():
    x = parameter([1.0, 2.0], "x")
    with ad.scope("s"):
        a, b = np.sin(x), np.cos(x)
    picture = parsed(ad.draw(a + b, scopes=0, gradients=True))
    (arrow,) = picture.arrows
    assert arrow.attributes["label"] == "×2"


# Names of scopes that could be taken for keys


@pytest.mark.parametrize(
    "name", ["n0", "n3", "middle", "scope x", "n2c1", "n1b", "cluster", "graph", "∂ x", "b", "a:b"]
)
@pytest.mark.parametrize("depth", [0, 1])
def test_scopes_named_like_keys(name, depth):
    expected = parsed(ad.draw(encoder("plain"), scopes=depth, backward=True))
    picture = parsed(ad.draw(encoder(name), scopes=depth, backward=True))
    assert picture.kinds() == expected.kinds()
    assert len(picture.arrows) == len(expected.arrows)


@pytest.mark.parametrize("second", ["xb", "xc1", "x b", "xx"])
def test_two_scopes_whose_keys_could_be_confused(second):
    """A backward side, a constant, and a scope of its own."""
    y = np.sin(parameter([1.0, 2.0], "p"))
    y.name = "y"
    with ad.scope("x"):
        z = y * np.ones(2)
    with ad.scope(second):
        z = np.tanh(z)
    picture = parsed(ad.draw(np.exp(z), scopes=0, backward=True))
    assert picture.box("x").lines[1:] == ["1 operation: multiply"]
    assert picture.box(second).lines[1:] == ["1 operation: tanh"]
    assert {("y", "x"), ("x", second), (second, "c")} <= set(picture.ways("forward"))
    assert picture.kinds()["folded"] == 4 and len(picture.of_kind("tie")) == 5


def test_folding_does_not_depend_on_how_many_nodes_a_scope_has():
    """An array that takes part in a folded scope has no box, were it the scope's only operation."""
    x = np.sin(parameter([1.0, 2.0], "p"))
    with ad.scope("one"):
        y = x * np.ones(2)
    with ad.scope("two"):
        z = np.tanh(y * np.ones(2))
    ways = parsed(ad.draw(z * 2, scopes=0)).ways("forward")
    assert ways == {("p", "a"): 1, ("a", "one"): 1, ("one", "two"): 1, ("two", "e"): 1}
