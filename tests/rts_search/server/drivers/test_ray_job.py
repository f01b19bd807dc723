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
from rts_search.server.drivers.driver import Outcome
from rts_search.server.drivers.ray_job import RayDrivers
from tests.rts_search.environment import plain_environment
from tests.rts_search.postgresql_server import free_port
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


def test_a_sweep_runs_on_the_cluster_continues_without_the_service_and_can_be_stopped(
    serve: Callable[..., Service], dashboard: str
) -> None:
    service = serve("--address", dashboard, RTS_SEARCH_EXECUTOR="ray")
    token = service.token("ada", "runner")
    service.start()
    with service.client(token) as client:
        launch(client, small("one", trials=2, epochs=60) + "scheduler: none\n")
        found = wait_until(client, "one", lambda found: found["gradient_evaluations"] > 0)
        assert (found["state"], found["completed"] < 3) == ("running", True)
    (job,) = JobSubmissionClient(dashboard).list_jobs()
    assert "--address auto" in job.entrypoint
    assert str(service.results) in job.entrypoint
    service.kill()
    service.start()
    with service.client(token) as client:
        found = wait_until(client, "one", lambda found: found["state"] == "finished")
        assert (found["trials"], found["completed"]) == (3, 3)
        launch(client, small("two", trials=30, epochs=6).replace("5e-2", "4e-2"))
        wait_until(client, "two", lambda found: found["completed"] > 0)
        assert client.post("/api/sweeps/two/stop").status_code == 202
        stopped = wait_until(client, "two", lambda found: found["state"] == "interrupted")
        assert stopped["can_resume"]
        assert "Results in" in (service.results / "one" / "driver.log").read_text()


def test_a_job_that_the_cluster_does_not_know_has_ended_and_a_silent_cluster_is_refused(
    dashboard: str, tmp_path: Path
) -> None:
    drivers = RayDrivers(dashboard, tmp_path)
    assert drivers.outcome("rts-search-of-another", tmp_path / "log") == Outcome(True)
    with pytest.raises(UserError, match="must be the dashboard of a running Ray cluster"):
        RayDrivers(f"http://127.0.0.1:{free_port()}", tmp_path)
