"""The form for a new sweep in a real browser: fields and the text of the sweep file, mistakes, forecast and launch."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from rts_search.basics.results_folder import Results
from rts_search.server.app import create_app
from rts_search.server.settings import ServerSettings
from rts_search.study.workspace import Workspace
from tests.rts_search.server.api.test_arms import queued
from tests.rts_search.server.listening import listening
from tests.rts_search.server.pages.test_browser import look

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(600)]
Open = Callable[..., Page]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    results = Results(tmp_path / "results")
    results.require_space()
    return Workspace(results)


@pytest.fixture
def opened(workspace: Workspace, browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Open the form of a service whose queue starts no job; every error of a script fails the test."""
    (tmp_path / "data" / "leaves").mkdir(parents=True)
    app = create_app(ServerSettings(workspace, data_roots=(tmp_path / "data",), requests_per_second=10_000.0))
    expect.set_options(timeout=60_000)  # other tests may use all CPUs
    wrong: list[str] = []
    with listening(app, lifespan="off") as url:
        context = browser.new_context(viewport={"width": 1400, "height": 1000})

        def open_form(query: str = "", **viewport: int) -> Page:
            page = context.new_page()
            if viewport:
                page.set_viewport_size(viewport)  # type: ignore[arg-type]
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.goto(f"{url}/new{query}")
            return page

        yield open_form
        context.close()
    assert not wrong


def text_of(page: Page) -> str:
    return page.get_by_label("Sweep file").input_value()


def is_valid(page: Page) -> None:
    expect(page.locator("#verdict")).to_contain_text(": valid.", timeout=30_000)
    expect(page.get_by_role("button", name="Launch")).to_be_enabled()


def test_a_field_changes_its_own_line_and_nothing_else(opened: Open) -> None:
    page = opened()
    is_valid(page)
    before = text_of(page)
    assert "gpus_per_trial: auto" in before
    assert "{" not in before
    file = page.get_by_label("Sweep file")
    edited = before.replace("lr: 0.05", "lr: 0.05  # from the paper") + "# until Friday\nbudget:\n  hours: 2\n"
    file.fill(edited)
    is_valid(page)
    page.get_by_text("Budget", exact=True).click()
    expect(page.get_by_label("Hours", exact=True)).to_have_value("2")
    page.get_by_label("Learning rate", exact=True).fill("5e-2")
    page.get_by_label("Epochs", exact=True).fill("7")
    page.get_by_label("GPU hours", exact=True).fill("3")
    is_valid(page)
    expected = edited.replace("epochs: 12", "epochs: 7").replace("  hours: 2\n", "  hours: 2\n  gpu_hours: 3\n")
    assert text_of(page) == expected  # 5e-2 is the number that was there
    page.get_by_label("GPU hours", exact=True).fill("")
    is_valid(page)
    assert text_of(page) == edited.replace("epochs: 12", "epochs: 7")
    page.reload()
    is_valid(page)
    assert text_of(page) == edited.replace("epochs: 12", "epochs: 7")
    page.get_by_role("button", name="Start over").click()
    is_valid(page)
    assert text_of(page) == before


def test_all_mistakes_are_at_their_fields_and_valid_is_never_said_while_it_is_checked(opened: Open) -> None:
    page = opened()
    is_valid(page)
    held: list[Route] = []
    page.route("**/api/drafts", lambda route: route.continue_() if held else held.append(route))
    page.get_by_label("Epochs", exact=True).fill("many")
    expect(page.locator("#verdict")).to_have_text("Checking …")
    expect(page.get_by_role("button", name="Launch")).to_be_disabled()
    while not held:
        page.wait_for_timeout(20)
    page.get_by_label("Trials besides the baselines").fill("0")
    expect(page.locator("#verdict")).to_have_text("Checking …")
    held[0].continue_()
    expect(page.locator("#verdict")).to_have_text("2 things to correct:")
    for label, rule in (("Epochs", "must be an integer"), ("Trials besides the baselines", "must be >= 1")):
        field = page.get_by_label(label, exact=True)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(page.locator(".field", has=field).locator(".wrong")).to_contain_text(rule)
    search = page.locator("summary", has_text="Search 1")
    expect(search).to_contain_text("1 to correct")
    search.click()
    page.get_by_role("button", name="search.trials: must be >= 1, but got 0 (line 12)").click()
    expect(page.get_by_label("Trials besides the baselines")).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("6")
    page.get_by_label("Epochs", exact=True).fill("4")
    is_valid(page)
    expect(page.locator("#mistakes")).to_be_empty()
    page.get_by_label("Sweep file").fill("name: [")
    expect(page.locator("#verdict")).to_contain_text("cannot be read")
    expect(page.get_by_label("Epochs", exact=True)).to_be_disabled()
    page.get_by_role("button", name="column 8: ").click()
    expect(page.get_by_label("Sweep file")).to_be_focused()
    look(page, "new-unreadable")


