"""`rts-search tasks` on kept sweeps that were really trained and confirmed."""

import json
import lzma
from pathlib import Path

import pandas as pd
import pytest

from scripts.pictures import FAIR, kept_study
from tests.rts_search.analysis.test_latex import parsed
from tests.rts_search.conftest import CommandLine


@pytest.fixture
def kept(cli: CommandLine) -> CommandLine:
    """A command line on a results folder with a confirmed sweep."""
    cli.results.mkdir(parents=True)
    file = cli.results / "studies.sqlite3"
    file.write_bytes(lzma.decompress(kept_study(FAIR).read_bytes()))
    return cli


def test_a_table_as_text_json_csv_and_latex(kept: CommandLine, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("t.md", "t.csv", "t.tex")]
    told = kept.run("tasks", FAIR, *(part for file in files for part in ("-o", str(file)))).stdout
    assert "Of 3 single comparisons on 1 task," in told
    assert "| digits | small | sgd |" in files[0].read_text()
    frame = pd.read_csv(files[1])
    assert frame["rival"].tolist() == ["sgd", "pugd", "sam"]
    assert frame["rts_parameters"].tolist() == frame["rival_parameters"].tolist() == [24_058] * 3
    assert frame["rts_multiply_adds"].tolist() == [153_738] * 3
    columns, rows = parsed(files[2].read_text())
    assert ({len(row) for row in rows}, len(rows)) == ({columns}, 4)
    plain = json.loads(kept.run("tasks", FAIR, "--json").stdout)
    assert [row["rival"] for row in plain["rows"]] == ["sgd", "pugd", "sam"]


@pytest.mark.campaign  # of the figures of a report, test_pictures.py asserts it
@pytest.mark.browser
def test_figure_and_table_are_pictures(kept: CommandLine, tmp_path: Path) -> None:
    told = kept.run("tasks", FAIR, "--json", "--png", str(tmp_path / "figures"))
    json.loads(told.stdout)
    for name in ("tasks.png", "tasks-table.png"):
        assert (tmp_path / "figures" / name).read_bytes().startswith(b"\x89PNG")


def test_what_is_no_table_is_refused(kept: CommandLine) -> None:
    refused = {
        (FAIR, FAIR): f"{FAIR}: must be named once: it is one task",
        ("none",): "none: no sweep of this name has been launched",
        (FAIR, "-o", "t.pdf"): "--output: must end in .md, .csv, .tex, but got 't.pdf'",
    }
    for arguments, line in refused.items():
        assert kept.refused("tasks", *arguments).startswith(f"rts-search: {line}")
    assert not Path("t.pdf").exists()
