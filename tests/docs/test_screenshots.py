"""The screenshots of all pages, and the sweep of many trials that some of them show."""

import re
from pathlib import Path

import pytest

from rts_search.basics.results_folder import Results
from rts_search.study.ranking import leaderboard
from rts_search.study.workspace import Workspace
from scripts.screenshots import EMPTY, FOLDER, FULL, RUNNING
from scripts.shown.document import document, names
from scripts.shown.many import write_many

MOST_BYTES = 4_000_000
SHOTS = (*EMPTY, *RUNNING, *FULL)


def test_the_document_shows_every_picture_and_there_are_no_others() -> None:
    text = (FOLDER.parent / "screenshots.md").read_text()
    assert text == document([(shot.name, shot.title) for shot in SHOTS], FOLDER), "run python scripts/screenshots.py"
    pictures = {file.name for file in FOLDER.iterdir()}
    assert set(re.findall(r"\(screenshots/([^)]+)\)", text)) == pictures
    assert pictures <= {file for shot in SHOTS for file in names(shot.name)}
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < MOST_BYTES


@pytest.mark.slow
def test_the_sweep_of_many_trials_is_read_like_any_other(tmp_path: Path) -> None:
    workspace = Workspace(Results(tmp_path / "results"))
    workspace.results.require_space()
    write_many(workspace, "many", written=12, copies=3)
    study = workspace.load("many")
    entries = study.trials()
    assert [entry.number for entry in entries] == list(range(36))
    assert study.ended_by(entries)
    ranked = leaderboard(entries, study.sweep.objective)
    assert len(ranked) == sum(entry.completed for entry in entries)
