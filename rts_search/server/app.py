"""Puts the application together: its objects, routes, error handlers and middleware."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from rts_search.server.database.connection import Database
from rts_search.server.database.job_queue import Jobs
from rts_search.server.database.notes import Notes
from rts_search.server.error_handlers import add_error_handlers
from rts_search.server.event_stream import Events
from rts_search.server.figure_cache import FigureCache
from rts_search.server.job_runner import JobRunner
from rts_search.server.kept_answers import KeptAnswers
from rts_search.server.local_access import LocalAccess
from rts_search.server.middleware.limits import RateLimit, RequestLimits
from rts_search.server.middleware.request_log import RequestLog
from rts_search.server.overview import Overview
from rts_search.server.pages.optuna_dashboard import add_optuna_pages
from rts_search.server.problems import REFUSALS, ProblemBody
from rts_search.server.prometheus import Metrics
from rts_search.server.routes import ROUTERS
from rts_search.server.settings import LOOPBACK_NAMES, ServerSettings
from rts_search.server.snapshots import Snapshots
from rts_search.server.state import ServerState


def create_app(settings: ServerSettings) -> FastAPI:
    """Make the application, and bring the tables of its database up to date.

    Raises:
        UserError: the database cannot be used, or other machines could use the service without a token.
    """
    parts = _state_for(settings)
    app = FastAPI(
        title="rts-search",
        description="Run sweeps over the radius, timing and scale of the PUGD-RTS optimizer.",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        responses={status: {"model": ProblemBody, "description": text} for status, text in REFUSALS.items()},
    )
    app.state.parts = parts
    for router in ROUTERS:
        app.include_router(router)
    add_optuna_pages(app, parts.database)
    add_error_handlers(app)
    rate = RateLimit(settings.requests_per_second, 2 * settings.requests_per_second)
    hosts = [settings.host, *LOOPBACK_NAMES, *settings.allowed_hosts] if settings.loopback else None
    app.add_middleware(RequestLimits, rate=rate, hosts=hosts)
    app.add_middleware(RequestLog, answered=parts.metrics.answered)
    return app


def _state_for(settings: ServerSettings) -> ServerState:
    """Open the database and make the objects that all requests share. Raises: UserError."""
    settings.workspace.results.require_space()
    database = Database(settings.workspace.storage_url)
    local_access = LocalAccess(settings, database)
    snapshots, jobs = Snapshots(database, settings.workspace), Jobs(database)
    events = Events(snapshots, jobs)
    return ServerState(
        settings,
        database,
        snapshots,
        Overview(snapshots, jobs),
        jobs,
        Notes(database),
        JobRunner(settings, jobs, snapshots),
        events,
        FigureCache(snapshots),
        KeptAnswers(),
        local_access=local_access,
        metrics=Metrics(snapshots, jobs, events),
        logins=RateLimit(settings.logins_per_minute / 60, settings.logins_per_minute),
    )


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Run the job runner and the reader of events as long as the application runs."""
    parts: ServerState = app.state.parts
    parts.job_runner.begin()
    watching = asyncio.create_task(parts.events.watch())
    reading = asyncio.create_task(run_in_threadpool(parts.events.read))  # so that the first page opens fast
    try:
        yield
    finally:
        watching.cancel()
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        parts.job_runner.end()
