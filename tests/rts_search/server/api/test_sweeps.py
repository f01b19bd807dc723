"""A sweep that is launched, stopped and deleted by several users at once: what was acknowledged is kept."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from rts_search.basics.results_folder import Results
from rts_search.server import snapshots
from rts_search.server.state import ServerState
from tests.rts_search.server.held import Held, open_on
from tests.rts_search.server.service import YAML, small
from tests.rts_search.store.swept import Swept, all_of

SHORT = "search={sampler: random, trials: 1}"


@pytest.fixture
def swept(tmp_path: Path) -> Swept:
    return Swept(Results(tmp_path / "results"))


def parts(service: Held) -> ServerState:
    found: ServerState = service.app.state.parts
    return found


@pytest.mark.slow
def test_of_a_deletion_and_two_launches_no_acknowledged_launch_is_lost(
    swept: Swept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "LOOK_SECONDS", 0.0)
    service = open_on(swept.results)
    own, session = parts(service).database, parts(service).database.session
    left, launched = 0, list[int]()

    @contextmanager
    def interrupted() -> Iterator[Session]:
        nonlocal left
        left -= 1
        if left == -1:
            for _ in range(2):
                answer = service.client().post("/api/sweeps", content=small("mine"), headers=YAML)
                launched.append(answer.status_code)
        with session() as opened:
            yield opened

    for point in (1, 3, 4):
        swept.train(swept.sweep("mine", SHORT))
        left = point
        launched.clear()
        monkeypatch.setattr(own, "session", interrupted)
        deleted = service.client().delete("/api/sweeps/mine").status_code
        monkeypatch.setattr(own, "session", session)
        waiting = parts(service).jobs.waiting()
        assert deleted == 204
        assert launched.count(202) == len(waiting) <= 1, (point, launched)
        for job in waiting:
            parts(service).jobs.stop(job)
        service.client().delete("/api/sweeps/mine")


@pytest.mark.parametrize("ended", ["stopped", "lost", "failed"])
def test_a_sweep_that_was_cut_off_at_its_very_end_can_be_resumed_and_one_that_was_not_cannot(
    swept: Swept, ended: str
) -> None:
    all_of(swept, swept.sweep("mine", SHORT))
    service = open_on(swept.results)
    client, jobs = service.client(), parts(service).jobs
    assert client.post("/api/sweeps/mine/resume").status_code == 409
    job = jobs.claim(jobs.add("launch", "mine", {}, "ada"), "host/here")
    assert job is not None
    jobs.report("host/here")
    jobs.end(job, ended, "")
    found = client.get("/api/sweeps/mine").json()
    assert (found["state"], found["can_resume"]) == ("finished", True)
    assert client.post("/api/sweeps/mine/resume").status_code == 202
    (waiting,) = jobs.waiting()
    assert waiting.kind == "resume"


def test_a_sweep_without_a_study_shows_what_became_of_its_job(swept: Swept) -> None:
    service = open_on(swept.results)
    client, jobs = service.client(), parts(service).jobs
    client.post("/api/sweeps", content=small("new"), headers=YAML)
    states = [client.get("/api/sweeps/new").json()["state"]]
    jobs.claim(jobs.waiting()[0], "host/here")
    states.append(client.get("/api/sweeps/new").json()["state"])
    jobs.report("host/here")
    states.append(client.post("/api/sweeps/new/stop").json()["state"])
    states.append(client.post("/api/sweeps/new/stop").json()["state"])
    assert states == ["queued", "starting", "stopping", "stopping"]


HURT = {
    "a lost epoch": "DELETE FROM trial_user_attributes WHERE key = 'epoch:000001' AND trial_id = {trial}",
    "an unknown state": "UPDATE trials SET state = 'COMPLEUE' WHERE trial_id = {trial}",
    "an attribute that is no JSON": "UPDATE study_user_attributes SET value_json = 'x' WHERE key = 'data'",
    "a sweep file of another version": "UPDATE study_user_attributes SET value_json = '{{}}' WHERE key = 'sweep'",
}


@pytest.mark.parametrize("hurt", HURT)
def test_one_damaged_sweep_is_listed_with_its_line_beside_the_others(swept: Swept, hurt: str) -> None:
    swept.train(swept.sweep("mine", SHORT))
    with closing(sqlite3.connect(swept.results.database)) as database:
        database.execute(HURT[hurt].format(trial="(SELECT max(trial_id) FROM trials)"))
        database.commit()
    swept.train(swept.sweep("sound", SHORT))
    service = open_on(swept.results)
    client = service.client()
    mine, sound = client.get("/api/sweeps").json()
    assert (mine["sweep"], mine["state"], mine["trials"], mine["can_resume"]) == ("mine", "damaged", 0, False)
    assert mine["message"].startswith("study mine: ")
    assert "\n" not in mine["message"]
    assert (sound["sweep"], sound["state"], sound["completed"]) == ("sound", "interrupted", 1)
    assert client.get("/api/sweeps/mine").json() == mine
    assert {json.loads(text)["state"] for text in parts(service).events.read().values()} == {
        "damaged",
        "interrupted",
    }
    for page in ("/", "/part/sweeps", "/sweeps/mine", "/part/sweeps/mine"):
        answer = client.get(page)
        assert (answer.status_code, "study mine: " in answer.text) == (200, True), page
    assert 'rts_search_sweep_state{state="damaged",sweep="mine"} 1.0' in client.get("/metrics").text
    assert client.get("/api/sweeps/mine/trials").status_code == 503
