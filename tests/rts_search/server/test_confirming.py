"""While a sweep is being confirmed, page, list and API show the runs of the confirmation, not its trials."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from rts_search.server import overview, snapshots
from tests.rts_search.server.confirmed import Confirmed, confirmed, run


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Confirmed:
    monkeypatch.setattr(snapshots, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(snapshots, "PAUSE", 0.0)
    monkeypatch.setattr(overview, "LOOK_SECONDS", 0.0)
    return confirmed(tmp_path)


def told(mine: Confirmed) -> dict[str, Any]:
    found: dict[str, Any] = mine.client.get("/api/sweeps/mine").json()
    return found


def page(mine: Confirmed, path: str = "/sweeps/mine") -> str:
    return " ".join(re.sub("<[^>]+>", " ", unescape(mine.client.get(path).text)).split())


def test_the_runs_their_time_and_what_is_left_are_shown(mine: Confirmed) -> None:
    assert "Not confirmed." in page(mine)
    study = mine.confirmation(9)
    run(study, 8)
    run(study, 8)
    run(study, 3, "RUNNING")
    mine.job(top_k=1, seeds=3)
    with mine.swept.results.sweep("mine").driving():
        found = told(mine)
        assert (found["state"], found["training"]) == ("confirming", True)
        confirmation = found["confirmation"]
        assert (confirmation["runs"], confirmation["ended"], confirmation["doing"]) == (9, 2, "")
        assert confirmation["running"] == [{"run": 2, "method": "contender 4", "epochs": 3, "of": 8}]
        assert found["left_seconds"] == confirmation["left_seconds"] > 0
        text = page(mine)
        for part in ("run 3 of 9", "confirming for", "about", "3 of 8", "contender 4"):
            assert part in text, part
        assert "The confirmation trains up to 9 runs; 2 have ended." in text
        assert "Not confirmed" not in text
        assert 'value="2" max="9"' in mine.client.get("/sweeps/mine").text
        assert "run 3 of 9" in page(mine, "/")
    assert told(mine)["state"] == "confirming", "the job has not been ended yet"
    assert told(mine)["confirmation"]["ended"] == 2


def test_it_says_what_it_does_while_no_run_trains(mine: Confirmed) -> None:
    mine.job()
    log = mine.swept.results.sweep("mine").log
    log.parent.mkdir(exist_ok=True)
    log.write_text("$ rts-search launch mine.yaml\nmine: finished\n$ rts-search confirm mine\nmine: starting Ray\n")
    with mine.swept.results.sweep("mine").driving():
        first = told(mine)
        assert (first["confirmation"]["doing"], first["left_seconds"]) == ("starting Ray", None)
        text = page(mine)
        assert "starting Ray" in text
        assert "Not confirmed" not in text
        assert "about" not in page(mine, "/")
        log.write_text("$ rts-search confirm mine\nmine: reading the test part of 9 runs\nThis is look 1.\n")
        assert told(mine)["confirmation"]["doing"] == "reading the test part of 9 runs"
        assert told(mine)["version"] != first["version"]


def test_a_confirmation_of_the_command_line_is_shown_too_and_its_size_is_not_guessed(mine: Confirmed) -> None:
    study = mine.confirmation(4)
    run(study, 8)
    run(study, 1, "RUNNING")
    assert told(mine)["confirmation"] is None
    with mine.swept.results.sweep("mine").driving():
        assert told(mine)["state"] == "confirming"
        assert "4 runs of the confirmation are planned; 1 has ended." in page(mine)
    assert told(mine)["state"] == "finished"


def test_a_sweep_that_is_trained_further_is_not_being_confirmed(mine: Confirmed) -> None:
    run(mine.confirmation(1), 8)
    mine.parts.jobs.add("resume", "mine", {}, "ada")
    with mine.swept.results.sweep("mine").driving():
        assert told(mine)["confirmation"] is None
