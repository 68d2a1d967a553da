"""Scopes that fold in place: what is seen then, where it is, and that unfolding brings all back."""

import itertools
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator

from . import graphs
from .reading import Box, Reader

Open = Callable[..., Reader]
SCOPES = ["encoder", "decoder"] + [f"encoder/layer {k}{part}" for k in range(2) for part in ("", "/affine", "/gate")]
SEEN = "#stage :is(.node, .fold)"


@pytest.fixture
def page(tmp_path: Path, open_page: Open) -> Reader:
    return open_page(graphs.nested(tmp_path))


def sign(page: Reader, scope: str) -> Locator:
    """What folds a scope or unfolds it, whichever there is."""
    return page.page.locator(f'[aria-label^="Fold {scope}:"]:visible, [aria-label^="Unfold {scope}:"]:visible')


def toggle(page: Reader, scope: str) -> None:
    sign(page, scope).focus()
    page.press("Enter")


def geometry(page: Reader) -> list[str]:
    """All that folding changes."""
    found: list[str] = page.page.evaluate(
        """[...document.querySelectorAll("#stage .graph *")].map((each) =>
          ["d", "points", "x", "y"].map((name) => each.getAttribute(name)).join() + getComputedStyle(each).display
          + each.getBoundingClientRect().x.toFixed(1) + each.getBoundingClientRect().y.toFixed(1))"""
    )
    return found


def overlaps(boxes: dict[str, Box]) -> list[tuple[str, str]]:
    return [(a, b) for a, b in itertools.combinations(boxes, 2) if boxes[a].overlaps(boxes[b])]


def extent(boxes: Iterable[Box]) -> tuple[float, float]:
    boxes = list(boxes)
    width = max(box.right for box in boxes) - min(box.left for box in boxes)
    return width, max(box.bottom for box in boxes) - min(box.top for box in boxes)


def test_a_folded_scope_is_one_box_that_says_what_is_inside(page: Reader) -> None:
    before = page.visible("#stage .node")
    page.page.locator("#fold-all").click()
    assert page.page.locator(".fold:visible text").all_text_contents() == [
        *("encoder", "12 operations", "6 parameters"),
        *("decoder", "3 operations", "1 parameter"),
    ]
    page.page.locator("#unfold-all").click()
    assert page.visible("#stage .node") == before
    toggle(page, "encoder/layer 0/gate")
    gate = [key for key in before if key not in page.visible("#stage .node")]
    titles = [page.node(key).locator("text").first.text_content() for key in gate]
    # u0, its product and the sigmoid of that; and their backward sides.
    assert len(titles) == 6 and "u0" in titles and sum(title.startswith("∂") for title in titles) == 3


def test_a_click_on_the_name_folds_and_a_click_on_the_box_unfolds(page: Reader) -> None:
    place = page.box('[aria-label^="Fold decoder:"] text')
    page.page.mouse.click(*place.middle)
    (folded,) = page.boxes(".fold").values()
    assert folded.left <= place.middle[0] <= folded.right and folded.top <= place.middle[1] <= folded.bottom
    page.page.mouse.click(*folded.middle)
    assert page.boxes(".fold") == {}


def test_unfolding_brings_all_back(page: Reader) -> None:
    before = geometry(page)
    toggle(page, "encoder/layer 1")
    assert geometry(page) != before
    toggle(page, "encoder/layer 1")
    page.click("#fit")
    assert geometry(page) == before
    page.click("#fold-all")
    page.click("#unfold-all")
    assert geometry(page) == before


def test_an_inner_scope_stays_folded_inside_an_outer_one(page: Reader) -> None:
    toggle(page, "encoder/layer 0/gate")
    inner = page.visible(".fold")
    toggle(page, "encoder")
    assert len(page.visible(".fold")) == 1 and page.visible(".fold") != inner
    toggle(page, "encoder")
    assert page.visible(".fold") == inner


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_folded_nothing_overlaps_and_arrows_meet_their_boxes(seed: int, page: Reader) -> None:
    """Any set of scopes, at one scale: boxes keep their size and order, and the drawing gets smaller, never larger."""
    before, frames = page.boxes(SEEN), page.boxes("#stage .cluster")
    generator = np.random.default_rng(seed)
    for scope in generator.permutation(SCOPES)[: 2 + seed % 4]:
        if sign(page, scope).count():  # it may be inside another one
            toggle(page, scope)
    after = page.boxes(SEEN)
    assert overlaps(after) == []
    for name in after.keys() & before.keys():
        # To a tenth of a pixel, which is how the browser rounds.
        assert (after[name].width, after[name].height) == pytest.approx(
            (before[name].width, before[name].height), abs=0.1
        )
    for a, b in itertools.combinations(after.keys() & before.keys(), 2):
        for low, high in (("left", "right"), ("top", "bottom")):
            if getattr(before[a], high) < getattr(before[b], low):
                assert getattr(after[a], high) < getattr(after[b], low), (a, b)
    assert all(now <= then + 0.5 for now, then in zip(extent(after.values()), extent(before.values()), strict=True))
    inside = page.boxes("#stage .cluster")
    for name, frame in inside.items():
        assert frame.width <= frames[name].width + 0.5 and frame.height <= frames[name].height + 0.5
    check_arrows(page)


