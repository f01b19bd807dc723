"""A sweep can be confirmed over HTTP when its search is over: all trials have ended, or the budget is used up."""

import socket
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from rts_search.basics.results_folder import Results
from rts_search.operations.results import write_results
from rts_search.server.app import create_app
from rts_search.server.database.tokens import create_token
from rts_search.server.settings import ServerSettings
from rts_search.server.state import ServerState
from rts_search.study.workspace import Workspace
from tests.rts_search.store.swept import EPOCHS, Swept


class Service:
    """The application on a results folder; no job of its queue is started."""

    def __init__(self, swept: Swept) -> None:
        app = create_app(ServerSettings(Workspace(swept.results), requests_per_second=10_000.0))
        self.parts: ServerState = app.state.parts
        headers = {"Authorization": f"Bearer {create_token(self.parts.database, 'root', 'admin')}"}
        self.client = TestClient(app, base_url="http://localhost", headers=headers)

    def state(self) -> str:
        """The state of the sweep in the API."""
        return str(self.client.get("/api/sweeps/mine").json()["state"])

    def confirm(self) -> tuple[int, str]:
        """Ask for a confirmation; return the status and the message or the state of the job."""
        answer = self.client.post("/api/sweeps/mine/confirm")
        told = answer.json()
        return answer.status_code, told.get("error", told.get("state"))


@pytest.fixture
def swept(tmp_path: Path) -> Swept:
    return Swept(Results(tmp_path / "results"))


def test_a_sweep_whose_budget_is_used_up_can_be_confirmed_and_can_still_be_resumed(swept: Swept) -> None:
    study = swept.sweep("mine", f"budget.gradient_evaluations={8 * (2 * EPOCHS + 3)}")
    swept.train(study)
    swept.train(study)
    swept.train(study, 3, "RUNNING")
    service = Service(swept)
    assert service.state() == "budget used up"
    assert service.confirm() == (202, "queued")
    (job,) = service.parts.jobs.waiting()
    assert (job.kind, job.sweep) == ("confirm", "mine")
    claimed = service.parts.jobs.claim(job, "host/here")
    assert claimed is not None
    assert service.state() == "starting"
    service.parts.jobs.report("host/here")
    assert service.state() == "confirming"
    service.parts.jobs.end(claimed, "failed", "mine: has no baselines")
    told = service.client.get("/api/sweeps/mine").json()
    assert (told["state"], told["message"], told["can_resume"]) == ("budget used up", "mine: has no baselines", True)


def test_an_interrupted_sweep_cannot_be_confirmed(swept: Swept) -> None:
    study = swept.sweep("mine", "budget.gradient_evaluations=100000")
    swept.train(study)
    service = Service(swept)
    rule = "mine: must have finished, or have used its budget up, before it is confirmed"
    assert service.confirm() == (409, f"{rule}, but is interrupted")
    for _ in range(study.total - 1):
        swept.train(study)
    assert service.confirm() == (202, "queued")
    assert service.confirm() == (409, "mine: a job of this sweep waits or runs already; stop it first")


@pytest.mark.slow
@pytest.mark.parametrize(("budget", "state"), [(8 * EPOCHS, "finished"), (100_000, "lost")])
def test_a_driver_that_used_its_budget_up_while_no_service_ran_is_not_lost(
    swept: Swept, budget: int, state: str
) -> None:
    study = swept.sweep("mine", f"budget.gradient_evaluations={budget}")
    swept.train(study)
    write_results(study, Workspace(swept.results), swept.results.sweep("mine"))
    service = Service(swept)
    job = service.parts.jobs.add("resume", "mine", {}, "root")
    service.parts.jobs.claim(job, f"{socket.gethostname()}/gone")
    service.parts.jobs.report(f"{socket.gethostname()}/gone")
    service.parts.job_runner.look()
    (found,) = service.parts.jobs.of_sweep("mine")
    assert found.state == state
