"""Every control of the page: used, and its effect read back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from . import graphs
from .reading import Reader

Open = Callable[..., Reader]


@pytest.fixture
def page(tmp_path: Path, open_page: Open) -> Reader:
    """The lecture's example: 4 steps forward, 4 backward."""
    return open_page(graphs.lecture(tmp_path))


def test_before_the_first_step_everything_is_shown(page: Reader) -> None:
    assert page.phase() == "start"
    assert len(page.visible("#stage .node")) == 13
    assert page.visible("#stage :is(.ahead, .absent, .current, .plain)") == []
    summary = page.page.locator("#current .summary").all_inner_texts()
    assert summary == ["4 operations, 2 parameters, 2 scopes", "4 steps forward, 4 steps backward"]
    assert page.page.title() == page.page.locator("h1").inner_text() == "The lecture's example"


def test_the_buttons_step(page: Reader) -> None:
    seen = []
    for button in ("step", "step", "back", "last", "step", "back", "first", "back"):
        page.page.locator(f"#{button}").click(force=True)  # also where it says that there is no further step
        seen.append(page.phase())
    assert seen == [
        "forward 1 of 4",
        "forward 2 of 4",
        "forward 1 of 4",
        "backward 4 of 4",
        "backward 4 of 4",
        "backward 3 of 4",
        "start",
        "start",
    ]
    assert page.is_off("first") and page.is_off("back") and not page.is_off("step") and not page.is_off("last")


def test_the_slider_goes_to_any_step(page: Reader) -> None:
    slider = page.page.locator("#slider")
    assert (slider.get_attribute("min"), slider.get_attribute("max")) == ("0", "8")
    slider.fill("7")
    assert page.phase() == slider.get_attribute("aria-valuetext") == "backward 3 of 4"
    slider.fill("0")
    assert page.phase() == slider.get_attribute("aria-valuetext") == "start"
    page.press("End")
    assert slider.input_value() == "8"


def test_the_slider_shows_where_the_backward_pass_begins(page: Reader) -> None:
    """The words below it stand halfway between the thumb's places for the last step forward and the first one back."""
    track, words = page.box("#slider"), page.box(".phases .backward")
    thumb = 20
    place = track.left + thumb / 2 + (track.width - thumb) * 4.5 / 8
    assert words.left == pytest.approx(place, abs=1)
    assert page.page.locator(".phases span").all_inner_texts() == ["forward 4", "backward 4"]


def test_play_takes_its_time_and_stops_at_the_end(tmp_path: Path, open_page: Open) -> None:
    page = open_page(graphs.chain(tmp_path, 1), fresh=True)  # 2 steps forward, 2 backward
    clock = page.stop_clock()
    page.click("#play")
    assert (page.phase(), page.page.locator("#play").get_attribute("aria-label")) == ("forward 1 of 2", "Pause")
    clock.run_for(1900)
    assert page.phase() == "forward 1 of 2"
    clock.run_for(200)
    assert page.phase() == "forward 2 of 2"
    page.page.locator("#speed").select_option("4×")
    clock.run_for(1900)  # this pause was begun at the old speed
    assert page.phase() == "backward 1 of 2"
    clock.run_for(600)
    assert (page.phase(), page.page.locator("#play").get_attribute("aria-label")) == ("backward 2 of 2", "Play")
    page.click("#play")
    assert page.phase() == "forward 1 of 2"  # from the start again


def test_pause_holds_the_step(tmp_path: Path, open_page: Open) -> None:
    page = open_page(graphs.lecture(tmp_path), fresh=True)
    clock = page.stop_clock()
    page.click("#play")
    page.click("#play")
    clock.run_for(60_000)
    assert page.phase() == "forward 1 of 4"
    page.click("#play")
    page.click("#back")  # a step by hand ends the play, too
    clock.run_for(60_000)
    assert page.phase() == "forward 1 of 4"


