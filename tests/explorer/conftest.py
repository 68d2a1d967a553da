"""A headless browser for the whole session, and pages that must raise no error and ask for nothing but themselves."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from .reading import Reader

NAMES = ("chromium", "chromium-browser", "google-chrome")
SLIDE = {"width": 1280, "height": 720}
Open = Callable[..., Reader]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"found no browser named {', '.join(NAMES)}")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


class Windows:
    """Pages of the browser, one for each set of options, as a new one takes half a second; and what goes on in them."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.kept: dict[str, Page] = {}
        self.errors: list[str] = []
        self.requests: list[str] = []

    def new(self, **options: Any) -> Page:
        # Still pictures unless a test is about motion.
        context = self.browser.new_context(**{"reduced_motion": "reduce", "viewport": SLIDE} | options)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(f"{error.message}\n{error.stack}"))
        page.on("console", lambda message: self.errors.append(message.text))
        page.on("request", lambda request: self.requests.append(request.url.partition("#")[0]))
        return page

    def known(self, **options: Any) -> Page:
        key = repr(options)
        if key not in self.kept:
            self.kept[key] = self.new(**options)
        page = self.kept[key]
        page.goto("about:blank")
        page.emulate_media(media="null")
        page.set_viewport_size(options.get("viewport", SLIDE))
        page.mouse.move(0, 0)
        return page


@pytest.fixture(scope="session")
def windows(browser: Browser) -> Windows:
    return Windows(browser)


@pytest.fixture
def open_page(windows: Windows) -> Iterator[Open]:
    """Opens a file; afterwards checks that no page had an error or asked for anything but its own file.

    With `fresh` the window is closed after the test: for tests that stop its clock.
    """
    addresses, fresh_ones = set(), []
    windows.errors.clear()
    windows.requests.clear()

    def opened(path: Path, hash: str = "", fresh: bool = False, **options: Any) -> Reader:
        page = windows.new(**options) if fresh else windows.known(**options)
        if fresh:
            fresh_ones.append(page)
        addresses.add(path.as_uri())
        page.goto(path.as_uri() + hash)
        return Reader(page)

    yield opened
    for page in fresh_ones:
        page.context.close()
    assert windows.errors == []
    assert set(windows.requests) - {"about:blank"} == addresses
