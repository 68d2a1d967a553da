"""Pictures: by the program `dot`, by the wheel, or by neither; and names that mean something in DOT or HTML."""

from __future__ import annotations

import shutil
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

import autodiff as ad

from .graphs import ALL, EXAMPLES, diamond, parameter
from .parsing import parsed

MAGIC = {"svg": b"<?xml", "png": b"\x89PNG\r\n\x1a\n", "pdf": b"%PDF-"}
SVG = "{http://www.w3.org/2000/svg}"
LONG = "x" * 200
NAMES = [
    'say "hi"', "<b>bold</b>", "<lambda>", "a < b", "R&D", "&amp;", "&lt;", "back\\slash", "ends in \\", "\\", '\\"',
    "\\N", "\\G", "\\E", "\\T", "\\L", "\\l", "C:\\new", "größe µ ∂ 漢字 🙂", LONG, "a:b", "{a|b}", "[x]", "a]>", "-->",
    "two  spaces", "node", "graph", "strict", "n0", "%", "#", ";", "//", "/* c */", "<>", "<", ">", "'", "1.5", " ",
]  # fmt: skip
BREAKING = ["first\nsecond", "first\r\nsecond", "first\tsecond"]


@pytest.fixture(params=["dot", "wheel"])
def renderer(request, monkeypatch):
    """Graphviz as a program on the path, or in the wheel of pygraphviz."""
    if request.param == "wheel":
        monkeypatch.setenv("PATH", "")
        assert shutil.which("dot") is None
    elif shutil.which("dot") is None:
        pytest.skip("the program dot is not on this machine")
    return request.param


