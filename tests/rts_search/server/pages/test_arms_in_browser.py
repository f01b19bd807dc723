"""The arms of a sweep on its page, in a real browser: the table, and the form that extends one of them."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from rts_search.basics.results_folder import Results
from rts_search.server.app import create_app
from rts_search.server.settings import ServerSettings
from rts_search.study.workspace import Workspace
from tests.rts_search.analysis.arms.test_table import TUNED
from tests.rts_search.server.api.test_arms import queued
from tests.rts_search.server.listening import listening
from tests.rts_search.server.pages.test_browser import look
from tests.rts_search.store.swept import Swept, all_of

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(600)]


def test_one_arm_is_extended_by_the_form(browser: Browser, tmp_path: Path) -> None:
    swept = Swept(Results(tmp_path / "results"))
    all_of(swept, swept.sweep("fair", *TUNED))
    workspace = Workspace(swept.results)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    with listening(create_app(ServerSettings(workspace)), lifespan="off") as url:
        page.goto(f"{url}/sweeps/fair")
        expect(page.get_by_role("region", name="Arms").get_by_role("row")).to_have_count(4)
        expect(page.get_by_text("The effort was not equal")).to_be_visible()
        look(page, "arms")
        page.locator("summary", has_text="Extend …").click()
        number, arm = page.get_by_label("Trials in all"), page.get_by_label("Arm", exact=True)
        expect(number).to_have_value("4")
        arm.select_option("sgd")
        expect(number).to_have_value("6")
        number.fill("3")
        page.get_by_role("button", name="Extend", exact=True).click()
        assert number.evaluate("field => field.validity.rangeUnderflow"), "sgd has three trials already"
        assert queued(workspace) == []
        number.fill("5")
        page.get_by_role("button", name="Extend", exact=True).click()
        expect(page.locator("#state")).to_have_text("queued")
        expect(page.get_by_role("button", name="Take out of the queue")).to_be_visible()
        page.goto("about:blank")
    assert queued(workspace) == [("resume", "fair", {"trials": 5, "arm": "sgd"})]
    assert not wrong
    context.close()
