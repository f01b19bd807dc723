"""Sweeps continue after the service, or the whole machine, was killed."""

from collections.abc import Callable, Iterable

import httpx
import pandas as pd
import pytest

from rts_search.basics.results_folder import Results
from rts_search.server.app import create_app
from rts_search.server.settings import ServerSettings
from rts_search.study.workspace import Workspace
from tests.rts_search.server.listening import listening
from tests.rts_search.server.service import Service, launch, small, wait_until

TRIALS, EPOCHS = 2, 40
"""Enough that a sweep still trains when a test has seen its first trial end, and pauses it."""
LEARNING_RATES = {"one": 0.05, "two": 0.04}
FIRST_TRIAL_ENDED = f"[1/{TRIALS + 1}]"
THREE = ("--max-sweeps", "3", "--max-per-user", "3")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def whole(name: str) -> str:
    """A sweep file without early stopping; the two sweeps share no epoch."""
    return small(name, TRIALS, EPOCHS).replace("lr: 5e-2", f"lr: {LEARNING_RATES[name]}") + "scheduler: none\n"


def two_that_train_and_one_that_starts(service: Service, client: httpx.Client) -> set[int]:
    """Launch them, pause their drivers, and return the drivers' process ids."""
    for name in ("one", "two"):
        launch(client, whole(name))
    paused = {service.drivers.pause(name, after=FIRST_TRIAL_ENDED) for name in ("one", "two")}
    launch(client, small("three", 1, 1))
    paused.add(service.drivers.pause("three"))
    assert states(client) == ["running", "running", "starting"]
    for name in ("one", "two"):
        wait_until(client, name, lambda found: 1 <= found["completed"] < TRIALS + 1, 20)
    return paused


def states(client: httpx.Client, names: Iterable[str] = ("one", "two", "three")) -> list[str]:
    return [client.get(f"/api/sweeps/{name}").json()["state"] for name in names]


def require_complete(service: Service, client: httpx.Client, names: Iterable[str] = ("one", "two")) -> None:
    """Insist that the sweeps have every trial once, and every trial has every epoch once."""
    for name in names:
        found = wait_until(client, name, lambda found: found["state"] == "finished")
        assert (found["trials"], found["completed"], found["failed"]) == (TRIALS + 1, TRIALS + 1, 0)
        table = pd.DataFrame(client.get(f"/api/sweeps/{name}/table").json())
        assert list(table["number"]) == list(range(TRIALS + 1))
        assert set(table["epochs"]) == {EPOCHS}
        epochs = pd.read_parquet(service.results / name / "epochs.parquet")
        assert not epochs.duplicated(["number", "epoch"]).any()
        assert len(epochs) == (TRIALS + 1) * EPOCHS


