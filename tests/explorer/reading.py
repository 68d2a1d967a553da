"""What a page shows, read back from the browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from playwright.sync_api import Locator, Page

VISIBLE = """
(selector) => [...document.querySelectorAll(selector)]
  .filter((each) => each.getClientRects().length && getComputedStyle(each).visibility === "visible")
"""


class Box(NamedTuple):
    """A rectangle on the screen, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def overlaps(self, other: Box, slack: float = 0.5) -> bool:
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > slack and down > slack

    def contains(self, other: Box, slack: float = 0.5) -> bool:
        within = self.left - slack <= other.left and other.right <= self.right + slack
        return within and self.top - slack <= other.top and other.bottom <= self.bottom + slack


class Step(NamedTuple):
    """What the panel says about a step, and whether it is the last one."""

    phase: str
    equations: list[str]
    given: list[str]
    arithmetic: list[str]
    results: list[str]
    last: bool


STEP = """() => {
  const lines = (selector) => [...document.querySelectorAll(`#current ${selector}`)].map((each) => each.textContent);
  const last = document.getElementById("step").ariaDisabled === "true";
  const numbers = [lines(".given > div"), lines(".arithmetic > p"), lines(".numbers:not(.given) > div")];
  return [lines(".phase")[0], lines(".equations > p"), ...numbers, last];
}"""


class Reader:
    """A page, and what there is to read on it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def click(self, selector: str) -> None:
        self.page.locator(selector).click()

    def node(self, key: str) -> Locator:
        return self.page.locator(f'#stage [id="{key}"]')

    def named(self, title: str) -> Locator:
        """The box whose title in the drawing is this."""
        return self.page.locator("#stage .node").filter(has=self.page.get_by_text(title, exact=True))

    def stop_clock(self) -> Any:
        """From now on time passes by `run_for(milliseconds)` alone."""
        self.page.clock.install(time=0)
        self.page.clock.pause_at(1000)
        return self.page.clock

    # The panel

    def step(self) -> Step:
        return Step(*self.page.evaluate(STEP))

    def phase(self) -> str:
        return self.step().phase

    def steps(self) -> Iterator[Step]:
        """All further steps, one after the other."""
        while not self.step().last:
            self.press("ArrowRight")
            yield self.step()

    def is_off(self, control: str) -> bool:
        return self.page.locator(f"#{control}").get_attribute("aria-disabled") == "true"

    def details(self) -> dict[str, str]:
        """The rows of the details, and their title."""
        texts: list[list[str]] = self.page.evaluate(
            """["h2", "dt", "dd"].map((tag) =>
              [...document.querySelectorAll(`#details ${tag}`)].map((each) => each.innerText))"""
        )
        return {"title": "".join(texts[0]), **dict(zip(texts[1], texts[2], strict=True))}

    def wait_for_hash(self, hash: str) -> None:
        """The address follows a little later."""
        self.page.wait_for_function("(hash) => location.hash === hash", arg=hash)

    # The drawing

    def visible(self, selector: str) -> list[str]:
        """The ids, or else the names, of what is neither folded away nor still to come."""
        return self.page.evaluate(
            f"(selector) => ({VISIBLE})(selector).map((each) => each.id || each.getAttribute('aria-label'))", selector
        )

    def boxes(self, selector: str) -> dict[str, Box]:
        """Where the outlines of the visible parts are, by id or name."""
        found: dict[str, list[float]] = self.page.evaluate(
            f"""(selector) => Object.fromEntries(({VISIBLE})(selector).map((each) => {{
              const outlines = [...each.querySelectorAll("polygon, path, rect")];
              const shapes = outlines.map((shape) => shape.getBoundingClientRect());
              const edge = (name, pick) => Math[pick](...shapes.map((shape) => shape[name]));
              const places = [edge("left", "min"), edge("top", "min"), edge("right", "max"), edge("bottom", "max")];
              return [each.id || each.getAttribute("aria-label"), places];
            }}))""",
            selector,
        )
        return {name: Box(*places) for name, places in found.items()}

    def box(self, selector: str) -> Box:
        return Box(
            *self.page.locator(selector).evaluate(
                """(each) => {
                  const { left, top, right, bottom } = each.getBoundingClientRect();
                  return [left, top, right, bottom];
                }"""
            )
        )

    def view(self) -> list[float]:
        """The part of the drawing that is shown: left, top, width, height."""
        text: str = self.page.locator("#stage > svg").get_attribute("viewBox") or ""
        return [float(each) for each in text.split()]

    def style(self, locator: Locator, name: str) -> Any:
        return locator.evaluate("(each, name) => getComputedStyle(each).getPropertyValue(name)", name)
