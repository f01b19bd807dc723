"""The figures and tables of a sweep as pictures for a paper, and the figures' numbers."""

import shutil
from pathlib import Path

import pytest

from rts_search.analysis.figures import FIGURES, SweepView
from rts_search.basics.results_folder import Results
from rts_search.cli import main
from tests.rts_search.store.swept import Swept

SIZE = slice(16, 24)
"""Bytes of a PNG that hold its width and height."""


@pytest.mark.slow
def test_the_numbers_of_every_figure_are_written_beside_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    swept = Swept(Results(tmp_path / "results"))
    study = swept.sweep("mine")
    for _ in range(study.total):
        swept.train(study)
    folder = tmp_path / "numbers"
    where = ["--results", str(swept.results.folder)]
    monkeypatch.setattr("sys.argv", ["rts-search", "report", "mine", "--csv", str(folder), *where])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    drawn = [key for key, draw in FIGURES.items() if draw(SweepView.of(study)) is not None]
    assert sorted(file.name for file in folder.iterdir()) == sorted(f"mine-{key}.csv" for key in drawn)
    assert (folder / "mine-cost.csv").read_text().startswith("series,x_axis,x,")
    assert str(folder / "mine-tree.csv") in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.browser
def test_every_figure_and_table_is_a_picture_for_a_paper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shutil.which("chromium")
    swept = Swept(Results(tmp_path / "results"))
    study = swept.sweep("mine")
    for _ in range(study.total):
        swept.train(study)
    folder = tmp_path / "pictures"
    where = ["--results", str(swept.results.folder)]
    monkeypatch.setattr("sys.argv", ["rts-search", "report", "mine", "--png", str(folder), *where])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    drawn = [key for key, draw in FIGURES.items() if draw(SweepView.of(study)) is not None]
    assert sorted(file.name for file in folder.iterdir()) == sorted(f"mine-{key}.png" for key in [*drawn, "table"])
    for file in folder.iterdir():
        content = file.read_bytes()
        assert content.startswith(b"\x89PNG")
        is_table = file.name == "mine-table.png"
        assert is_table or int.from_bytes(content[SIZE][:4]) == 2700, "300 dots per inch at 9 inches"
    assert len({file.read_bytes() for file in folder.iterdir()}) == len(drawn) + 1, "each shows something else"
    assert str(folder / "mine-tree.png") in capsys.readouterr().out
    assert (swept.results.folder / "mine" / "report.html").exists()
