"""The streams of server-sent events: one reader of the database for all listeners."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool

from rts_search.server.database.job_queue import Jobs
from rts_search.server.problems import Problem
from rts_search.server.snapshots import Snapshots
from rts_search.server.summaries import summary_of

LOOK_SECONDS = 1.0
"""Seconds between two readings."""
HEARTBEAT_SECONDS = 15.0
"""A stream without changes sends a comment this often, so that proxies keep it open."""
MOST_LISTENERS = 1000

log = logging.getLogger(__name__)


class Events:
    """Reads the sweeps once a second while there are listeners, and sends each listener what has changed."""

    def __init__(self, snapshots: Snapshots, jobs: Jobs) -> None:
        self._snapshots, self._jobs = snapshots, jobs
        self._events: dict[str, str] = {}
        self._changed = asyncio.Condition()
        self._closing = False
        self.listeners = 0

    async def listen(self, name: str | None) -> AsyncIterator[str]:
        """The stream of one sweep, or of all sweeps when `name` is None.

        It starts with the present state of each sweep; after that it sends each change, and a comment when nothing
        has changed for a while.
        """
        self.listeners += 1
        try:
            seen: dict[str, str] = {}
            while not self._closing:
                current = {sweep: data for sweep, data in self._events.items() if name in (None, sweep)}
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
                    yield ": no change\n\n"
        finally:
            self.listeners -= 1

    def require_room(self) -> None:
        """Raises: Problem: there are too many listeners."""
        if self.listeners >= MOST_LISTENERS:
            raise Problem(503, f"there are {MOST_LISTENERS} listeners already; try again later", {"Retry-After": "30"})

    def close(self) -> None:
        """Make all streams end within a second."""
        self._closing = True

    async def watch(self) -> None:
        """Read the sweeps and wake the listeners until the service ends."""
        try:
            while not self._closing:
                if self.listeners:
                    try:
                        events = await run_in_threadpool(self.read)
                    except Exception:
                        log.exception("cannot read the sweeps; trying again")
                    else:
                        if events != self._events:
                            self._events = events
                            async with self._changed:
                                self._changed.notify_all()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            self._closing = True
            async with self._changed:
                self._changed.notify_all()

    def read(self) -> dict[str, str]:
        """The summary of every sweep as JSON, by its name."""
        events = {}
        jobs = self._jobs.latest()
        for name in {*self._snapshots.names(), *(job.sweep for job in jobs.values() if not job.over)}:
            events[name] = json.dumps(summary_of(name, self._snapshots, jobs.get(name)).model_dump(mode="json"))
        return events
