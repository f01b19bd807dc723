"""A sweep that is launched, stopped and deleted by several users at once: what was acknowledged is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
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
