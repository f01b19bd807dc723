"""The notebook of the documents runs from an empty folder, and its saved outputs are those of today's code.

What its cells call is tested in tests/rts_search/notebook.
"""

from html.parser import HTMLParser
from typing import Any

import nbformat
import pytest

from scripts.notebook import NOTEBOOK, cleaned, executed

ABOUT = 0.05
"""Another CPU may round otherwise, and a trial of 400 images then ends at another accuracy."""


class Cells(HTMLParser):
    """The rows of the tables in a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag == "tr":
            self.rows.append([])
        self._inside = tag in ("td", "th")
        if self._inside:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.rows[-1][-1] += data


def rows_of(output: Any) -> list[list[str]]:
    cells = Cells()
    cells.feed(output["data"].get("text/html", ""))
    return cells.rows


def saved() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)


def code_of(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def settings_of(rows: list[list[str]]) -> list[list[str]]:
    """The part of a table that no rounding can change: the head, and the settings of each trial."""
    places = [place for place, name in enumerate(rows[0]) if name == "number" or "." in name.strip(".")]
    return [rows[0], *([row[place] for place in places] for row in rows[1:])]


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("notebook")
    return cleaned(executed(folder, {"PLOTLY_RENDERER": "json"}), folder)


def test_it_runs_and_each_cell_shows_what_is_saved(today: Any) -> None:
    for new, old in zip(code_of(today), code_of(saved()), strict=True):
        assert [output.output_type for output in new.outputs] == [output.output_type for output in old.outputs]
        assert not any(output.output_type == "stream" and output.name == "stderr" for output in new.outputs)
        for shown, kept in zip(new.outputs, old.outputs, strict=True):
            if "data" in shown and rows_of(shown):
                assert settings_of(rows_of(shown)) == settings_of(rows_of(kept)), new.source


def test_the_trials_of_the_saved_table_are_those_of_today_up_to_rounding(today: Any) -> None:
    place = next(place for place, cell in enumerate(code_of(saved())) if cell.source.startswith("table[["))
    new, old = (rows_of(code_of(notebook)[place].outputs[0]) for notebook in (today, saved()))
    column = old[0].index("val_acc")
    assert [float(row[column]) for row in new[1:]] == pytest.approx([float(row[column]) for row in old[1:]], abs=ABOUT)


def test_the_model_reaches_what_the_sweep_has_recorded(today: Any) -> None:
    (cell,) = [cell for cell in code_of(today) if "sweep.model()" in cell.source]
    assert cell.outputs[0]["data"]["text/plain"] == "True"
