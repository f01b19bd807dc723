"""Refuses requests by host, rate and size before they are read, and adds the security headers to responses."""

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 256 * 1024
"""Largest body of a request; a sweep file has about 3 KB."""
BODY_SECONDS = 30.0
"""A body must come within this time."""
MOST_CLIENTS = 10_000
"""The rates of this many clients are remembered."""
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Content-Security-Policy of the pages. Plotly sets inline styles, and its pictures are data: URLs."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class ClientGone(Exception):
    """A client has gone before it had sent its whole request."""


class RateLimit:
    """Limits the rate of each client by the token bucket algorithm."""

    def __init__(self, per_second: float, burst: float) -> None:
        """`per_second`: average rate, > 0; `burst`: requests that may come at once, >= 1."""
        self._rate, self._burst = per_second, burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> float:
        """Count a request: 0.0 when it is allowed, otherwise the seconds until the next one is."""
        now = time.monotonic()
        left, then = self._buckets.pop(client, (self._burst, now))
        left = min(self._burst, left + (now - then) * self._rate)
        allowed = left >= 1.0
        self._buckets[client] = (left - 1.0 if allowed else left, now)
        while len(self._buckets) > MOST_CLIENTS:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1.0 - left) / self._rate


class RequestLimits:
    """The middleware that checks a request before the application reads it."""

    def __init__(self, app: ASGIApp, rate: RateLimit, hosts: Sequence[str] | None) -> None:
        """`hosts`: host names that a request may ask for; None allows all."""
        self._app, self._rate, self._hosts = app, rate, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it on with its whole body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if self._hosts is not None and _host(headers.get("host", "")) not in self._hosts:
            # Against DNS rebinding: a page of another site whose name leads to this machine would count as ours.
            await refuse(
                send, 421, "Host: this is not a name of the service; start it with --allow-host NAME to add one"
            )
            return
        client = scope["client"][0] if scope.get("client") else "unknown"
        wait = self._rate.take(client)
        if wait:
            await refuse(send, 429, "too many requests; wait and try again", {"Retry-After": str(int(wait) + 1)})
            return
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MOST_BYTES:
            await refuse(send, 413, f"a request must have at most {MOST_BYTES:,} bytes", {"Connection": "close"})
            return
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _whole_body(receive)
        except TimeoutError:
            await refuse(send, 408, f"a request must come within {BODY_SECONDS:g} s", {"Connection": "close"})
            return
        except ClientGone:
            return  # what has come is not what was asked for
        if body is None:
            await refuse(send, 413, f"a request must have at most {MOST_BYTES:,} bytes", {"Connection": "close"})
            return
        await self._app(scope, _replayed(body, receive), _with_headers(send))


async def _whole_body(receive: Receive) -> bytes | None:
    """The whole body; None when it is too large. Raises: ClientGone: the client has gone before the end."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGone
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    replayed = False

    async def replay() -> Message:
        nonlocal replayed
        if replayed:
            return await receive()
        replayed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return sending


def _host(header: str) -> str:
    """The host name without the port."""
    return header.partition("]")[0] + "]" if header.startswith("[") else header.partition(":")[0]


async def refuse(send: Send, status: int, error: str, headers: dict[str, str] | None = None) -> None:
    """Answer a request with a refusal, before the application has seen it."""
    body = json.dumps({"error": error}).encode()
    sent = {"content-type": "application/json", "content-length": str(len(body)), **HEADERS, **(headers or {})}
    pairs = [(name.lower().encode(), value.encode()) for name, value in sent.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
