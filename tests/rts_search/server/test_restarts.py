"""Sweeps continue after the service, or the whole machine, was killed."""

from collections.abc import Callable
from typing import Any

import httpx
import pandas as pd
import pytest

from tests.rts_search.server.service import Service, launch, small, wait_until

TRIALS, EPOCHS = 4, 60
"""Enough that the first sweep still trains when the second one has started, however late."""
LEARNING_RATES = {"one": 0.05, "two": 0.04}
TWO = ("--max-sweeps", "2", "--max-per-user", "2")

pytestmark = pytest.mark.timeout(600)


def whole(name: str) -> str:
    """A sweep file without early stopping; the two sweeps share no epoch."""
    return small(name, TRIALS, EPOCHS).replace("lr: 5e-2", f"lr: {LEARNING_RATES[name]}") + "scheduler: none\n"


def both_in_training(client: httpx.Client) -> None:
    for name in ("one", "two"):
        wait_until(client, name, lambda found: found["state"] == "running" and found["gradient_evaluations"] > 0)
    assert client.get("/api/sweeps/one").json()["completed"] < TRIALS + 1


def require_complete(service: Service, client: httpx.Client) -> None:
    """Insist that both sweeps have every trial once, and every trial has every epoch once."""
    for name in ("one", "two"):
        found = wait_until(client, name, lambda found: found["state"] == "finished")
        assert (found["trials"], found["completed"], found["failed"]) == (TRIALS + 1, TRIALS + 1, 0)
        table = pd.DataFrame(client.get(f"/api/sweeps/{name}/table").json())
        assert list(table["number"]) == list(range(TRIALS + 1))
        assert set(table["epochs"]) == {EPOCHS}
        epochs = pd.read_parquet(service.results / name / "epochs.parquet")
        assert not epochs.duplicated(["number", "epoch"]).any()
        assert len(epochs) == (TRIALS + 1) * EPOCHS


def test_a_restarted_service_finds_its_sweeps_running_and_they_complete(serve: Callable[..., Service]) -> None:
    service = serve(*TWO)
    token = service.token("ada", "runner")
    service.start()
    with service.client(token) as client:
        for name in ("one", "two"):
            launch(client, whole(name))
        both_in_training(client)
    before = {process.pid for process in service.drivers()}
    service.kill()
    service.start()
    with service.client(token) as client:
        for name in ("one", "two"):
            assert client.get(f"/api/sweeps/{name}").json()["state"] in ("running", "finished")
        assert {process.pid for process in service.drivers()} <= before
        require_complete(service, client)
        assert not service.drivers()


def test_sweeps_can_be_resumed_after_the_machine_was_killed(serve: Callable[..., Service]) -> None:
    service = serve(*TWO)
    token = service.token("ada", "runner")
    service.start()
    with service.client(token) as client:
        for name in ("one", "two"):
            launch(client, whole(name))
        launch(client, small("three", 1, 1))
        both_in_training(client)
    service.kill_everything()
    assert not service.drivers()
    service.start()
    with service.client(token) as client:
        for name in ("one", "two"):
            found = wait_until(client, name, lambda found: found["state"] == "interrupted")
            assert (found["can_resume"], found["owner"]) == (True, "ada")
            assert "resume" in found["message"]
            assert client.post(f"/api/sweeps/{name}/resume").status_code == 202
        require_complete(service, client)
        wait_until(
            client, "three", lambda found: found["state"] == "finished"
        )  # it was in the queue, and needs no resume


def test_a_service_that_was_killed_while_a_sweep_starts_finds_it(serve: Callable[..., Service]) -> None:
    service = serve()
    token = service.token("ada", "runner")
    service.start()
    with service.client(token) as client:
        launch(client, small("one", 1, 1))
        wait_until(client, "one", lambda found: found["state"] == "starting")
    service.kill()
    service.start()
    with service.client(token) as client:
        seen: list[str] = []

        def finished(found: dict[str, Any]) -> bool:
            seen.append(found["state"])
            return seen[-1] == "finished"

        wait_until(client, "one", finished)
        assert set(seen) <= {"starting", "running", "finished"}


def test_a_sweep_that_was_killed_while_it_starts_can_be_resumed(serve: Callable[..., Service]) -> None:
    service = serve()
    token = service.token("ada", "runner")
    service.start()
    with service.client(token) as client:
        launch(client, small("one", 1, 1))
        wait_until(client, "one", lambda found: found["state"] in ("starting", "running"))
    service.kill_everything()
    service.start()
    with service.client(token) as client:
        wait_until(client, "one", lambda found: found["can_resume"])
        assert client.post("/api/sweeps/one/resume").status_code == 202
        wait_until(client, "one", lambda found: found["state"] == "finished")


def test_stop_keeps_the_finished_epochs_and_the_next_sweep_of_the_queue_starts(serve: Callable[..., Service]) -> None:
    service = serve("--max-sweeps", "1")
    ada, bob = service.token("ada", "runner"), service.token("bob", "runner")
    service.start()
    with service.client(ada) as mine, service.client(bob) as other:
        launch(mine, small("one", 20, 8))
        launch(other, small("two", 1, 1))
        launch(mine, small("three", 1, 1))
        wait_until(mine, "one", lambda found: found["completed"] > 0)
        assert other.get("/api/sweeps/two").json()["state"] == "queued"
        assert mine.post("/api/sweeps/three/stop").status_code == 202
        assert mine.post("/api/sweeps/one/stop").status_code == 202
        found = wait_until(mine, "one", lambda found: found["state"] == "interrupted")
        assert (found["can_resume"], found["completed"] > 0) == (True, True)
        wait_until(other, "two", lambda found: found["state"] == "finished")
        assert mine.get("/api/sweeps/three").json()["state"] == "interrupted"
        assert mine.delete("/api/sweeps/one").status_code == 204
        assert mine.get("/api/sweeps/one").status_code == 404
        assert not (service.results / "one").exists()
        assert other.delete("/api/sweeps/three").status_code == 403
