"""Figures in a real browser: as wide as their card, with labels that are not cut off, and with tools."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from rts_search.analysis.figures.numbers import numbers
from rts_search.analysis.report.report import report
from rts_search.basics.results_folder import Results
from rts_search.study.workspace import Workspace
from tests.rts_search.store.swept import Swept

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300)]

LONG = (
    "space={radius: {shape: inverse_cosine, beta_min: [0.1, 0.2], beta_max: 1.5}, "
    "scale: {shape: inverse_sine, beta_min: [0.3, 0.4], beta_max: 2.5}, timing: {switch_epoch: [4, 6]}}"
)
"""A space whose trials have long descriptions."""
SIZES = """plots => plots.map(plot => {
  const [card, own] = [plot.closest("figure"), plot.querySelector(".main-svg")].map(one => one.getBoundingClientRect());
  const inside = own.left >= card.left && own.right <= card.right;
  return [own.width, plot.clientWidth, inside, own.height, plot.clientHeight];
})"""
DRAWN = "[...document.querySelectorAll('.plot')].every(one => Number(one.dataset.drawn) === one.clientWidth)"
"""Every figure has been drawn as wide as its card."""
HOVER = """([plot, end]) => {
  const traces = plot._fullLayout ? plot.data : [];
  const curve = traces.findIndex((trace) => trace.hovertemplate && trace.x.length), last = traces[curve].x.length - 1;
  Plotly.Fx.hover(plot, [{ curveNumber: curve, pointNumber: end ? last : 0 }]);
}"""


@pytest.fixture(scope="module")
def page_of_report(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Page, list[str]]]:
    """The report of a finished sweep in a wide window, and the errors of its scripts."""
    folder = tmp_path_factory.mktemp("report")
    swept = Swept(Results(folder / "results"))
    study = swept.sweep("mine", LONG)
    for _ in range(study.total):
        swept.train(study)
    file = folder / "report.html"
    file.write_text(report("mine", Workspace(swept.results)))
    page, wrong = browser.new_page(viewport={"width": 1400, "height": 900}), list[str]()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(file.as_uri())
    count = page.locator("figure").count()
    page.wait_for_function(f"document.querySelectorAll('.plot > .plot-container').length === {count}")
    yield page, wrong
    page.close()


@pytest.mark.parametrize("width", [1400, 700, 390, 1000])
def test_a_figure_is_as_wide_as_its_card_and_as_high_as_is_reserved(
    page_of_report: tuple[Page, list[str]], width: int
) -> None:
    page, wrong = page_of_report
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_function(DRAWN)
    found = page.locator(".plot").evaluate_all(SIZES)
    assert len(found) >= 5
    for own, card, inside, height, reserved in found:
        assert (own, inside, height) == (card, True, reserved)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not wrong


@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("title", ["Accuracy against cost", "Learning curves", "Parallel coordinates"])
def test_a_label_is_not_cut_off(page_of_report: tuple[Page, list[str]], title: str, width: int) -> None:
    page, _ = page_of_report
    page.set_viewport_size({"width": width, "height": 900})
    plot = page.locator("figure", has=page.get_by_role("heading", name=title)).locator(".plot")
    page.wait_for_function(DRAWN)
    card = plot.bounding_box()
    assert card is not None
    for end in (False, True):
        plot.evaluate(f"(plot) => ({HOVER})([plot, {str(end).lower()}])")
        label = plot.locator(".hovertext").bounding_box()
        assert label is not None
        assert card["x"] - 1 <= label["x"]
        assert label["x"] + label["width"] <= card["x"] + card["width"] + 1
        assert label["y"] + label["height"] <= card["y"] + card["height"] + 1


def test_shares_are_drawn_on_log_odds_and_back(page_of_report: tuple[Page, list[str]]) -> None:
    page, wrong = page_of_report
    card = page.locator("figure", has=page.get_by_role("heading", name="Learning curves"))
    plot, odds = card.locator(".plot"), card.get_by_role("button", name="Log-odds")
    shares = plot.evaluate("plot => plot.data.at(-1).y")
    odds.click()
    expect(odds).to_have_attribute("aria-pressed", "true")
    low, high = plot.evaluate("plot => plot.layout.meta.log_odds.clip")
    for share, place in zip(shares, plot.evaluate("plot => plot.data.at(-1).y"), strict=True):
        inside = min(high, max(low, share))
        assert 10**place == pytest.approx(inside / (100 - inside))
    odds.click()
    expect(odds).to_have_attribute("aria-pressed", "false")
    assert plot.evaluate("plot => plot.data.at(-1).y") == shares
    tree = page.locator("figure", has=page.get_by_role("heading", name="The tree of shared epochs"))
    expect(tree.get_by_role("button", name="Log-odds")).to_have_count(0)
    assert not wrong


def test_a_figure_is_saved_as_a_picture_on_white(page_of_report: tuple[Page, list[str]], tmp_path: Path) -> None:
    page, _ = page_of_report
    page.emulate_media(color_scheme="dark")
    card = page.locator("figure", has=page.get_by_role("heading", name="Learning curves"))
    with page.expect_download() as download:
        card.get_by_role("button", name="PNG").click()
    download.value.save_as(tmp_path / "curves.png")
    assert download.value.suggested_filename == "learning-curves.png"
    from PIL import Image

    with Image.open(tmp_path / "curves.png") as image:
        assert image.size == (2700, 3 * 440)
        assert image.convert("RGB").getpixel((2, 2)) == (255, 255, 255)


def test_the_numbers_saved_from_a_report_are_those_of_the_command_line(page_of_report: tuple[Page, list[str]]) -> None:
    page, _ = page_of_report
    cards = page.locator("figure")
    for place in range(cards.count()):
        card = cards.nth(place)
        figure = json.loads(card.locator("script").text_content() or "")
        with page.expect_download() as download:
            card.get_by_role("button", name="CSV", exact=True).click()
        found, expected = map(pd.read_csv, (download.value.path(), io.StringIO(numbers(figure))))
        pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=1e-12)  # 1.0 is 1 in a browser
