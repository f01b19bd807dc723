"""With the address of a cluster's dashboard, the service runs every sweep as a Ray Job."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from ray.job_submission import JobSubmissionClient

from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import Results
from rts_search.server.app import create_app
from rts_search.server.drivers.driver import NotNowError, Outcome
from rts_search.server.drivers.ray_job import RayDrivers
from rts_search.server.settings import ServerSettings
from rts_search.study.workspace import Workspace
from tests.rts_search.environment import plain_environment
from tests.rts_search.postgresql_server import free_port
from tests.rts_search.server.listening import listening
from tests.rts_search.server.service import Service, launch, small, wait_until

pytestmark = [pytest.mark.ray, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def dashboard() -> Iterator[str]:
    """The address of the dashboard of a cluster of one node, with this environment's Python."""
    port, folder = free_port(), tempfile.mkdtemp(prefix="rts-ray-")  # Ray's sockets need a short path
    binaries = Path(sys.executable).parent
    command = [str(binaries / "ray"), "start", "--head", "--block", "--num-cpus=2", f"--port={free_port()}"]
    command += ["--include-dashboard=true", f"--dashboard-port={port}", f"--temp-dir={folder}"]
    process = subprocess.Popen(
        command,
        env={**plain_environment(), "RAY_AUTH_MODE": "disabled", "PATH": f"{binaries}:{os.environ['PATH']}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 120
    while True:
        with contextlib.suppress(ConnectionError, RuntimeError):
            JobSubmissionClient(address).list_jobs()
            break
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.5)
    yield address
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    for child in family:
        if child.is_running():
            child.kill()
    shutil.rmtree(folder, ignore_errors=True)


def running_one(service: Service, token: str, dashboard: str, trials: int, epochs: int) -> int:
    """Launch the sweep `one` and kill the service while it trains: its gradient evaluations so far."""
    service.start()
    with service.client(token) as client:
        launch(client, small("one", trials, epochs) + "scheduler: none\n")
        found = wait_until(client, "one", lambda found: found["gradient_evaluations"] > 0)
        assert (found["state"], found["completed"] < trials + 1) == ("running", True)
    (job,) = [job for job in JobSubmissionClient(dashboard).list_jobs() if str(service.results) in job.entrypoint]
    assert "--address auto" in job.entrypoint
    service.kill()
    return int(found["gradient_evaluations"])


@contextlib.contextmanager
def service_again(service: Service, dashboard: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The service that follows the one that was killed, in this process, which saves its start."""
    for name, value in service.environment.items():
        monkeypatch.setenv(name, value)
    settings = ServerSettings(Workspace(Results(service.results), address=dashboard))
    with listening(create_app(settings)) as service.url:
        yield


def test_a_sweep_runs_on_the_cluster_continues_without_the_service_and_can_be_stopped(
    serve: Callable[..., Service], dashboard: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = serve("--address", dashboard, RTS_SEARCH_EXECUTOR="ray")
    token = service.token("ada", "runner")
    before = running_one(service, token, dashboard, 30, 60)
    with service_again(service, dashboard, monkeypatch), service.client(token) as client:
        found = wait_until(client, "one", lambda found: found["gradient_evaluations"] > before)
        assert found["state"] == "running"
        assert client.post("/api/sweeps/one/stop").status_code == 202
        stopped = wait_until(client, "one", lambda found: found["state"] == "interrupted")
        assert stopped["can_resume"]
        assert "rts-search resume one" in (service.results / "one" / "driver.log").read_text()


@pytest.mark.campaign
def test_a_sweep_ends_on_the_cluster_without_the_service(
    serve: Callable[..., Service], dashboard: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = serve("--address", dashboard, RTS_SEARCH_EXECUTOR="ray")
    token = service.token("ada", "runner")
    running_one(service, token, dashboard, 2, 60)
    with service_again(service, dashboard, monkeypatch), service.client(token) as client:
        found = wait_until(client, "one", lambda found: found["state"] == "finished")
        assert (found["trials"], found["completed"]) == (3, 3)
        assert "Results in" in (service.results / "one" / "driver.log").read_text()


@pytest.mark.campaign
def test_the_exit_code_and_the_output_of_a_job_are_known_when_it_has_ended(dashboard: str, tmp_path: Path) -> None:
    drivers, output = RayDrivers(dashboard, tmp_path / "results"), tmp_path / "log"
    name = drivers.new_name()
    deadline = time.monotonic() + 120
    while True:
        try:
            drivers.start(name, ("launch", "digits"), output)
            break
        except NotNowError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    while not (found := drivers.outcome(name, output)).over:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert found == Outcome(True, 2)
    assert output.read_text().splitlines()[-1].startswith("rts-search: nothing was begun: ")


def test_a_job_that_the_cluster_does_not_know_has_ended_and_a_silent_cluster_is_refused(
    dashboard: str, tmp_path: Path
) -> None:
    drivers = RayDrivers(dashboard, tmp_path)
    assert drivers.outcome("rts-search-of-another", tmp_path / "log") == Outcome(True)
    with pytest.raises(UserError, match="must be the dashboard of a running Ray cluster"):
        RayDrivers(f"http://127.0.0.1:{free_port()}", tmp_path)
