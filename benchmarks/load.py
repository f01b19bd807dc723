"""Cost of the HTTP service for a running sweep: 200 event listeners and 50 requests per second for a minute.

Runs the same sweep alone and under this load, in turns. Prints response times and the ratio of the sweep's seconds.
With --clients N, N clients instead send one request after another, without a pause, beside a sweep and then without.
It prints response times, errors, the memory of the service before and after, and the sweep's pace alone and beside.
"""

import asyncio
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import torch

from benchmarks.report import device_facts, line
from rts_search.basics.results_folder import Results
from rts_search.study.study import SweepStudy

RUNS = 2
LISTENERS, REQUESTS_PER_SECOND, SECONDS = 200, 50, 60
NAME = "digits"
SWEEP = f"""
name: {NAME}
dataset: {{name: digits, num_train: 1024}}
model: small
training: {{epochs: 12, batch_size: 32, lr: 5e-2}}
space: radius
search: {{sampler: random, trials: 60}}
scheduler: none
baselines: []
resources: {{max_concurrent_trials: 1}}
"""
ASKED = (
    "/api/sweeps",
    f"/api/sweeps/{NAME}",
    f"/api/sweeps/{NAME}/trials",
    f"/api/sweeps/{NAME}/trials/0/epochs",
    f"/api/sweeps/{NAME}/figures/curves",
    f"/part/sweeps/{NAME}",
    f"/sweeps/{NAME}",
    "/",
)


@contextlib.contextmanager
def service(folder: Path) -> Iterator[tuple[int, int]]:
    """Run a service on an empty results folder inside a `with` block. Yields its port and its process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "rts_search.cli", "serve", "--port", str(port), "--results", str(folder)]
    command += ["--rate", "1000000"]
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("RTS_", "RAY_"))}
    with subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            while not answers(port):
                time.sleep(0.2)
            yield port, process.pid
        finally:
            process.terminate()


def answers(port: int) -> bool:
    """Whether the service answers requests."""
    with contextlib.suppress(OSError):
        return bool(ask(port, "/healthz"))
    return False


def ask(port: int, path: str, body: str | None = None) -> Any:
    """Send one request and return its JSON. With a body it is a POST."""
    data = None if body is None else body.encode()
    with urlopen(Request(f"http://127.0.0.1:{port}{path}", data, {"Content-Type": "application/yaml"})) as answer:
        return json.load(answer)


class Crowd:
    """The load: clients that listen to events and clients that send requests."""

    def __init__(self, port: int) -> None:
        """port: of the service. Nothing is sent yet."""
        self._port = port
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.statuses: Counter[int] = Counter()
        self.events = 0

    async def look_on(self) -> None:
        """Listen and send requests for a minute."""
        listening = [asyncio.create_task(self._listen()) for _ in range(LISTENERS)]
        asking, began = [], time.monotonic()
        for number in range(REQUESTS_PER_SECOND * SECONDS):
            await asyncio.sleep(max(0.0, began + number / REQUESTS_PER_SECOND - time.monotonic()))
            asking.append(asyncio.create_task(self._ask(ASKED[number % len(ASKED)])))
        await asyncio.gather(*asking)
        for listener in listening:
            listener.cancel()
        for ended in await asyncio.gather(*listening, return_exceptions=True):
            if not isinstance(ended, asyncio.CancelledError):
                self.statuses[-1] += 1  # an event stream that ended with an error

    async def _ask(self, path: str) -> None:
        began = time.perf_counter()
        try:
            reader, writer = await self._send(path)
            self.statuses[int((await reader.readline()).split()[1])] += 1
            await reader.read()
            writer.close()
        except (OSError, IndexError):
            self.statuses[-1] += 1
        self.seconds[path].append(time.perf_counter() - began)

    async def _listen(self) -> None:
        reader, _ = await self._send("/api/events")
        while text := await reader.readline():
            self.events += text.startswith(b"event:")

    async def _send(self, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        return reader, writer


def once(crowded: bool) -> tuple[float, Crowd | None]:
    """Run the sweep. Returns the seconds from the start of the first trial to the end of the last one, and the load."""
    with tempfile.TemporaryDirectory() as folder, service(Path(folder)) as (port, _):
        ask(port, "/api/sweeps", SWEEP)
        while ask(port, f"/api/sweeps/{NAME}")["completed"] == 0:
            time.sleep(1)
        crowd = Crowd(port) if crowded else None
        if crowd:
            asyncio.run(crowd.look_on())
        while (state := ask(port, f"/api/sweeps/{NAME}")["state"]) != "finished":
            assert state == "running", state
            time.sleep(1)
        turns = SweepStudy.load(Results(Path(folder)).storage_url, NAME).turns()
    moments = [moment for some in turns.values() for turn in some for moment in turn if moment is not None]
    return max(moments) - min(moments), crowd


def main(clients: int | None = None) -> None:
    """Run the sweep alone and under load in turns, and print one JSON line. `clients`: measure so many clients."""
    if clients is not None:
        from benchmarks import clients as loop

        loop.main(clients)
        return
    alone, looked_at, crowds = [], [], []
    for _ in range(RUNS):
        alone.append(once(False)[0])
        seconds, crowd = once(True)
        looked_at.append(seconds)
        crowds.append(crowd)
    asked = sorted(value for crowd in crowds if crowd for values in crowd.seconds.values() for value in values)
    slowest = {
        path: round(1000 * statistics.quantiles([v for c in crowds if c for v in c.seconds[path]], n=20)[18])
        for path in ASKED
    }
    statuses = sum((crowd.statuses for crowd in crowds if crowd), Counter())
    line(
        {
            "benchmark": "load",
            "n": RUNS,
            "listeners": LISTENERS,
            "requests": len(asked),
            "requests_per_second": REQUESTS_PER_SECOND,
            "statuses": dict(statuses),
            "events": sum(crowd.events for crowd in crowds if crowd),
            "median_ms": round(1000 * statistics.median(asked), 1),
            "p95_ms": round(1000 * statistics.quantiles(asked, n=20)[18], 1),
            "p95_ms_by_path": slowest,
            "sweep_seconds_alone": [round(value, 1) for value in alone],
            "sweep_seconds_looked_at": [round(value, 1) for value in looked_at],
            "ratio": round(statistics.median(looked_at) / statistics.median(alone), 3),
            **device_facts("cpu", torch.get_num_threads()),
        }
    )
