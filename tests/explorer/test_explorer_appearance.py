"""In light and in the dark, on a slide, on a phone and on paper: colours, contrast, sizes, and pictures to look at."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autodiff.drawing.themes import THEMES

from . import graphs
from .reading import Box, Reader

Open = Callable[..., Reader]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

# For each piece of text that is seen: what it says, its colour, and the colour behind it.
TEXTS = """() => {
  const found = [];
  const opaque = (colour) => !/, 0\\)$|^transparent$|none/.test(colour);
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const shape = each.matches("g.node, g.fold") && [...each.querySelectorAll("polygon, path, rect")]
        .map((shape) => getComputedStyle(shape).fill).find(opaque);
      if (shape) return shape;
      const colour = getComputedStyle(each).backgroundColor;
      if (!(each instanceof SVGElement) && opaque(colour)) return colour;
    }
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, style = getComputedStyle(element);
    const text = walker.currentNode.data.trim();
    if (!text || !element.getClientRects().length || style.visibility !== "visible") continue;
    if (element.closest(".ahead, [aria-disabled=true], .unseen, script, style")) continue;
    if (/^[▁▂▃▄▅▆▇█ ]+$/.test(text)) continue; // a histogram
    found.push([text, element instanceof SVGElement ? style.fill : style.color, behind(element)]);
  }
  return found;
}"""


def rgb(colour: str) -> tuple[float, ...]:
    """A colour as the browser or a theme writes it, from 0 to 1."""
    if colour.startswith("#"):
        return tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    if colour in ("white", "black"):
        return (1.0,) * 3 if colour == "white" else (0.0,) * 3
    numbers = [float(each) for each in re.findall(r"[\d.]+", colour.removeprefix("color(srgb"))]
    return tuple(numbers[:3]) if colour.startswith("color(srgb") else tuple(each / 255 for each in numbers[:3])


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.1, relative luminances plus 0.05."""

    def luminance(colour: str) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb(colour)]
        return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("hash", ["", "#step=3", "#step=6"])
def test_text_has_contrast(scheme: str, hash: str, tmp_path: Path, open_page: Open) -> None:
    page = open_page(graphs.lecture(tmp_path), hash, color_scheme=scheme)
    page.page.wait_for_function("document.getAnimations().length === 0")
    texts = page.page.evaluate(TEXTS)
    assert {"hidden", "W", "[0.2 \N{NO-BREAK SPACE}0.4]", "Fold all", "Speed"} <= {text for text, *_ in texts}
    assert [(text, ink, ground) for text, ink, ground in texts if contrast(ink, ground) < 4.5] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colours_are_the_themes(scheme: str, tmp_path: Path, open_page: Open) -> None:
    theme = THEMES[scheme]
    page = open_page(graphs.mlp(tmp_path), color_scheme=scheme)
    for kind in ("parameter", "input", "operation", "output", "backward"):
        shape = page.page.locator(f"#stage .node.{kind} :is(path, polygon)").first
        assert [rgb(page.style(shape, part)) for part in ("fill", "stroke")] == [
            rgb(each) for each in theme.kinds[kind]
        ]
    assert rgb(page.style(page.page.locator("body"), "background-color")) == rgb(theme.page)
    assert rgb(page.style(page.page.locator("#stage .node text").first, "fill")) == rgb(theme.text)
    strokes = {rgb(page.style(each, "stroke")) for each in page.page.locator("#stage .edge.backward path").all()}
    assert strokes <= set(map(rgb, theme.gradient)) and strokes


def test_the_current_box_stands_out_without_colour(tmp_path: Path, open_page: Open) -> None:
    page = open_page(graphs.lecture(tmp_path), "#step=6")
    page.page.wait_for_function("document.getAnimations().length === 0")

    def thickness(selector: str) -> list[float]:
        return [
            float(page.style(each, "stroke-width").removesuffix("px")) for each in page.page.locator(selector).all()
        ]

    assert thickness(".node.current polygon") == [3]
    assert max(thickness("#stage .node:not(.current) :is(path, polygon)")) < 3
    assert page.style(page.page.locator(".node.current polygon"), "stroke-dasharray") == "none"
    for arrow in page.page.locator(".edge.current path").all():
        drawn = float(arrow.get_attribute("stroke-width") or 1)
        assert float(page.style(arrow, "stroke-width").removesuffix("px")) == pytest.approx(drawn + 1)