def test_a_killed_service_finds_its_sweeps_running_and_resumes_what_died_with_the_machine(
    serve: Callable[..., Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service that is killed is a process, and the two that follow it are in this one, which saves their starts."""
    service = serve(*THREE)
    token = service.token("ada", "runner")
    service.start()
    with service.client(token) as client:
        launch(client, whole("one"))
        drivers = {service.drivers.pause("one", after=FIRST_TRIAL_ENDED)}
        launch(client, small("three", 1, 1))
        drivers.add(service.drivers.pause("three"))
        assert states(client, ("one", "three")) == ["running", "starting"]
    service.kill()
    for name, value in service.environment.items():
        monkeypatch.setenv(name, value)
    settings = ServerSettings(Workspace(Results(service.results)), max_sweeps=3, max_per_user=3)
    with listening(create_app(settings)) as service.url, service.client(token) as client:
        assert states(client, ("one", "three")) == ["running", "starting"]
        assert {process.pid for process in service.drivers.running()} == drivers
        service.drivers.go_on("three")
        wait_until(client, "three", lambda found: found["state"] == "finished")
    service.drivers.kill()
    assert not service.drivers.running()
    with listening(create_app(settings)) as service.url, service.client(token) as client:
        found = wait_until(client, "one", lambda found: found["state"] == "interrupted")
        assert (found["can_resume"], found["owner"]) == (True, "ada")
        assert "resume" in found["message"]
        assert 1 <= found["completed"] < TRIALS + 1
        assert client.post("/api/sweeps/one/resume").status_code == 202
        require_complete(service, client, ("one",))


@pytest.mark.campaign
def test_a_restarted_service_finds_its_sweeps_running_and_they_complete(serve: Callable[..., Service]) -> None:
    service = serve(*THREE)
    token = service.token("ada", "runner")
    service.start()
    with service.client(token) as client:
        before = two_that_train_and_one_that_starts(service, client)
    service.kill()
    service.start()
    with service.client(token) as client:
        assert states(client) == ["running", "running", "starting"]
        assert {process.pid for process in service.drivers.running()} == before
        service.drivers.go_on()
        require_complete(service, client)
        wait_until(client, "three", lambda found: found["state"] == "finished")
        assert not service.drivers.running()


@pytest.mark.campaign
def test_sweeps_can_be_resumed_after_the_machine_was_killed(serve: Callable[..., Service]) -> None:
    service = serve(*THREE)
    token = service.token("ada", "runner")
    service.start()
    with service.client(token) as client:
        two_that_train_and_one_that_starts(service, client)
        launch(client, small("four", 1, 1))
    service.kill_everything()
    assert not service.drivers.running()
    service.start()
    with service.client(token) as client:
        for name in ("one", "two"):
            found = wait_until(client, name, lambda found: found["state"] == "interrupted")
            assert (found["can_resume"], found["owner"]) == (True, "ada")
            assert "resume" in found["message"]
            assert client.post(f"/api/sweeps/{name}/resume").status_code == 202
        # The third is started again by the service, unless its driver had begun: then it is resumed like the others.
        found = wait_until(client, "three", lambda found: found["state"] in ("interrupted", "finished"))
        if found["state"] == "interrupted":
            assert client.post("/api/sweeps/three/resume").status_code == 202
        require_complete(service, client)
        for name in ("three", "four"):  # the fourth was in the queue, and needs no resume
            wait_until(client, name, lambda found: found["state"] == "finished")


@pytest.mark.campaign
@pytest.mark.ray
def test_a_sweep_on_ray_continues_while_no_service_runs(serve: Callable[..., Service]) -> None:
    service = serve(RTS_SEARCH_EXECUTOR="ray")
    token = service.token("ada", "runner")
    service.start()
    with service.client(token) as client:
        launch(client, whole("one"))
    driver = service.drivers.pause("one", after=FIRST_TRIAL_ENDED)
    service.kill()
    service.drivers.go_on()
    service.drivers.wait_for("one", f"[{TRIALS}/{TRIALS + 1}]")
    service.start()
    with service.client(token) as client:
        assert {process.pid for process in service.drivers.running()} <= {driver}
        found = wait_until(client, "one", lambda found: found["state"] == "finished")
        assert (found["trials"], found["completed"], found["failed"]) == (TRIALS + 1, TRIALS + 1, 0)


def test_stop_keeps_the_finished_epochs_and_the_next_sweep_of_the_queue_starts(service_here: Service) -> None:
    ada, bob = service_here.token("ada", "runner"), service_here.token("bob", "runner")
    with service_here.client(ada) as mine, service_here.client(bob) as other:
        launch(mine, small("one", 20, 8))
        launch(other, small("two", 1, 1))
        launch(mine, small("three", 1, 1))
        service_here.drivers.pause("one", after="[1/21]")
        assert other.get("/api/sweeps/two").json()["state"] == "queued"
        assert mine.post("/api/sweeps/three/stop").status_code == 202
        assert mine.post("/api/sweeps/one/stop").status_code == 202
        service_here.drivers.go_on()
        found = wait_until(mine, "one", lambda found: found["state"] == "interrupted")
        assert (found["can_resume"], 0 < found["completed"] < 21) == (True, True)
        wait_until(other, "two", lambda found: found["state"] == "finished")
        assert mine.get("/api/sweeps/three").json()["state"] == "interrupted"
        assert mine.delete("/api/sweeps/one").status_code == 204
        assert mine.get("/api/sweeps/one").status_code == 404
        assert not (service_here.results / "one").exists()
        assert other.delete("/api/sweeps/three").status_code == 403