@pytest.fixture
def nothing(monkeypatch):
    """Neither the program nor the wheel."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "pygraphviz", None)


def svg(drawing):
    return ElementTree.fromstring(drawing._repr_mimebundle_()["image/svg+xml"].encode())


def texts(root):
    """The pieces of text in an SVG, as one reads them: each space is a space, and what has no width is not there."""
    looks = str.maketrans({"\xa0": " ", "\u200b": None, "\u200c": None, "\u2060": None})
    return ["".join(each.itertext()).translate(looks) for each in root.iter(f"{SVG}text")]


def groups(root, kind):
    return [each for each in root.iter(f"{SVG}g") if each.get("class", "").split(" ")[0] == kind]


# Formats and files


@pytest.mark.filterwarnings("ignore:no fonts")  # there may be none on this machine
@pytest.mark.parametrize("format", MAGIC)
def test_formats(renderer, format, tmp_path):
    drawing = ad.draw(diamond()[-1], **ALL)
    for path in (drawing.render(tmp_path / f"a.{format}"), drawing.render(str(tmp_path / "b"), format)):
        assert path.suffix == f".{format}"
        assert path.read_bytes().startswith(MAGIC[format])
    assert sorted(each.name for each in tmp_path.iterdir()) == [f"a.{format}", f"b.{format}"]


def test_labels_boxes_and_arrows_are_in_the_svg(renderer, tmp_path):
    drawing = ad.draw(diamond()[-1], backward=True, rules=True, values=True)
    root, picture = ElementTree.fromstring(drawing.render(tmp_path / "a.svg").read_bytes()), parsed(drawing)
    shown = texts(root)
    for box in picture.boxes.values():
        assert set(box.lines) <= set(shown)
    assert len(groups(root, "node")) == len(picture.boxes)
    assert len(groups(root, "edge")) == len(picture.arrows)


@pytest.mark.parametrize("name", EXAMPLES)
def test_graphviz_takes_every_example(name):
    drawing = EXAMPLES[name]()
    root, picture = svg(drawing), parsed(drawing)
    assert len(groups(root, "node")) == len(picture.boxes)
    assert len(groups(root, "edge")) == len(picture.arrows)
    assert len(groups(root, "cluster")) == len(picture.scopes)


def test_two_edges_between_the_same_boxes_are_both_drawn(renderer):
    x = parameter(3, "x")
    assert len(groups(svg(ad.draw(x * x)), "edge")) == 2


@pytest.mark.filterwarnings("ignore:no fonts")
@pytest.mark.parametrize(
    ("given", "format", "written"),
    [
        ("a.svg", None, "a.svg"), ("A.SVG", None, "A.SVG"), ("a.PNG", "png", "a.PNG"), ("plain", "svg", "plain.svg"),
        ("v1.2", "svg", "v1.2.svg"), ("a.svg", "png", "a.svg.png"), ("tar.gz.pdf", None, "tar.gz.pdf"),
        ("größe ∂.svg", None, "größe ∂.svg"), ("two words.svg", None, "two words.svg"),
    ],
)  # fmt: skip
def test_file_names(given, format, written, tmp_path):
    drawing = ad.draw(parameter(1, "x") * 2)
    for path in (tmp_path / given, str(tmp_path / given)):
        result = drawing.render(path, format)
        assert (result, isinstance(result, Path)) == (tmp_path / written, True)
        assert result.read_bytes()
    assert [each.name for each in tmp_path.iterdir()] == [written]


@pytest.mark.parametrize(
    ("given", "format", "named"),
    [("a", None, "a'"), ("a.gif", None, "a.gif"), ("a.svg", "gif", "gif"), ("", None, "''")],
)
def test_wrong_formats_are_refused_by_name(given, format, named, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="svg") as caught:
        ad.draw(parameter(1) * 2).render(given, format)
    assert named in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are always fonts")
def test_missing_fonts_are_told_of_where_letters_are_drawn(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("autodiff.drawing.rendering.FONTS", (str(tmp_path),))
    drawing = ad.draw(parameter(1) * 2)
    with pytest.warns(UserWarning, match="no fonts are installed.*PNG"):
        drawing.render(tmp_path / "a.png")
    drawing.render(tmp_path / "a.svg")


def test_missing_folder_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        ad.draw(parameter(1) * 2).render(tmp_path / "no" / "a.svg")


def test_save_writes_the_source(tmp_path):
    drawing = ad.draw(parameter(1, "größe ∂") * 2)
    path = drawing.save(str(tmp_path / "graph.dot"))
    assert path.read_text(encoding="utf-8") == drawing.source
    assert "DOT" in repr(drawing) and drawing.dot.source == drawing.source


def test_notebooks_show_the_picture(renderer):
    bundle = ad.draw(parameter(1, "x") * 2)._repr_mimebundle_()
    assert set(bundle) == {"image/svg+xml"} and "</svg>" in bundle["image/svg+xml"]


# Without Graphviz


def test_without_graphviz_the_error_names_the_extra(nothing, tmp_path):
    drawing = ad.draw(parameter(1, "x") * 2)
    with pytest.raises(RuntimeError, match=r"pip install autodiff-nn\[draw\]"):
        drawing.render(tmp_path / "a.svg")
    assert not list(tmp_path.iterdir())


def test_without_graphviz_the_text_is_there(nothing, tmp_path):
    drawing = ad.draw(parameter(1, "x") * 2)
    assert parsed(drawing).ways("forward") == {("x", "a"): 1}
    assert drawing.save(tmp_path / "a.dot").read_text(encoding="utf-8") == drawing.source
    bundle = drawing._repr_mimebundle_()
    assert set(bundle) == {"text/plain"}
    assert drawing.source in bundle["text/plain"] and "autodiff-nn[draw]" in bundle["text/plain"]


# Names


@pytest.mark.parametrize("name", NAMES)
def test_names_of_tensors_are_shown_as_they_are(renderer, name):
    x, other = parameter([1.0, 2.0], name), parameter([3.0, 4.0], "other")
    y = x - other
    y.name = "y"
    drawing = ad.draw(y, **ALL)
    assert name in texts(svg(drawing))
    assert parsed(drawing).kinds() == {"parameter": 2, "output": 1, "backward": 3}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("options", [{}, {"scopes": 0, "backward": True}], ids=["framed", "folded"])
def test_names_of_scopes_are_shown_as_they_are(name, options):
    x = parameter([1.0, 2.0], "x")
    with ad.scope(name.replace("/", "|")):
        y = np.tanh(np.sin(x) + np.cos(x))
    drawing = ad.draw(np.exp(y), **options)
    root, picture = svg(drawing), parsed(drawing)
    assert name.replace("/", "|") in texts(root)
    assert (len(groups(root, "node")), len(groups(root, "edge"))) == (len(picture.boxes), len(picture.arrows))
    assert picture.kinds()["folded"] == (2 if options else 0)


@pytest.mark.parametrize("name", BREAKING)
def test_names_of_two_lines_are_not_glued_together(name):
    x = parameter([1.0, 2.0], name)
    with ad.scope(name):
        y = x * 2
    for options in ({}, {"scopes": 0}):
        shown = texts(svg(ad.draw(np.exp(y), **options)))
        assert any("first" in line for line in shown) and any("second" in line for line in shown)
        assert not any("firstsecond" in line for line in shown)


@pytest.mark.parametrize("name", ["\x00", "a\x00b", "\x1b[1m", "\x07"])
def test_control_characters_break_no_picture(name):
    with ad.scope(name):
        y = parameter([1.0, 2.0], name) * 2
    for options in ({}, {"scopes": 0}):
        assert len(groups(svg(ad.draw(np.exp(y), **options)), "edge")) == (1 if options else 2)


@pytest.mark.parametrize("name", ["👩\u200d💻", "می\u200cخواهم", "soft\u00adhyphen"])
def test_characters_without_width_belong_to_their_scripts(name):
    assert "\ufffd" not in "".join(texts(svg(ad.draw(parameter(1, name) * 2))))


def test_empty_names_count_as_none():
    x = parameter([1.0, 2.0], "")
    with ad.scope(""):
        y = x * 2
    assert texts(svg(ad.draw(y)))[0] == "a"
    assert parsed(ad.draw(y)).scopes == []


@pytest.mark.parametrize("name", ["/", "a/", "/a", "//"])
def test_scopes_without_a_name_inside_of_others(name):
    with ad.scope(name):
        y = parameter([1.0, 2.0], "x") * 2
    for depth in (0, 1, True):
        assert groups(svg(ad.draw(np.exp(y), scopes=depth, backward=True)), "node")


def test_hover_text_between_angle_brackets_is_no_html():
    """It begins with the name of the result, and ends with that of the argument in the last rule."""
    x, y = parameter([1.0, 2.0], "x>"), parameter([1.0, 2.0], "y")
    z = x * y
    z.name = "<z"
    drawing = ad.draw(z, rules=True)
    assert {"x>", "y", "<z = x> · y"} <= set(texts(svg(drawing)))
    assert parsed(drawing).kinds() == {"parameter": 2, "output": 1}


@pytest.mark.parametrize("label", ["x³", "<b>", "\\N", "a & b", '"', ""])
def test_labels_of_the_users_operations(label):
    @ad.custom(lambda g: g, lambda g: -g, label=label)
    def minus(x, y):
        return x - y

    drawing = ad.draw(minus(parameter(1, "x"), parameter(2, "y")), rules=True)
    assert f"a = {label or 'minus'}(x, y)" in texts(svg(drawing))
