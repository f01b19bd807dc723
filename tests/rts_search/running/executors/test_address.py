"""Something else than a cluster at an address is refused in one line, within seconds."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from rts_search.basics.errors import UserError
from rts_search.running.executors import address
from rts_search.running.executors.address import Pulse, resolved

SETTINGS = bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
"""The first frame that a server of HTTP/2 sends."""
Serve = Callable[[bytes | None], str]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Start a server that sends these bytes to every client, or nothing at all; its address."""
    monkeypatch.setattr(address, "ANSWER_SECONDS", 0.3)
    listening, clients = [], []

    def start(answer: bytes | None) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        listening.append(server)

        def accept() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                clients.append(client)
                if answer is not None:
                    client.sendall(answer)
                    client.close()

        threading.Thread(target=accept, daemon=True).start()
        return f"127.0.0.1:{server.getsockname()[1]}"

    yield start
    for one in (*listening, *clients):
        one.close()


def nothing() -> None:
    return None


def test_a_service_that_may_be_rays_is_accepted_and_auto_finds_it(serve: Serve) -> None:
    here = serve(SETTINGS)
    assert resolved(here, nothing) == here
    assert resolved("auto", lambda: here) == here


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (None, "nothing answers within 0.3 s"),
        (b"HTTP/1.1 400 Bad Request\r\n", "what answers there is not Ray"),
        (b"", "what answers there is not Ray"),
    ],
)
def test_anything_else_is_refused_in_one_line(serve: Serve, answer: bytes | None, cause: str) -> None:
    here = serve(answer)
    with pytest.raises(UserError) as refused:
        resolved(here, nothing)
    assert str(refused.value).startswith(f"--address: must be a running Ray cluster, but got '{here}': {cause}")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("wrong", ["head", "head:", ":6379", "10.0.0.1:port", "ray://head:10001", "http://head:8265"])
def test_another_form_is_refused_before_anything_is_asked(wrong: str) -> None:
    with pytest.raises(UserError, match=r"^--address: must "):
        resolved(wrong, nothing)


def test_auto_without_a_cluster_says_that_local_rays_do_not_count() -> None:
    with pytest.raises(UserError, match="no node of a cluster runs on this machine, and local Rays of launches do not"):
        resolved("auto", nothing)


def test_a_cluster_that_is_silent_for_too_long_is_lost(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "KNOCK_SECONDS", 0.0)
    here = serve(SETTINGS)
    pulse = Pulse(here)
    assert pulse.lost() == ""
    gone = socket.create_server(("127.0.0.1", 0))
    there = f"127.0.0.1:{gone.getsockname()[1]}"
    gone.close()
    pulse = Pulse(there)
    assert pulse.lost() == "", "it may come back"
    monkeypatch.setattr(address, "SILENT_SECONDS", 0.0)
    assert pulse.lost() == f"the Ray cluster at {there} has not answered for 0 s"
