"""Counts and logs every request."""

import asyncio
import logging
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rts_search.server.middleware.limits import refuse

QUIET = ("/healthz", "/metrics")
"""Paths that monitors request every few seconds; these requests are counted, but not logged."""

log = logging.getLogger("rts_search.requests")


class RequestLog:
    """The outermost middleware, so that refused requests are counted too."""

    def __init__(self, app: ASGIApp, answered: Callable[[str, str, int, float], None]) -> None:
        self._app, self._answered = app, answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note the status of its response and the seconds until it starts.

        A request that is still open long after the service was told to end gets 503.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._note(scope, message["status"], time.perf_counter() - began)
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except asyncio.CancelledError:  # only the end of the service cancels a request
            if not begun:
                await refuse(sending, 503, "the service ends now; try again later", {"Connection": "close"})

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")
        self._answered(scope["method"], route, status, seconds)
        if scope["path"] not in QUIET:
            identity = scope.get("state", {}).get("identity")
            facts = {
                "method": scope["method"],
                "route": route,
                "sweep": scope.get("path_params", {}).get("name", ""),
                "status": status,
                "milliseconds": round(1000 * seconds, 1),
                "who": identity.name if identity else "",
                "client": scope["client"][0] if scope.get("client") else "",
            }
            log.info("%s %s %d", facts["method"], route, status, extra=facts)
