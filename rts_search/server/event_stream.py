"""Telling many who listen what changes, with one look at the database for all of them."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

from starlette.concurrency import run_in_threadpool

from rts_search.server.database.job_queue import Jobs
from rts_search.server.problems import Problem
from rts_search.server.snapshots import Snapshots

LOOK_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
MOST_LISTENERS = 1000

log = logging.getLogger(__name__)


class Events:
    """One look a second, as long as somebody listens."""

    def __init__(self, catalogue: Snapshots, jobs: Jobs) -> None:
        self._catalogue, self._jobs = catalogue, jobs
        self._told: dict[str, str] = {}
        self._changed = asyncio.Condition()
        self._closing = False
        self.listeners = 0

    async def listen(self, name: str | None) -> AsyncIterator[str]:
        """The events of one sweep or of all: first as it stands, then every change; a comment when it is quiet."""
        self.listeners += 1
        try:
            seen: dict[str, str] = {}
            while not self._closing:
                current = {sweep: data for sweep, data in self._told.items() if name in (None, sweep)}
                for sweep in seen.keys() - current.keys():
                    yield f"event: gone\ndata: {json.dumps({'sweep': sweep})}\n\n"
                for sweep, data in current.items():
                    if seen.get(sweep) != data:
                        yield f"event: sweep\ndata: {data}\n\n"
                seen = current
                try:
                    async with self._changed:
                        await asyncio.wait_for(self._changed.wait(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield ": nothing new\n\n"
        finally:
            self.listeners -= 1

    def require_room(self) -> None:
        """Raises: Problem when too many listen."""
        if self.listeners >= MOST_LISTENERS:
            raise Problem(503, f"{MOST_LISTENERS} listen already; ask again later", {"Retry-After": "30"})

    def close(self) -> None:
        """End all streams within a second."""
        self._closing = True

    async def watch(self) -> None:
        """Look for changes until the service ends."""
        try:
            while not self._closing:
                if self.listeners:
                    try:
                        told = await run_in_threadpool(self.look)
                    except Exception:
                        log.exception("the sweeps cannot be looked at")
                    else:
                        if told != self._told:
                            self._told = told
                            async with self._changed:
                                self._changed.notify_all()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            self._closing = True
            async with self._changed:
                self._changed.notify_all()

    def look(self) -> dict[str, str]:
        """Every sweep as it stands, as an event tells it."""
        told = {}
        jobs = self._jobs.latest()
        for name in {*self._catalogue.names(), *(job.sweep for job in jobs.values() if not job.over)}:
            told[name] = json.dumps(self._event(name, jobs))
        return told

    def _event(self, name: str, jobs: dict[str, Any]) -> dict[str, Any]:
        from rts_search.server.responses import summary_of

        return summary_of(name, self._catalogue, jobs.get(name)).model_dump(mode="json")
