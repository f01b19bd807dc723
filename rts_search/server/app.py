"""The application: its parts put together."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from rts_search.basics.errors import UserError
from rts_search.server.access import audit
from rts_search.server.api import events as event_streams
from rts_search.server.api import health, planning, results, sweeps
from rts_search.server.database.connection import Database
from rts_search.server.database.job_queue import Jobs
from rts_search.server.database.tokens import tokens
from rts_search.server.event_stream import Events
from rts_search.server.figure_cache import FigureCache
from rts_search.server.job_runner import Supervisor
from rts_search.server.middleware.limits import Guards, RateLimit
from rts_search.server.middleware.request_log import Observed
from rts_search.server.pages import pages
from rts_search.server.pages.optuna_dashboard import add_optuna_pages
from rts_search.server.problems import Problem, ProblemBody
from rts_search.server.prometheus import Metrics
from rts_search.server.settings import LOOPBACK_NAMES, ServerSettings
from rts_search.server.snapshots import Snapshots
from rts_search.server.state import ServerState, state_of
from rts_search.study.database.storage import STORAGE_ERRORS, storage_errors

ROUTERS = (sweeps.router, results.router, planning.router, event_streams.router, health.router, pages.router)
REFUSALS = {
    400: "Not readable.",
    401: "Nobody has shown who they are.",
    403: "They may not.",
    404: "There is none.",
    409: "Not in this state.",
    413: "Too large.",
    415: "Not in this format.",
    422: "Not valid.",
    429: "Too often.",
    503: "Too many, or the database is away.",
}


def create_app(settings: ServerSettings) -> FastAPI:
    """The service on a database, whose tables are brought up to date.

    Raises:
        UserError: the database cannot be used, or the service would be open to everybody.
    """
    settings.workspace.results.require_space()
    database = Database(settings.workspace.storage_url)
    has_tokens = bool(tokens(database))
    settings.check(has_tokens)
    catalogue, jobs = Snapshots(database, settings.workspace), Jobs(database)
    events = Events(catalogue, jobs)
    parts = ServerState(
        settings,
        database,
        catalogue,
        jobs,
        Supervisor(settings, jobs, catalogue),
        events,
        FigureCache(catalogue),
        open_to_local=settings.loopback and not has_tokens,
        metrics=Metrics(catalogue, jobs, events),
        logins=RateLimit(settings.logins_per_minute / 60, settings.logins_per_minute),
    )
    responses: dict[int | str, dict[str, Any]] = {
        status: {"model": ProblemBody, "description": told} for status, told in REFUSALS.items()
    }
    app = FastAPI(
        title="rts-search",
        description="Sweeps over the radius, timing and scale of PUGD-RTS.",
        lifespan=_alive,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        responses=responses,
    )
    app.state.parts = parts
    for router in ROUTERS:
        app.include_router(router)
    add_optuna_pages(app, database)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(pages.LoginNeeded, pages.to_login)
    for kind in (UserError, *STORAGE_ERRORS):
        app.add_exception_handler(kind, _away)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    rate = RateLimit(settings.requests_per_second, 2 * settings.requests_per_second)
    hosts = [settings.host, *LOOPBACK_NAMES, *settings.allowed_hosts] if settings.loopback else None
    app.add_middleware(Guards, rate=rate, hosts=hosts)
    app.add_middleware(Observed, answered=parts.metrics.answered)
    return app


@contextlib.asynccontextmanager
async def _alive(app: FastAPI) -> AsyncIterator[None]:
    parts: ServerState = app.state.parts
    parts.supervisor.begin()
    watching = asyncio.create_task(parts.events.watch())
    reading = asyncio.create_task(run_in_threadpool(parts.events.look))  # whoever opens the first page need not wait
    try:
        yield
    finally:
        watching.cancel()
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        parts.supervisor.end()


def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    if error.status == 403 and hasattr(request.state, "identity"):
        audit(request, 403)
    return _refusal(request, error.status, error.message, error.headers)


def _away(request: Request, error: Exception) -> Response:
    """What the database says, in one line and without its password; everything else is a Problem."""
    try:
        with storage_errors(state_of(request).database.url):
            raise error
    except UserError as told:
        return _refusal(request, 503, str(told), {"Retry-After": "5"})


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return _refusal(request, 422, f"{place}: {first['msg']}")


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = {**(error.headers or {}), **({"Allow": _allowed(request)} if error.status_code == 405 else {})}
    return _refusal(request, error.status_code, str(error.detail), headers)


def _allowed(request: Request) -> str:
    """The methods of a path; each has a route of its own, and the router names those of the first."""
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    matching = [route for route in routes if route.path_regex.fullmatch(request.scope["path"])]
    return ", ".join(sorted({method for route in matching for method in route.methods or ()})) or "GET, HEAD"


def _refusal(request: Request, status: int, error: str, headers: Mapping[str, str] | None = None) -> Response:
    """For scripts, or for somebody who looks at a page."""
    if request.method == "GET" and not request.url.path.startswith("/api/"):
        return pages.problem_page(status, error)
    return JSONResponse({"error": error}, status, dict(headers or {}))
