"""Turns the errors of requests into responses: a page for a browser, JSON for everything else."""

import contextlib
from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from rts_search.basics.errors import UserError
from rts_search.server.access import audit, identify
from rts_search.server.api.repeats import repeated
from rts_search.server.database.request_keys import KeyUsedError, RepeatedError
from rts_search.server.database.tokens import Identity
from rts_search.server.pages.login import LoginNeeded, to_login
from rts_search.server.pages.rendering import problem_page
from rts_search.server.problems import Problem
from rts_search.server.routes import allowed_methods
from rts_search.server.state import state_of
from rts_search.study.database.storage import STORAGE_ERRORS, storage_errors
from rts_search.sweep.validation_errors import rule_of
from trainables.core.settings.section import printable

MOST_CHARACTERS = 100
"""A refusal repeats at most this many characters of a value."""


def add_error_handlers(app: FastAPI) -> None:
    """Let the application answer every kind of error by one line."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RepeatedError, _repeated)
    app.add_exception_handler(KeyUsedError, _key_used)
    app.add_exception_handler(LoginNeeded, to_login)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for kind in (UserError, *STORAGE_ERRORS):
        app.add_exception_handler(kind, _database_error)


def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    if error.status == 403 and hasattr(request.state, "identity"):
        audit(request, 403)
    return _refusal(request, error.status, error.message, error.headers)


def _repeated(request: Request, error: Exception) -> Response:
    assert isinstance(error, RepeatedError)
    try:
        return JSONResponse(repeated(request, error).model_dump(mode="json"), 202)
    except Problem as problem:
        return _problem(request, problem)


def _key_used(request: Request, error: Exception) -> Response:
    return _refusal(request, 422, str(error))


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
    place = ".".join(map(printable, first["loc"]))
    value = "" if first["type"] == "missing" else f", but got {first['input']!r}"
    return _refusal(request, 422, f"{place}: {rule_of(first)}{value[:MOST_CHARACTERS]}")


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = allowed_methods(request.scope["path"])
    return _refusal(request, error.status_code, str(error.detail), headers)


def _refusal(request: Request, status: int, error: str, headers: Mapping[str, str] | None = None) -> Response:
    if not _wants_page(request):
        return JSONResponse({"error": error}, status, dict(headers or {}))
    answer = problem_page(status, error, _user(request))
    answer.headers.update(headers or {})
    return answer


def _wants_page(request: Request) -> bool:
    """Whether a person follows a link in a browser. Scripts, also those of the pages, do not ask for HTML first."""
    if request.method != "GET":
        return False
    return not request.url.path.startswith("/api/") or request.headers.get("accept", "").startswith("text/html")


def _user(request: Request) -> Identity | None:
    """The user whose navigation an error page keeps; None where nobody has logged in or the database fails."""
    known: Identity | None = getattr(request.state, "identity", None)
    with contextlib.suppress(UserError, *STORAGE_ERRORS):
        return known or identify(request)
    return None
