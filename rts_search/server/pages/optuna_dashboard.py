"""Optuna's own dashboard of the same studies, read-only. It cannot be moved below a prefix, so its paths are here."""

from functools import cache
from importlib.resources import files
from typing import Any

from a2wsgi import WSGIMiddleware
from fastapi import FastAPI, Request
from optuna_dashboard import wsgi
from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from rts_search.server.access import identify
from rts_search.server.database.connection import Database

PATHS = ("/dashboard{rest:path}", "/static/{rest:path}", "/api/meta", "/api/studies{rest:path}", "/csv/{rest:path}")
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of the dashboard, whose plots need eval."""
WAY_BACK = (
    '<nav class="rts-back" aria-label="rts-search"><a href="/">Back to rts-search</a> '
    "<span>Optuna's dashboard, read-only: what would change a study is left out.</span></nav>"
)
"""What its pages show above everything else."""


def add_optuna_pages(app: FastAPI, database: Database) -> None:
    """Add the pages of the dashboard, for GET requests only; /optuna redirects to them."""
    pages = _OptunaPages(database)
    for path in PATHS:
        app.router.routes.append(Route(path, pages, methods=["GET"]))
    app.router.routes.append(Route("/optuna", _to_pages, methods=["GET"]))


def _to_pages(_: Request) -> RedirectResponse:
    return RedirectResponse("/dashboard", 303)


class _OptunaPages:
    """The dashboard for users who have logged in. A viewer may use it, since no GET request changes anything."""

    def __init__(self, database: Database) -> None:
        self._pages: Any = WSGIMiddleware(wsgi(database.storage))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request to the dashboard, or send the browser to the login page."""
        request = Request(scope, receive)
        identity = identify(request)
        if identity is None:
            await RedirectResponse("/login?next=/optuna", 303)(scope, receive, send)
            return
        request.state.identity = identity
        if scope["path"].startswith("/dashboard"):
            await HTMLResponse(_page(), headers={"Content-Security-Policy": POLICY})(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Content-Security-Policy"] = POLICY
            await send(message)

        await self._pages(scope, receive, sending)


@cache
def _page() -> str:
    """The page of the dashboard, the same for each of its paths: with a way back, and without what is refused here."""
    page = (files("optuna_dashboard") / "index.html").read_text(encoding="utf-8")
    page = page.replace("</head>", '<link rel="stylesheet" href="/assets/optuna.css">\n</head>', 1)
    page = page.replace("<body>", f"<body>\n{WAY_BACK}", 1)
    return page.replace("</body>", '<script src="/assets/optuna.js"></script>\n</body>', 1)
