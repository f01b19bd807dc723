"""Takes pictures of the pages: light and dark, in two widths."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

WIDTHS = {1400: 1700, 390: 2000}
"""Width of the window -> the most pixels of a picture's height."""
WAIT_MILLISECONDS = 600_000
"""Other programs may use the machine, too."""
COLOURS = 48
"""Of a picture: text and lines need few."""


@dataclass(frozen=True)
class Shot:
    """One page that is shown."""

    name: str
    """Of the picture's file."""
    title: str
    """What it shows."""
    path: str
    tab: str = ""
    """Words on the tab of the figure that is shown; empty for the first."""


def take(browser: Browser, address: str, shots: list[Shot], folder: Path) -> Iterator[Path]:
    """Save the pictures of all pages. Yields each file."""
    for width in WIDTHS:
        context = browser.new_context(viewport={"width": width, "height": 900 if width > 800 else 844})
        context.set_default_timeout(WAIT_MILLISECONDS)
        page = context.new_page()
        for shot in shots:
            page.goto(address + shot.path)
            _settle(page, shot.tab)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                page.wait_for_timeout(400)
                file = folder / f"{shot.name}-{scheme}-{width}.png"
                page.screenshot(path=file, full_page=True)
                _smaller(file, WIDTHS[width])
                yield file
        page.goto("about:blank")
        context.close()


def _settle(page: Page, tab: str) -> None:
    """Wait until the page and the figure in view are drawn."""
    page.wait_for_load_state("load")
    if tab:
        page.get_by_role("tab", name=tab).click()
    figure = page.locator("[data-figure]:visible")
    if figure.count():
        figure.first.scroll_into_view_if_needed()
        page.wait_for_selector("[data-figure]:visible:not([aria-busy])")
        page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(700)


def _smaller(file: Path, most: int) -> None:
    """Cut a picture at a height, and save it in few colours."""
    with Image.open(file) as image:
        cut = image.convert("RGB").crop((0, 0, image.width, min(image.height, most)))
    cut.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
