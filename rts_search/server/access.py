"""Who is asking, and whether they may."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer

from rts_search.server.database.audit import record
from rts_search.server.database.tokens import Identity, Role, identity_of_session, identity_of_token, tokens
from rts_search.server.problems import Problem
from rts_search.server.state import ServerState, state_of

COOKIE = "rts_session"
LOCAL = Identity("local", "admin")
"""Who asks a service on loopback that has no tokens: a user of this machine."""
SAFE = ("GET", "HEAD", "OPTIONS")
SCHEMES = (
    HTTPBearer(auto_error=False, scheme_name="token", description="Made by `rts-search token create`."),
    APIKeyCookie(name=COOKIE, auto_error=False, scheme_name="browser", description="Set when a browser logs in."),
)
"""How the ways to show who one is are told of in OpenAPI; `identify` looks at them."""


def client_of(request: Request) -> str:
    """The address that a request comes from."""
    return request.client.host if request.client else "unknown"


def identify(request: Request) -> Identity | None:
    """Who sent the request; None when nobody has shown who they are. Raises: Problem for another site's page."""
    state = state_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme:
        return identity_of_token(state.database, token.strip()) if scheme.lower() == "bearer" else None
    cookie = request.cookies.get(COOKIE)
    identity = identity_of_session(state.database, cookie) if cookie else None
    if identity is None and state.open_to_local and not tokens(state.database):
        identity = LOCAL
    if identity is not None and request.method not in SAFE:
        require_own_page(request, must_tell=identity.by_cookie)
    return identity


def require_own_page(request: Request, must_tell: bool) -> None:
    """Refuse what a page of another site has made a browser send. Raises: Problem."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        own = site in ("same-origin", "none")
    elif origin is not None:
        own = origin.partition("://")[2] == request.headers.get("host", "")
    else:
        own = not must_tell
    if not own:
        raise Problem(403, "this request did not come from a page of this service")


def require(role: Role) -> Callable[..., Identity]:
    """A dependency: who asks, at least in this role. Raises: Problem."""

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
            raise Problem(403, f"{identity.name} has the role {identity.role}, and this needs {role}")
        return identity

    return check


def audit(request: Request, status: int, target: str | None = None) -> None:
    """Write down what was done, or refused."""
    identity: Identity | None = getattr(request.state, "identity", None)
    who, role = (identity.name, identity.role) if identity else ("", "")
    where = target or request.path_params.get("name", "")
    action = f"{request.method} {request.scope['route'].path if 'route' in request.scope else request.url.path}"
    record(state_of(request).database, who, role, client_of(request), action, where, status)


VIEWER = Depends(require("viewer"))
"""For what everybody may see who may come in at all."""
State = Annotated[ServerState, Depends(state_of)]
Runner = Annotated[Identity, Depends(require("runner"))]
