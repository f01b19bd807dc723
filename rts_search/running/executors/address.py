"""The address of a Ray cluster: whether a cluster is there before it is joined, and whether it still answers."""

import os
import socket
import time
from collections.abc import Callable

from rts_search.basics.errors import UserError

ANSWER_SECONDS = 5.0
"""Longest wait for an answer from a cluster's address."""
KNOCK_SECONDS = 2.0
"""Time between two looks whether a cluster still answers."""
SILENT_SECONDS = 30.0
"""A cluster that does not answer for so long is lost. Ray's own code ends the process after 60 s."""
GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
"""With it a client of HTTP/2, on which Ray's services stand, opens a connection: its preface and an empty frame of
settings (RFC 9113, 3.4)."""
KIND_OF_FRAME, SETTINGS = 3, 4
"""Place and value of the byte by which the first frame of a server is known."""


def resolved(address: str, find: Callable[[], str | None]) -> str:
    """The address as HOST:PORT, where a cluster answers.

    Args:
        address: HOST:PORT, or auto.
        find: finds the cluster to which this machine belongs; None if there is none.

    Raises:
        UserError: the address has another form, or no cluster answers there.
    """
    if address.startswith("ray://"):
        raise UserError(
            f"--address: must not be the address of a Ray client, but got {address!r}; "
            "run the command on a node of the cluster, with --address auto"
        )
    found = find() if address == "auto" else address
    if found is None:
        raise not_joined(address, "no node of a cluster runs on this machine, and local Rays of launches do not count")
    host, _, port = found.rpartition(":")
    if not host or not port.isdecimal():
        raise UserError(f"--address: must be auto or HOST:PORT such as 10.0.0.1:6379, but got {address!r}")
    _require_answer(address, host.strip("[]"), int(port))
    return found


def not_joined(address: str, cause: str) -> UserError:
    """The error for an address at which no cluster can be joined."""
    return UserError(
        f"--address: must be a running Ray cluster, but got {address!r}: {cause}; "
        "start one with `ray start --head`, or leave --address and RAY_ADDRESS out to run on this machine"
    )


def _require_answer(address: str, host: str, port: int) -> None:
    """Check that a service that may be Ray's answers, since Ray would wait for minutes. Raises: UserError."""
    try:
        connection = socket.create_connection((host, port), timeout=ANSWER_SECONDS)
    except (OSError, OverflowError) as error:
        raise not_joined(address, str(error)) from error
    answer = b""
    with connection:
        if os.environ.get("RAY_USE_TLS", "0") not in ("", "0"):
            return
        try:
            connection.sendall(GREETING)
            answer = connection.recv(KIND_OF_FRAME + 1)
        except TimeoutError as error:
            raise not_joined(address, f"nothing answers within {ANSWER_SECONDS:g} s") from error
        except OSError:
            pass
    if len(answer) <= KIND_OF_FRAME or answer[KIND_OF_FRAME] != SETTINGS:
        raise not_joined(address, "what answers there is not Ray")


class Pulse:
    """Whether a cluster that was joined still answers."""

    def __init__(self, address: str) -> None:
        """`address`: HOST:PORT of its head."""
        host, _, port = address.rpartition(":")
        self._address, self._where = address, (host.strip("[]"), int(port))
        self._knocked = self._answered = time.monotonic()

    def lost(self) -> str:
        """Why the cluster counts as lost, in a few words; empty while it does not. Knocks when it is time to."""
        now = time.monotonic()
        if now - self._knocked < KNOCK_SECONDS:
            return ""
        try:
            socket.create_connection(self._where, timeout=1.0).close()
            self._answered = time.monotonic()
        except OSError:
            pass
        self._knocked = time.monotonic()
        if self._knocked - self._answered < SILENT_SECONDS:
            return ""
        return f"the Ray cluster at {self._address} has not answered for {SILENT_SECONDS:g} s"