def test_all_by_keyboard(tmp_path: Path, open_page: Open) -> None:
    page = open_page(graphs.lecture(tmp_path), fresh=True)
    seen = []
    for key in ("ArrowRight", "PageDown", "ArrowLeft", "End", "PageUp", "Home"):
        page.press(key)
        seen.append(page.phase())
    assert seen[:3] == ["forward 1 of 4", "forward 2 of 4", "forward 1 of 4"]
    assert seen[3:] == ["backward 4 of 4", "backward 3 of 4", "start"]
    clock = page.stop_clock()
    page.press("Space")
    clock.run_for(2100)
    assert page.phase() == "forward 2 of 4"
    page.press("Space")
    clock.run_for(60_000)
    assert page.phase() == "forward 2 of 4"


def test_the_keys_step_once_when_a_control_is_focused(page: Reader) -> None:
    for control in ("step", "slider", "fit"):
        page.press("Home")
        page.page.locator(f"#{control}").focus()
        page.press("ArrowRight", "ArrowRight")
        assert page.phase() == "forward 2 of 4"
    page.page.locator("#step").focus()
    page.press("Space", "Space")  # this presses the button, and plays nothing
    assert page.phase() == "forward 4 of 4"
    page.press("Enter")
    assert page.phase() == "backward 1 of 4"


def test_help_lists_the_keys(page: Reader) -> None:
    page.press("?")
    dialog = page.page.locator("#keys")
    assert dialog.is_visible()
    page.press("ArrowRight")
    assert page.phase() == "start"  # the keys are the dialog's now
    page.press("Escape")
    assert not dialog.is_visible()
    page.click("#help")
    assert dialog.is_visible()
    assert {"→", "Space", "Home", "/", "Tab", "Esc"} <= set(dialog.locator("kbd").all_inner_texts())
    page.page.get_by_role("button", name="Close").click()
    assert not dialog.is_visible()


# The address


@pytest.mark.parametrize(
    ("hash", "phase"),
    [("#step=5", "backward 1 of 4"), ("#step=0", "start"), ("#step=999", "backward 4 of 4"), ("#step=x", "start")],
)
def test_the_address_names_a_step(hash: str, phase: str, tmp_path: Path, open_page: Open) -> None:
    assert open_page(graphs.lecture(tmp_path), hash).phase() == phase


def test_the_address_follows_the_steps(page: Reader) -> None:
    page.wait_for_hash("")
    page.press("ArrowRight", "ArrowRight")
    page.wait_for_hash("#step=2")
    page.press("Home")
    page.wait_for_hash("#step=0")
    page.page.evaluate("location.hash = '#step=6'")
    page.page.wait_for_function("document.querySelector('#slider').value === '6'")
    assert page.phase() == "backward 2 of 4"


# What screen readers get


def test_steps_are_announced(page: Reader) -> None:
    page.press("ArrowRight", "ArrowRight", "ArrowRight")
    news = page.page.locator("#news[role=status]")
    assert news.inner_text() == "forward 3 of 4; c = b V; c = 0.332 · 0.2 + 0.574 · 0.4 = 0.2961"


def test_everything_has_a_name(page: Reader) -> None:
    unnamed = page.page.evaluate(
        """[...document.querySelectorAll("button, input, select, [role=button]")]
          .filter((each) => !each.ariaLabel && !each.innerText && !each.labels?.length).map((each) => each.outerHTML)"""
    )
    assert unnamed == []
    assert page.page.get_by_role("button", name="c = b V, operation, float64 ()").count() == 1
    assert page.page.locator("#stage title, #stage [*|title]").count() == 0


# Boxes and their details


def test_hover_shows_rule_shape_statistics_values_and_line(page: Reader) -> None:
    page.named("b = σ(a)").hover()
    told = page.details()
    assert told["title"] == "b = σ(a)"
    assert told["operation"] == "sigmoid"
    assert told["shape"] == "float64 (2,)"
    assert told["made at"].startswith("graphs.py:")
    assert told["scope"] == "hidden"
    assert told["rules"] == "∂a = σ · (1 − σ) · g"
    assert told["values"] == "[0.332  0.574]"
    assert told["values: statistics"] == "min\N{NO-BREAK SPACE}0.332  mean\N{NO-BREAK SPACE}0.453  " + (
        "max\N{NO-BREAK SPACE}0.574  std\N{NO-BREAK SPACE}0.121"
    )
    assert told["gradient"] == "[0.0209  0.0417]"
    page.page.locator("h1").hover()
    assert page.details() == {"title": ""}