def check_arrows(page: Reader) -> None:
    """Each arrow that is seen has its head at the border of the box that it leads to, and comes from the other one."""
    bad = page.page.evaluate(
        """() => {
          const data = JSON.parse(document.getElementById("data").textContent);
          const shown = (each) => each.getClientRects().length > 0;
          const rect = (each) => [...each.querySelectorAll("polygon, path:not(.sign), rect")]
            .map((shape) => shape.getBoundingClientRect()).reduce((a, b) => (a.width > b.width ? a : b));
          const figure = (key) => {
            const own = document.getElementById(key);
            if (shown(own)) return own;
            const folds = [...document.querySelectorAll(".fold")].filter(shown);
            const path = data.boxes[key].scope.join("/");
            const named = (each) => each.ariaLabel.split(":")[0].replace("Unfold ", "");
            return folds.find((each) => `${path}/`.startsWith(`${named(each)}/`));
          };
          const away = (r, x, y) =>
            Math.hypot(Math.max(r.left - x, 0, x - r.right), Math.max(r.top - y, 0, y - r.bottom));
          const depth = (r, x, y) => Math.min(x - r.left, r.right - x, y - r.top, r.bottom - y);
          return data.arrows.flatMap((arrow, place) => {
            const element = document.getElementById(`arrow${place}`);
            if (!shown(element) || arrow.kind === "tie") return [];
            const path = element.querySelector("path");
            const matrix = path.getScreenCTM();
            const at = (way) => path.getPointAtLength(way).matrixTransform(matrix);
            const ends = [at(0), at(path.getTotalLength())];
            if (arrow.kind === "backward") ends.reverse();
            const [source, target] = [figure(arrow.source), figure(arrow.target)].map(rect);
            const head = element.querySelector("polygon");
            const tips = [...head.points].map((point) => point.matrixTransform(head.getScreenCTM()));
            const nearest = Math.min(...tips.map((tip) => away(target, tip.x, tip.y)));
            const deepest = Math.max(...tips.map((tip) => depth(target, tip.x, tip.y)));
            const scale = matrix.a;
            const wrong = away(source, ends[0].x, ends[0].y) > 4 * scale || nearest > 4 * scale || deepest > 5 * scale;
            return wrong ? [`${arrow.kind} ${arrow.source} ${arrow.target} ${nearest / scale} ${deepest / scale}`] : [];
          });
        }"""
    )
    assert bad == []


def test_a_folded_drawing_is_smaller(page: Reader) -> None:
    width, height = extent(page.boxes(SEEN).values())
    scale = page.view()[2]
    page.click("#fold-all")
    scale /= page.view()[2]  # what fits is shown larger
    folded = extent(page.boxes(SEEN).values())
    # Scopes stand one below the other, so it is the height that shrinks most.
    assert folded[0] / scale < width * 0.6 and folded[1] / scale < height * 0.6


def test_a_step_inside_a_folded_scope_lights_its_box(page: Reader) -> None:
    toggle(page, "encoder")
    label = page.visible(".fold")
    page.press("ArrowRight")
    assert page.visible(".fold.current") == label
    assert page.visible(".edge.current") != []  # from x
    page.press("End")
    assert page.visible(".fold.current") == label
    assert page.visible(".node.current") == []


def test_a_folded_scope_is_dim_until_something_in_it_is_computed(page: Reader) -> None:
    page.click("#fold-all")
    page.press("ArrowRight")
    (encoder, decoder) = page.page.locator(".fold:visible").all()
    assert float(page.style(encoder, "opacity")) == 1 > float(page.style(decoder, "opacity"))


def test_search_marks_the_scope_that_a_match_is_folded_into(page: Reader) -> None:
    page.click("#fold-all")
    page.page.locator("#wanted").fill("W1")
    assert [name.split(":")[0] for name in page.visible(".match")] == ["Unfold encoder"]


def test_the_keyboard_keeps_its_place(page: Reader) -> None:
    focused = "document.activeElement.ariaLabel"
    toggle(page, "encoder/layer 0")
    assert page.page.evaluate(focused).startswith("Unfold encoder/layer 0:")
    page.press("Space")
    assert page.page.evaluate(focused).startswith("Fold encoder/layer 0:")
    assert page.page.evaluate("document.activeElement.ariaExpanded") == "true"


def test_no_scopes_no_buttons(tmp_path: Path, open_page: Open) -> None:
    page = open_page(graphs.chain(tmp_path, 2))
    assert not page.page.locator("#fold-all").is_visible()
