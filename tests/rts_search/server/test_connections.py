"""Requests that never come and readers that never read are cut off; half requests do nothing, and end silently."""

import logging
import select
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import func
from sqlalchemy import select as rows

from rts_search.server import connections
from rts_search.server.database.tables import JobRow
from rts_search.server.middleware import limits
from tests.rts_search.server.held import SWEEP, Held
from tests.rts_search.server.listening import listening

SOON = 0.05
BEGUN = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
PLOTLY = b"GET /assets/plotly.min.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
"""A request whose answer of 4.5 MB does not fit into the buffers of the system."""


@contextmanager
def connected(held: Held) -> Iterator[socket.socket]:
    """A client with a small buffer, connected to the service."""
    with listening(held.app, lifespan="off") as address, closing(socket.socket()) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(30)
        client.connect(("127.0.0.1", int(address.rpartition(":")[2])))
        yield client


def all_that_comes(client: socket.socket) -> bytes:
    """What the service sends until it ends the connection."""
    found = b""
    while True:
        try:
            piece = client.recv(65536)
        except ConnectionResetError:
            return found
        if not piece:
            return found
        found += piece


def posted(held: Held, path: str) -> bytes:
    """A request with a body of 1000 bytes, of which the first come."""
    headers = f"Host: localhost\r\nAuthorization: Bearer {held.tokens['root']}\r\nContent-Length: 1000\r\n\r\n"
    return f"POST {path} HTTP/1.1\r\n{headers}{{".encode()


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HT", BEGUN])
def test_a_request_that_never_comes_is_not_waited_for(held: Held, monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", SOON)
    with connected(held) as client:
        client.sendall(sent)
        assert all_that_comes(client) == b""


def test_a_request_that_has_come_is_answered_and_the_next_one_is_not_waited_for(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connected(held) as client:
        client.sendall(BEGUN + b"\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 200")
        monkeypatch.setattr(connections, "REQUEST_SECONDS", SOON)
        client.sendall(BEGUN)
        assert all_that_comes(client) in (b"", b'{"status":"ok"}')


def test_the_body_of_an_answer_does_not_wait_until_the_client_has_acknowledged_its_head(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = []

    class Seen(connections.BoundedConnection):
        def data_received(self, data: bytes) -> None:
            connection = self.transport.get_extra_info("socket")
            at_once.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            super().data_received(data)

    monkeypatch.setattr("tests.rts_search.server.listening.BoundedConnection", Seen)
    with connected(held) as client:
        client.sendall(BEGUN + b"\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 200")
    assert at_once == [1]


def test_a_body_that_never_comes_gets_408(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY_SECONDS", SOON)
    with connected(held) as client:
        client.sendall(posted(held, "/api/check"))
        answer = all_that_comes(client)
    assert answer.startswith(b"HTTP/1.1 408")
    assert answer.endswith(b'{"error": "a request must come within 0.05 s"}')


def test_a_reader_that_never_reads_is_cut_off_and_one_that_reads_is_not(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connected(held) as client:
        client.sendall(PLOTLY)
        length = len(all_that_comes_of_one(client))
    assert length > 4_000_000
    monkeypatch.setattr(connections, "READING_SECONDS", SOON)
    with connected(held) as client:
        client.sendall(PLOTLY)
        cut_off = select.poll()
        cut_off.register(client, 0)
        assert cut_off.poll(30_000)
        assert len(all_that_comes(client)) < length


def all_that_comes_of_one(client: socket.socket) -> bytes:
    """One whole answer, by its length."""
    found = client.recv(65536)
    length = int(found.partition(b"content-length: ")[2].partition(b"\r\n")[0])
    while len(found.partition(b"\r\n\r\n")[2]) < length:
        found += client.recv(1 << 20)
    return found


def test_half_a_request_does_nothing_when_its_client_goes(held: Held) -> None:
    with connected(held) as client:
        client.sendall(posted(held, f"{SWEEP}/confirm"))
    with held.app.state.parts.database.session() as session:
        assert session.scalar(rows(func.count()).select_from(JobRow)) == 0


def test_the_service_ends_without_a_traceback_while_half_requests_and_idle_readers_are_open(
    held: Held, caplog: pytest.LogCaptureFixture
) -> None:
    with connected(held) as first, caplog.at_level(logging.WARNING):
        others = []
        for sent in (b"", BEGUN, posted(held, "/api/check"), PLOTLY):
            client = socket.create_connection(first.getpeername(), timeout=30)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.sendall(sent)
            others.append(client)
        first.sendall(BEGUN + b"\r\n")
        assert first.recv(65536).startswith(b"HTTP/1.1 200")  # the service has read what came before
    for client in others:
        client.close()
    assert [record.message for record in caplog.records] == []
