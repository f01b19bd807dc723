"""What a user does on the pages, in a real browser: search, sort, archive, filter, copy, by mouse and by keyboard."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.rts_search.server.pages.sweeps_in_states import FINISHED, RUNNING, TUNED_ONE
from tests.rts_search.server.pages.watched_page import watched_page

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with watched_page(browser, 1400, 900) as made:
        yield made


def sweeps(page: Page) -> list[str]:
    """The names in the list."""
    return page.locator("tbody th.name > a:first-child").all_inner_texts()


def test_sweeps_are_searched_sorted_tagged_and_archived(page: Page, address: str) -> None:
    page.goto(address)
    assert sweeps(page)[0] == RUNNING
    page.get_by_role("link", name="best", exact=True).click()
    expect(page.get_by_role("columnheader", name="best", exact=True)).to_have_attribute("aria-sort", "descending")
    page.get_by_label("Search").fill("fair")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name=TUNED_ONE).click()

    page.get_by_label("Tags").fill("paper first")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("button", name="Archive").click()
    expect(page.get_by_role("button", name="Take out of the archive")).to_be_visible()

    page.get_by_role("link", name="Sweeps", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(3)
    assert TUNED_ONE not in sweeps(page)
    page.get_by_role("link", name="Archive (1)").click()
    expect(page.get_by_role("heading", name="Archive")).to_be_visible()
    assert sweeps(page) == [TUNED_ONE]
    page.get_by_role("link", name="paper").click()
    page.wait_for_url("**tag=paper**")
    assert sweeps(page) == [TUNED_ONE]
    page.get_by_role("link", name=TUNED_ONE).click()
    page.get_by_role("button", name="Take out of the archive").click()
    expect(page.get_by_role("button", name="Archive", exact=True)).to_be_visible()


def test_trials_are_filtered_and_sorted_and_a_link_keeps_the_choice(page: Page, address: str) -> None:
    page.goto(f"{address}/sweeps/{FINISHED}")
    rows = page.get_by_role("region", name="Leaderboard").locator("tbody tr")
    expect(rows).to_have_count(5)
    page.get_by_label("Search").fill("timing.switch_epoch=4")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(rows).to_have_count(2)
    page.get_by_role("link", name="trial", exact=True).click()
    expect(rows.first.get_by_role("rowheader")).to_have_text("1")
    page.reload()
    expect(rows).to_have_count(2)
    rows.first.get_by_role("link").click()
    expect(page.get_by_role("heading", name=f"Trial 1 of {FINISHED}")).to_be_visible()
    page.get_by_role("link", name="Next trial").click()
    expect(page.get_by_role("heading", name=f"Trial 2 of {FINISHED}")).to_be_visible()


def test_sweeps_are_chosen_and_compared(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Compare").click()
    for name in (FINISHED, TUNED_ONE):
        page.get_by_label(name, exact=True).check()
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".measured")).to_contain_text("found the better config is not established")
    for name in (FINISHED, TUNED_ONE):
        expect(page.get_by_role("row", name=f"{name} rts")).to_be_visible()


def test_a_running_sweep_counts_its_time(page: Page, address: str) -> None:
    page.goto(f"{address}/sweeps/{RUNNING}")
    clock = page.locator("[data-counts=up]")
    before = clock.inner_text()
    expect(clock).not_to_have_text(before, timeout=30_000)  # a figure is drawn at the same time
    expect(page.get_by_role("region", name="Running trials").locator("meter")).to_have_count(1)
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)


def test_nothing_is_deleted_without_a_yes(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss())[0])
    page.goto(f"{address}/sweeps/{FINISHED}")
    page.get_by_role("button", name="Delete").click()
    assert asked == [f"Delete the sweep {FINISHED} with all its results? Nothing of it can be restored."]
    page.reload()
    expect(page.get_by_role("heading", name=FINISHED, exact=True)).to_be_visible()


def test_the_keyboard_alone_reaches_and_works_everything(page: Page, address: str) -> None:
    page.goto(f"{address}/sweeps/{FINISHED}")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    menu = page.locator("summary", has_text="Confirm …")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Contenders")).to_be_visible()
    page.get_by_label("Contenders").focus()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Contenders")).to_be_hidden()
    expect(menu).to_be_focused()
    tabs = page.get_by_role("tab")
    tabs.first.focus()
    page.keyboard.press("ArrowRight")
    expect(tabs.nth(1)).to_be_focused()
    expect(tabs.nth(1)).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tabpanel", name=tabs.nth(1).inner_text())).to_be_visible()
    page.keyboard.press("End")
    expect(tabs.last).to_be_focused()


def test_the_best_config_is_shown_and_copied(page: Page, address: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{address}/sweeps/{FINISHED}")
    page.locator("summary", has_text="Best config").click()
    shown = page.get_by_label("Best config")
    expect(shown).to_contain_text("provenance")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == shown.text_content()


def test_a_lost_page_leads_back(page: Page, address: str) -> None:
    page.goto(f"{address}/api/sweeps/nobody/report")
    expect(page.get_by_role("heading", name="Error 404")).to_be_visible()
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Sweeps").click()
    expect(page.get_by_role("heading", name="Sweeps")).to_be_visible()


def test_optuna_s_dashboard_offers_a_way_back_and_no_change(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Optuna's dashboard").click()
    expect(page.get_by_role("button", name="Reload")).to_be_visible(timeout=60_000)
    for name in ("Create", "New Study"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.locator("[aria-label='delete study']:visible")).to_have_count(0)
    page.goto(f"{address}/dashboard/studies/1/note")
    expect(page.get_by_role("heading", name="Note")).to_be_visible(timeout=60_000)
    expect(page.locator("button:visible [data-testid=EditIcon]")).to_have_count(0)
    page.get_by_role("link", name="Back to rts-search").click()
    expect(page.get_by_role("heading", name="Sweeps")).to_be_visible()


def test_a_link_of_the_api_page_opens_what_it_names(page: Page, address: str) -> None:
    page.goto(f"{address}/docs")
    page.get_by_text("/api/sweeps/{name}", exact=True).first.click()
    page.get_by_role("link", name="SweepSummary").first.click()
    expect(page.get_by_role("region", name="Fields of SweepSummary")).to_be_visible()
