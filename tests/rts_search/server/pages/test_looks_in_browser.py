"""Every page in a real browser: nothing shifts, nothing scrolls sideways, and axe finds nothing serious."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.rts_search.server.pages.sweeps_in_states import FINISHED, INTERRUPTED, RUNNING, TUNED_ONE
from tests.rts_search.server.pages.test_browser import look
from tests.rts_search.server.pages.watched_page import watched_page

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(600)]
PAGES = {
    "list": "/",
    "nothing fits": "/?words=nothing",
    "finished": f"/sweeps/{FINISHED}",
    "tuned": f"/sweeps/{TUNED_ONE}",
    "running": f"/sweeps/{RUNNING}",
    "interrupted": f"/sweeps/{INTERRUPTED}",
    "trial": f"/sweeps/{FINISHED}/trials/3",
    "compare": f"/compare?first={FINISHED}&second={TUNED_ONE}",
    "audit": "/audit",
    "docs": "/docs",
    "login": "/login",
    "not found": "/no/such/page",
}
LIKE_FINISHED = ("tuned", "interrupted")
"""Pages with the parts of the page `finished`."""
SIZES = [((390, 844), (1400, 900)), pytest.param(((2560, 1300),), marks=pytest.mark.campaign)]
"""Widths and heights of windows: a telephone and a laptop, and once for each release a large screen."""
OBSERVE = """
window.shifted = 0;
new PerformanceObserver((seen) => {
  for (const one of seen.getEntries()) { if (!one.hadRecentInput) { window.shifted += one.value; } }
}).observe({ type: "layout-shift", buffered: true });
"""
MOST_SHIFT = 0.1
"""Above it, the layout of a page counts as unsteady: https://web.dev/articles/cls."""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with watched_page(browser) as made:
        made.add_init_script(OBSERVE)
        yield made


def settle(page: Page) -> None:
    """Wait until the page and the figure in view are drawn."""
    page.wait_for_load_state("load")
    figure = page.locator("[data-figure]:visible")
    if figure.count():
        figure.first.scroll_into_view_if_needed()
        page.wait_for_selector("[data-figure]:visible:not([aria-busy])")
    page.wait_for_timeout(300)


@pytest.mark.parametrize("sizes", SIZES, ids=["usual", "large"])
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.campaign] * (name in LIKE_FINISHED)) for name in PAGES]
)
def test_a_page_is_steady_fits_its_window_and_is_accessible(
    page: Page, address: str, name: str, sizes: tuple[tuple[int, int], ...]
) -> None:
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        page.goto(address + PAGES[name])
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, width
        assert page.evaluate("window.shifted") < MOST_SHIFT, width
    look(page, name.replace(" ", "-"))


def test_a_figure_follows_its_card(page: Page, address: str) -> None:
    overhang = """() => {
      const card = document.querySelector("[data-figure]"), drawn = card.querySelector(".main-svg");
      return drawn.getBoundingClientRect().right - card.getBoundingClientRect().right;
    }"""
    page.set_viewport_size({"width": 1400, "height": 900})
    page.goto(f"{address}/sweeps/{FINISHED}")
    settle(page)
    assert page.evaluate(overhang) <= 0
    for width in (700, 390, 1400):
        page.set_viewport_size({"width": width, "height": 900})
        deadline = time.monotonic() + 30
        while page.evaluate(overhang) > 0:
            assert time.monotonic() < deadline, width
            page.wait_for_timeout(100)


def test_plotly_is_loaded_only_where_a_figure_is_in_view(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": 1400, "height": 300})
    page.goto(f"{address}/sweeps/{FINISHED}")
    page.wait_for_timeout(500)
    assert not [url for url in asked if "plotly" in url or "/figures/" in url]
    settle(page)
    assert sum("plotly" in url for url in asked) == 1
    assert sum("/figures/" in url for url in asked) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_there_is_one_accent_and_no_motion_for_those_who_want_none(page: Page, address: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.goto(address)
    style = "(name, of) => getComputedStyle(document.querySelector(of))[name]"
    accent = page.evaluate(f"({style})('backgroundColor', '.button.primary')")
    assert accent == page.evaluate(f"({style})('color', 'header nav a:not(.brand)')")
    assert page.evaluate(f"({style})('scrollBehavior', 'html')") == "auto"
    assert "tabular-nums" in page.evaluate(f"({style})('fontVariantNumeric', 'td.number')")
    assert page.evaluate(f"({style})('textAlign', 'th.number')") == "right"
