"""Every table of a page and of a report is saved as CSV and as a picture."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from rts_search.analysis.report.report import report
from rts_search.study.workspace import Workspace
from tests.rts_search.server.pages.sweeps_in_states import TUNED_ONE, InStates

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300)]

SIZE = slice(16, 24)
"""Bytes of a PNG that hold its width and height."""


def saved(page: Page, region: str, form: str) -> Path:
    """Press the button below a table; return the file."""
    tools = page.locator(f'[role="region"][aria-label="{region}"] + .of-table')
    with page.expect_download() as download:
        tools.get_by_role("button", name=form, exact=True).click()
    assert download.value.suggested_filename.endswith(f"leaderboard.{form.lower()}")
    return download.value.path()


def check_both_forms(page: Page) -> None:
    rows = list(csv.reader(saved(page, "Leaderboard", "CSV").read_text().splitlines()))
    shown = page.locator(".board tbody tr")
    assert len(rows) == shown.count() + 1
    assert rows[0][:3] == ["place", "trial", "val_acc"]
    assert "by epoch" not in rows[0], "small curves are no text"
    assert [row[2] for row in rows[1:]] == shown.locator("td.strong").all_inner_texts()
    picture = saved(page, "Leaderboard", "PNG").read_bytes()
    assert picture.startswith(b"\x89PNG")
    width, height = (int.from_bytes(picture[SIZE][part : part + 4]) for part in (0, 4))
    assert width > 900
    assert height > 50 * len(rows)


def test_the_leaderboard_of_a_page_is_saved(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/sweeps/{TUNED_ONE}")
    check_both_forms(page)
    page.close()


def test_the_leaderboard_of_a_report_is_saved_without_a_service(
    browser: Browser, states: InStates, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    file.write_text(report(TUNED_ONE, Workspace(states.swept.results)))
    page = browser.new_page()
    page.goto(file.as_uri())
    check_both_forms(page)
    page.close()
