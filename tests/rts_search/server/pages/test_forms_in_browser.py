"""Forms tell what they do beside the button that was pressed, and follow the numbers typed into them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.rts_search.server.pages.sweeps_in_states import FINISHED
from tests.rts_search.server.pages.watched_page import watched_page
from tests.rts_search.server.service import Service

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with watched_page(browser, 1280, 800) as made:
        yield made


def test_a_forecast_is_told_and_stopped_beside_its_button_and_its_result_is_shown(
    page: Page, service_here: Service
) -> None:
    page.goto(f"{service_here.url}/new")
    folded = page.locator("details.group:not([open]) > summary")
    while folded.count():
        folded.first.click()
    page.mouse.wheel(0, 100_000)
    page.get_by_role("button", name="Forecast the cost").click()
    doing, stop = page.locator("#doing"), page.get_by_role("button", name="Stop the forecast")
    expect(doing).to_be_in_viewport()
    expect(stop).to_be_in_viewport()
    expect(doing).to_contain_text("training a few steps", timeout=120_000)
    stop.click()
    expect(page.locator("#lines")).to_have_text("Stopped.", timeout=120_000)
    expect(stop).to_be_hidden()
    expect(page.get_by_role("button", name="Stopping")).to_be_hidden()
    section = page.get_by_role("region", name="Forecast", exact=True)
    expect(section).not_to_contain_text("rts-search plan")
    expect(section).not_to_contain_text(".plans")

    page.mouse.wheel(0, 100_000)
    page.get_by_role("button", name="Forecast the cost").click()
    result = page.get_by_label("Result of the forecast")
    expect(result).to_contain_text("gradient evaluations", timeout=120_000)
    expect(result).to_be_in_viewport(ratio=0.5)
    expect(doing).to_be_hidden()


def test_the_form_of_a_confirmation_follows_its_numbers(page: Page, address: str) -> None:
    page.goto(f"{address}/sweeps/{FINISHED}")
    page.locator("summary", has_text="Confirm …").click()
    size = page.locator("[data-size]")
    before = size.inner_text()
    assert before.startswith("With the numbers shown, it trains up to ")
    page.get_by_label("Contenders").fill("1")
    page.get_by_label("Seeds").fill("3")
    expect(size).to_have_text("With the numbers shown, it trains up to 6 runs at full length.")
    page.get_by_label("Seeds").fill("1")
    expect(size).to_contain_text("seeds")
    page.get_by_label("Contenders").fill("")
    page.get_by_label("Seeds").fill("")
    expect(size).to_have_text(before)
