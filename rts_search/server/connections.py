"""What uvicorn has not: deadlines for requests that never come and readers that never read, and answers without a wait.

It overrides methods of uvicorn's `H11Protocol`, and nothing else does. pyproject.toml has an upper bound for uvicorn.
Raise it when `test_connections.py` passes on the next version.
"""

import asyncio
import socket
import struct
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_SECONDS = 20.0
"""A connection is closed when the line and the headers of its first request, or of one that has begun, take longer."""
READING_SECONDS = 30.0
"""A connection is cut off when its client reads less than LEAST_READ of what waits for it in this time."""
LEAST_READ = 64 * 1024
"""Bytes. All that waits, where that is less."""


class BoundedConnection(H11Protocol):
    """One connection of a client, with deadlines for both directions.

    The body of a request has its deadline in `RequestLimits`, and an idle connection between two requests in uvicorn.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._request_timer: asyncio.TimerHandle | None = None
        self._reading_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Called once, when a client has connected.

        uvicorn sends the head and the body of an answer apart. The system would keep the body until the client has
        acknowledged the head, 40 ms later. asyncio switches that off only where a socket names its protocol.
        """
        super().connection_made(transport)
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._await_request()

    def data_received(self, data: bytes) -> None:
        """Called for each piece of a request; uvicorn ends its own deadline of idle connections with the first."""
        super().data_received(data)
        if self._is_answering():
            self._stop_awaiting_request()
        elif self._request_timer is None and not self.transport.is_closing():
            self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called once, when the connection has ended."""
        self._stop_awaiting_request()
        self._stop_awaiting_reading()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Called when more than 64 KB wait for the client to read them."""
        super().pause_writing()
        self._await_reading()

    def resume_writing(self) -> None:
        """Called when the client has read almost all."""
        self._stop_awaiting_reading()
        super().resume_writing()

    def shutdown(self) -> None:
        """Called when the service ends. It waits for answers, but neither for requests nor for slow readers."""
        if self.flow.write_paused or (self._is_answering() and self.cycle.more_body):
            self._cut_off()
        else:
            super().shutdown()

    def _cut_off(self) -> None:
        """End the connection at once. Otherwise the system keeps what the client does not read, for many minutes."""
        connection = self.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _await_request(self) -> None:
        self._request_timer = self.loop.call_later(REQUEST_SECONDS, self.transport.abort)

    def _stop_awaiting_request(self) -> None:
        if self._request_timer is not None:
            self._request_timer.cancel()
            self._request_timer = None

    def _await_reading(self) -> None:
        waiting = self.transport.get_write_buffer_size()
        self._reading_timer = self.loop.call_later(READING_SECONDS, self._require_reading, waiting)

    def _require_reading(self, before: int) -> None:
        if before - self.transport.get_write_buffer_size() < min(before, LEAST_READ):
            self._cut_off()
        else:
            self._await_reading()

    def _stop_awaiting_reading(self) -> None:
        if self._reading_timer is not None:
            self._reading_timer.cancel()
            self._reading_timer = None
