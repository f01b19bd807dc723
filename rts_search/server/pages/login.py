"""Logging in and out of the pages."""

from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from rts_search.server.access import COOKIE, client_of, identify, require_own_page
from rts_search.server.database.audit import record
from rts_search.server.database.tokens import (
    SESSION_SECONDS,
    Identity,
    Role,
    begin_session,
    end_session,
    identity_of_session,
)
from rts_search.server.pages.rendering import page
from rts_search.server.problems import Problem
from rts_search.server.state import state_of

router = APIRouter(include_in_schema=False)


class LoginNeeded(Exception):
    """A page was requested by somebody who has not logged in."""


def user_of(request: Request, role: Role = "viewer") -> Identity:
    """The user of a page.

    Raises:
        LoginNeeded: nobody has logged in.
        Problem: the user has a lower role than this.
    """
    identity = identify(request)
    if identity is None:
        raise LoginNeeded
    request.state.identity = identity
    if not identity.may(role):
        raise Problem(403, f"{identity.name} has the role {identity.role}, but this page needs the role {role}")
    return identity


def to_login(request: Request, error: Exception) -> Response:  # noqa: ARG001
    """Send the browser to the login page, and from there back to the page that it requested."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/login?next={quote(request.url.path + query)}", 303)


@router.get("/login")
def login_page(next: str = "/") -> HTMLResponse:
    """The form for a token."""
    return page("login.html", None, next=_own_path(next), error="")


@router.post("/login")
async def login(request: Request) -> Response:
    """Start a browser session. Raises: Problem: another site's page sent the form, or there were too many attempts."""
    require_own_page(request, required=False)
    state = state_of(request)
    form = parse_qs((await request.body()).decode("utf-8", "replace"))
    target = _own_path(form.get("next", ["/"])[0])
    wait = state.logins.take(client_of(request))
    if wait:
        raise Problem(429, "too many attempts to log in; wait a minute", {"Retry-After": str(int(wait) + 1)})
    cookie = begin_session(state.database, form.get("token", [""])[0].strip())
    _record(request, "log in", cookie, 200 if cookie else 401)
    if cookie is None:
        return page("login.html", None, 401, next=target, error="There is no such token.")
    answer = RedirectResponse(target, 303)
    answer.set_cookie(
        COOKIE,
        cookie,
        max_age=int(SESSION_SECONDS),
        httponly=True,
        samesite="strict",
        secure=state.settings.behind_https,
    )
    return answer


@router.post("/logout")
def logout(request: Request) -> Response:
    """End a browser session."""
    require_own_page(request, required=True)
    cookie = request.cookies.get(COOKIE)
    if cookie:
        _record(request, "log out", cookie, 200)
        end_session(state_of(request).database, cookie)
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE)
    return answer


def _record(request: Request, action: str, cookie: str | None, status: int) -> None:
    """Write to the audit log that the user of a session logged in or out. Without a session nobody is known."""
    database = state_of(request).database
    who = identity_of_session(database, cookie) if cookie else None
    request.state.identity = who
    record(database, who.name if who else "", who.role if who else "", client_of(request), action, "", status)


def _own_path(path: str) -> str:
    """The path, if it is one of this service; otherwise `/`, so that no link leads to another site after the login."""
    own = path.startswith("/") and not path.startswith(("//", "/\\")) and "\n" not in path and "\r" not in path
    return path if own else "/"
