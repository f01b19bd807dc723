"""`rts-search tasks` on kept sweeps that were really trained and confirmed."""

import json
import lzma
from pathlib import Path

import pandas as pd
import pytest

from scripts.pictures import FAIR, kept_study
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
    assert pd.read_csv(files[1])["rival"].tolist() == ["sgd", "pugd", "sam"]
    assert r"\begin{tabular}" in files[2].read_text()
    plain = json.loads(kept.run("tasks", FAIR, "--json").stdout)
    assert [row["rival"] for row in plain["rows"]] == ["sgd", "pugd", "sam"]


def test_what_is_no_table_is_refused(kept: CommandLine) -> None:
    refused = {
        (FAIR, FAIR): f"{FAIR}: must be named once: it is one task",
        ("none",): "none: no sweep of this name has been launched",
        (FAIR, "-o", "t.pdf"): "--output: must end in .md, .csv, .tex, but got 't.pdf'",
    }
    for arguments, line in refused.items():
        assert kept.refused("tasks", *arguments).startswith(f"rts-search: {line}")
    assert not Path("t.pdf").exists()
