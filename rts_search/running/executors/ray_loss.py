"""Notice that Ray can no longer be used: a process of a local Ray has ended, or the head of a cluster is gone."""

import socket
import time

from rts_search.running.executors.ray_internals.processes import ended_processes

CONNECT_SECONDS = 5.0
GONE_SECONDS = 40.0
"""Seconds without a listener after which the cluster is lost. Ray itself ends this process after 60."""


class LocalLoss:
    """Looks at the processes that a local Ray has started."""

    seconds = 1.0
    """Time between two looks."""
    answers = True

    def cause(self) -> str:
        """Why Ray is lost; empty while it is not."""
        return ", ".join(f"its {name} {how}" for name, how in ended_processes().items())


class ClusterLoss:
    """Looks whether a process listens at the address of a cluster. A head that comes back in time is not lost."""

    seconds = 2.0
    """Time between two looks."""

    def __init__(self, address: str) -> None:
        """`address`: HOST:PORT."""
        host, _, port = address.rpartition(":")
        self._place = (host.strip("[]"), int(port))
        self._address, self._answered = address, time.monotonic()
        self.answers = True
        """Whether a process listened at the last look."""

    def cause(self) -> str:
        """Why Ray is lost; empty while it is not."""
        try:
            socket.create_connection(self._place, timeout=CONNECT_SECONDS).close()
        except OSError:
            self.answers = False
            silent = time.monotonic() - self._answered
            return f"the head of the cluster at {self._address} is gone" if silent > GONE_SECONDS else ""
        self.answers, self._answered = True, time.monotonic()
        return ""