def test_a_name_that_is_taken_is_told_while_it_is_typed_and_a_clone_has_a_free_one(
    opened: Open, workspace: Workspace
) -> None:
    page = opened()
    is_valid(page)
    page.get_by_label("Name", exact=True).fill("mine")
    is_valid(page)
    page.get_by_label("Sweep file").fill(text_of(page) + "# my own words\n")
    is_valid(page)
    page.get_by_role("button", name="Launch").dblclick()
    page.wait_for_url("**/sweeps/mine")
    assert [(kind, name) for kind, name, _ in queued(workspace)] == [("launch", "mine")]

    page = opened("?from=mine")
    is_valid(page)
    assert "# my own words\n" in text_of(page)
    assert "\nname: mine-2\n" in text_of(page)
    page.get_by_label("Name", exact=True).fill("mine")
    expect(page.locator(".field", has=page.get_by_label("Name", exact=True)).locator(".wrong")).to_have_text(
        "a sweep of this name waits or runs; choose another name"
    )
    expect(page.get_by_role("button", name="Launch")).to_be_disabled()


def test_ranges_arms_and_folders_are_fields(opened: Open, tmp_path: Path) -> None:
    page = opened()
    is_valid(page)
    page.get_by_text("Search space", exact=True).click()
    rate = page.get_by_role("group", name="Learning rate (for every method)")
    rate.get_by_role("combobox").select_option("loguniform")
    expect(page.locator("#mistakes")).to_contain_text("is given in training.lr, too")
    page.get_by_label("Learning rate", exact=True).fill("")
    is_valid(page)
    rate.get_by_label("from").fill("0.02")
    page.get_by_text("Baselines and arms", exact=True).click()
    page.get_by_label("sam", exact=True).check()
    page.get_by_label("Trials of sam", exact=True).fill("48")
    expect(page.locator("#verdict")).to_contain_text("sam 48", timeout=30_000)
    is_valid(page)
    text = text_of(page)
    assert "space:\n  ready: rts\n  training:\n    lr: {loguniform: [0.02, 1]}\n" in text
    assert "baselines: [sgd, ngd, pugd, sam]\n" in text
    assert "  effort:\n    sam: 48\n" in text

    root = page.get_by_label("Folder with the data")
    expect(root).to_be_hidden()
    page.get_by_label("Data set").select_option("imagefolder")
    expect(root).to_be_visible()
    offered = page.locator("#folders option").evaluate_all("all => all.map(one => one.value)")
    assert offered == [str(tmp_path / "data"), str(tmp_path / "data" / "leaves")]
    root.fill(offered[1])
    expect(page.locator(".field", has=root).locator(".wrong")).to_contain_text("train")
    look(page, "new-mistakes")


@pytest.mark.parametrize(("width", "height"), [(390, 800), (1400, 900)])
def test_all_sections_fit_and_are_accessible(opened: Open, width: int, height: int) -> None:
    page = opened(width=width, height=height)
    shift: Any = page.evaluate(
        """() => new Promise(done => {
            let sum = 0;
            new PerformanceObserver(list => list.getEntries().forEach(one => { sum += one.value; }))
                .observe({ type: "layout-shift", buffered: true });
            setTimeout(() => done(sum), 500);
        })"""
    )
    is_valid(page)
    assert shift < 0.1
    page.evaluate("document.querySelectorAll('.group').forEach(one => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    look(page, f"new-{width}")
