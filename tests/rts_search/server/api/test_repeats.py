"""A request that is sent again with its Idempotency-Key is done once, and its key is for no other request."""

from pathlib import Path

import pytest
from sqlalchemy import update

from rts_search.basics.results_folder import Results
from rts_search.server.database.tables import RequestRow
from tests.rts_search.server.held import Held, open_on
from tests.rts_search.server.service import YAML, small
from tests.rts_search.store.swept import EPOCHS, Swept

KEY = {"Idempotency-Key": "0b1c"}


@pytest.fixture
def service(tmp_path: Path) -> Held:
    """The application with a sweep that may be resumed and confirmed."""
    swept = Swept(Results(tmp_path / "results"))
    study = swept.sweep("mine", f"budget.gradient_evaluations={8 * EPOCHS}")
    swept.train(study)
    return open_on(swept.results)


def num_jobs(service: Held, sweep: str) -> int:
    return len(service.app.state.parts.jobs.of_sweep(sweep))


def test_a_launch_that_is_sent_again_is_one_launch_also_when_its_sweep_has_ended(service: Held) -> None:
    client, jobs = service.client(), service.app.state.parts.jobs
    first = client.post("/api/sweeps", content=small("new"), headers={**YAML, **KEY})
    again = client.post("/api/sweeps", content=small("new"), headers={**YAML, **KEY})
    assert (first.status_code, again.status_code, again.json()) == (202, 202, first.json())
    assert client.post("/api/sweeps", content=small("new"), headers=YAML).status_code == 409
    jobs.stop(jobs.of_sweep("new")[0])
    again = client.post("/api/sweeps", content=small("new"), headers={**YAML, **KEY})
    assert (again.status_code, again.json()["state"], num_jobs(service, "new")) == (202, "interrupted", 1)


@pytest.mark.parametrize("action", ["resume", "extend", "confirm"])
def test_an_action_that_is_sent_again_adds_one_job(service: Held, action: str) -> None:
    body = {"trials": 4} if action == "extend" else {}
    answers = [service.client().post(f"/api/sweeps/mine/{action}", json=body, headers=KEY) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202] * 3, answers[0].text
    assert answers[0].json() == answers[1].json()
    assert num_jobs(service, "mine") == 1


def test_a_plan_that_is_sent_again_has_the_same_number(service: Held) -> None:
    answers = [service.client().post("/api/plans", content=small("new"), headers={**YAML, **KEY}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()


def test_a_stop_that_is_sent_again_does_not_stop_what_was_resumed_since(service: Held) -> None:
    client = service.client()
    client.post("/api/sweeps/mine/resume")
    assert client.post("/api/sweeps/mine/stop", headers=KEY).status_code == 202
    client.post("/api/sweeps/mine/resume")
    answer = client.post("/api/sweeps/mine/stop", headers=KEY)
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")


@pytest.mark.parametrize(
    ("path", "content"),
    [("/api/sweeps", small("other")), ("/api/sweeps?priority=1", small("new")), ("/api/plans", small("new"))],
)
def test_a_key_is_for_one_request(service: Held, path: str, content: str) -> None:
    client = service.client()
    client.post("/api/sweeps", content=small("new"), headers={**YAML, **KEY})
    answer = client.post(path, content=content, headers={**YAML, **KEY})
    rule = "Idempotency-Key: must be new for a request with another path, query or body, but 0b1c was used"
    assert (answer.status_code, answer.json()["error"]) == (422, rule)
    assert client.post(path, content=content, headers={**YAML, "Idempotency-Key": "x" * 65}).status_code == 422


def test_a_refused_request_uses_no_key_and_an_old_key_is_forgotten(service: Held) -> None:
    client, parts = service.client(), service.app.state.parts
    assert client.post("/api/sweeps", content=small("mine"), headers={**YAML, **KEY}).status_code == 409
    assert client.post("/api/sweeps", content=small("new"), headers={**YAML, **KEY}).status_code == 202
    with parts.database.session() as session:
        session.execute(update(RequestRow).values(created=0.0))
    other = {**YAML, "Idempotency-Key": "another"}
    assert client.post("/api/sweeps", content=small("second"), headers=other).status_code == 202
    assert client.post("/api/sweeps", content=small("third"), headers={**YAML, **KEY}).status_code == 202


def test_a_request_whose_sweep_was_deleted_since_is_not_done_again(service: Held) -> None:
    client, jobs = service.client(), service.app.state.parts.jobs
    client.post("/api/sweeps", content=small("new"), headers={**YAML, **KEY})
    jobs.stop(jobs.of_sweep("new")[0])
    assert client.delete("/api/sweeps/new").status_code == 204
    answer = client.post("/api/sweeps", content=small("new"), headers={**YAML, **KEY})
    assert (answer.status_code, "its sweep was deleted since" in answer.json()["error"]) == (409, True)
    assert num_jobs(service, "new") == 0
