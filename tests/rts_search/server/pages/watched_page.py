"""A page of a real browser in a window of its own, whose scripts must not fail."""

import contextlib
from collections.abc import Iterator

from playwright.sync_api import Browser, Page, ViewportSize


@contextlib.contextmanager
def watched_page(browser: Browser, width: int = 1280, height: int = 720) -> Iterator[Page]:
    """Open a page, and refuse errors of its scripts at the end. width, height: of the window, in pixels."""
    context = browser.new_context(viewport=ViewportSize(width=width, height=height))
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    page.goto("about:blank")  # ends its stream of events
    assert not wrong
    context.close()
