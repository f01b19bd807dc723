"""The pages in a real browser, from the login to the exported config, and their accessibility."""

import os
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser, Page, expect

from tests.rts_search.server.service import Service

SCREENSHOTS = os.environ.get("RTS_TEST_SCREENSHOTS")
"""Folder for pictures of all pages, if they are wanted."""

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(600)]


RULES = {"light": {}, "dark": {"runOnly": {"type": "tag", "values": ["cat.color"]}}}
"""Colour scheme -> the options of axe. A dark page differs from a light one by its colours alone."""
FIND = """options => axe.run(document, { resultTypes: ["violations"], ...options }).then(found => found.violations
  .filter(one => ["serious", "critical"].includes(one.impact))
  .map(one => [one.id, one.nodes.map(node => node.target)]))"""


def look(page: Page, name: str) -> None:
    """Check the accessibility of a page, light and dark, and save its pictures if they are wanted."""
    from axe_playwright_python.sync_playwright import Axe

    page.evaluate(Axe().axe_script)
    for scheme, options in RULES.items():
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        if SCREENSHOTS:
            page.wait_for_timeout(800)
            page.screenshot(path=Path(SCREENSHOTS) / f"{name}-{scheme}.png", full_page=True)
        assert page.evaluate(FIND, options) == []


def test_from_the_login_to_the_exported_config(service_here: Service, browser: Browser, tmp_path: Path) -> None:
    token = service_here.token("ada", "runner")
    context = browser.new_context(accept_downloads=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))

    page.goto(service_here.url)
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    page.get_by_label("Token").fill(token)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sweeps")).to_be_visible()
    look(page, "empty")
    (cookie,) = context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")

    page.get_by_role("link", name="New sweep").click()
    page.get_by_label("Name", exact=True).fill("digits")
    page.get_by_label("Epochs", exact=True).fill("0")
    expect(page.locator(".field .wrong:visible")).to_have_text("must be >= 1, but got 0")
    expect(page.get_by_role("button", name="Launch")).to_be_disabled()
    page.get_by_label("Epochs", exact=True).fill("4")
    page.get_by_label("Trials besides the baselines").fill("10")
    expect(page.locator("#verdict")).to_contain_text("digits: valid. 10 trials and 3 baselines of 4 epochs.")
    expect(page.locator("#verdict")).to_contain_text("A confirmation with the default settings trains up to 69 runs")
    page.get_by_role("button", name="Forecast the cost").click()
    expect(page.get_by_role("button", name="Forecasting …")).to_be_disabled()
    expect(page.locator("#progress")).to_contain_text("training a few steps", timeout=120_000)
    expect(page.get_by_label("Result of the forecast")).to_contain_text("gradient evaluations", timeout=120_000)
    expect(page.get_by_label("Result of the forecast")).to_contain_text("29 to 69 to full length")
    expect(page.locator("#stale")).to_be_hidden()
    look(page, "new")
    page.get_by_role("button", name="Launch").click()

    expect(page.get_by_role("heading", name="digits", exact=True)).to_be_visible()
    expect(page.locator("#state")).to_have_text("running", timeout=120_000)
    expect(page.locator("#state")).to_have_text("finished", timeout=240_000)
    expect(page.locator("label[for=progress]")).to_contain_text("13 of 13 trials ended")
    page.get_by_role("tab", name="Shared epochs").click()
    expect(page.get_by_role("heading", name="The tree of shared epochs")).to_be_visible(timeout=30_000)
    expect(page.locator(".plot:visible svg.main-svg").first).to_be_visible()
    page.locator("summary", has_text="Extend …").click()
    expect(page.get_by_label("Trials in all")).to_have_value("20")
    expect(
        page.get_by_text("A confirmation with the default settings trains 29 to 69 runs at full length.")
    ).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="yaml", exact=True).click()
    exported = tmp_path / "best.yaml"
    download.value.save_as(exported)
    assert yaml.safe_load(exported.read_text())["provenance"]["sweep"] == "digits"

    with page.expect_download() as download:
        page.get_by_role("link", name="Report").click()
    report = tmp_path / "report.html"
    download.value.save_as(report)
    alone = browser.new_context(offline=True).new_page()
    alone.on("pageerror", lambda error: wrong.append(str(error)))
    alone.goto(report.as_uri())
    expect(alone.get_by_role("heading", name="The tree of shared epochs")).to_be_visible()
    expect(alone.locator(".plot svg.main-svg").first).to_be_visible(timeout=30_000)
    look(alone, "report")
    alone.context.close()

    page.get_by_role("link", name="Compare").click()
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("main")).to_contain_text("Choose one sweep or more.")

    page.get_by_role("link", name="Sweeps", exact=True).click()
    expect(page.get_by_role("cell", name="13 of 13")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    page.goto(f"{service_here.url}/sweeps/digits")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    assert not wrong
    context.close()