def test_the_current_box_is_explained_when_none_is_pointed_at(page: Reader) -> None:
    page.press("ArrowRight")
    assert page.details()["title"] == "a = const W"
    page.named("W").hover()
    assert (page.details()["title"], page.details()["operation"]) == ("W", "parameter")


def test_a_click_pins(page: Reader) -> None:
    page.named("V").click()
    page.page.locator("h1").hover()
    page.press("ArrowRight")  # a click leaves the focus where it is
    assert (page.phase(), page.details()["title"]) == ("forward 1 of 4", "V")
    assert page.page.locator("[aria-pressed=true]").get_attribute("id") == "n1"
    page.page.get_by_role("button", name="Unpin").click()
    assert page.details()["title"] == "a = const W"
    for _ in range(2):  # a second click unpins
        page.named("V").click()
    page.page.locator("h1").hover()
    assert page.details()["title"] == "a = const W"


def test_tab_goes_through_the_boxes_in_order(page: Reader) -> None:
    page.page.locator("#speed").focus()
    titles = []
    for _ in range(15):
        page.press("Tab")
        titles.append(page.page.evaluate("document.activeElement.ariaLabel"))
        if titles[-1].startswith("∂"):
            assert page.details()["title"] == titles[-1].split(",")[0]
    assert [title.split(":")[0] for title in titles[:2]] == ["Fold hidden", "Fold output"]
    forward = ["W", "V", "a = const W", "b = σ(a)", "c = b V", "d = σ(c)", "const"]
    backward = [f"∂d/∂{name}" for name in "WVabcd"]
    assert [title.split(",")[0] for title in titles[2:]] == forward + backward


def test_enter_pins_and_escape_unpins(page: Reader) -> None:
    page.page.locator("#n4").focus()
    page.press("Enter")
    page.page.locator("#n3").focus()
    assert page.details()["title"] == "b = σ(a)"
    page.page.locator("#speed").focus()
    assert page.details()["title"] == "c = b V"
    page.press("Escape")
    assert page.details() == {"title": ""}


# Search


def test_search_counts_and_goes_from_match_to_match(page: Reader) -> None:
    page.press("/", "V")
    found = page.page.locator("#found")
    assert found.inner_text() == "3 found"
    assert sorted(page.visible(".match")) == ["n1", "n1b", "n4"]
    seen = []
    for key in ("Enter", "Enter", "Enter", "Enter", "Shift+Enter"):
        page.press(key)
        seen.append((found.inner_text(), page.details()["title"]))
    assert seen == [
        ("1 of 3", "V"),
        ("2 of 3", "c = b V"),
        ("3 of 3", "∂d/∂V"),
        ("1 of 3", "V"),
        ("3 of 3", "∂d/∂V"),
    ]
    page.press("ArrowLeft", "Home", "Space")
    assert page.phase() == "start"  # keys belong to the field
    page.press("Escape")
    assert (found.inner_text(), page.visible(".match"), page.details()) == ("", [], {"title": ""})


@pytest.mark.parametrize(
    ("wanted", "count"), [("sigmoid", 2), ("SIGMOID", 2), ("(2, 2)", 2), ("hidden", 3), ("nowhere", 0)]
)
def test_search_finds_operations_shapes_and_scopes(wanted: str, count: int, page: Reader) -> None:
    page.page.locator("#wanted").fill(wanted)
    assert page.page.locator("#found").inner_text() == f"{count} found"
    page.press("Enter")


def test_search_shows_what_is_still_to_come(page: Reader) -> None:
    page.press("ArrowRight")
    assert "n1b" not in page.visible("#stage .node")
    page.page.locator("#wanted").fill("∂d/∂V")
    assert "n1b" in page.visible("#stage .node")