def test_what_is_not_computed_yet_is_dim_and_has_no_values(tmp_path: Path, open_page: Open) -> None:
    page = open_page(graphs.lecture(tmp_path))
    page.press("ArrowRight", "ArrowRight")
    page.page.wait_for_function("document.getAnimations().length === 0")
    opacity = {key: float(page.style(page.node(key), "opacity")) for key in ("n0", "n1", "n2", "n3", "n4", "n5")}
    assert {key for key, value in opacity.items() if value < 0.5} == {"n4", "n5"}
    texts = {key: page.page.locator(f"#{key} text >> visible=true").all_text_contents() for key in opacity}
    assert texts["n3"] == ["b = σ(a)", "float64 (2,)", "[0.332 \N{NO-BREAK SPACE}0.574]"]
    assert texts["n4"] == ["c = b V", "float64 ()"]
    assert page.visible("#stage .backward") == []  # boxes and arrows of the pass that is still to come
    arrows = page.page.locator("#stage .edge.forward >> visible=true")
    assert {page.style(each, "stroke-width") for each in arrows.locator("path").all()} == {"1px", "3px"}
    assert arrows.locator("text >> visible=true").all_text_contents() == []  # no gradients yet
    page.press("ArrowRight", "ArrowRight", "ArrowRight")
    assert page.visible("#stage .node.backward") == ["n4b", "n5b"]
    page.press("End")
    assert len(page.visible("#stage .node.backward")) == 6
    assert page.visible("#stage :is(.ahead, .plain)") == []


def test_sums_are_shown_when_they_are_complete(tmp_path: Path, open_page: Open) -> None:
    """The gradient of a shared parameter appears with its first part, its numbers with the last one."""
    page = open_page(graphs.cell(tmp_path)[0])
    titles = {key: page.node(key).locator("text").first.text_content() or "" for key in page.visible(".node.backward")}
    (key,) = [key for key, title in titles.items() if title.endswith("/∂b")]
    # Absent; then its title and shape; then its numbers, too.
    counts = [len(page.visible(f"#{key} text")) for _ in page.steps()]
    assert counts == sorted(counts) and set(counts) == {0, 2, 3}


# The phone


def test_a_phone_shows_all_in_reach_of_a_thumb(tmp_path: Path, open_page: Open) -> None:
    page = open_page(graphs.lecture(tmp_path), "#step=5", **PHONE)
    assert page.page.evaluate("document.documentElement.scrollWidth") <= 390
    for name in (
        "first",
        "back",
        "play",
        "step",
        "last",
        "zoom-in",
        "zoom-out",
        "fit",
        "speed",
        "fold-all",
        "unfold-all",
        "help",
    ):
        control = page.box(f"#{name}")
        assert control.width >= 44 and control.height >= 44, name
        assert Box(0, 0, 390, 844).contains(control), name
    stage, panel, controls = (page.box(f"#{name}") for name in ("stage", "panel", "controls"))
    assert stage.bottom <= panel.top + 1 and stage.height > 300 and panel.top + 150 < controls.top
    page.page.locator("#step").tap()
    assert page.phase() == "backward 2 of 4"
    page.named("V").tap()
    assert page.details()["title"] == "V"


# Paper


def test_paper_shows_the_whole_drawing_and_then_all_steps(tmp_path: Path, open_page: Open) -> None:
    page = open_page(graphs.lecture(tmp_path), "#step=2", color_scheme="dark")
    page.press("+", "+", "+")
    said = [[step.phase, *step.equations, *step.arithmetic] for step in page.steps()]
    page.press("Home", "ArrowRight")
    screen = page.view()
    page.page.emulate_media(media="print")
    page.page.wait_for_function(
        "(old) => document.querySelector('#stage > svg').getAttribute('viewBox').split(' ')[2] != old[2]", arg=screen
    )
    stage = page.box("#stage > svg")
    assert all(stage.contains(box) for box in page.boxes("#stage .node").values())
    assert len(page.visible("#stage .node")) == 13 and len(page.visible("#stage .node.backward")) == 6
    assert {float(page.style(each, "opacity")) for each in page.page.locator("#stage .node").all()} == {1.0}
    assert rgb(page.style(page.page.locator("#stage .operation path").first, "fill")) == (1, 1, 1)
    for hidden in ("#controls", "#panel", "#zooming", "#folding", "#search"):
        assert not page.page.locator(hidden).is_visible()
    items = page.page.locator("#steps li")
    assert items.count() == 8
    listed = [item.locator(".phase, .equations p, .arithmetic p").all_text_contents() for item in items.all()]
    assert listed[2:] == said
    page.page.emulate_media(media="null")
    page.page.wait_for_function(
        "(old) => document.querySelector('#stage > svg').getAttribute('viewBox').split(' ')[2] == old[2]", arg=screen
    )


def test_the_drawing_is_on_the_first_sheet_alone(tmp_path: Path, open_page: Open) -> None:
    page = open_page(graphs.lecture(tmp_path))
    pdf: bytes = page.page.pdf(path=tmp_path / "lecture.pdf", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2


# Pictures: for people to look at, and for a test whether they are pictures at all.

VIEWS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "light": ("lecture", "#step=5", {}),
    "dark": ("lecture", "#step=6", {"color_scheme": "dark"}),
    "slide": ("mlp", "#step=11", {"viewport": {"width": 1920, "height": 1080}}),
    "phone": ("mlp", "#step=3", PHONE),
}


@pytest.mark.parametrize("name", VIEWS)
def test_pictures(name: str, tmp_path: Path, open_page: Open) -> None:
    graph, hash, options = VIEWS[name]
    page = open_page(getattr(graphs, graph)(tmp_path), hash, **options)
    page.page.wait_for_function("document.getAnimations().length === 0")
    picture = page.page.screenshot(path=tmp_path / f"{name}.png")
    assert len(picture) > 20_000
