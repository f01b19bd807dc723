"""Puts the application together: its objects, routes, error handlers and middleware."""

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
from rts_search.server.api import actions, health, planning, results, sweeps
from rts_search.server.api import events as event_streams
from rts_search.server.database.connection import Database
from rts_search.server.database.job_queue import Jobs
from rts_search.server.database.tokens import tokens
from rts_search.server.event_stream import Events
from rts_search.server.figure_cache import FigureCache
from rts_search.server.job_runner import JobRunner
from rts_search.server.middleware.limits import Guards, RateLimit
from rts_search.server.middleware.request_log import Observed
from rts_search.server.pages import assets, login, sweep_pages
from rts_search.server.pages.login import LoginNeeded, to_login
from rts_search.server.pages.optuna_dashboard import add_optuna_pages
from rts_search.server.pages.rendering import problem_page
from rts_search.server.problems import Problem, ProblemBody
from rts_search.server.prometheus import Metrics
from rts_search.server.settings import LOOPBACK_NAMES, ServerSettings
from rts_search.server.snapshots import Snapshots
from rts_search.server.state import ServerState, state_of
from rts_search.study.database.storage import STORAGE_ERRORS, storage_errors

ROUTERS = tuple(
    part.router for part in (sweeps, actions, results, planning, event_streams, health, sweep_pages, login, assets)
)
REFUSALS = {
    400: "The request cannot be read.",
    401: "There is no valid token or session.",
    403: "The user may not do this.",
    404: "There is no such sweep, trial or plan.",
    409: "The state of the sweep does not allow this.",
    413: "The body is too large.",
    415: "The content type is not supported.",
    422: "The request is not valid.",
    429: "Too many requests.",
    503: "Too many listeners, or the database does not answer.",
}


def create_app(settings: ServerSettings) -> FastAPI:
    """Make the application, and bring the tables of its database up to date.

    Raises:
        UserError: the database cannot be used, or other machines could use the service without a token.
    """
    settings.workspace.results.require_space()
    database = Database(settings.workspace.storage_url)
    has_tokens = bool(tokens(database))
    settings.check(has_tokens)
    snapshots, jobs = Snapshots(database, settings.workspace), Jobs(database)
    events = Events(snapshots, jobs)
    parts = ServerState(
        settings,
        database,
        snapshots,
        jobs,
        JobRunner(settings, jobs, snapshots),
        events,
        FigureCache(snapshots),
        open_to_local=settings.loopback and not has_tokens,
        metrics=Metrics(snapshots, jobs, events),
        logins=RateLimit(settings.logins_per_minute / 60, settings.logins_per_minute),
    )
    responses: dict[int | str, dict[str, Any]] = {
        status: {"model": ProblemBody, "description": text} for status, text in REFUSALS.items()
    }
    app = FastAPI(
        title="rts-search",
        description="Run sweeps over the radius, timing and scale of the PUGD-RTS optimizer.",
        lifespan=_lifespan,
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
    app.add_exception_handler(LoginNeeded, to_login)
    for kind in (UserError, *STORAGE_ERRORS):
        app.add_exception_handler(kind, _database_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    rate = RateLimit(settings.requests_per_second, 2 * settings.requests_per_second)
    hosts = [settings.host, *LOOPBACK_NAMES, *settings.allowed_hosts] if settings.loopback else None
    app.add_middleware(Guards, rate=rate, hosts=hosts)
    app.add_middleware(Observed, answered=parts.metrics.answered)
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
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


def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    if error.status == 403 and hasattr(request.state, "identity"):
        audit(request, 403)
    return _refusal(request, error.status, error.message, error.headers)


def _database_error(request: Request, error: Exception) -> Response:
    """Turn an error of the database into one line without its password."""
    try:
        with storage_errors(state_of(request).database.url):
            raise error
    except UserError as line:
        return _refusal(request, 503, str(line), {"Retry-After": "5"})


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
    """The methods that a path allows; each has its own route, and Starlette would name only that of the first."""
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    matching = [route for route in routes if route.path_regex.fullmatch(request.scope["path"])]
    return ", ".join(sorted({method for route in matching for method in route.methods or ()})) or "GET, HEAD"


def _refusal(request: Request, status: int, error: str, headers: Mapping[str, str] | None = None) -> Response:
    """A refusal: a page for a browser, JSON for everything else."""
    if request.method == "GET" and not request.url.path.startswith("/api/"):
        return problem_page(status, error)
    return JSONResponse({"error": error}, status, dict(headers or {}))
