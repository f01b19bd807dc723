"""Clients that each send one request after another to the service, a bounded number of times, beside a sweep."""

import asyncio
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks.load import ASKED, NAME, SWEEP, ask, service
from benchmarks.report import device_facts, line

ROUNDS = 5
"""Each client sends every request of ASKED so many times."""
ALONE_SECONDS = 20.0
"""The pace of the sweep alone is measured for this long, before the clients and after them."""
LONG = SWEEP.replace("trials: 60", "trials: 2000")
"""A sweep that does not end before it is stopped."""


class Loop:
    """The clients of one measurement, on loopback."""

    def __init__(
        self, port: int, clients: int, paths: Sequence[str] = ASKED, rounds: int = ROUNDS, more: str = ""
    ) -> None:
        """
        Args:
            port: of the service.
            clients: their number.
            paths: what each client asks for, one after the other.
            rounds: how often it does so.
            more: further lines of each request, such as `Accept-Encoding: gzip`, each with its line end.
        """
        self._port, self._clients, self._paths, self._rounds, self._more = port, clients, paths, rounds, more
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.statuses: Counter[int] = Counter()
        """HTTP status -> number of answers; -1: no whole answer came."""

    async def run(self) -> None:
        """Send all requests. Each client begins with another one, and keeps its connection."""
        await asyncio.gather(*(self._client(number) for number in range(self._clients)))

    async def _client(self, number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        for step in range(self._rounds * len(self._paths)):
            path = self._paths[(number + step) % len(self._paths)]
            began = time.perf_counter()
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{self._more}\r\n".encode())
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                await reader.readexactly(int(head.partition("content-length: ")[2].partition("\r")[0]))
                self.statuses[int(head.split()[1])] += 1
            except (OSError, EOFError, ValueError):
                self.statuses[-1] += 1
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            self.seconds[path].append(time.perf_counter() - began)
        writer.close()

    def facts(self) -> dict[str, Any]:
        """Median and 99th percentile in milliseconds, of all requests and by path, and the statuses."""
        asked = [seconds for some in self.seconds.values() for seconds in some]
        return {
            "requests": len(asked),
            "statuses": dict(self.statuses),
            "median_ms": _milliseconds(asked, 50),
            "p99_ms": _milliseconds(asked, 99),
            "median_ms_by_path": {path: _milliseconds(self.seconds[path], 50) for path in self._paths},
        }


def _milliseconds(seconds: list[float], percent: int) -> float:
    return round(1000 * statistics.quantiles(seconds, n=100)[percent - 1], 1)


def _megabytes(process: int) -> float:
    """The memory of a process, RSS."""
    (kept,) = (text for text in Path(f"/proc/{process}/status").read_text().splitlines() if text.startswith("VmRSS"))
    return round(int(kept.split()[1]) / 1024, 1)


def _pace(port: int, work: Callable[[], object]) -> float:
    """Gradient evaluations per second that the sweep spends while `work` runs."""

    def spent() -> tuple[float, int]:
        return time.monotonic(), int(ask(port, f"/api/sweeps/{NAME}")["gradient_evaluations_spent"])

    before = spent()
    work()
    after = spent()
    return (after[1] - before[1]) / (after[0] - before[0])


def _asked(port: int, clients: int) -> Loop:
    loop = Loop(port, clients)
    asyncio.run(loop.run())
    return loop


def main(clients: int) -> None:
    """Ask beside a sweep and without one, and print one JSON line."""
    with tempfile.TemporaryDirectory() as folder, service(Path(folder)) as (port, process):
        ask(port, "/api/sweeps", LONG)
        while ask(port, f"/api/sweeps/{NAME}")["completed"] < 2:
            time.sleep(0.5)
        memory = [_megabytes(process)]
        loops: list[Loop] = []
        alone = [_pace(port, lambda: time.sleep(ALONE_SECONDS))]
        beside = _pace(port, lambda: loops.append(_asked(port, clients)))
        memory.append(_megabytes(process))
        alone.append(_pace(port, lambda: time.sleep(ALONE_SECONDS)))
        ask(port, f"/api/sweeps/{NAME}/stop", "")
        while ask(port, f"/api/sweeps/{NAME}")["state"] != "interrupted":
            time.sleep(0.5)
        loops.append(_asked(port, clients))
        memory.append(_megabytes(process))
    line(
        {
            "benchmark": "load",
            "clients": clients,
            "beside_a_sweep": loops[0].facts(),
            "without_a_sweep": loops[1].facts(),
            "megabytes": dict(zip(("before", "after_beside", "after_without"), memory, strict=True)),
            "evaluations_per_second_alone": [round(pace, 1) for pace in alone],
            "evaluations_per_second_beside": round(beside, 1),
            "pace": round(beside / statistics.mean(alone), 3),
            **device_facts("cpu", torch.get_num_threads()),
        }
    )
