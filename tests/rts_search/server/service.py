"""The service as users run it: a process that listens on a port, with tokens; and the requests that tests send."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.rts_search.environment import plain_environment
from tests.rts_search.in_this_process import run_in_this_process
from tests.rts_search.postgresql_server import free_port
from tests.rts_search.server.sweep_drivers import SweepDrivers

SMALL = """
name: {name}
dataset: {{name: digits, num_train: 64}}
model: small
training: {{epochs: {epochs}, batch_size: 32, lr: 5e-2}}
space: radius
search: {{trials: {trials}}}
baselines: [sgd]
resources: {{max_concurrent_trials: 1}}
"""
YAML = {"Content-Type": "application/yaml"}


class Service:
    """`rts-search serve` on one results folder, as a process."""

    def __init__(self, results: Path, *arguments: str, **environment: str) -> None:
        """`environment`: variables of the service and its drivers, such as RTS_SEARCH_EXECUTOR="ray"."""
        self.results, self.arguments = results, arguments
        self.environment = {"RTS_SEARCH_EXECUTOR": "inline", **environment}
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.drivers = SweepDrivers(results)
        self._process: subprocess.Popen[bytes] | None = None

    def command(self, *arguments: str) -> str:
        """The output of a command on the same results folder, run in the process of the tests."""
        done = run_in_this_process([*arguments, "--results", str(self.results)], self._environment())
        assert done.returncode == 0, done.stderr
        return done.stdout

    def token(self, name: str, role: str) -> str:
        """Create a token."""
        return self.command("token", "create", name, "--role", role).strip()

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.results.mkdir(parents=True, exist_ok=True)
        line = [sys.executable, "-m", "rts_search.cli", "serve", "--port", str(self.port), *self.arguments]
        with (self.results / "service.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*line, "--results", str(self.results)], env=self._environment(), stdout=log, stderr=log
            )
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/healthz").status_code == 200:
                    return
            assert self._process.poll() is None, (self.results / "service.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def kill(self) -> None:
        """Kill the service by SIGKILL; its drivers continue."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def end(self) -> None:
        """End the service by SIGTERM, and wait."""
        assert self._process is not None
        self._process.terminate()
        assert self._process.wait(30) in (0, -signal.SIGTERM)
        self._process = None

    def kill_everything(self) -> None:
        """Kill the service, all drivers and their children, as when the machine loses power."""
        self.kill()
        self.drivers.kill()

    def client(self, token: str | None = None, **more: Any) -> httpx.Client:
        """An HTTP client, with a token or without."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, **more)

    def _environment(self) -> dict[str, str]:
        return {**plain_environment(), **self.environment}


def small(name: str, trials: int = 3, epochs: int = 3) -> str:
    """A sweep file that trains in seconds."""
    return SMALL.format(name=name, trials=trials, epochs=epochs)


def launch(client: httpx.Client, text: str) -> dict[str, Any]:
    """Launch a sweep over HTTP."""
    answer = client.post("/api/sweeps", content=text, headers=YAML)
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


def wait_until(client: httpx.Client, name: str, what: Callable[[dict[str, Any]], bool], seconds: float = 240) -> Any:
    """Wait until the summary of a sweep fulfils a condition, and return the summary."""
    deadline = time.monotonic() + seconds
    while True:
        found = client.get(f"/api/sweeps/{name}").json()
        if what(found):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
