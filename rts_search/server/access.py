"""Finds the user of a request, and checks the role that the request needs."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer

from rts_search.server.database.audit import record
from rts_search.server.database.tokens import Identity, Role, identity_of_session, identity_of_token
from rts_search.server.problems import Problem
from rts_search.server.state import ServerState, state_of

COOKIE = "rts_session"
LOCAL = Identity("local", "admin")
"""The user of a request from this machine, while the service listens on loopback and has no token."""
SAFE = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing."""
SCHEMES = (
    HTTPBearer(auto_error=False, scheme_name="token", description="Created by `rts-search token create`."),
    APIKeyCookie(
        name=COOKIE, auto_error=False, scheme_name="browser", description="Cookie that a browser gets when it logs in."
    ),
)
"""The two ways to authenticate, as the OpenAPI document names them; `identify` reads them."""


def client_of(request: Request) -> str:
    """The IP address that a request comes from."""
    return request.client.host if request.client else "unknown"


def identify(request: Request) -> Identity | None:
    """The user who sent the request; None without a valid token or session.

    Raises: Problem: the request would change something, and a page of another site made the browser send it.
    """
    state = state_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme:
        return identity_of_token(state.database, token.strip()) if scheme.lower() == "bearer" else None
    cookie = request.cookies.get(COOKIE)
    identity = identity_of_session(state.database, cookie) if cookie else None
    if identity is None and state.local_access.open:
        identity = LOCAL
    if identity is not None and request.method not in SAFE:
        require_own_page(request, required=identity.by_cookie)
    return identity


def require_own_page(request: Request, required: bool) -> None:
    """Refuse a request that a page of another site made a browser send.

    required: whether a request is refused too that does not say from which page it comes. Browsers send a cookie on
    their own, so a request with a cookie has to say it; a script with a token does not.

    Raises: Problem.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        own = site in ("same-origin", "none")
    elif origin is not None:
        own = origin.partition("://")[2] == request.headers.get("host", "")
    else:
        own = not required
    if not own:
        raise Problem(403, "this request did not come from a page of this service")


def require(role: Role) -> Callable[..., Identity]:
    """Make a FastAPI dependency: it returns the user of a request, who must have at least this role.

    It raises Problem 401 without a valid token or session, and Problem 403 when the user has a lower role.
    """

    def check(
        request: Request,
        _token: Annotated[object, Security(SCHEMES[0])],
        _cookie: Annotated[object, Security(SCHEMES[1])],
    ) -> Identity:
        identity = identify(request)
        if identity is None:
            raise Problem(401, "a token is needed: Authorization: Bearer TOKEN", {"WWW-Authenticate": "Bearer"})
        request.state.identity = identity
        if not identity.may(role):
            raise Problem(403, f"{identity.name} has the role {identity.role}, but this needs the role {role}")
        return identity

    return check


def audit(request: Request, status: int, target: str | None = None) -> None:
    """Write to the audit log what the user did, or was refused; `target` is the sweep, by default that of the path."""
    identity: Identity | None = getattr(request.state, "identity", None)
    who, role = (identity.name, identity.role) if identity else ("", "")
    where = target or request.path_params.get("name", "")
    action = f"{request.method} {request.scope['route'].path if 'route' in request.scope else request.url.path}"
    record(state_of(request).database, who, role, client_of(request), action, where, status)


async def _state(request: Request) -> ServerState:
    """The shared objects. As a coroutine, it does not wait for one of the threads, as every other function does."""
    return state_of(request)


VIEWER = Depends(require("viewer"))
"""The dependency of a request that every user may send."""
State = Annotated[ServerState, Depends(_state)]
Runner = Annotated[Identity, Depends(require("runner"))]
