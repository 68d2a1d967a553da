"""Pan and zoom, by mouse, wheel, fingers and keys; and that the current box is always in view."""

from collections.abc import Callable
from pathlib import Path

import pytest

from . import graphs
from .reading import Box, Reader

Open = Callable[..., Reader]


@pytest.fixture
def page(tmp_path: Path, open_page: Open) -> Reader:
    return open_page(graphs.lecture(tmp_path))


def place(page: Reader, key: str = "n4") -> Box:
    return page.boxes(f'[id="{key}"]')[key]


def wait_for_other_view(page: Reader, old: list[float]) -> None:
    """What a wheel does arrives a little later."""
    text = "(old) => document.querySelector('#stage > svg').getAttribute('viewBox').split(' ')[2] != old[2]"
    page.page.wait_for_function(text, arg=old)


def test_at_first_the_whole_drawing_is_in_view(page: Reader) -> None:
    stage = page.box("#stage")
    assert all(stage.contains(box) for box in page.boxes("#stage :is(.node, .cluster)").values())


def test_a_drag_moves_the_drawing_with_the_pointer_and_pins_nothing(page: Reader) -> None:
    before = place(page)
    mouse = page.page.mouse
    mouse.move(*before.middle)
    mouse.down()
    mouse.move(before.middle[0] + 30, before.middle[1] - 70, steps=4)
    mouse.up()
    after = place(page)
    assert (after.left - before.left, after.top - before.top) == pytest.approx((30, -70), abs=0.5)
    assert page.page.locator(".pinned").count() == 0
    mouse.move(200, 200)  # not held any more
    assert place(page) == after
    page.node("n4").click()
    assert page.page.locator(".pinned").count() == 1


def test_the_wheel_zooms_around_the_pointer(page: Reader) -> None:
    before, view = place(page), page.view()
    page.page.mouse.move(*before.middle)
    page.page.mouse.wheel(0, -300)
    wait_for_other_view(page, view)
    after, view = place(page), page.view()
    assert after.middle == pytest.approx(before.middle, abs=1)  # the pointer stands on a whole pixel, enlarged here
    assert after.width > 1.3 * before.width
    page.page.mouse.wheel(0, 300)
    wait_for_other_view(page, view)
    assert place(page).width == pytest.approx(before.width, rel=1e-3)


def test_buttons_and_keys_zoom_and_fit(page: Reader) -> None:
    first = page.view()
    for nearer, farther, fit in (("#zoom-in", "#zoom-out", "#fit"), ("+", "-", "0")):
        use = page.click if nearer.startswith("#") else page.press
        use(nearer)
        assert page.view()[2] == pytest.approx(first[2] / 1.3)
        use(farther)
        use(farther)
        assert page.view()[2] == pytest.approx(first[2] * 1.3)
        use(fit)
        assert page.view() == pytest.approx(first)


def test_two_fingers_pinch_and_one_drags(tmp_path: Path, open_page: Open) -> None:
    page = open_page(graphs.lecture(tmp_path), has_touch=True)
    before = place(page)
    x, y = before.middle
    session = page.page.context.new_cdp_session(page.page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        listed = [{"x": px, "y": py, "id": i} for i, (px, py) in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": listed})

    touch("touchStart", (x - 40, y))
    touch("touchStart", (x - 40, y), (x + 40, y))
    for spread in (50, 60, 70, 80):
        touch("touchMove", (x - spread, y), (x + spread, y))
    touch("touchEnd")
    after = place(page)
    assert after.width / before.width == pytest.approx(2, rel=1e-3)
    assert after.middle == pytest.approx(before.middle, abs=0.5)
    touch("touchStart", (x, y))
    for step in (10, 30, 60):
        touch("touchMove", (x, y + step))
    touch("touchEnd")
    moved = place(page)
    assert moved.width == pytest.approx(after.width) and moved.top - after.top == pytest.approx(60, abs=1)


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_the_current_box_is_in_view_and_legible(size: tuple[int, int], tmp_path: Path, open_page: Open) -> None:
    page = open_page(graphs.nested(tmp_path), viewport={"width": size[0], "height": size[1]})
    stage, tools = page.box("#stage"), page.box("#zooming")
    for _ in page.steps():
        (current,) = page.boxes(".node.current").values()
        assert stage.contains(current) and not tools.overlaps(current)
    assert page.style(page.page.locator(".node.current text").first, "font-size") == "11px"
    assert page.box("#stage").width / page.view()[2] > 1  # pixels for one of these


def test_steps_keep_the_zoom_that_the_user_chose(tmp_path: Path, open_page: Open) -> None:
    page = open_page(graphs.nested(tmp_path))
    page.press("-", "ArrowRight")
    width = page.view()[2]
    page.press("ArrowRight", "End")
    assert page.view()[2] == pytest.approx(width)
    page.press("0", "Home")
    whole = page.view()
    page.press("ArrowRight")
    assert page.view()[2] < whole[2]  # zooms in to be legible
    page.press("Home")
    assert page.view() == pytest.approx(whole)


def test_focus_and_search_bring_a_box_into_view(tmp_path: Path, open_page: Open) -> None:
    page = open_page(graphs.chain(tmp_path, 30))
    stage = page.box("#stage")
    page.page.locator("#speed").focus()
    page.press("Tab", "+", "+", "+", "+", "+", "+", "+", "+", *["Tab"] * 25)
    focused = page.page.evaluate("document.activeElement.id")
    assert focused == "n25"
    assert stage.contains(place(page, focused))
    page.page.locator("#wanted").fill("a = sin(x)")
    page.press("Enter")
    assert stage.contains(place(page, "n1"))


def test_a_smaller_window_still_shows_all(page: Reader) -> None:
    page.page.set_viewport_size({"width": 900, "height": 500})
    page.page.wait_for_function("document.querySelector('#stage > svg').getBoundingClientRect().height < 450")
    page.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    stage = page.box("#stage")
    assert all(stage.contains(box) for box in page.boxes("#stage :is(.node, .cluster)").values())


def test_the_view_glides_unless_motion_is_unwelcome(tmp_path: Path, open_page: Open) -> None:
    path = graphs.nested(tmp_path)
    still, moving = open_page(path), open_page(path, fresh=True, reduced_motion="no-preference")
    still.press("End")
    clock = moving.stop_clock()
    first = moving.view()
    moving.press("End")
    assert moving.view() == pytest.approx(first)
    clock.run_for(150)
    assert still.view()[2] < moving.view()[2] < first[2]
    clock.run_for(400)
    assert moving.view() == pytest.approx(still.view())
    moving.press("Home")
    clock.run_for(150)
    half = moving.view()
    mouse = moving.page.mouse
    mouse.move(300, 300)
    mouse.down()
    mouse.move(310, 300)
    mouse.up()
    clock.run_for(400)  # who takes hold of the drawing ends the glide
    assert moving.view()[1:] == pytest.approx(half[1:])
    assert moving.view()[0] == pytest.approx(half[0] - 10 * half[2] / moving.box("#stage").width, rel=1e-3)
